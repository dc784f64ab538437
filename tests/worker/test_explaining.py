"""What a worker answers to questions about a finished job; whatever comes in, there is an answer in words."""

import io
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from automl_tl.errors import DeadlineReached
from automl_tl.explain.plain import PlainExplanation
from automl_tl.json_codec import from_plain
from automl_tl.store.inquiries import Question
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.testing.finished_job import finished_job
from automl_tl.worker import explaining
from automl_tl.worker.explaining import Explaining


class Desk:
    """Asks and answers in one process."""

    def __init__(self, root, source, *, clock=None, **spec):
        finished_job(root, source, **spec)
        directory = DataDirectory(root)
        self.ledger = Ledger(directory.ledger_url, clock=clock)
        self.explaining = Explaining(self.ledger, LocalBlobStore(directory.blobs), directory)
        self.told = []
        tell = self.ledger.inquiries.tell

        def heard(inquiry, answer=None, *, final=False):
            tell(inquiry, answer, final=final)
            if answer is not None and not inquiry.question.sensitive:
                self.told.append(from_plain(PlainExplanation, answer))

        self.ledger.inquiries.tell = heard

    def ask(self, picture=None, **question):
        """Return the last word, or the reason why there is none."""
        inquiries = self.ledger.inquiries
        asked = inquiries.ask("default", "job-1", Question(**question), picture=picture, patience=99.0, most=9)
        assert self.explaining.answer(inquiries.claim(30.0))
        standing = inquiries.standing(asked)
        inquiries.withdraw(asked)
        return standing.answer if standing.state == "FAILED" else from_plain(PlainExplanation, standing.answer)


def png(shape=(24, 24, 3), seed=0):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def texts(tmp_path, text_csv):
    desk = Desk(tmp_path / "data", text_csv, include_examples=True)
    yield desk
    desk.ledger.close()


@pytest.fixture
def pictures(tmp_path, image_folder, monkeypatch):
    monkeypatch.setattr(explaining, "_TELL_EVERY", 0.0)
    desk = Desk(tmp_path / "data", image_folder, include_examples=True)
    yield desk
    desk.ledger.close()


def test_a_picture_is_explained_bit_by_bit(pictures):
    """Errors shrink from one word to the next, the last one comes with its quality and picture."""
    last = pictures.ask(picture=png(), max_evals=2000, seconds=600.0)
    partial = [entry for entry in pictures.told if not entry.final]
    assert len(partial) >= 3
    spread = [np.mean([part.standard_errors for part in entry.contributions]) for entry in partial[1:]]
    assert spread[-1] < spread[0]
    assert last.final
    assert last.quality.verdict in ("faithful", "weak", "failed")
    assert last.preview_png.startswith(b"\x89PNG")
    assert np.isclose(
        last.base_values[0] + sum(part.values[0] for part in last.contributions), last.model_outputs[0], atol=1e-3
    )


def test_a_row_is_explained_with_its_truth(texts):
    """By the id that reports show; an unknown one is answered with an example of a right one."""
    found = texts.ask(row_id="2")
    assert (found.row_id, found.modality) == ("2", "text")
    assert found.true_class
    wrong = texts.ask(row_id="no such row")
    assert wrong["reason"] == "NOT_FOUND"
    assert "such as" in wrong["message"]


@pytest.mark.parametrize(("row", "told"), [(0, "insult | toxic"), (1, "(none)"), (2, "")])
def test_a_true_set_of_labels_is_told_in_the_words_of_the_answer(row, told):
    """By name and not as the cell has it; an empty cell says nothing."""
    dataset = SimpleNamespace(columns={"kind": ("toxic;insult", "[]", "")}, row_ids=("1", "2", "3"))
    model = SimpleNamespace(task="multilabel", class_names=("insult", "toxic"))
    assert explaining._truth(dataset, "kind", model, row) == told


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", "no word"),
        ("good", "one part"),
        ("good bad. " * 300, "has no influence"),
        ("\u0000 \ud7ff \U0001f600", ""),
    ],
    ids=["empty", "one word", "600 words", "odd"],
)
def test_texts_of_every_kind_are_answered_in_words(texts, text, note):
    """Never a crash and never a silent 0."""
    found = texts.ask(text=text)
    assert isinstance(found, PlainExplanation), found
    assert any(note in each for each in found.notes) or not note
    assert found.quality is not None


@pytest.mark.parametrize(
    "shape", [(30, 30), (30, 30, 4), (1, 1, 3), (1400, 30, 3)], ids=["grey", "RGBA", "pixel", "long"]
)
def test_pictures_of_every_kind_are_answered(pictures, shape):
    """As the confined reader passes them on, or any other way."""
    found = pictures.ask(picture=png(shape), max_evals=130)
    assert isinstance(found, PlainExplanation), found
    assert found.contributions


@pytest.mark.parametrize("method", ["integrated_gradients", "grad_cam", "lime"])
def test_other_methods_are_answered_under_their_name(pictures, method):
    """With their own quality."""
    found = pictures.ask(picture=png(), method=method)
    assert found.method != "antithetic permutations"
    assert found.quality is not None


@pytest.mark.parametrize("method", ["integrated_gradients", "grad_cam"])
def test_a_mixture_has_gradients_too(tmp_path, image_folder, method):
    """Most fine-tuned jobs deliver one; Grad-CAM says that it is of the leading model alone."""
    desk = Desk(tmp_path / "data", image_folder, include_examples=True, mixture=True)
    found = desk.ask(picture=png(), method=method)
    desk.ledger.close()
    assert isinstance(found, PlainExplanation), found
    assert found.quality is not None
    assert ("leading model alone" in found.notes[-1]) == (method == "grad_cam")


def test_what_does_not_fit_the_model_is_told(pictures):
    """A text for a model of pictures, bytes that are no picture, no time at all."""
    assert pictures.ask(text="good")["reason"] == "INVALID_INPUT"
    assert "not an image" in pictures.ask(picture=b"nonsense")["message"]
    assert pictures.ask(picture=png(), seconds=1e-6)["reason"] == "DEADLINE_REACHED"


def test_an_unexpected_error_is_told_by_its_type_only(texts, monkeypatch):
    """The rest is in the worker's log."""

    def broken(*args, **kwargs):
        raise KeyError("secret")

    monkeypatch.setattr(explaining, "explain_one", broken)
    answer = texts.ask(text="good")
    assert answer["reason"] == "INTERNAL"
    assert "secret" not in answer["message"]


def test_work_ends_when_nobody_waits(texts):
    """The next word finds nobody."""
    inquiries = texts.ledger.inquiries
    asked = inquiries.ask("default", "job-1", Question(text="good bad"), patience=99.0, most=9)
    taken = inquiries.claim(30.0)
    inquiries.withdraw(asked)
    assert not texts.explaining.answer(taken)


def test_models_are_kept(texts, monkeypatch):
    """The second question about a job does not open its model again."""
    texts.ask(text="good")
    monkeypatch.setattr(explaining, "load", None)
    assert isinstance(texts.ask(text="bad"), PlainExplanation)


class Renewals:
    """Lets work on a question last until its lease was renewed so and so often."""

    def __init__(self, desk, clock):
        self.inquiries, self.clock = desk.ledger.inquiries, clock
        self.count, self.news = 0, threading.Condition()
        self.claimed = []
        self.heartbeat = self.inquiries.heartbeat
        self.inquiries.heartbeat = self.beat

    def beat(self, inquiry):
        status = self.heartbeat(inquiry)
        with self.news:
            self.count += 1
            self.news.notify_all()
        return status

    def outlast_the_lease(self):
        """Let five leases' time pass; another worker looks for work again and again."""
        for _ in range(10):
            with self.news:
                # The beat after the next one has begun after now.
                before = self.count
                assert self.news.wait_for(lambda seen=before: self.count >= seen + 2, 30)
            self.clock.pass_seconds(LEASE / 2)
            self.claimed.append(self.inquiries.claim(LEASE))


LEASE = 0.04
"""Seconds between beats are a quarter of it; the store's own clock passes only when a test says so."""


def hearts():
    return [thread for thread in threading.enumerate() if thread.name.startswith("heartbeat-")]


@pytest.mark.parametrize(
    ("step", "question"),
    [
        ("load", {"text": "good"}),
        ("open_dataset", {"row_id": "2"}),
        ("explain_one", {"text": "good"}),
        ("preview_predictions", {"text": "good", "method": "lime"}),
        ("audit_job", {"sensitive": ("speaker",)}),
    ],
)
def test_a_question_stays_with_its_worker_however_long_a_step_takes(
    tmp_path, text_csv, clock, monkeypatch, step, question
):
    """No other worker gets it, and the answer arrives; afterwards nothing beats any more."""
    desk = Desk(tmp_path / "data", text_csv, clock=clock, include_examples=True)
    renewals, plain = Renewals(desk, clock), getattr(explaining, step)

    def slow(*args, **options):
        renewals.outlast_the_lease()
        return plain(*args, **options)

    monkeypatch.setattr(explaining, step, slow)
    inquiries = desk.ledger.inquiries
    asked = inquiries.ask("default", "job-1", Question(**question), patience=99.0, most=9)
    assert desk.explaining.answer(inquiries.claim(LEASE))
    assert renewals.claimed == [None] * 10
    assert inquiries.standing(asked).state == "ANSWERED"
    assert not hearts()
    desk.ledger.close()


@pytest.mark.parametrize("method", ["shapley", "lime"])
def test_a_worker_that_lost_the_question_has_no_time_left(texts, monkeypatch, method):
    """It learns that from a beat in the middle of its work, not only from its next word."""
    inquiries = texts.ledger.inquiries
    asked = inquiries.ask("default", "job-1", Question(text="good", method=method), patience=99.0, most=9)
    seen = []

    def withdrawn(*args, remaining, **options):
        seen.append(remaining())
        inquiries.withdraw(asked)
        (heart,) = hearts()
        heart.join(30)
        seen.append(remaining())
        raise DeadlineReached("no time is left")

    monkeypatch.setattr(explaining, "explain_one" if method == "shapley" else "preview_predictions", withdrawn)
    assert not texts.explaining.answer(inquiries.claim(1.0))
    assert 0 < seen[0] <= 60
    assert seen[1] == 0.0


def test_the_heart_ends_with_work_that_fails(texts, monkeypatch):
    """The reason is told, and no thread keeps a lease that nobody works under."""
    beating = []

    def broken(*args, **options):
        beating.extend(hearts())
        raise KeyError("secret")

    monkeypatch.setattr(explaining, "explain_one", broken)
    assert texts.ask(text="good")["reason"] == "INTERNAL"
    assert len(beating) == 1
    assert not hearts()
