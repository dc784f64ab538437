"""``automl-tl zoo``: the starter zoo that ships in the package."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.tables import models_table
from automl_tl.client.types import CatalogModel

__all__ = ["command"]


@click.group()
def command() -> None:
    """Look into the starter zoo, or pretrain one of its models again."""


@command.command("list")
def list_models() -> None:
    """List the starter models with the domains they were pretrained on."""
    from automl_tl.zoo.starter.cards import starter_cards

    standard_output().print(
        models_table(
            CatalogModel(
                id=card.id,
                modality=card.modality,
                parameters=card.parameters,
                licence=card.licence,
                family=card.family,
                domain=card.domain,
            )
            for card in starter_cards()
        )
    )


@command.command("card")
@click.argument("name")
def show_card(name: str) -> None:
    """Show the model card of the starter model NAME: data, recipe, licence, accuracy, limits."""
    from automl_tl.errors import ModelUnavailable, NotFound
    from automl_tl.zoo.starter.cards import read_record, starter_directory
    from automl_tl.zoo.starter.model_card import model_card_text

    try:
        directory = starter_directory(name.removeprefix("starter:"))
    except ModelUnavailable as error:
        raise NotFound(error.message, field="name") from None
    click.echo(model_card_text(read_record(directory)))


@command.command("pretrain")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("zoo"),
    show_default=True,
    help="Where.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--steps", type=click.IntRange(1), default=None, help="Updates.  [default: as in the recipe]")
def pretrain_model(name: str, out: Path, seed: int, steps: int | None) -> None:
    """Pretrain the starter model NAME from its recipe and write it to a directory below --out."""
    from automl_tl.zoo.starter.pretrain import pretrain

    console = standard_output(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("drawing data", total=None)

        def on_progress(step: int, total: int, loss: float) -> None:
            progress.update(task, completed=step, total=total, description=f"loss {loss:.3f}")

        directory = pretrain(name.removeprefix("starter:"), out, seed=seed, steps=steps, progress=on_progress)
    click.echo(directory)
