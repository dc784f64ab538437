"""For whom the model fails: rates by group with honest intervals and a three-valued verdict."""

from automl_tl.fairness.audit import audit

__all__ = ["audit"]
