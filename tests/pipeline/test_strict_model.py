"""Parts of a spec are checked at the edge and stay what they are."""

import pytest
from pydantic import ValidationError

from automl_tl.pipeline.strict_model import StrictModel


class Part(StrictModel):
    name: str = ""


def test_unknown_fields_changes_and_endless_texts_are_refused():
    """A typo is no silent default."""
    with pytest.raises(ValidationError, match="nmae"):
        Part.model_validate({"nmae": "x"})
    with pytest.raises(ValidationError, match="65536"):
        Part(name="x" * 65_537)
    with pytest.raises(ValidationError, match="frozen"):
        Part().name = "y"
