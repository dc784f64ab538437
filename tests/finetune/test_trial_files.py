"""Notes of what trials have published."""

import pytest

from automl_tl.errors import DataCorrupted
from automl_tl.finetune.trial_files import (
    PublishedTrial,
    StoredFile,
    note_file,
    note_published,
    published_from_json,
    published_of,
    published_to_json,
)

DIGEST = "a" * 64
PUBLISHED = PublishedTrial(
    "t0001",
    (StoredFile("model.safetensors", DIGEST, 3), StoredFile("assets/words.txt", "b" * 64, 4)),
    StoredFile("t0001.state.safetensors", "c" * 64, 5),
)


@pytest.mark.parametrize(
    "published", [PUBLISHED, PublishedTrial("t0002", None, None), PublishedTrial("t3", (), None)]
)
def test_a_note_is_read_as_it_was_written(tmp_path, published):
    """The newest one; none and an empty checkpoint are two things."""
    note_published(tmp_path / "trials", PublishedTrial(published.trial, None, None))
    note_published(tmp_path / "trials", published)
    assert published_of(tmp_path / "trials", published.trial) == published
    assert [path.name for path in (tmp_path / "trials").iterdir()] == [f"{published.trial}.published.json"]


def test_without_a_note_nothing_is_known(tmp_path):
    """Nor by one that is damaged."""
    assert published_of(tmp_path / "nowhere", "t0001") is None
    note_file(tmp_path, "t0001").write_text("{", encoding="utf-8")
    assert published_of(tmp_path, "t0001") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.safetensors", "../model.safetensors"),
        ("model.safetensors", "/etc/passwd"),
        ("model.safetensors", ""),
        (DIGEST, "../../x"),
        (DIGEST, DIGEST.upper()),
        ("automl-tl published trial", "something else"),
        ('"format_version": 1', '"format_version": 2'),
        ('"trial": "t0001"', '"trail": "t0001"'),
    ],
)
def test_a_file_that_leads_elsewhere_is_refused(old, new):
    """What is read comes from a store that others may write to."""
    text = published_to_json(PUBLISHED)
    assert published_from_json(text) == PUBLISHED
    with pytest.raises(DataCorrupted):
        published_from_json(text.replace(old, new))


def test_a_checkpoint_is_known_by_what_is_in_it():
    """Not by the state beside it."""
    other = PublishedTrial("t0002", PUBLISHED.checkpoint, None)
    assert other.checkpoint_digest == PUBLISHED.checkpoint_digest
    changed = PublishedTrial("t0001", (StoredFile("model.safetensors", "d" * 64, 3),), None)
    assert changed.checkpoint_digest != PUBLISHED.checkpoint_digest
    assert len(PUBLISHED.files) == 3
