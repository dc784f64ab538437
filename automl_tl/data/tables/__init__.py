"""Readers of tables, one file per format; every cell becomes a string."""
