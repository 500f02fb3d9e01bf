"""The chorale engine: up to four lines that fit together, written by the networks of chorale-v1."""
