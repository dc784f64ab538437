"""Probing many candidates at a fraction of the cost of probing all of them on everything."""
