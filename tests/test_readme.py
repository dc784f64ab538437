"""What the README shows is executed as it stands, against the real service and the real worker."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from automl_tl.cli.main import _COMMANDS
from automl_tl.cli.service_process import running_service

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]


def test_the_client_example_runs_as_it_stands(tmp_path, make_text_csv):
    make_text_csv("work/notes.csv", per_class=20)
    with running_service(tmp_path / "service") as address:
        code = EXAMPLE.replace("127.0.0.1:50051", address)
        assert code != EXAMPLE
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path / "work",
            capture_output=True,
            text=True,
            timeout=400,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ ranking$", done.stdout, re.MULTILINE)
    assert re.search(r"^starter:\S+ \S+ \d\.\d\d \(\d\.\d\d \.\. \d\.\d\d\)$", done.stdout, re.MULTILINE)
    assert (tmp_path / "work" / "results" / "report.html").stat().st_size > 10_000


def test_the_client_example_is_short():
    lines = [line for line in EXAMPLE.splitlines() if line.strip()]
    assert len(lines) <= 20


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_exist(target):
    assert f"make {target} " in README
    assert f"\n{target}: " in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_command_that_is_shown_exists():
    shown = set(re.findall(r"automl-tl ([a-z]+)", README))
    assert shown
    assert shown <= set(_COMMANDS)


def test_every_plug_in_kind_that_is_described_exists():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [a-z ]+ \| `(\S+)` \| `(\S+)` \| `\S+` \| `(\S+)` \|$", page, re.MULTILINE)
    assert len(rows) == 5
    for base, folder, contract in rows:
        for name in (f"automl_tl.{base}", f"automl_tl.testing.{contract}"):
            module, _, kind = name.rpartition(".")
            assert isinstance(getattr(import_module(module), kind), type)
        assert (ROOT / folder).is_dir()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md"])
def test_every_link_to_a_file_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    missing = [link for link in links if not (ROOT / link).exists()]
    assert missing == []
