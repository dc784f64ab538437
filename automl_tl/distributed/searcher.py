"""Ray Tune's view of a TrialSource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ray.tune.search import Searcher

from automl_tl.distributed.flights import Flights
from automl_tl.search.trial import Trial

__all__ = ["SourceSearcher"]


class SourceSearcher(Searcher):
    """Asks the source for one trial per free slot, so that a suggestion knows every result before it.

    Parameters
    ----------
    configure
        Turns a trial into the config that its process gets.
    concurrent
        Trials on their way at once; asked anew before each where the number may change.
    """

    def __init__(
        self,
        flights: Flights,
        *,
        configure: Callable[[Trial], dict[str, Any]],
        concurrent: int | Callable[[], int],
    ) -> None:
        super().__init__()
        self._flights = flights
        self._configure = configure
        self._concurrent = concurrent

    def suggest(self, trial_id: str) -> Any:
        """Return the next config, None while every slot is taken, or FINISHED."""
        if self._flights.stopping:
            return Searcher.FINISHED
        at_once = self._concurrent if isinstance(self._concurrent, int) else self._concurrent()
        if len(self._flights) >= at_once:
            return None
        trial = self._flights.launch(trial_id, at_once=at_once)
        if trial is not None:
            return self._configure(trial)
        # What runs may make a promotion possible when it ends.
        return None if len(self._flights) else Searcher.FINISHED

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Do nothing: the observer hears the same with more detail."""

    def save(self, checkpoint_path: str) -> None:
        """Do nothing: the ledger is the truth, a search is never restored from Ray's files."""

    def restore(self, checkpoint_path: str) -> None:
        """Do nothing, see :meth:`save`."""

    def __getstate__(self) -> dict[str, Any]:
        """Go into Ray's experiment file as nothing: what it holds leads to a database and cannot be pickled."""
        return {}
