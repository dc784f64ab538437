"""The process beside a worker that answers questions: it comes when it is wanted and goes when it is not."""

import subprocess
import sys
import threading
import time

import pytest

from automl_tl.errors import InvalidInput, Unavailable
from automl_tl.store.inquiries import Question
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.places import Places
from automl_tl.testing.finished_job import finished_job
from automl_tl.worker.explainer import ExplainerKeeper, answer_inquiries


@pytest.fixture
def ledger(tmp_path, text_csv):
    finished_job(tmp_path, text_csv)
    opened = Ledger(DataDirectory(tmp_path).ledger_url)
    yield opened
    opened.close()


def ask(ledger):
    return ledger.inquiries.ask("default", "job-1", Question(text="good"), patience=99.0, most=9)


def test_it_answers_what_waits_and_ends_when_nothing_does(ledger, tmp_path):
    asked = [ask(ledger), ask(ledger)]
    assert answer_inquiries(tmp_path, Places(), stop=threading.Event(), idle_seconds=0.1) == 2
    assert {ledger.inquiries.standing(each).state for each in asked} == {"ANSWERED"}


def test_it_ends_when_told_to_and_when_its_parent_is_gone(ledger, tmp_path):
    ask(ledger)
    stop = threading.Event()
    stop.set()
    assert answer_inquiries(tmp_path, Places(), stop=stop) == 0
    assert answer_inquiries(tmp_path, Places(), stop=threading.Event(), orphaned=lambda: True) == 0


def test_the_keeper_starts_one_when_a_question_waits(ledger, tmp_path):
    """And none otherwise, nor a second one; with the keeper it ends."""
    sleep = (sys.executable, "-c", "import time; time.sleep(60)")
    keeper = ExplainerKeeper(ledger, tmp_path, Places(), command=sleep)
    keeper.look()
    assert not keeper.running
    with keeper:
        ask(ledger)
        for _ in range(200):
            if keeper.running:
                break
            time.sleep(0.05)
        first = keeper._process
        keeper.look()
        assert keeper._process is first
    assert not keeper.running


@pytest.mark.parametrize(
    "trouble", [OSError(12, "Cannot allocate memory"), InvalidInput("no"), Unavailable("away")]
)
def test_the_keeper_survives_what_keeps_it_from_starting_one(ledger, tmp_path, monkeypatch, caplog, trouble):
    """It says once what it is, and starts one a little later."""
    sleep = (sys.executable, "-c", "import time; time.sleep(60)")
    keeper, troubles = ExplainerKeeper(ledger, tmp_path, Places(), command=sleep), [trouble, trouble]
    look = keeper.look

    def look_or_fail():
        if troubles:
            raise troubles.pop()
        look()

    monkeypatch.setattr(keeper, "look", look_or_fail)
    monkeypatch.setattr("automl_tl.worker.explainer._AWAY_SECONDS", 0.01)
    ask(ledger)
    with keeper:
        for _ in range(200):
            if keeper.running:
                break
            time.sleep(0.05)
        assert keeper.running
    assert [str(trouble) in record.getMessage() for record in caplog.records] == [True]


def test_as_a_process_it_reads_where_things_are_from_the_environment(ledger, tmp_path):
    """Passwords in URLs are not for command lines."""
    asked = ask(ledger)
    command = [
        sys.executable,
        "-m",
        "automl_tl.worker.explainer",
        "--data-dir",
        str(tmp_path),
        "--idle-seconds",
        "0.2",
    ]
    assert subprocess.run(command, check=False, timeout=120).returncode == 0
    assert ledger.inquiries.standing(asked).state == "ANSWERED"
