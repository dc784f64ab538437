"""What all parts of a job spec share: they cannot be changed, and an unknown field is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["StrictModel"]


class StrictModel(BaseModel):
    """A frozen model that forbids unknown fields and bounds every text to 64 KiB."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=65_536)
