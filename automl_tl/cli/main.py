"""The automl-tl command; a command's module is imported when it is used, so that ``--help`` is quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from automl_tl.cli.exits import worded_errors

__all__ = ["cli", "main"]

_COMMANDS = {
    "run": "Do a whole job here: rank, fine-tune, explain, audit, report.",
    "rank": "Rank the candidate models for a dataset, nothing more.",
    "fit": "Make a model again from the recipe of a job.",
    "serve": "Start the service and its workers.",
    "worker": "Start one worker on a service's data directory.",
    "db": "Upgrade or check the ledger of a service.",
    "token": "Create, list or revoke the tokens of a service.",
    "doctor": "Tell what works here and what is wrong.",
    "submit": "Upload a dataset and create a job on a service.",
    "watch": "Follow a job until it is finished.",
    "list": "List the jobs of a service.",
    "get": "Show one job.",
    "explain": "Explain a prediction of a finished job.",
    "cancel": "Ask a job to stop.",
    "download": "Download what a job made.",
    "audit": "Compare groups in a finished job's answers, by any column.",
    "report": "Render, check or complete the report of a job.",
    "models": "List candidate models.",
    "zoo": "Look into the starter zoo, or pretrain or fingerprint a model.",
    "bench": "Measure on your own data how far rankings can be trusted.",
}
"""Every command with its one-line help, in the order in which people meet them."""


class _LazyGroup(click.Group):
    """Knows its commands by name; the command ``x`` lives in ``automl_tl.cli.commands.x`` as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"automl_tl.cli.commands.{_module(cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        with worded_errors():
            return super().invoke(ctx)


def _module(name: str) -> str:
    return {"list": "list_jobs"}.get(name, name)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="automl-tl")
def cli() -> None:
    """Choose and fine-tune pretrained models when labelled data is scarce, with evidence.

    Exit codes: 0 done, 1 the job failed or was cancelled, 2 wrong usage or data, 3 the service is not available.
    """


def main() -> None:
    """Entry point of the ``automl-tl`` script."""
    cli(prog_name="automl-tl")


if __name__ == "__main__":
    main()
