"""The parts of AUDIT beyond rates by group, each within the time that is left."""
