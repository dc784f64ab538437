"""What many predictions have in common: maps and words by class, columns, neighbours, errors, labels."""
