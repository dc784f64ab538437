"""Options that several commands share, and how they become a job spec."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from automl_tl.cli.durations import parse_budget
from automl_tl.cli.inherited_file import read_inherited
from automl_tl.cli.quantities import parse_count, parse_megabytes, parse_milliseconds
from automl_tl.distributed.place import RayPlace
from automl_tl.errors import InvalidInput, SpecError
from automl_tl.pipeline.spec import MOST_TUNED, InheritedSpec, JobSpec, Stage

__all__ = [
    "Parsed",
    "Words",
    "build_spec",
    "data_dir_option",
    "job_options",
    "places_options",
    "ranking_options",
    "ray_option",
    "service_options",
    "work_store_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])


class Words(click.ParamType):
    """Words with commas between them."""

    name = "a,b"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words; an empty one is refused."""
        if not isinstance(value, str):
            return tuple(value)
        words = tuple(word.strip() for word in value.split(","))
        if not all(words):
            self.fail(f"{value!r} has an empty word between its commas", param, ctx)
        return words


class Parsed(click.ParamType):
    """Text that a function reads; its SpecError becomes wrong usage."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what the function makes of the text."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except SpecError as error:
            self.fail(error.message, param, ctx)


data_dir_option = click.option(
    "--data-dir",
    envvar="AUTOML_TL_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("automl-tl-data"),
    show_default=True,
    help="Directory of ledger, blobs and caches.",
)


def _ray_place(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the value where it names a place."""
    try:
        RayPlace.parse(value)
    except InvalidInput as error:
        raise click.BadParameter(error.message, ctx=ctx, param=param) from None
    return value


ray_option = click.option(
    "--ray",
    envvar="AUTOML_TL_RAY",
    default="local",
    show_default=True,
    metavar="WHERE",
    callback=_ray_place,
    help="Where jobs run: local, auto or host:port (a Ray on this machine), jobs+http(s)://head:8265 or "
    "ray://head:10001 (a cluster that is given whole jobs).",
)


def places_options(command: Command) -> Command:
    """Add where ledger and blobs are; also by variable, because a URL may hold a password."""
    options = (
        click.option(
            "--database",
            envvar="AUTOML_TL_DATABASE",
            default="",
            metavar="URL",
            help="Of the ledger, such as postgresql+psycopg://user@host/name.  [default: SQLite in --data-dir]",
        ),
        click.option(
            "--blob-store",
            envvar="AUTOML_TL_BLOB_STORE",
            default="",
            metavar="URL",
            help="Where blobs lie, such as s3://bucket/prefix.  [default: in --data-dir]",
        ),
    )
    return _add(options, command)


work_store_option = click.option(
    "--work-store",
    envvar="AUTOML_TL_WORK_STORE",
    default="",
    metavar="URL",
    help="Where nodes of a cluster leave their work for each other, or shared-disk where all see --data-dir.  "
    "[default: work/ in a --blob-store that is an object store, else shared-disk]",
)


_RANKING = (
    click.option("--target", default="label", show_default=True, help="Column that holds the label."),
    click.option(
        "--task",
        type=click.Choice(["classification", "multilabel", "regression"]),
        default="classification",
        show_default=True,
        help="One class per row, any number of labels (a|b), or a number.",
    ),
    click.option("--split-column", default="", help="Column with train/validation/test.  [default: split]"),
    click.option("--group-by", default="", help="Column whose values never cross two parts of the split."),
    click.option(
        "--models",
        type=Words(),
        metavar="a,b",
        default="starter",
        show_default=True,
        help="Sources or models; local:DIR too.",
    ),
    click.option(
        "--max-parameters",
        type=Parsed("10M", parse_count),
        default=0,
        metavar="10M",
        help="Largest model.  [default: any]",
    ),
    click.option(
        "--max-latency",
        "max_latency_ms",
        type=Parsed("20ms", parse_milliseconds),
        default=0.0,
        metavar="20ms",
        help="Longest time to predict one example, measured where the job runs.",
    ),
    click.option(
        "--max-memory",
        "max_memory_mb",
        type=Parsed("500MB", parse_megabytes),
        default=0.0,
        metavar="500MB",
        help="Largest memory to predict one example: weights and activations.",
    ),
    click.option(
        "--licence",
        "--license",
        "licences",
        type=Words(),
        default=(),
        metavar="A,B",
        help="Acceptable licences (SPDX), such as Apache-2.0,MIT.  [default: any]",
    ),
    click.option(
        "--layers",
        type=click.Choice(["best", "last", "mean", "stages"]),
        default="best",
        show_default=True,
        help="What embeddings are made of; best: chosen for each model.",
    ),
    click.option(
        "--scorers", type=Words(), metavar="a,b", default=(), help="Scores to compute.  [default: the ensemble]"
    ),
    click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True),
)

_LIMITS = ("max_parameters", "licences", "max_latency_ms", "max_memory_mb")

_JOB = (
    click.option(
        "--sensitive",
        type=Words(),
        metavar="a,b",
        default=(),
        help="Columns whose groups the bias report compares.",
    ),
    click.option(
        "--favourable",
        metavar="CLASS",
        default="",
        help="The class that is good to get: unequal shares of it are a violation then, whatever their cause.",
    ),
    click.option(
        "--inherited",
        type=Parsed("FILE", lambda name: read_inherited(Path(name))),
        default=None,
        help="YAML or JSON file of own terms, sentences and pairs: what did a text model inherit?",
    ),
    click.option(
        "--top-k",
        type=click.IntRange(1, MOST_TUNED),
        default=3,
        show_default=True,
        help="Best-ranked models that are tuned; others that the data cannot tell from the best are named.",
    ),
    click.option(
        "--budget",
        type=Parsed("wall=120s,trials=20", parse_budget),
        default={},
        metavar="wall=120s,trials=20",
        help="Limits, the first one reached counts: wall time of the job, search trials, gpu=600s, money=2.50 "
        "with price=1.80 (of one device for one hour).",
    ),
    click.option(
        "--conformal",
        type=click.FloatRange(0, 1, max_open=True),
        default=0.0,
        metavar="0.1",
        help="Prediction sets too: they may miss the right class for this share of inputs.  [default: none]",
    ),
    click.option("--conformal-method", type=click.Choice(["lac", "aps"]), default="lac", show_default=True),
    click.option(
        "--accelerator",
        default="",
        metavar="TYPE",
        help="Type of GPU as Ray names it, such as H200, for trials and probing.  [default: any]",
    ),
    click.option(
        "--gpus-per-trial",
        type=click.IntRange(0, 64),
        default=0,
        metavar="N",
        help="GPUs of one machine for one trial, which divide each batch.  [default: the worker's choice]",
    ),
    click.option("--compile", "compile_", is_flag=True, help="Compile models for training (torch.compile)."),
    click.option(
        "--ensemble", is_flag=True, help="Let models of several backbones answer together if that helps."
    ),
    click.option("--metric", default="", help="What search looks at.  [default: by task and data]"),
    click.option("--search-space", default="", help="Name of a search space, or a YAML file."),
    click.option(
        "--stop-after",
        type=click.Choice([stage.value for stage in Stage], case_sensitive=False),
        default=Stage.REPORT.value,
        show_default=True,
        help="Last stage to run.",
    ),
    click.option(
        "--explanations", type=click.IntRange(0, 64), default=6, show_default=True, help="Test examples."
    ),
    click.option("--notes", default="", help="Shown in the report as written here."),
)


def ranking_options(command: Command) -> Command:
    """Add what decides a ranking: target, split, models and limits on them, scores, seed."""
    return _add(_RANKING, command)


def job_options(command: Command) -> Command:
    """Add what decides a whole job, the ranking included."""
    return _add(_RANKING, _add(_JOB, command))


def service_options(command: Command) -> Command:
    """Add the address of the service, the project, and what a service with TLS and tokens wants.

    The last go into the environment, where the client looks for them; a token itself is never an argument, because
    everybody on a machine can read those.
    """
    options = (
        click.option(
            "--address", envvar="AUTOML_TL_ADDRESS", default="127.0.0.1:50051", show_default=True, help="host:port"
        ),
        click.option("--project", envvar="AUTOML_TL_PROJECT", default="default", show_default=True),
        _for_the_client("--token-file", "AUTOML_TL_TOKEN_FILE", "File with a token.  [also: AUTOML_TL_TOKEN]"),
        _for_the_client("--ca", "AUTOML_TL_CA", "Speak TLS; trust servers of this authority (PEM)."),
        _for_the_client("--certificate", "AUTOML_TL_CERTIFICATE", "This client's certificate (PEM)."),
        _for_the_client("--key", "AUTOML_TL_KEY", "Its private key (PEM)."),
    )
    return _add(options, command)


def _for_the_client(name: str, variable: str, text: str) -> Callable[[Any], Any]:
    def keep(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
        if value is not None:
            os.environ[variable] = str(value)

    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option(name, envvar=variable, type=kind, expose_value=False, callback=keep, help=text)


def build_spec(*, dataset: str = "", include_examples: bool = False, **options: Any) -> JobSpec:
    """Return the spec that the options of :func:`job_options` describe; raises SpecError with the field."""
    space = options.get("search_space", "")
    is_file = space.endswith((".yaml", ".yml"))
    if is_file and not Path(space).is_file():
        raise SpecError(f"--search-space {space}: there is no such file", field="search_space")
    budget: Mapping[str, Any] = options.get("budget") or {}
    values = {
        "dataset": dataset,
        "task": options.get("task", "classification"),
        "target": options["target"],
        "split": {"column": options["split_column"]},
        "group_by": options["group_by"],
        "sensitive": options.get("sensitive", ()),
        "favourable": options.get("favourable", ""),
        "metric": {"name": options.get("metric", "")},
        "models": {"names": options["models"], **{name: options[name] for name in _LIMITS if name in options}},
        "scorers": options["scorers"],
        "layers": options.get("layers", "best"),
        "top_k": options.get("top_k", 3),
        "search_space_name": "" if is_file else space,
        "search_space_yaml": Path(space).read_text(encoding="utf-8") if is_file else "",
        "budget": dict(budget),
        "conformal": {
            "alpha": options.get("conformal", 0.0),
            "method": options.get("conformal_method", "lac"),
        },
        "inherited": options.get("inherited") or InheritedSpec(),
        "compute": {
            "accelerator": options.get("accelerator", ""),
            "gpus_per_trial": options.get("gpus_per_trial", 0),
            "compile": options.get("compile_", False),
        },
        "ensemble": options.get("ensemble", False),
        "stop_after": options.get("stop_after", Stage.REPORT.value).upper(),
        "seed": options["seed"],
        "explanations": options.get("explanations", 6),
        "include_examples": include_examples,
        "notes": options.get("notes", ""),
    }
    try:
        return JobSpec.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SpecError(f"{field}: {first['msg']}, got {first['input']!r}", field=field) from None


def _add(options: tuple[Callable[[Any], Any], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
