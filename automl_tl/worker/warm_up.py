"""Load what is slow before a job's clock starts, so that its wall time is spent on the job."""

from __future__ import annotations

from importlib import import_module

__all__ = ["warm_up"]

_ALWAYS = ("torch", "sklearn.linear_model", "optuna")
_OF_MODALITY = {"image": ("timm",), "text": ("transformers",)}
_EVIDENCE = ("automl_tl.explain.explainer", "sklearn.cluster", "scipy.stats")


def warm_up(modality: str = "", *, evidence: bool = True) -> None:
    """Import what a job on data of this modality needs.

    Parameters
    ----------
    modality
        "" stands for every modality, an unknown one for none.
    evidence
        Whether the job will explain its model and compare groups.
    """
    chosen = _OF_MODALITY.values() if not modality else (_OF_MODALITY.get(modality, ()),)
    of_modality = [name for names in chosen for name in names]
    for name in (*_ALWAYS, *of_modality, *(_EVIDENCE if evidence else ())):
        import_module(name)
