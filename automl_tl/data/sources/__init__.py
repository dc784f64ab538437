"""Where datasets come from, one file per URI scheme."""
