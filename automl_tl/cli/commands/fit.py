"""``automl-tl fit DATA --recipe recipe.yaml``: make a job's model again, without its search."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from automl_tl.cli.consoles import standard_output
from automl_tl.cli.options import Words
from automl_tl.cli.transfers import fetch_with_bar
from automl_tl.errors import SpecError

if TYPE_CHECKING:
    from automl_tl.pipeline.recipe_file import RecipeFile
    from automl_tl.zoo.card import ModelCard

__all__ = ["command"]


@click.command()
@click.argument("data", type=click.Path())
@click.option(
    "--recipe",
    "recipe_path",
    type=click.Path(path_type=Path),
    required=True,
    help="recipe.yaml of a job; it lies beside the model and inside its archive.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("fitted"),
    show_default=True,
    help="Where the model goes.",
)
@click.option(
    "--models",
    type=Words(),
    metavar="a,b",
    default=(),
    help="Where the recipe's local models lie: local:DIR.  [default: the recipe's own models]",
)
@click.option("--other-data", is_flag=True, help="Apply the recipe to data that it was not made with.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(
    data: str, recipe_path: Path, out: Path, models: tuple[str, ...], other_data: bool, as_json: bool
) -> None:
    """Make a model again from the recipe of a job: the same runs on the same rows, without a search.

    DATA is what the job was run on, or its address (s3://bucket/...). With the same data, versions and machine the
    model gives the same answers, and the command says whether it does. Needs neither a service nor Ray.

    Writes model.zip, test_results.json and a copy of the recipe into --out.
    """
    from automl_tl.data.load import load_dataset
    from automl_tl.finetune.evaluate import evaluate
    from automl_tl.finetune.model_archive import pack
    from automl_tl.json_codec import to_plain
    from automl_tl.pipeline.recipe_file import FILE_NAME, read_recipe
    from automl_tl.pipeline.remake import groups_of_test, remake
    from automl_tl.search.model_cache import ModelCache

    recipe = read_recipe(recipe_path)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="automl-tl-fit-data-") as folder:
        dataset = load_dataset(fetch_with_bar(data, Path(folder)), modality=recipe.data.modality)
        made = remake(
            recipe,
            dataset,
            _cards(recipe, models),
            load_model=ModelCache(),
            other_data=other_data,
            progress=lambda message: click.echo(message, err=True),
        )
        directory = made.model.save(Path(folder) / "model")
        shutil.copyfile(recipe_path, directory / FILE_NAME)
        archive = pack(directory, out / "model.zip")
    if recipe_path.resolve() != (out / FILE_NAME).resolve():
        shutil.copyfile(recipe_path, out / FILE_NAME)
    measured = evaluate(
        made.predictions,
        name="final",
        description=recipe.plan.lead.model,
        seed=recipe.seed,
        groups=groups_of_test(made.target),
    )
    facts: dict[str, Any] = {
        "model": recipe.plan.lead.model,
        "strategy": recipe.plan.lead.recipe.strategy,
        "metric": recipe.metric,
        "metrics": {name: each.value for name, each in measured.metrics.items()},
        "intervals": {name: [each.low, each.high] for name, each in measured.metrics.items()},
        "value_of_the_job": recipe.outcome.value if recipe.outcome else None,
        "same_answers": made.same_answers,
        "model_path": str(archive),
    }
    results = {"evaluation": to_plain(measured), "predictions": to_plain(made.predictions)}
    (out / "test_results.json").write_text(json.dumps(results), encoding="utf-8")
    _show(facts, standard_output(stderr=as_json))
    if as_json:
        click.echo(json.dumps(to_plain(facts), allow_nan=False))


def _cards(recipe: RecipeFile, names: Sequence[str]) -> dict[str, ModelCard]:
    """Return the cards of the recipe's models, pinned to its revisions."""
    from dataclasses import replace

    from automl_tl.zoo.catalog import load_catalog

    catalog, modality = load_catalog(), recipe.data.modality
    given = {card.id: card for card in catalog.resolve(names, modality, allow_local=True)} if names else {}
    cards = {}
    for part in recipe.models:
        card = given.get(part.id)
        if card is None and part.id.startswith("local:"):
            raise SpecError(
                f"the recipe needs {part.id}, which lay in a directory; say where with --models local:DIR",
                field="models",
            )
        if card is None:
            card = catalog.resolve((part.id,), modality)[0]
        pinned = part.revision and card.source != "local"
        cards[part.id] = replace(card, revision=part.revision) if pinned else card
    return cards


_VERDICTS = {
    True: "The model gives the same answers as the job's on every test row.",
    False: "Some answers on the test rows differ from the job's: versions, threads or the machine are others.",
    None: "The data are not the recipe's, so there is nothing to compare with.",
}


def _show(facts: dict[str, Any], console: Console) -> None:
    metric = facts["metric"]
    low, high = facts["intervals"][metric]
    figure = (
        f"test {metric.replace('_', ' ')} {facts['metrics'][metric]:.4g} (95 % interval {low:.4g} to {high:.4g})"
    )
    for line in (
        f"{facts['model']}, {facts['strategy'].replace('_', ' ')}: {figure}",
        _VERDICTS[facts["same_answers"]],
        f"model        {facts['model_path']}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
