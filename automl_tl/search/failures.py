"""Why a trial failed, as far as that says something of other trials."""

from __future__ import annotations

from enum import StrEnum

from automl_tl.search.trial import Trial, TrialState

__all__ = ["Blame", "blame_of"]


class Blame(StrEnum):
    """What a failed trial had too much or too little of, by the field that its error names."""

    MEMORY = "batch_size"
    DIVERGENCE = "learning_rate"
    TIME = "budget"
    NOTHING = ""


_OUT_OF_TIME = ("deadline", "cancelled")
_WORDS = {
    Blame.MEMORY: ("out of memory",),
    Blame.DIVERGENCE: ("loss became", "outputs became"),
    Blame.TIME: ("time was used up", "their time was up"),
}


def blame_of(trial: Trial) -> Blame:
    """Return what a trial failed of; nothing that is known for any other error, and for one that did not fail.

    Rows of earlier versions name no field, nor does a process that died: there the words have to say it.
    """
    if trial.state is not TrialState.FAILED:
        return Blame.NOTHING
    if trial.error_field:
        return next((blame for blame in Blame if blame == trial.error_field), Blame.NOTHING)
    if trial.error in _OUT_OF_TIME:
        return Blame.TIME
    told = (blame for blame, words in _WORDS.items() if any(word in trial.error for word in words))
    return next(told, Blame.NOTHING)
