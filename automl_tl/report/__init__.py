"""What a person reads: one self-contained HTML page, and the same content as JSON."""
