"""The README that lies beside a saved model's weights."""

from __future__ import annotations

from automl_tl.finetune.fitted import FittedModel

__all__ = ["readme"]

_EXAMPLE = {"image": '["photo.png", "another.jpg"]', "text": '["a text", "another text"]'}
_SHOWN_CLASSES = 20


def readme(model: FittedModel) -> str:
    """Return Markdown that says what the model is and how to load it."""
    shown = ", ".join(f"`{name}`" for name in model.class_names[:_SHOWN_CLASSES])
    more = (
        f" and {len(model.class_names) - _SHOWN_CLASSES} more" if len(model.class_names) > _SHOWN_CLASSES else ""
    )
    strategy = model.recipe.strategy.replace("_", " ") if model.recipe else "unknown"
    licence = model.card.licence or "not stated by its source; look it up before you pass the model on"
    return f"""# A fitted {model.modality} model

Made from `{model.card.id}` by {strategy}. Task: {model.task}, {len(model.class_names)} classes: {shown}{more}.
Licence of the pretrained weights: {licence}.

## How to load it

    pip install 'automl-tl[worker]'

    import automl_tl
    model = automl_tl.load("path/to/this/directory-or.zip")
    model.predict({_EXAMPLE.get(model.modality, "[...]")})        # names of classes
    model.predict_proba({_EXAMPLE.get(model.modality, "[...]")})  # one column per class

No service and no network is needed. The SHA-256 of every file is in `model.json` and is checked on loading.

## Files

- `model.safetensors`: weights in float32; `backbone.*` under the library's own names, `head.weight`, `head.bias`
- `model.json`: architecture, preprocessing, class names, recipe, digests
- `assets/`: tokenizer files, for text models
"""
