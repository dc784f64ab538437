"""Where each update of a run stands on its schedule, and how a run that is late gets through the rest of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Pace", "Shortcut"]

_FEWEST = 1 / 3
"""With fewer of its updates a run is another run; no stride is longer than the inverse."""
_LOOKS = 20
_MARGIN = 0.95
_NEWS = 1.05
"""Time for hardly more updates is no news: clocks are noisy, and every shortcut is written down."""
_SETTLED = 0.25
"""Share of the schedule after which what is foretold is believed: the first epoch also decodes all images."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Shortcut:
    """After ``update`` updates, what was left of the schedule was to be gone through in ``left`` more."""

    update: int
    left: int


class Pace:
    """Goes through the schedule of a run in fewer updates than planned where there is no time for all of them.

    Warm-up, decay of the rate and thawing depend on the share of the schedule that is over. Fewer updates that go
    through all of it are worth more than a run that is cut off while its rate is high: Li, Yumer & Ramanan,
    Budgeted Training, ICLR 2020, section 4. Here the budget becomes known on the way, so the stride changes there:
    it grows where time is short, and shrinks again, to one at least, where the first updates were the slow ones.

    Parameters
    ----------
    updates
        How many the schedule has, >= 1.
    shortcuts
        Those of an earlier run, which are taken again.

    Attributes
    ----------
    total
        How many updates there will be, as far as it is known now.
    shortcuts
        Those that were taken so far.
    hopeless
        Whether there is no time for a third of what was left: the run is not worth making any more.
    """

    def __init__(self, updates: int, shortcuts: Sequence[Shortcut] = ()) -> None:
        self.total = updates
        self.shortcuts: tuple[Shortcut, ...] = ()
        self.hopeless = False
        self._updates = updates
        self._planned = {each.update: each for each in shortcuts}
        self._since, self._place, self._stride = 0, 0.0, 1.0
        self._look_every = max(1, updates // _LOOKS)
        self._affordable: Callable[[], float] = lambda: math.inf

    def watch(self, affordable: Callable[[], float]) -> None:
        """Keep up with a clock; ``affordable`` returns for how many updates there is time, perhaps infinity."""
        self._affordable = affordable

    def place(self, done: int) -> float:
        """Return how many updates of the schedule are over after ``done`` updates; to be asked before each."""
        if done in self._planned:
            self._take(self._planned.pop(done))
        elif done % self._look_every == 0 or self.total - done <= self._look_every:
            self._keep_up(done)
        return self._place_of(done)

    def _keep_up(self, done: int) -> None:
        affordable, place = self._affordable(), self._place_of(done)
        if math.isinf(affordable):
            return
        natural = math.ceil(self._updates - place - _ROUNDING)
        if affordable < _FEWEST * natural and place >= _SETTLED * self._updates:
            self.hopeless = True
            return
        fewest, planned = max(1, math.ceil(_FEWEST * natural)), self.total - done
        left = natural if affordable >= natural else max(fewest, math.floor(_MARGIN * affordable))
        if left > _NEWS * planned or (left < planned and affordable < planned):
            self._take(Shortcut(done, left))

    def _place_of(self, done: int) -> float:
        return self._place + (done - self._since) * self._stride

    def _take(self, shortcut: Shortcut) -> None:
        self._place, self._since = self._place_of(shortcut.update), shortcut.update
        self._stride = (self._updates - self._place) / shortcut.left
        self.total = shortcut.update + shortcut.left
        self.shortcuts = (*self.shortcuts, shortcut)
