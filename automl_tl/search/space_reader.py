"""Reads a search space from YAML, strictly; every error names file, line, path, rule and value."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from automl_tl import strict_yaml
from automl_tl.errors import SearchSpaceError
from automl_tl.finetune.recipe import Recipe
from automl_tl.search.known_strategies import known_strategies
from automl_tl.search.space import (
    KINDS,
    Bounds,
    Condition,
    Parameter,
    PortfolioRecipe,
    Scalar,
    SearchSpace,
    StrategySpace,
)
from automl_tl.search.space_lines import Path, dotted, line_of

__all__ = ["parse_space"]

_FIELD_TYPES = {item.name: str(item.type) for item in dataclasses.fields(Recipe) if item.name != "strategy"}
_KINDS_OF_TYPE = {
    "float": ("log_float", "float", "categorical"),
    "int": ("int", "categorical"),
    "str": ("categorical",),
}
_BOUNDS = ("model_parameters", "train_examples", "examples_per_class", "classes", "imbalance")


def parse_space(text: str, *, name: str = "search_space_yaml") -> SearchSpace:
    """Parse one search space.

    Parameters
    ----------
    text
        YAML with the keys ``modality``, ``strategies`` and, if wanted, ``portfolio``. A strategy may have only the
        parameters that it looks at: others would be drawn, and change nothing.
    name
        What to call the document in messages, such as ``image.yaml``.

    Raises
    ------
    SearchSpaceError
        With ``file:line``, the path of the value, the rule and the value.
    """
    return _Reader(text, name).space(strict_yaml.load_text(text, name=name))


class _Reader:
    """One document while it is read; every method takes a value and the path at which it stands."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._known = known_strategies()

    def fail(self, path: Path, rule: str) -> NoReturn:
        """Raise the error for the value at ``path``."""
        place = f"{self._name}:{line_of(self._text, path)}"
        raise SearchSpaceError(f"{place}: {dotted(path) or 'the document'} {rule}", field=dotted(path))

    def mapping(self, value: Any, path: Path, allowed: Sequence[str] = ()) -> Mapping[str, Any]:
        """Check for a mapping without unknown keys."""
        if not isinstance(value, dict) or not value:
            self.fail(path, f"must be a mapping with at least one key but got {value!r}")
        for key in value:
            if allowed and key not in allowed:
                self.fail((*path, key), f"is not known here; known: {', '.join(allowed)}{_meant(key, allowed)}")
        return value

    def sequence(self, value: Any, path: Path) -> Sequence[Any]:
        """Check for a list with at least one entry."""
        if not isinstance(value, list) or not value:
            self.fail(path, f"must be a list with at least one entry but got {value!r}")
        return value

    def number(self, value: Any, path: Path) -> float:
        """Check for a finite number."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.fail(path, f"must be a finite number but got {value!r}")
        return value

    def space(self, value: Any) -> SearchSpace:
        """Read the whole document."""
        root = self.mapping(value, (), ("modality", "strategies", "portfolio"))
        modality = root.get("modality")
        if not isinstance(modality, str) or not modality:
            self.fail(("modality",), f"must be a word such as image or text but got {modality!r}")
        strategies = tuple(
            self.strategy(name, body, ("strategies", name))
            for name, body in self.mapping(root.get("strategies"), ("strategies",)).items()
        )
        known = {strategy.name: strategy for strategy in strategies}
        entries = self.sequence(root["portfolio"], ("portfolio",)) if "portfolio" in root else ()
        portfolio = tuple(self.portfolio(entry, ("portfolio", at), known) for at, entry in enumerate(entries))
        return SearchSpace(self._name.removesuffix(".yaml"), modality, strategies, portfolio)

    def strategy(self, name: str, value: Any, path: Path) -> StrategySpace:
        """Read one strategy: its parameters by name and, if wanted, ``when``."""
        if name not in self._known:
            known = sorted(self._known)
            self.fail(path, f"is no strategy; known: {', '.join(known)}{_meant(name, known)}")
        body = dict(self.parameters(name, self.mapping(value, path), path))
        when = self.condition(body.pop("when"), (*path, "when")) if "when" in body else Condition()
        parameters: list[Parameter] = []
        for field, entry in body.items():
            variants = entry if isinstance(entry, list) else [entry]
            if not variants:
                self.fail((*path, field), "must not be empty")
            for at, variant in enumerate(variants):
                place: Path = (*path, field, at) if isinstance(entry, list) else (*path, field)
                parameters.append(self.parameter(f"{name}.{field}.{at}", field, variant, place))
        return StrategySpace(name, tuple(parameters), when)

    def parameters(self, strategy: str, body: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        """Check that the strategy looks at every parameter; of a plug-in that is not loaded nobody knows."""
        used = self._known[strategy]
        allowed = tuple(field for field in _FIELD_TYPES if used is None or field in used)
        for field in body:
            if field in _FIELD_TYPES and field not in allowed:
                others = [name for name, theirs in self._known.items() if theirs is not None and field in theirs]
                elsewhere = f"; of use to {', '.join(sorted(others))}" if others else ""
                self.fail((*path, field), f"is of no use to {strategy}; known: {', '.join(allowed)}{elsewhere}")
        return self.mapping(body, path, ("when", *allowed))

    def parameter(self, key: str, name: str, value: Any, path: Path) -> Parameter:
        """Read one range or one list of choices."""
        body = self.mapping(value, path, ("kind", "low", "high", "choices", "default", "when"))
        kind, allowed = body.get("kind"), _KINDS_OF_TYPE[_FIELD_TYPES[name]]
        if kind not in allowed:
            known = f"{', '.join(allowed)} because {name} is of type {_FIELD_TYPES[name]}"
            self.fail(
                (*path, "kind"), f"must be one of {known if kind in KINDS else ', '.join(KINDS)} but got {kind!r}"
            )
        when = self.condition(body["when"], (*path, "when")) if "when" in body else Condition()
        if kind == "categorical":
            parameter = self._categorical(key, name, body, path, when)
        else:
            parameter = self._range(key, name, kind, body, path, when)
        if not parameter.contains(parameter.default):
            rule = (
                f"one of {list(parameter.choices)}" if parameter.choices else f"in [{body['low']}, {body['high']}]"
            )
            self.fail((*path, "default"), f"must be {rule} but got {parameter.default!r}")
        return parameter

    def _categorical(self, key: str, name: str, body: Mapping[str, Any], path: Path, when: Condition) -> Parameter:
        for wrong in ("low", "high"):
            if wrong in body:
                self.fail((*path, wrong), "does not belong to a categorical; use choices")
        choices = self.sequence(body.get("choices"), (*path, "choices"))
        values = tuple(self.scalar(name, value, (*path, "choices", at)) for at, value in enumerate(choices))
        if len(set(values)) < len(values):
            self.fail((*path, "choices"), f"must not repeat a value but got {list(values)}")
        default = self.scalar(name, body.get("default", values[0]), (*path, "default"))
        return Parameter(key, name, "categorical", default, choices=values, when=when)

    def _range(
        self, key: str, name: str, kind: str, body: Mapping[str, Any], path: Path, when: Condition
    ) -> Parameter:
        if "choices" in body:
            self.fail((*path, "choices"), "belongs to a categorical; use low and high")
        low, high, default = (self.scalar(name, body.get(end), (*path, end)) for end in ("low", "high", "default"))
        assert isinstance(low, int | float)
        assert isinstance(high, int | float)
        if kind == "log_float" and low <= 0:
            self.fail((*path, "low"), f"must be above 0 on a log scale but got {low!r}")
        if low >= high:
            self.fail((*path, "high"), f"must be above low = {low!r} but got {high!r}")
        return Parameter(key, name, kind, default, low=low, high=high, when=when)

    def scalar(self, name: str, value: Any, path: Path) -> Scalar:
        """Check a value against the type and rules of the recipe's field."""
        expected = _FIELD_TYPES[name]
        if expected == "str":
            if not isinstance(value, str):
                self.fail(path, f"must be a word but got {value!r}")
            checked: Scalar = value
        else:
            number = self.number(value, path)
            if expected == "int" and not isinstance(number, int):
                self.fail(path, f"must be a whole number but got {value!r}")
            checked = int(number) if expected == "int" else float(number)
        try:
            Recipe.from_parameters("any", {name: checked})
        except SearchSpaceError as error:
            self.fail(path, f"breaks a rule of recipes: {error.message}")
        return checked

    def condition(self, value: Any, path: Path) -> Condition:
        """Read ``when``."""
        body = self.mapping(value, path, ("family", *_BOUNDS))
        families: tuple[str, ...] = ()
        if "family" in body:
            given = body["family"] if isinstance(body["family"], list) else [body["family"]]
            families = tuple(str(family) for family in self.sequence(given, (*path, "family")))
        bounds = {name: self.bounds(body[name], (*path, name)) for name in _BOUNDS if name in body}
        return Condition(families, **bounds)

    def bounds(self, value: Any, path: Path) -> Bounds:
        """Read ``{at_least: A, below: B}``, one of them or both."""
        body = self.mapping(value, path, ("at_least", "below"))
        bounds = Bounds(**{end: self.number(figure, (*path, end)) for end, figure in body.items()})
        if bounds.at_least >= bounds.below:
            self.fail((*path, "below"), f"must be above at_least = {body['at_least']!r} but got {body['below']!r}")
        return bounds

    def portfolio(self, value: Any, path: Path, strategies: Mapping[str, StrategySpace]) -> PortfolioRecipe:
        """Read one recipe; every value must lie in some range of its strategy."""
        body = dict(self.mapping(value, path, ("strategy", "when", *_FIELD_TYPES)))
        name = body.pop("strategy", None)
        if not isinstance(name, str) or name not in strategies:
            hint = _meant(name, strategies)
            self.fail((*path, "strategy"), f"must be one of {', '.join(strategies)} but got {name!r}{hint}")
        when = self.condition(body.pop("when"), (*path, "when")) if "when" in body else Condition()
        values: dict[str, Scalar] = {}
        for field, given in body.items():
            ranges = [entry for entry in strategies[name].parameters if entry.name == field]
            if not ranges:
                self.fail((*path, field), f"is not a parameter of strategy {name!r} in this space")
            values[field] = self.scalar(field, given, (*path, field))
            if not any(entry.contains(values[field]) for entry in ranges):
                self.fail((*path, field), f"lies outside every range of {name}.{field}: {given!r}")
        return PortfolioRecipe(name, values, when)


def _meant(given: object, known: Iterable[str]) -> str:
    """Return the end of a sentence that names what was probably meant, "" if nothing is near."""
    near = difflib.get_close_matches(str(given), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
