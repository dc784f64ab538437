"""A finished job is audited by columns that it was not told of, from what it published."""

import csv

import pytest

from automl_tl.fairness.base import SCHEMA, FairnessReport
from automl_tl.json_codec import from_plain
from automl_tl.store.inquiries import Question
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.testing.finished_job import finished_job
from automl_tl.worker.explaining import Explaining


@pytest.fixture
def ask(tmp_path):
    """Ask a job whose every fifth answer is wrong, which a column knows."""
    source = tmp_path / "letters.csv"
    with source.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label", "fifth", "office"])
        for row in range(200):
            writer.writerow([f"letter {row}", "ab"[row % 2], str(row % 5 == 0), f"office {row % 3}"])
    root = tmp_path / "data"
    finished_job(root, source)
    directory = DataDirectory(root)
    ledger = Ledger(directory.ledger_url)
    desk = Explaining(ledger, LocalBlobStore(directory.blobs), directory)

    def asked(**question):
        identifier = ledger.inquiries.ask("default", "job-1", Question(**question), patience=99.0, most=9)
        assert desk.answer(ledger.inquiries.claim(30.0))
        return ledger.inquiries.standing(identifier)

    yield asked
    ledger.close()


def test_groups_are_compared_without_having_been_named_before(ask):
    """The column that knows the errors is a violation, one that does not is none, with denominators."""
    found = ask(sensitive=["fifth", "office"], favourable="a")
    assert found.state == "ANSWERED"
    assert found.answer["schema"] == SCHEMA
    report = from_plain(FairnessReport, found.answer)
    assert report.verdicts["fifth"] == "violation"
    assert report.verdicts["office"] == "no_evidence_of_violation"
    assert report.positive_class == "a"
    assert [row.count for row in report.attributes[0].groups] == [160, 40]


@pytest.mark.parametrize(
    ("question", "reason", "words"),
    [
        ({"sensitive": ["age"]}, "INVALID_INPUT", "it has fifth, office"),
        ({"sensitive": ["label"]}, "INVALID_INPUT", "is what the job predicts"),
        ({"sensitive": ["office"], "favourable": "z"}, "INVALID_INPUT", "z"),
    ],
)
def test_what_cannot_be_compared_is_said_in_words(ask, question, reason, words):
    """Columns that are not there, or the target itself."""
    found = ask(**question)
    assert found.state == "FAILED"
    assert found.answer["reason"] == reason
    assert words in found.answer["message"]
