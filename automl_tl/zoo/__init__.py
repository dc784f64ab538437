"""Room 2, candidate models: what is known about them, where they come from, and how they are loaded."""
