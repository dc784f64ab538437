"""Load and compile what is slow before a job's clock starts, so that its wall time is spent on the job."""

from __future__ import annotations

from importlib import import_module

__all__ = ["warm_up"]

_ALWAYS = ("torch", "sklearn.linear_model", "optuna")
_OF_MODALITY = {"image": ("timm",), "text": ("transformers",)}
_EVIDENCE = ("shap", "fairlearn.metrics")


def warm_up(modality: str = "", *, evidence: bool = True) -> None:
    """Import, and compile, what a job on data of this modality needs.

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
    if evidence:
        _compile_explainer()


def _compile_explainer() -> None:
    """Explain a sum of features: at its first use shap compiles code for seconds, not when it is imported."""
    from automl_tl.explain.sampler import EXACT_LIMIT, METHODS, minimum_evaluations, shapley_values

    features = EXACT_LIMIT + 1
    for method in METHODS:
        shapley_values(
            lambda shown: shown.sum(axis=1, keepdims=True).astype(float),
            features,
            max_evals=minimum_evaluations(features),
            method=method,
        )
