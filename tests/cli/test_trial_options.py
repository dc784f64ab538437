"""What an operator says about trials reaches the worker's command line, or is refused in words."""

import click
import pytest
from click.testing import CliRunner

from automl_tl.cli.trial_options import trial_options, trial_words
from automl_tl.errors import InvalidInput


def words_of(*arguments, **environment):
    """Return what a command with these options hands on."""

    @click.command()
    @trial_options
    def command(**options):
        click.echo(" ".join(trial_words(**options)))

    answer = CliRunner().invoke(command, list(arguments), env=environment)
    return answer.exception if answer.exception else answer.output.strip()


def test_every_option_is_handed_on_and_none_is_invented():
    """Nodes of a cluster say it by variables."""
    assert words_of() == ""
    said = ("--trial-cpus", "2", "--trial-gpus", "0.5", "--trials-at-once", "3")
    said = (*said, "--driver-gpus", "1", "--trial-accelerator", "H200")
    assert words_of(*said) == " ".join(said)
    assert words_of(AUTOML_TL_TRIAL_ACCELERATOR="T4") == "--trial-accelerator T4"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--trial-gpus", "1.5"), "a share of one GPU or a whole number of them but got 1.5"),
        (("--trial-accelerator", "h200"), "'H200', not 'h200'"),
    ],
)
def test_what_no_ray_can_give_is_refused_at_once(arguments, told):
    """Trials would wait for it without end."""
    error = words_of(*arguments)
    assert isinstance(error, InvalidInput)
    assert told in error.message
