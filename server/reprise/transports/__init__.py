"""Wires between clients and the service: each a pure codec and a thin socket."""
