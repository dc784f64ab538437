"""Scores that compare the target data with a model's source domain; they look at no labels."""
