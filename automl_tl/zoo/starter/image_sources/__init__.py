"""Procedural image domains, one file each; every image follows from a seed."""
