"""The README that lies beside a saved model's weights."""

from __future__ import annotations

from automl_tl.finetune.fitted import FittedModel

__all__ = ["readme"]

_EXAMPLE = {"image": '["photo.png", "another.jpg"]', "text": '["a text", "another text"]'}
_SHOWN_CLASSES = 20


def readme(model: FittedModel) -> str:
    """Return Markdown that says what the model is and how to load it."""
    strategy = model.recipe.strategy.replace("_", " ") if model.recipe else "unknown"
    licence = model.card.licence or "not stated by its source; look it up before you pass the model on"
    return f"""# A fitted {model.modality} model

Made from `{model.card.id}` by {strategy}. Task: {model.task}, {_outputs(model)}.
Licence of the pretrained weights: {licence}.

## How to load it

    pip install 'automl-tl[worker]'

    import automl_tl
    model = automl_tl.load("path/to/this/directory-or.zip")
{_calls(model)}

No service and no network is needed. The SHA-256 of every file is in `model.json` and is checked on loading.

## Files

- `model.safetensors`: weights in float32; `backbone.*` under the library's own names, `head.weight`, `head.bias`
- `model.json`: architecture, preprocessing, class names, recipe, digests
- `assets/`: tokenizer files, for text models
{_members(model)}
The final model of a job has a file `recipe.yaml` too: `automl-tl fit DATA --recipe recipe.yaml` makes it again.
"""


def _outputs(model: FittedModel) -> str:
    """Return what is predicted, in words."""
    if model.task == "regression":
        return f"the number `{model.class_names[0]}`"
    noun = "labels" if model.task == "multilabel" else "classes"
    shown = ", ".join(f"`{name}`" for name in model.class_names[:_SHOWN_CLASSES])
    left = len(model.class_names) - _SHOWN_CLASSES
    return f"{len(model.class_names)} {noun}: {shown}{f' and {left} more' if left > 0 else ''}"


def _members(model: FittedModel) -> str:
    if not model.members:
        return ""
    averaged = f"whose answers are averaged with this one's{_parts(model)}"
    return f"- `members/`: {len(model.members)} further models, {averaged}\n"


def _calls(model: FittedModel) -> str:
    example = _EXAMPLE.get(model.modality, "[...]")
    if model.task == "regression":
        return f"    model.predict({example})  # one number each, in the unit of the training data"
    names = "a list of labels each" if model.task == "multilabel" else "names of classes"
    column = "label" if model.task == "multilabel" else "class"
    sets = f"\n    model.predict_sets({example})   # classes that cannot be excluded" if model.conformal else ""
    return (
        f"    model.predict({example})        # {names}\n"
        f"    model.predict_proba({example})  # one column per {column}{sets}"
    )


def _parts(model: FittedModel) -> str:
    return f" by weights of {', '.join(f'{part:g}' for part in model.parts)}" if model.parts else ""
