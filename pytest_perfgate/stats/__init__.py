"""Arithmetic on arrays: no opinion, no I/O; NaN marks what was not measured."""
