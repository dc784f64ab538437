"""Text domains that every Python installation carries or that a grammar writes, one file each."""
