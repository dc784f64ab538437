"""``automl-tl doctor``: what is here, what works, and what is wrong."""

from __future__ import annotations

import dataclasses
import json
import sys
from itertools import groupby
from pathlib import Path

import click

from automl_tl.cli import checkup
from automl_tl.cli.options import data_dir_option, places_options, ray_option

__all__ = ["command"]

_SIGNS = {"good": "ok  ", "note": "note", "wrong": "BAD "}


@click.command()
@data_dir_option
@places_options
@ray_option
@click.option(
    "--address", envvar="AUTOML_TL_ADDRESS", default="", help="Also ask the service at host:port.  [default: none]"
)
@click.option("--project", envvar="AUTOML_TL_PROJECT", default="default", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print each finding as one line of JSON.")
def command(
    data_dir: Path, database: str, blob_store: str, ray: str, address: str, project: str, as_json: bool
) -> None:
    """Tell versions, settings, devices, ledger, blob store and Ray; exit code 1 if something is wrong.

    Passwords, tokens and keys are masked, so that what it prints can be shown to others.
    """
    looks = [
        ("versions", checkup.check_versions),
        ("settings", checkup.check_settings),
        ("devices", checkup.check_devices),
        ("disk", lambda: checkup.check_disk(data_dir)),
        ("ledger", lambda: checkup.check_ledger(data_dir, database)),
        ("blob store", lambda: checkup.check_blob_store(data_dir, blob_store)),
        ("ray", lambda: checkup.check_ray(ray)),
    ]
    if address:
        looks.append(("service", lambda: checkup.check_service(address, project)))
    findings = [finding for topic, look in looks for finding in checkup.examine(topic, look)]
    if as_json:
        for finding in findings:
            click.echo(json.dumps(dataclasses.asdict(finding)))
    else:
        for topic, group in groupby(findings, key=lambda finding: finding.topic):
            click.echo(topic)
            for finding in group:
                click.echo(f"  {_SIGNS[finding.state]} {finding.name}: {finding.text}")
    sys.exit(1 if any(finding.state == "wrong" for finding in findings) else 0)
