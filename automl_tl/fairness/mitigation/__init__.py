"""Remedies for a gap that was found, each verified on rows it has not seen, with what it costs."""

from automl_tl.fairness.mitigation.offer import METHODS, Remedy, mitigate
from automl_tl.fairness.mitigation.remedy_head import RemedyHead, load_heads

__all__ = ["METHODS", "Remedy", "RemedyHead", "load_heads", "mitigate"]
