"""One score by name, or a sheet of scores with the reasons of those that are missing."""

import subprocess
import sys

import numpy as np
import pytest

import automl_tl.transferability
from automl_tl.errors import NotFound, ScoreUnavailable
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.compute import score, score_sheet
from automl_tl.transferability.statistics import sufficient_statistics


class Broken(Scorer):
    name, summary, reference = "broken", "fails", "none"

    def score(self, sample):
        raise ZeroDivisionError("a text of the user's data")


class Infinite(Scorer):
    name, summary, reference = "infinite", "gives infinity", "none"

    def score(self, sample):
        return TransferScore(float("inf"))


@pytest.fixture
def plug_ins(monkeypatch):
    scorers.names()
    monkeypatch.setitem(scorers._entries, "broken", Broken())
    monkeypatch.setitem(scorers._entries, "infinite", Infinite())


def test_scores_plain_lists():
    """The public function takes anything that becomes an array."""
    assert score("knn", [[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [1.0, 0.1]], [0, 0, 5, 5]).value >= 0


def test_is_reachable_from_the_room():
    """automl_tl.transferability.score is the public door."""
    assert automl_tl.transferability.score is score


def test_the_room_is_cheap_to_import():
    """Importing it loads no linear algebra beyond numpy."""
    code = "import sys, automl_tl.transferability; print('torch' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_an_unknown_score_is_named_with_the_known_ones():
    """A typing error is answered with the list."""
    with pytest.raises(NotFound, match="logme"):
        score("logmee", np.eye(4), np.arange(4))


def test_infinity_is_not_a_score(plug_ins):
    """It could not be ranked."""
    with pytest.raises(ScoreUnavailable, match="inf"):
        score("infinite", np.eye(4), np.arange(4))


@pytest.mark.parametrize(
    ("error", "reason"),
    [(MemoryError(), "does not fit into memory for 60 x 8"), (np.linalg.LinAlgError(), "degenerate")],
)
def test_what_memory_and_linear_algebra_refuse_becomes_a_reason(plug_ins, monkeypatch, error, reason):
    """Typed, for one model's row, in a sheet and alone."""

    def fail(self, sample):
        raise error

    monkeypatch.setattr(Broken, "score", fail)
    sample = clustered_sample()
    with pytest.raises(ScoreUnavailable, match=reason):
        score("broken", sample.features, sample.labels)
    assert reason in score_sheet(sample, ["broken"]).notes["broken"]


def test_a_sheet_leaves_nothing_shared_behind():
    """Moments of 200 models at once would fill the memory."""
    sample = clustered_sample()
    score_sheet(sample, ["logme", "hscore"])
    assert sample.shared == {}


def test_a_sheet_notes_what_is_missing(plug_ins):
    """A plug-in that raises anything costs its own column only."""
    sheet = score_sheet(clustered_sample(), ["knn", "broken", "infinite"])
    assert set(sheet.scores) == {"knn"}
    assert sheet.notes["broken"] == "the score failed with an unexpected ZeroDivisionError; see the worker's log"
    assert "inf" in sheet.notes["infinite"]


def awkward_samples():
    """What a probe of a real data set can look like, at its worst."""
    sample = clustered_sample()
    features, labels = sample.features, sample.labels
    lone = labels.copy()
    lone[0] = 77
    return {
        "a class of one example": (features, lone),
        "as many classes as examples": (features, np.arange(60)),
        "more classes than half the examples": (features, np.arange(60) % 45),
        "two examples": (features[:2], labels[:2]),
        "one example": (features[:1], labels[:1]),
        "one feature": (features[:, :1], labels),
        "no examples": (features[:0], labels[:0]),
        "constant features": (np.ones_like(features), labels),
        "constant within classes": (np.eye(3)[labels] * 5 + 7, labels),
        "duplicated examples": (np.repeat(features[:6], 10, axis=0), np.repeat(labels[:6], 10)),
        "huge features": (features.astype(float) * 1e300, labels),
        "tiny features": (features.astype(float) * 1e-300, labels),
        "a large offset": (features.astype(float) + 1e6, labels),
        "half precision": (features.astype(np.float16), labels),
        "switches": (features > 0, labels),
        "names as labels": (features, np.array(["a", "b", "c"])[labels]),
        "NaN": (features * np.nan, labels),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", awkward_samples())
@pytest.mark.parametrize("name", scorers.names())
def test_every_score_gives_a_number_or_a_reason(name, case):
    """Never another error, never a warning, never NaN."""
    features, labels = awkward_samples()[case]
    probs = clustered_sample().source_probs if len(labels) == 60 else None
    sheet = score_sheet(ProbeSample(features, labels, probs), [name])
    assert len(sheet.scores) + len(sheet.notes) == 1
    assert all(np.isfinite(found.value) for found in sheet.scores.values())
    assert not any("unexpected" in reason for reason in sheet.notes.values())


def test_scores_of_a_sample_say_so_and_use_sums_of_all_rows_where_they_can():
    """LogME is that of all rows, with the sample's sampling error; what needs single examples is the sample's."""
    whole = clustered_sample(n=400)
    part = ProbeSample(
        whole.features[:100],
        whole.labels[:100],
        statistics=sufficient_statistics(whole.features, whole.labels),
        total=400,
    )
    names = ["logme", "knn"]
    of_all, of_part = score_sheet(whole, names), score_sheet(ProbeSample(part.features, part.labels), names)
    sheet = score_sheet(part, names)
    assert sheet.scores["logme"].value == pytest.approx(of_all.scores["logme"].value)
    assert sheet.scores["logme"].contributions.mean() == pytest.approx(of_all.scores["logme"].value)
    assert sheet.scores["logme"].standard_error == of_part.scores["logme"].standard_error
    assert sheet.scores["knn"].value == of_part.scores["knn"].value
    assert sheet.notes == {
        "logme": "of all 400 training rows",
        "knn": "of a sample of 100 of 400 training rows",
    }
    assert not of_all.notes
