"""Remedies for a gap that was found, each verified on rows it has not seen, with what it costs."""

from automl_tl.fairness.mitigation.offer import METHODS, mitigate

__all__ = ["METHODS", "mitigate"]
