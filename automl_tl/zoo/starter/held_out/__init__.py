"""Small tasks that no starter model was trained on: what the zoo is measured by."""
