"""What trials publish for other machines."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from automl_tl.errors import DataCorrupted, NotFound, Unavailable
from automl_tl.finetune.trial_files import state_file
from automl_tl.store.patience import Patience, StoreAway
from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.trial_store import TrialStore

HASTY = Patience(seconds=0.0)


def leave(root: Path, *, weights: str, state: str | None = "state", trial: str = "t0001") -> None:
    """Leave what a trial leaves at a rung."""
    (root / trial / "assets").mkdir(parents=True, exist_ok=True)
    (root / trial / "model.safetensors").write_text(weights)
    (root / trial / "assets" / "words.txt").write_text("the same at every rung")
    if state is None:
        state_file(root, trial).unlink()
    else:
        state_file(root, trial).write_text(state)


@pytest.fixture
def files(tmp_path):
    return SharedFiles((tmp_path / "store").as_uri())


@pytest.fixture
def store(files):
    return TrialStore(files, HASTY)


def stored(tmp_path, trial="t0001"):
    return {path.read_bytes() for path in (tmp_path / "store" / trial).iterdir() if path.name != "published.json"}


def test_another_machine_goes_on_from_what_was_published_last(store, tmp_path):
    """Unchanged files are not sent again, replaced ones are erased, and a trial at its end leaves no state."""
    here, there = tmp_path / "here", tmp_path / "there"
    leave(here, weights="one", state="first")
    first = store.publish("t0001", here, None)
    leave(here, weights="two", state="second")
    words = tmp_path / "store" / "t0001" / next(f.sha256 for f in first.checkpoint if f.path.endswith("words.txt"))
    written = words.stat().st_mtime_ns
    second = store.publish("t0001", here, first)
    assert words.stat().st_mtime_ns == written
    assert stored(tmp_path) == {b"two", b"second", b"the same at every rung"}
    assert pickle.loads(pickle.dumps(store)).fetch_state("t0001", there) == second
    assert state_file(there, "t0001").read_text() == "second"
    assert (there / "t0001" / "model.safetensors").read_text() == "two"
    assert (there / "t0001" / "assets" / "words.txt").is_file()
    leave(there, weights="two", state=None)
    assert store.publish("t0001", there, second).state is None
    assert b"second" not in stored(tmp_path)
    with pytest.raises(NotFound, match="start the trial anew"):
        store.fetch_state("t0001", here)


def test_a_process_that_begins_anew_erases_what_its_predecessor_left(store, tmp_path):
    leave(tmp_path / "here", weights="one")
    store.publish("t0001", tmp_path / "here", None)
    leave(tmp_path / "there", weights="two")
    store.publish("t0001", tmp_path / "there", None)
    assert stored(tmp_path) == {b"two", b"state", b"the same at every rung"}


def test_the_driver_fetches_a_checkpoint_once_and_keeps_the_newest(store, tmp_path):
    """Its directory is named by what is in it."""
    here, driver = tmp_path / "here", tmp_path / "driver"
    leave(here, weights="one")
    published = store.publish("t0001", here, None)
    first = store.fetch_checkpoint("t0001", driver)
    assert (first / "model.safetensors").read_text() == "one"
    made = first.stat().st_ino
    assert store.fetch_checkpoint("t0001", driver).stat().st_ino == made
    leave(here, weights="two")
    store.publish("t0001", here, published)
    second = store.fetch_checkpoint("t0001", driver)
    assert (second / "model.safetensors").read_text() == "two"
    assert [path.name for path in driver.iterdir()] == [second.name]


def test_a_trial_that_replaces_its_files_at_this_moment_is_read_again(store, files, tmp_path, monkeypatch):
    """The description was read before, the files after; what is newest then is whole again."""
    leave(tmp_path / "here", weights="one", state="first")
    first, fetch = store.publish("t0001", tmp_path / "here", None), files.fetch

    def slow(name, target, sha256):
        monkeypatch.setattr(files, "fetch", fetch)
        leave(tmp_path / "here", weights="two", state="second")
        store.publish("t0001", tmp_path / "here", first)
        return fetch(name, target, sha256)

    monkeypatch.setattr(files, "fetch", slow)
    store.fetch_state("t0001", tmp_path / "there")
    assert (tmp_path / "there" / "t0001" / "model.safetensors").read_text() == "two"
    assert state_file(tmp_path / "there", "t0001").read_text() == "second"


def test_what_is_gone_or_damaged_is_never_taken(store, files, tmp_path):
    leave(tmp_path / "here", weights="one")
    published = store.publish("t0001", tmp_path / "here", None)
    files.write(b"something else", f"t0001/{published.state.sha256}")
    with pytest.raises(DataCorrupted):
        store.fetch_state("t0001", tmp_path / "there")
    assert not state_file(tmp_path / "there", "t0001").exists()
    files.write(b"{}", "t0001/published.json")
    for call in (store.fetch_state, store.fetch_checkpoint):
        with pytest.raises(NotFound):
            call("t0001", tmp_path / "there")
    assert store.all_published() == ()


def test_a_driver_on_another_machine_learns_of_all_trials(store, tmp_path):
    for trial in ("t0001", "t0002"):
        leave(tmp_path / "here", weights=trial, trial=trial)
        store.publish(trial, tmp_path / "here", None)
    assert [published.trial for published in store.all_published()] == ["t0001", "t0002"]
    store.erase()
    assert store.all_published() == ()
    assert not (tmp_path / "store").exists() or not list((tmp_path / "store").iterdir())


def test_a_store_that_is_away_is_waited_for(files, tmp_path, monkeypatch):
    """Until patience is used up: then the words say what to look at. Who cannot wait hears at once."""
    leave(tmp_path / "here", weights="one")
    put, calls, pauses = files.put, [], []

    def away(path, name):
        calls.append(name)
        if len(calls) == 1:
            raise Unavailable("the object store is away; try again")
        put(path, name)

    monkeypatch.setattr(files, "put", away)
    store = TrialStore(files, Patience(seconds=9.0, pause=pauses.append, monotonic=lambda: sum(pauses)))
    published = store.publish("t0001", tmp_path / "here", None)
    assert (store.all_published(), len(pauses)) == ((published,), 1)

    def gone(*arguments):
        raise Unavailable("the object store is away; try again")

    for name in ("put", "read", "fetch"):
        monkeypatch.setattr(files, name, gone)
    leave(tmp_path / "here", weights="two")
    with pytest.raises(StoreAway, match=r"stayed away for 9 seconds .*every node reaches it .* resume the job"):
        store.publish("t0001", tmp_path / "here", published)
    before = len(pauses)
    with pytest.raises(Unavailable):
        store.fetch_checkpoint("t0001", tmp_path / "driver", wait=False)
    assert len(pauses) == before
