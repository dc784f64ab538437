"""The display shows stages, trials and budget; without a terminal it writes lines."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from automl_tl.cli.display import JobDisplay, render, sparkline
from automl_tl.cli.progress import JobProgress
from automl_tl.pipeline.events import JobChanged, JobEvent, RankingReady, StageProgress, TrialChanged, Warned

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = [
    JobChanged("projects/default/jobs/job-1", "RUNNING", "PROBE"),
    StageProgress("PROBE", 0.5, "3 of 6 models"),
    RankingReady(6, "starter:glyphs-resnet"),
    TrialChanged("t0001", 1, "starter:glyphs-resnet", "full", "RUNNING", 0.51),
    TrialChanged("t0001", 1, "starter:glyphs-resnet", "full", "SUCCEEDED", 0.93),
    TrialChanged("t0002", 2, "hf:a/[b]", "probe", "FAILED", error="out of memory"),
    Warned("class '9' has 2 rows"),
]


def feed(sink):
    for sequence, payload in enumerate(EVENTS, 1):
        sink(JobEvent(sequence, NOW, payload))


def text_of(renderable, width=120):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    return console.file.getvalue()


def test_the_picture_names_what_matters():
    progress = JobProgress()
    feed(progress.apply)
    shown = text_of(render(progress, seconds=65.0, trials=12, wall_seconds=120.0))
    for part in ("job-1", "RUNNING", "✔ ingest", "▶ probe", "3 of 6 models", "starter:glyphs-resnet", "0.9300"):
        assert part in shown
    for part in ("1m 05s of 2m 00s", "trial (2/12)", "hf:a/[b]", "class '9' has 2 rows"):
        assert part in shown


@pytest.mark.parametrize("width", [40, 80, 200])
def test_an_empty_job_can_be_shown_at_any_width(width):
    assert "QUEUED" in text_of(render(JobProgress(), seconds=0.0, trials=0, wall_seconds=0.0), width)


def test_without_a_terminal_each_piece_of_news_is_one_line():
    console = Console(file=io.StringIO(), width=60)
    ticks = iter(range(100))
    with JobDisplay(console, clock=lambda: float(next(ticks))) as display:
        feed(display)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "[   1.0s] running probe"
    assert lines[-1].endswith("warning: class '9' has 2 rows")
    ended = next(line for line in lines if "t0001" in line)
    assert ended.endswith("t0001 succeeded 0.9300 starter:glyphs-resnet full")
    assert any(line.endswith("t0002 failed - hf:a/[b] probe out of memory") for line in lines)
    assert "\x1b" not in console.file.getvalue()


def test_on_a_terminal_the_picture_is_drawn_and_left_standing():
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with JobDisplay(console) as display:
        feed(display)
    assert "starter:glyphs-resnet" in console.file.getvalue()


@given(st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_a_sparkline_has_one_mark_per_value_up_to_its_width(values):
    line = sparkline(values, width=12)
    assert len(line) == min(len(values), 12)
    assert set(line) <= set("▁▂▃▄▅▆▇█")


def test_a_sparkline_rises_from_lowest_to_highest():
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█" or sparkline([0.0, 0.5, 1.0]) == "▁▄█"
    assert sparkline([0.3, 0.3]) == "▄▄"
    assert sparkline([0.0, 2.3e-308]) == "▁█"
    assert sparkline([float("nan")]) == ""


def test_data_on_its_way_is_one_line_or_a_bar():
    """Before there is a job whose stages could be shown."""
    shown = []
    for terminal in (False, True):
        console = Console(file=io.StringIO(), width=100, force_terminal=terminal, color_system=None)
        with JobDisplay(console, clock=lambda: 0.0) as display:
            for come in (0, 1_000_000, 2_000_000):
                display.fetching(come, 2_000_000)
        shown.append(console.file.getvalue())
    assert shown[0] == "[   0.0s] fetching the data: 0.0 of 2.0 MB\n"
    assert "fetching the data: 2.0 of 2.0 MB" in shown[1]
