"""What ``make bench`` measures: speed, memory and quality; nothing here is a test."""
