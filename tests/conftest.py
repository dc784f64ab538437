"""Tiny data sets that every room's tests share: drawn shapes and templated sentences."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from PIL import Image, ImageDraw

from automl_tl.testing.object_store import ObjectStoreServer, running_object_store

# No test is timed: on a busy machine a deadline for each example would fail what is right.
hypothesis.settings.register_profile("automl_tl", deadline=None)
hypothesis.settings.load_profile("automl_tl")

SHAPES = ("circle", "cross", "square")
TOPICS = {
    "music": ("melody", "guitar", "chorus", "drummer", "concert"),
    "sports": ("goal", "referee", "penalty", "striker", "stadium"),
    "weather": ("storm", "drizzle", "sunshine", "forecast", "thunder"),
}


def draw_shape(shape: str, rng: np.random.Generator, size: int = 32) -> Image.Image:
    """Return an RGB image of one shape with random place, size and colours."""
    background, ink = rng.integers(0, 110, 3), rng.integers(150, 256, 3)
    image = Image.new("RGB", (size, size), tuple(int(value) for value in background))
    draw, colour = ImageDraw.Draw(image), tuple(int(value) for value in ink)
    radius = int(rng.integers(size // 5, size // 3))
    x, y = (int(value) for value in rng.integers(radius, size - radius, 2))
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        draw.ellipse(box, fill=colour)
    elif shape == "square":
        draw.rectangle(box, fill=colour)
    else:
        draw.line((x - radius, y, x + radius, y), fill=colour, width=3)
        draw.line((x, y - radius, x, y + radius), fill=colour, width=3)
    return image


def write_image_folder(
    root: Path, *, per_class: int = 12, size: int = 32, classes: Sequence[str] = SHAPES, seed: int = 0
) -> Path:
    """Write a folder per class with ``per_class`` PNG files each and return the root."""
    rng = np.random.default_rng(seed)
    for name in classes:
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            draw_shape(name, rng, size).save(root / name / f"{number:03d}.png")
    return root


def write_text_csv(path: Path, *, per_class: int = 12, seed: int = 0) -> Path:
    """Write a CSV with the columns text, label, split, speaker and return its path."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(per_class):
        for label, words in TOPICS.items():
            chosen = rng.choice(words, 3, replace=False)
            text = f"note {number} about the {chosen[0]} and the {chosen[1]} near a {chosen[2]}"
            split = ("train", "train", "train", "validation", "test")[number % 5]
            rows.append((text, label, split, "old" if number % 2 else "young"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("text", "label", "split", "speaker"))
        writer.writerows(rows)
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the checks that need a GPU where there is none, with a line that says so."""
    wanting = [item for item in items if item.get_closest_marker("gpu")]
    if not wanting:
        return
    import torch

    if not torch.cuda.is_available():
        for item in wanting:
            item.add_marker(pytest.mark.skip(reason="no GPU here: this check needs a CUDA device"))


class HandTurnedClock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        """Turn it on."""
        self.now += seconds


@pytest.fixture
def clock() -> HandTurnedClock:
    """Return a clock that stands still until a test turns it."""
    return HandTurnedClock()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """Run a PostgreSQL server of the tests' own; without one, tests that need it are skipped with the reason."""
    from automl_tl.testing.postgres import running_postgres

    try:
        with running_postgres() as server:
            yield server
    except OSError as error:
        pytest.skip(f"no PostgreSQL for tests: {error}")


@pytest.fixture(scope="session")
def ledger_template(postgres_server: Any) -> str:
    """Return the name of a database with an empty ledger, of which copies are made quickly."""
    from automl_tl.store.ledger import Ledger

    url = postgres_server.create_database("ledger_template")
    Ledger(url).close()
    return "ledger_template"


@pytest.fixture
def postgres_url(postgres_server: Any, ledger_template: str) -> Iterator[str]:
    """Return the URL of an empty ledger in PostgreSQL; erased after the test."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name, template=ledger_template)
    postgres_server.drop_database(name)


@pytest.fixture(autouse=True, scope="session")
def no_kept_fingerprints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the fingerprints of the person at this machine out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOML_TL_FINGERPRINTS", str(tmp_path_factory.mktemp("fingerprints")))
        yield


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory of certificates; see :func:`automl_tl.testing.certificates.write_certificates`."""
    from automl_tl.testing.certificates import write_certificates

    return write_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def make_image_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder per class under ``tmp_path / name``: ``make_image_folder("shapes", per_class=5)``."""
    return lambda name="shapes", **options: write_image_folder(tmp_path / name, **options)


@pytest.fixture
def image_folder(make_image_folder: Callable[..., Path]) -> Path:
    """Return a folder with 3 classes of 12 drawn shapes, 32 x 32 RGB PNG."""
    return make_image_folder()


@pytest.fixture
def make_text_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a text CSV under ``tmp_path / name``: ``make_text_csv("notes.csv", per_class=5)``."""
    return lambda name="notes.csv", **options: write_text_csv(tmp_path / name, **options)


@pytest.fixture
def text_csv(make_text_csv: Callable[..., Path]) -> Path:
    """Return a CSV of 36 sentences: text, label (3 classes), split (3 parts), speaker (old, young)."""
    return make_text_csv()


@pytest.fixture
def memory_store(tmp_path: Path) -> Iterator[Callable[[Mapping[str, bytes]], str]]:
    """Return what leaves files by name in a bucket of this process, and returns the address of their folder."""
    import fsspec

    files, folder = fsspec.filesystem("memory"), f"bucket/{tmp_path.name}"

    def put(contents: Mapping[str, bytes]) -> str:
        for name, content in contents.items():
            files.pipe_file(f"/{folder}/{name}", content)
        return f"memory://{folder}"

    yield put
    if files.exists(f"/{folder}"):
        files.rm(f"/{folder}", recursive=True)


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStoreServer]:
    """A server that speaks S3."""
    with running_object_store() as server:
        yield server


BROWSER_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class Browser:
    """One tab of Chromium; messages go over the pipes 3 and 4 of the process, each ended by a zero byte."""

    def __init__(self, program: str, directory: Path) -> None:
        (ours, to_it), (from_it, theirs) = os.pipe(), os.pipe()

        def connect() -> None:
            os.dup2(ours, 103)
            os.dup2(theirs, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self.process = subprocess.Popen(
            [program, *BROWSER_OPTIONS, f"--user-data-dir={directory}"],
            preexec_fn=connect,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(ours)
        os.close(theirs)
        self.out, self.into = os.fdopen(to_it, "wb", 0), os.fdopen(from_it, "rb")
        self.count, self.session = 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol and return its result."""
        self.count += 1
        session = {"sessionId": self.session} if self.session else {}
        message = {"id": self.count, "method": method, "params": parameters, **session}
        self.out.write(json.dumps(message).encode() + b"\0")
        while (answer := self.read()).get("id") != self.count:
            self.events.append(answer)
        return answer["result"]

    def read(self) -> dict[str, Any]:
        """Return the next message."""
        text = bytearray()
        while (byte := self.into.read(1)) != b"\0":
            assert byte, "Chromium has gone"
            text += byte
        return json.loads(text)

    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not self.told("Page.loadEventFired"):
            self.events.append(self.read())

    def look(self, *, width: int, scheme: str = "light", media: str = "") -> None:
        """Look through a window of this width."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features, media=media)

    def ask(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def told(self, *methods: str) -> list[Any]:
        """Return what was said since the page was asked for."""
        return [event["params"] for event in self.events if event.get("method") in methods]

    def close(self) -> None:
        """End the browser."""
        self.process.terminate()
        self.process.wait(30)
        self.out.close()
        self.into.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Open a headless Chromium; without one, tests that look at pages are skipped with the reason."""
    programs = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    program = next(filter(None, programs), None)
    if program is None:
        pytest.skip("no Chromium on this machine; install the package chromium")
    opened = Browser(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
