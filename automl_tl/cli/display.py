"""The live picture of a job on standard error: stages, leaderboard of trials, budget."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from automl_tl.cli.direction import higher_is_better
from automl_tl.cli.durations import format_duration
from automl_tl.cli.progress import JobProgress
from automl_tl.data.sources.base import fetching_words
from automl_tl.pipeline.events import JobChanged, JobEvent, RankingReady, StageProgress, TrialChanged, Warned
from automl_tl.pipeline.spec import JobSpec, Stage

__all__ = ["JobDisplay", "render", "sparkline"]

_BARS = "▁▂▃▄▅▆▇█"
_ROWS = 6
_COLOURS = {
    "RUNNING": "cyan",
    "SUCCEEDED": "green",
    "PRUNED": "yellow",
    "FAILED": "red",
    "CANCELLED": "yellow",
    "CANCELLING": "yellow",
}


def sparkline(values: list[float], *, width: int = 12) -> str:
    """Return the last ``width`` values as block characters, scaled from their lowest to their highest."""
    shown = [value for value in values if not math.isnan(value)][-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    spread, last = high - low, len(_BARS) - 1
    return "".join(_BARS[round((value - low) / spread * last) if spread else 3] for value in shown)


def render(progress: JobProgress, *, seconds: float, trials: int, wall_seconds: float) -> RenderableType:
    """Return the picture of a job ``seconds`` after its start, under these limits (0 = no limit)."""
    parts: list[RenderableType] = [_headline(progress), _stages(progress), _bars(progress, seconds, wall_seconds)]
    if progress.trials:
        parts.append(_leaderboard(progress, trials))
    parts.extend(Text(f"! {warning}", style="yellow") for warning in progress.warnings[-2:])
    return Group(*parts)


def _headline(progress: JobProgress) -> Text:
    line = Text()
    line.append(progress.job.rpartition("/")[2] or "job", style="bold")
    line.append(f"  {progress.state}", style=_COLOURS.get(progress.state, "white"))
    if progress.ranking and progress.ranking.best:
        line.append(f"  best of {progress.ranking.models} candidates: {progress.ranking.best}", style="dim")
    return line


def _stages(progress: JobProgress) -> Text:
    line, done = Text(), progress.stages_done()
    for stage in Stage:
        mark, style = "·", "dim"
        if stage.value in done:
            mark, style = "✔", "green"
        elif stage.value == progress.stage:
            mark, style = ("✘", "red") if progress.state == "FAILED" else ("▶", "bold cyan")
        line.append(f"{mark} {stage.value.lower()}  ", style=style)
    return line


def _bars(progress: JobProgress, seconds: float, wall_seconds: float) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(
        Text("stage"),
        ProgressBar(total=1.0, completed=progress.fraction, width=28),
        Text(progress.message, overflow="ellipsis", no_wrap=True, style="dim"),
    )
    limit = f" of {format_duration(wall_seconds)}" if wall_seconds else ""
    share = min(seconds / wall_seconds, 1.0) if wall_seconds else 0.0
    grid.add_row(
        Text("time"), ProgressBar(total=1.0, completed=share, width=28), Text(format_duration(seconds) + limit)
    )
    return grid


def _leaderboard(progress: JobProgress, limit: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in (f"trial ({progress.trials_finished()}/{max(limit, len(progress.trials))})", "model", "strategy"):
        table.add_column(name, no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("curve", no_wrap=True, min_width=8)
    table.add_column("state", no_wrap=True)
    for trial in progress.leaderboard()[:_ROWS]:
        table.add_row(
            trial.id,
            escape(trial.model),
            trial.strategy,
            "-" if math.isnan(trial.value) else f"{trial.value:.4f}",
            sparkline(progress.curves.get(trial.id, [])),
            Text(trial.state.lower(), style=_COLOURS.get(trial.state, "dim")),
        )
    return table


class JobDisplay:
    """Shows a job's events as they come: a live picture on a terminal, one line per piece of news elsewhere.

    Use it as a context manager and as the ``on_event`` callback of whatever delivers the events.
    """

    def __init__(
        self,
        console: Console | None = None,
        *,
        trials: int = 0,
        wall_seconds: float = 0.0,
        higher_is_better: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = JobProgress(higher_is_better=higher_is_better)
        self.console = console or Console(stderr=True)
        self._trials, self._wall, self._clock = trials, wall_seconds, clock
        self._start = clock()
        self._live: Live | None = None
        # Events may come from another thread than the one that draws.
        self._lock = threading.Lock()

    @classmethod
    def of(cls, spec: JobSpec) -> JobDisplay:
        """Return the display of a job with this spec, on standard error."""
        budget = spec.budget
        return cls(
            trials=budget.trials,
            wall_seconds=budget.wall_seconds,
            higher_is_better=higher_is_better(spec.metric, spec.task),
        )

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(
                get_renderable=self._picture, console=self.console, refresh_per_second=4, redirect_stdout=False
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def fetching(self, come: int, whole: int) -> None:
        """Show how many of the data's bytes have come, before the job has events; one line without a terminal."""
        with self._lock:
            begun = bool(self.progress.message)
            self.progress.fraction = come / whole if whole else 0.0
            self.progress.message = fetching_words(come, whole)
        if self._live is None and not begun:
            self._print(self.progress.message)

    def __call__(self, event: JobEvent) -> None:
        """Take one event in and show it."""
        with self._lock:
            before = self.progress.stage
            self.progress.apply(event)
        if self._live is None:
            self._print(self._line(event, before))

    def _picture(self) -> RenderableType:
        with self._lock:
            seconds = self._clock() - self._start
            return render(self.progress, seconds=seconds, trials=self._trials, wall_seconds=self._wall)

    def _line(self, event: JobEvent, before: str) -> str:
        text = ""
        match event.payload:
            case JobChanged(state=state, stage=stage):
                text = state.lower() + (f" {stage.lower()}" if stage and stage != before else "")
            case StageProgress(stage=stage, fraction=fraction, message=message):
                text = f"{stage.lower()} {fraction:4.0%} {message}" if message else ""
            case RankingReady(models=models, best=best):
                text = f"ranked {models} models, best {best}"
            case TrialChanged(state=state) as trial if state not in ("PENDING", "RUNNING"):
                value = "-" if math.isnan(trial.value) else f"{trial.value:.4f}"
                words = ("trial", trial.id, state.lower(), value, trial.model, trial.strategy, trial.error)
                text = " ".join(filter(None, words))
            case Warned(message=message):
                text = f"warning: {message}"
            case _:
                pass
        return text

    def _print(self, text: str) -> None:
        if text:
            line = f"[{format_duration(self._clock() - self._start):>7}] {text}"
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)
