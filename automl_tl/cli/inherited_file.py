"""The file of ``--inherited``: own terms, sentences and pairs, as YAML or JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from automl_tl import strict_yaml
from automl_tl.errors import InvalidInput, SpecError
from automl_tl.pipeline.spec import InheritedSpec
from automl_tl.search.space_lines import dotted, line_of

__all__ = ["read_inherited"]

_FIELD = "inherited"
_LARGEST = 1 << 20


def read_inherited(path: Path) -> InheritedSpec:
    """Return what a file asks about inherited bias.

    Raises
    ------
    SpecError
        With file, line and field, where it is not there, is no YAML, has an unknown field or breaks a rule.
    """
    if not path.is_file():
        raise SpecError(f"--inherited {path}: there is no such file", field=_FIELD)
    if path.stat().st_size > _LARGEST:
        raise SpecError(f"{path.name} has more than {_LARGEST} bytes; leave some of it out", field=_FIELD)
    try:
        text = path.read_text(encoding="utf-8")
        given = strict_yaml.load_text(text, name=path.name)
    except UnicodeDecodeError as error:
        raise SpecError(f"{path.name} is not UTF-8 ({error.reason}); save it as UTF-8", field=_FIELD) from None
    except InvalidInput as error:
        raise SpecError(error.message, field=_FIELD) from None
    try:
        return InheritedSpec.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = first["loc"]
        where = f"{path.name}:{line_of(text, place)}" if text.strip() else path.name
        told = f"{where}: {dotted(place)}: " if place else f"{where}: "
        raise SpecError(
            f"{told}{first['msg']}; got {first['input']!r:.80}", field=dotted((_FIELD, *place))
        ) from None
