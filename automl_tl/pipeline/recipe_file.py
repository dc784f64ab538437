"""recipe.yaml: one file from which a job's model can be made again, without the search."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn, get_args, get_origin, get_type_hints

from automl_tl import strict_yaml
from automl_tl.errors import AutomlError, FailedPrecondition, InvalidInput, NotFound
from automl_tl.finetune.final_plan import FinalPlan
from automl_tl.finetune.workload import HeadChoice
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.streaming import Streaming
from automl_tl.search.space_lines import Path as Place
from automl_tl.search.space_lines import dotted, line_of

__all__ = [
    "FILE_NAME",
    "DataPart",
    "ModelPart",
    "Outcome",
    "RecipeFile",
    "SetsPart",
    "SplitPart",
    "package_versions",
    "read_recipe",
    "recipe_text",
]

FILE_NAME = "recipe.yaml"
FORMAT = "automl-tl recipe"
FORMAT_VERSION = 1

_LARGEST = 1 << 20
_HEADER = """\
# How this model was made. To make it again: automl-tl fit DATA --recipe recipe.yaml
# The same data, versions and machine give the same answers.
"""
_PACKAGES = ("automl-tl", "torch", "torchvision", "timm", "transformers", "scikit-learn", "numpy")


@dataclass(frozen=True)
class SplitPart:
    """How rows were divided; ``seed`` also drew the calibration rows."""

    column: str = ""
    validation_fraction: float = 0.2
    test_fraction: float = 0.2
    seed: int = 0


@dataclass(frozen=True)
class DataPart:
    """The data set: ``sha256`` of its content, what was predicted, and the samples where it was streamed."""

    sha256: str
    rows: int
    modality: str
    task: str
    target: str
    group_by: str = ""
    split: SplitPart = SplitPart()
    streaming: Streaming | None = None


@dataclass(frozen=True)
class ModelPart:
    """One pretrained model: ``sha256`` of its weights, what its embedding is made of, and how heads are solved.

    Without ``head`` C is chosen by cross-validation; with it, it was chosen when time was short.
    """

    id: str
    sha256: str
    revision: str = ""
    layers: str = "last"
    head: HeadChoice | None = None


@dataclass(frozen=True)
class SetsPart:
    """Prediction sets; ``alpha`` 0 means none."""

    alpha: float = 0.0
    method: str = "lac"


@dataclass(frozen=True)
class Outcome:
    """What the job measured on its test rows: the metric, and a digest of the classes that were predicted."""

    value: float
    answers_sha256: str


@dataclass(frozen=True)
class RecipeFile:
    """What ``recipe.yaml`` holds.

    Attributes
    ----------
    models
        Every pretrained model that the plan needs.
    seed
        The job's seed; each run of the plan has its own as well.
    plan
        Which runs, with every hyperparameter, and what is made of them.
    threads
        CPU threads of one run: sums in another order differ in their last bits.
    device
        ``auto``, ``cpu`` or ``cuda``.
    devices
        Over how many GPUs training was divided; on a machine with fewer it is divided over those.
    compiled
        Whether backbones were compiled for training, which changes the last bits of their sums as well.
    """

    models: tuple[ModelPart, ...]
    data: DataPart
    metric: str
    seed: int
    plan: FinalPlan
    conformal: SetsPart = SetsPart()
    threads: int = 1
    device: str = "auto"
    devices: int = 1
    compiled: bool = False
    outcome: Outcome | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


def recipe_text(recipe: RecipeFile) -> str:
    """Return the file's text."""
    plain = {"format": FORMAT, "format_version": FORMAT_VERSION, **to_plain(recipe)}
    return _HEADER + strict_yaml.dump_text(plain)


def read_recipe(path: Path) -> RecipeFile:
    """Read a recipe file.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidInput
        With file, line and field, where the file is not YAML, has an unknown or missing field or a wrong value.
    FailedPrecondition
        If a newer version of this package wrote it.
    """
    if not path.is_file():
        raise NotFound(f"there is no recipe file {str(path)!r}", field="recipe")
    if path.stat().st_size > _LARGEST:
        raise InvalidInput(f"{path.name} has more than {_LARGEST} bytes; that is no recipe", field="recipe")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not text ({error.reason})", field="recipe") from None
    return parse_recipe(text, name=path.name)


def parse_recipe(text: str, *, name: str = FILE_NAME) -> RecipeFile:
    """Return the recipe of a document; raises as :func:`read_recipe` does."""
    plain = strict_yaml.load_text(text, name=name)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise InvalidInput(f"{name}: format must be {FORMAT!r}; this is no recipe of a model", field="format")
    if plain.get("format_version") != FORMAT_VERSION:
        raise FailedPrecondition(
            f"{name} has format_version {plain.get('format_version')!r} but this package reads {FORMAT_VERSION}; "
            "upgrade automl-tl",
            field="format_version",
        )
    body = {key: value for key, value in plain.items() if key not in ("format", "format_version")}
    return _Reader(text, name).read(body)


def package_versions() -> dict[str, str]:
    """Return the versions on which the numbers of a model depend; packages that are not installed are left out."""
    found = {"python": sys.version.split()[0]}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


class _Reader:
    """One document while it is read."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name

    def read(self, body: Mapping[str, Any]) -> RecipeFile:
        """Check every field's name, then every value."""
        self._check(RecipeFile, body, ())
        recipe: RecipeFile = self._build(RecipeFile, body, ())
        self._check_plan(recipe)
        return recipe

    def _fail(self, place: Place, rule: str) -> NoReturn:
        where = f"{self._name}:{line_of(self._text, place)}"
        raise InvalidInput(f"{where}: {dotted(place) or 'the document'} {rule}", field=dotted(place))

    def _check(self, kind: Any, value: Any, place: Place) -> None:
        """Look for unknown and missing fields, and wrong values, from the leaves up."""
        inner = next((each for each in get_args(kind) if dataclasses.is_dataclass(each)), None)
        if get_origin(kind) is tuple and inner is not None:
            if not isinstance(value, list):
                self._fail(place, f"must be a list but is {value!r:.60}")
            for position, entry in enumerate(value):
                self._check(inner, entry, (*place, position))
        elif dataclasses.is_dataclass(kind):
            self._check_fields(kind, value, place)
        elif inner is not None and value is not None:
            self._check_fields(inner, value, place)

    def _check_fields(self, kind: Any, value: Any, place: Place) -> None:
        if not isinstance(value, dict):
            self._fail(place, f"must be a mapping but is {value!r:.60}")
        known = {each.name: each for each in dataclasses.fields(kind)}
        for key in value:
            if key not in known:
                self._fail((*place, key), f"is not known here; known: {', '.join(known)}")
        hints = get_type_hints(kind)
        for key, each in known.items():
            if key in value:
                self._check(hints[key], value[key], (*place, key))
                self._build(hints[key], value[key], (*place, key))
            elif each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
                self._fail(place, f"lacks the field {key!r}")

    def _build(self, kind: Any, value: Any, place: Place) -> Any:
        try:
            return from_plain(kind, value, path="value")
        except (AutomlError, TypeError, ValueError) as error:
            message = error.message if isinstance(error, AutomlError) else str(error)
            self._fail(place, f"is wrong: {message}")

    def _check_plan(self, recipe: RecipeFile) -> None:
        plan, known = recipe.plan, {model.id for model in recipe.models}
        if not plan.runs:
            self._fail(("plan", "runs"), "must have at least one run")
        for position, model in enumerate(recipe.models):
            if model.head is not None and not model.head.inverse_regularisation > 0:
                rule = f"must be above 0 but is {model.head.inverse_regularisation!r}"
                self._fail(("models", position, "head", "inverse_regularisation"), rule)
        for name, runs in (("runs", plan.runs), ("members", plan.members)):
            for position, run in enumerate(runs):
                if run.model not in known:
                    self._fail(("plan", name, position, "model"), f"{run.model!r} is not among the models")
                if not 0 <= run.update <= run.recipe.updates:
                    self._fail(
                        ("plan", name, position, "update"),
                        f"must lie in [0, {run.recipe.updates}] but is {run.update}",
                    )
        if len({run.model for run in plan.runs}) > 1:
            self._fail(("plan", "runs"), "must all be of one model: the weights of several cannot be averaged")
        for position, each in enumerate(plan.shortcuts):
            if not (each.update >= 0 and each.left >= 1 and each.update + each.left <= plan.lead.update):
                rule = f"must have update >= 0, left >= 1 and a sum of at most {plan.lead.update}"
                self._fail(("plan", "shortcuts", position), f"{rule} but is {each.update}, {each.left}")
        if not 0 < plan.share <= 1:
            self._fail(("plan", "share"), f"must lie in (0, 1] but is {plan.share!r}")
        if plan.parts and (len(plan.parts) != 1 + len(plan.members) or min(plan.parts) <= 0):
            rule = f"must be {1 + len(plan.members)} numbers above 0, or none"
            self._fail(("plan", "parts"), f"{rule}, but are {list(plan.parts)}")
        if not plan.temperature > 0:
            self._fail(("plan", "temperature"), f"must be above 0 but is {plan.temperature!r}")
        if not 0 <= recipe.conformal.alpha < 1:
            self._fail(("conformal", "alpha"), f"must lie in [0, 1) but is {recipe.conformal.alpha!r}")
        for name, count in (("threads", recipe.threads), ("devices", recipe.devices)):
            if count < 1:
                self._fail((name,), f"must be at least 1 but is {count}")
