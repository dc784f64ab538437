"""``automl-tl models``: the candidate models."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import click

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.tables import models_table
from automl_tl.client.types import CatalogModel

__all__ = ["command"]


@click.command()
@click.option("--modality", default="", help="Only this modality: image, text ...")
@click.option("--source", default="", help="Only this source: starter, timm, hf ...")
@click.option(
    "--address", envvar="AUTOML_TL_ADDRESS", default="", help="Ask this service.  [default: this installation]"
)
@click.option("--json", "as_json", is_flag=True, help="Print each model as one line of JSON.")
def command(modality: str, source: str, address: str, as_json: bool) -> None:
    """List candidate models with size, licence and what they were trained on."""
    models = list(_of_service(address, modality, source) if address else _of_installation(modality, source))
    if as_json:
        for model in models:
            click.echo(json.dumps(dataclasses.asdict(model)))
    else:
        standard_output().print(models_table(models))


def _of_service(address: str, modality: str, source: str) -> Iterator[CatalogModel]:
    from automl_tl.client import Client

    with Client(address) as client:
        yield from client.models(modality=modality, source=source)


def _of_installation(modality: str, source: str) -> Iterator[CatalogModel]:
    from automl_tl.zoo.catalog import load_catalog

    for card in load_catalog().cards(modality or None):
        if source in ("", card.source):
            yield CatalogModel(
                id=card.id,
                modality=card.modality,
                parameters=card.parameters,
                licence=card.licence,
                revision=card.revision,
                architecture=card.architecture,
                family=card.family,
                domain=card.domain,
                description=card.description,
                embedding_size=card.embedding_size,
            )
