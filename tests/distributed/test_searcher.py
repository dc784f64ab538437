"""One suggestion per free slot."""

from ray.tune.search import Searcher

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.searcher import SourceSearcher
from automl_tl.distributed.trial_process import FAILURE
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, toy_trial, toy_workload


def searcher(tmp_path, count, concurrent):
    flights = Flights(
        toy_workload(tmp_path), ScriptedSource([toy_trial(n) for n in range(1, count + 1)]), RecordingEvents()
    )
    return flights, SourceSearcher(flights, configure=lambda trial: {"trial": trial.id}, concurrent=concurrent)


def test_a_suggestion_waits_for_a_free_slot(tmp_path):
    """With one slot the second trial is asked for when the first has ended, so it can learn from it."""
    flights, one = searcher(tmp_path, 2, 1)
    assert one.suggest("x") == {"trial": "t0001"}
    assert one.suggest("y") is None
    flights.ended("x", {FAILURE: "x"})
    assert one.suggest("y") == {"trial": "t0002"}


def test_an_empty_source_finishes_the_search(tmp_path):
    """But not while trials are on their way: when they end, a paused one may be promoted."""
    flights, one = searcher(tmp_path, 1, 4)
    assert one.suggest("x") == {"trial": "t0001"}
    assert one.suggest("y") is None
    flights.ended("x", {FAILURE: "x"})
    assert one.suggest("y") == Searcher.FINISHED


def test_nothing_is_suggested_once_the_search_should_stop(tmp_path):
    """The source is not even asked: a trial that was handed out would need an end."""
    flights, one = searcher(tmp_path, 2, 4)
    flights.stopping = "cancelled"
    assert one.suggest("x") == Searcher.FINISHED
    assert len(flights) == 0


def test_rays_own_state_files_are_not_written(tmp_path):
    """Saving makes no file; the ledger is the truth."""
    _, one = searcher(tmp_path, 1, 1)
    one.save_to_dir(str(tmp_path))
    assert not list(tmp_path.glob("searcher-state*"))


def test_room_that_grows_is_used(tmp_path):
    """The number of slots is asked for anew before each trial."""
    room = [1]
    flights, search = searcher(tmp_path, 3, lambda: room[0])
    assert search.suggest("x") == {"trial": "t0001"}
    assert search.suggest("y") is None
    room[0] = 2
    assert search.suggest("y") == {"trial": "t0002"}
    assert len(flights) == 2
