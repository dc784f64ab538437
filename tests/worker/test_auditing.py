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

NAMES = [f"Ann No. {row}" for row in range(200)]


@pytest.fixture
def ask_of(tmp_path):
    """Make a job whose every fifth answer is wrong, which a column knows, and return how to ask it."""
    ledgers = []

    def made(**spec):
        source = tmp_path / "letters.csv"
        with source.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(["text", "label", "fifth", "office", "name", "height", "clerk", "writer"])
            for row in range(200):
                clerk = f"clerk {max(0, row - 190)}"
                pair = f"w{row // 2}" + " " * (row % 2)
                told = str(row % 5 == 0), f"office {row % 3}", NAMES[row], str(18.25 + row), clerk, pair
                writer.writerow([f"letter {row}", "ab"[row % 2], *told])
        root = tmp_path / "data"
        finished_job(root, source, **spec)
        directory = DataDirectory(root)
        ledger = Ledger(directory.ledger_url)
        ledgers.append(ledger)
        desk = Explaining(ledger, LocalBlobStore(directory.blobs), directory)

        def asked(**question):
            identifier = ledger.inquiries.ask("default", "job-1", Question(**question), patience=99.0, most=9)
            assert desk.answer(ledger.inquiries.claim(30.0))
            return ledger.inquiries.standing(identifier)

        return asked

    yield made
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ask(ask_of):
    """Ask a job that does not show its rows."""
    return ask_of()


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
        ({"sensitive": ["age"]}, "INVALID_INPUT", "it has clerk, fifth, height, name, office, writer"),
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


@pytest.mark.parametrize("column", ["name", "writer"])
def test_columns_that_tell_people_apart_are_refused_where_rows_are_not_shown(ask_of, column):
    """A text of its own in nearly every row, or what says which rows belong together; unless the job named it."""
    found = ask_of(group_by="writer")(sensitive=[column])
    assert (found.state, found.answer["reason"]) == ("FAILED", "INVALID_INPUT")
    assert "created without include_examples" in found.answer["message"]
    assert "Ann" not in str(found.answer)


@pytest.mark.parametrize("spec", [{"include_examples": True}, {"sensitive": ("name",)}])
def test_what_a_job_may_show_or_has_named_is_compared(ask_of, spec):
    """As before, but that a job without examples names no group of few rows."""
    found = ask_of(**spec)(sensitive=["name"])
    assert found.state == "ANSWERED"
    assert ("Ann" in str(found.answer)) == ("include_examples" in spec)


def test_names_of_groups_tell_no_cell_of_a_single_row(ask):
    """Values of few rows are numbered, the outermost numbers are not told; large groups keep their names."""
    report = from_plain(FairnessReport, ask(sensitive=["clerk", "height"]).answer)
    clerks, heights = ([row.group for row in entry.groups] for entry in report.attributes)
    assert clerks == ["clerk 0", *(f"a value with few rows ({place})" for place in range(1, 10))]
    assert (heights[0][:5], heights[-1][-8:]) == ("up to", "and more")
    assert not {"18.25", "217.25"} & {word for name in heights for word in name.split()}
    assert all(f"clerk {place}" not in report.to_json() for place in range(1, 10))


def test_a_job_with_examples_keeps_all_names(ask_of):
    """Its rows may be shown."""
    report = from_plain(FairnessReport, ask_of(include_examples=True)(sensitive=["clerk"]).answer)
    assert [row.group for row in report.attributes[0].groups] == [f"clerk {place}" for place in range(10)]


def test_later_audits_look_at_one_row_of_each_unit_as_well(ask_of):
    """The same ones for every seed of a question, as in the job's own report; outer spaces make no unit."""
    asked = ask_of(group_by="writer")
    first, again = (from_plain(FairnessReport, asked(sensitive=["office"], seed=seed).answer) for seed in (0, 1))
    assert first.count == 100
    assert first.notes[-1].endswith("100 of 200 rows")
    assert [row.count for row in first.attributes[0].groups] == [row.count for row in again.attributes[0].groups]
