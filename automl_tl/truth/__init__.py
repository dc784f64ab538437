"""Keeping rankings honest: candidates are fine-tuned, and every way of ranking is held against the outcome."""
