"""Kinds of input, one file per modality."""
