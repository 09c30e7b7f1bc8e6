"""Typed readings of a grid, one kind of printed table a file."""
