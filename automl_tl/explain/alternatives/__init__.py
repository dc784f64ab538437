"""Other ways of explaining a prediction, named as what they are and put through the same checks."""
