"""The order of the rooms: what a job is, which stages it has, what it needs from the doors."""
