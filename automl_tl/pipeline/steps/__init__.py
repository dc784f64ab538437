"""One file per stage: what it does with the products before it, and what it publishes."""
