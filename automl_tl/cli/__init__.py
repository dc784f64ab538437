"""The automl-tl command: doors for people at a terminal."""
