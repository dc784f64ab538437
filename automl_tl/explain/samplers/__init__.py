"""Which coalitions to ask for, and Shapley values with their errors from the answers."""
