"""Why the model says so: Shapley values of single predictions, for images and texts."""
