"""The command starts quickly, knows its commands, and explains itself."""

import subprocess
import sys

import pytest

from automl_tl.cli.main import _COMMANDS, cli


def test_help_lists_every_command_without_importing_it(invoke):
    answer = invoke("--help")
    assert answer.exit_code == 0
    for name, summary in _COMMANDS.items():
        assert name in answer.output
        assert summary in answer.output


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_every_command_has_help(invoke, name):
    answer = invoke(name, "--help")
    assert answer.exit_code == 0
    assert f" {name} " in answer.output.splitlines()[0] + " "


def test_an_unknown_command_is_wrong_usage(invoke):
    assert invoke("fly").exit_code == 2


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["serve", "--help"]])
def test_starting_up_loads_nothing_heavy(arguments):
    code = (
        "import sys\nfrom automl_tl.cli.main import cli\n"
        f"try: cli({arguments!r})\nexcept SystemExit: pass\n"
        "print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert not {"torch", "ray", "numpy", "pandas", "sklearn", "sqlalchemy", "grpc", "PIL"} & loaded


def test_every_command_is_in_the_group():
    assert cli.list_commands(None) == list(_COMMANDS)
