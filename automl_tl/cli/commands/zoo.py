"""``automl-tl zoo``: the starter zoo that ships in the package, and fingerprints of any model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.tables import models_table
from automl_tl.client.types import CatalogModel

if TYPE_CHECKING:
    from automl_tl.zoo.card import ModelCard

__all__ = ["command"]


@click.group()
def command() -> None:
    """Look into the starter zoo, or pretrain or fingerprint a model."""


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

    with _progress() as progress:
        task = progress.add_task("drawing data", total=None)

        def on_progress(step: int, total: int, loss: float) -> None:
            progress.update(task, completed=step, total=total, description=f"loss {loss:.3f}")

        directory = pretrain(name.removeprefix("starter:"), out, seed=seed, steps=steps, progress=on_progress)
    click.echo(directory)


@command.command("fingerprint")
@click.argument("model")
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, help="Data like those MODEL was pretrained on."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File to write instead.  [default: kept for these weights]",
)
@click.option("--target", default="", help="Column with the source classes.  [default: label, if there is one]")
@click.option(
    "--examples", type=click.IntRange(2), default=2000, show_default=True, help="Most examples to embed."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
def fingerprint(model: str, data: Path, out: Path | None, target: str, examples: int, seed: int) -> None:
    """Make the fingerprint of the domain that MODEL was pretrained on.

    MODEL is an id such as timm:resnet18.a1_in1k, hf:OWNER/NAME or starter:glyphs-resnet, or local:PATH. The
    similarity scores frechet, kid and emd compare target data with it.

    Without --out it is kept for exactly these weights in ~/.local/share/automl-tl/fingerprints (below
    $XDG_DATA_HOME, or in $AUTOML_TL_FINGERPRINTS), where every later job finds it, whichever source the weights
    come from. With --out FILE it is found only beside a local model, as fingerprint.safetensors in its folder or
    NAME.fingerprint.safetensors beside NAME.safetensors.
    """
    from automl_tl.data.load import load_dataset
    from automl_tl.data.sources.file import open_path
    from automl_tl.directories import make_directory
    from automl_tl.probe.fingerprint import fingerprint_model
    from automl_tl.zoo.fingerprint_store import fingerprint_directory, keep_fingerprint
    from automl_tl.zoo.fingerprints import write_fingerprint
    from automl_tl.zoo.sources.base import model_sources

    with tempfile.TemporaryDirectory(prefix="automl-tl-fingerprint-") as folder:
        dataset = load_dataset(open_path(data, Path(folder)), target=target or "label")
        card = _one_model(model, dataset.modality)
        make_directory(out.parent if out else fingerprint_directory())
        loaded = model_sources.get(card.source).load(card)
        with _progress() as progress:
            task = progress.add_task("embedding", total=min(examples, len(dataset)))
            made = fingerprint_model(
                loaded,
                dataset,
                label_column=target,
                most=examples,
                seed=seed,
                progress=lambda share: progress.update(task, completed=round(share * min(examples, len(dataset)))),
            )
    if out is not None:
        write_fingerprint(made, out)
    path = out or keep_fingerprint(made, loaded)
    classes = "no source classes" if made.prototypes is None else f"{len(made.prototypes)} source classes"
    click.echo(f"{made.count} examples, {len(made.mean)} dimensions, {classes}", err=True)
    click.echo(path)


def _one_model(name: str, modality: str) -> ModelCard:
    """Return the card of the one model that a name stands for; raises SpecError if there are several."""
    from automl_tl.errors import SpecError
    from automl_tl.zoo.catalog import load_catalog
    from automl_tl.zoo.sources.base import model_sources

    place = Path(name.removeprefix("local:")).expanduser()
    if name.startswith("local:") and place.is_file():
        card = model_sources.get("local").card(str(place))
        if card.modality != modality:
            raise SpecError(f"{name} is for {card.modality} data but the dataset is {modality}", field="models")
        return card
    cards = load_catalog().resolve([name], modality, allow_local=True)
    if len(cards) != 1:
        some = ", ".join(f"local:{card.location}" if card.location else card.id for card in cards[:5])
        raise SpecError(f"{name} stands for {len(cards)} models; name one of them, such as {some}", field="models")
    return cards[0]


def _progress() -> Progress:
    console = standard_output(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
