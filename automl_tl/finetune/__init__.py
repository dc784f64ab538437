"""One training run: strategies, heads, the training loop, figures with intervals, and the FittedModel."""
