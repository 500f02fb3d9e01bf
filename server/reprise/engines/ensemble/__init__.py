"""The flagship: one network that serves every verb for any clip, under full control."""
