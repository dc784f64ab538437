"""What a job far beyond these machines would take: ``python -m benchmarks.scaling --write`` makes docs/scaling.md.

Nothing is measured here. Unit costs are those of docs/benchmarks.md, each with the command that measures it; what
no machine of ours could measure is a parameter, and said to be one.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_tl.distributed.stream_statistics import PART_ROWS

__all__ = ["Plan", "UnitCosts", "page"]

_PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"
_HOUR = 3600.0
_GIB = 2.0**30
_WIDTH = 112
_SPACE = "\0"
_PROBING = '`python -m benchmarks --only "Speed of probing"`'
_HALVING = '`python -m benchmarks --only "200 candidates by halving"`'
_LOGME = '`python -m benchmarks --only "Speed of LogME"`'
_WORKERS = '`python -m benchmarks --only "Many workers"`'


@dataclass(frozen=True)
class UnitCosts:
    """Measured, on one core of the machine that docs/benchmarks.md names.

    Attributes
    ----------
    prepare_seconds
        Processor time to read, decode, resize and normalise a photograph of 500 x 375 pixels at 224.
    forward_rate
        Images that a small vision transformer embeds in a second of processor time, preparing not counted, bf16.
    halving_share
        Forward passes of the race of candidates, as a share of all candidates on all examples.
    score_seconds
        Four scores together from one pass over 50,000 x 2048 features of 1,000 classes.
    """

    prepare_seconds: float = 0.00315
    forward_rate: float = 134.2
    halving_share: float = 0.24
    score_seconds: float = 5.99
    score_rows: int = 50_000


@dataclass(frozen=True)
class Plan:
    """A job, and the machines for it.

    Attributes
    ----------
    compare_rows
        Rows on which candidates are compared; a random sample of the images.
    gpu_rate
        Images a second that one GPU embeds, mean over the candidates. Not measured: an assumption to replace.
    finalists
        Candidates that are embedded on all images.
    image_bytes
        Size of a stored image. Not measured: an assumption to replace.
    gpus_per_machine, store_rate
        GPUs of one machine, and bytes a second that the object store gives to all machines together. Assumptions.
    """

    candidates: int = 10_000
    images: int = 10_000_000
    gpus: int = 1_000
    compare_rows: int = 50_000
    gpu_rate: float = 2_000.0
    finalists: int = 16
    dimensions: int = 2_048
    classes: int = 1_000
    image_bytes: int = 110_000
    gpus_per_machine: int = 8
    store_rate: float = 50e9

    @property
    def machines(self) -> int:
        """Machines that hold the GPUs."""
        return -(-self.gpus // self.gpus_per_machine)

    @property
    def stored_bytes(self) -> int:
        """Bytes of all images as they are stored, which every machine with a disk of its own fetches."""
        return self.images * self.image_bytes

    def passes(self, rows: int, costs: UnitCosts) -> float:
        """Forward passes of the race when it compares on so many rows."""
        return costs.halving_share * self.candidates * rows

    def gpu_hours(self, passes: float) -> float:
        """GPU hours of so many passes."""
        return passes / self.gpu_rate / _HOUR

    def cpu_hours(self, passes: float, costs: UnitCosts) -> float:
        """Core hours to prepare the images of so many passes, each pass for itself."""
        return passes * costs.prepare_seconds / _HOUR

    def statistics_bytes(self) -> int:
        """Bytes of one candidate's mergeable statistics: second moments, and a sum per class, in float64."""
        return 8 * (self.dimensions**2 + self.classes * (self.dimensions + 1))

    def embedding_bytes(self, rows: int) -> int:
        """Bytes of one candidate's embeddings of so many rows, in float32."""
        return 4 * rows * self.dimensions


def page(plan: Plan | None = None, costs: UnitCosts | None = None) -> Iterator[str]:
    """Yield the lines of docs/scaling.md."""
    plan, costs = plan or Plan(), costs or UnitCosts()
    yield "# Beyond these machines: scale on paper"
    yield ""
    yield from _text(
        f"What {plan.candidates:,} candidates, {plan.images:,} images",
        f"and {plan.gpus:,} GPUs would take, derived from",
        "what one core was measured to take. Made by `python -m",
        "benchmarks.scaling --write`; change a unit cost or an",
        "assumption there and everything below follows. Nothing on this page was run at that size.",
    )
    yield from _unit_costs(plan, costs)
    yield from _probing(plan, costs)
    yield from _memory(plan)
    yield from _disks(plan)
    yield from _control(plan, costs)
    yield from _limits(plan, costs)


def _unit_costs(plan: Plan, costs: UnitCosts) -> Iterator[str]:
    yield "## Unit costs"
    yield ""
    yield "| what | value | measured by |"
    yield "|---|---|---|"
    yield f"| reading and preparing a photograph | {1000 * costs.prepare_seconds:.2f} ms of a core | {_PROBING} |"
    yield f"| embedding it by a small ViT, bf16 | {1000 / costs.forward_rate:.1f} ms of a core | {_PROBING} |"
    yield f"| the race's passes, of all candidates on all rows | {costs.halving_share:.0%} | {_HALVING} |"
    yield (
        f"| four scores, {costs.score_rows:,} x {plan.dimensions:,}, {plan.classes:,} classes "
        f"| {costs.score_seconds:.2f} s of a core | {_LOGME} |"
    )
    yield f"| a GPU's rate, mean over candidates | {plan.gpu_rate:,.0f} images/s | **assumed**, not measured |"
    yield ""


def _probing(plan: Plan, costs: UnitCosts) -> Iterator[str]:
    preparing = f"{1000 * costs.prepare_seconds:.2f} ms"
    yield "## Probing"
    yield ""
    yield from _text(
        f"passes = {costs.halving_share:g} x candidates x rows compared on; GPU hours = passes / rate / 3600;",
        f"core hours = passes x {preparing}. Wall: GPU hours over GPUs, if every GPU has the cores that feed it.",
    )
    yield "| candidates compared on | passes | GPU h | core h for preparing | wall on all GPUs |"
    yield "|---|---|---|---|---|"
    for title, passes in (
        (f"all {plan.images:,} rows", plan.passes(plan.images, costs)),
        (f"a sample of {plan.compare_rows:,} rows", plan.passes(plan.compare_rows, costs)),
        (f"{plan.finalists} finalists on all rows", float(plan.finalists * plan.images)),
    ):
        hours = plan.gpu_hours(passes)
        wall = hours / plan.gpus
        told = f"{wall:.1f} h" if wall >= 1 else f"{60 * wall:.1f} min"
        yield f"| {title} | {passes:.1e} | {hours:,.0f} | {plan.cpu_hours(passes, costs):,.0f} | {told} |"
    yield ""
    scoring = costs.score_seconds * plan.compare_rows / costs.score_rows
    yield from _text(
        f"The standard error of an accuracy on {plan.compare_rows:,} rows is at most",
        f"{100 * (0.25 / plan.compare_rows) ** 0.5:.2f} points; what is",
        "closer than that, the finalists on all rows",
        f"decide. A GPU at {plan.gpu_rate:,.0f} images/s needs",
        f"{plan.gpu_rate * costs.prepare_seconds:.1f} cores that",
        "do nothing but prepare its images; with fewer, preparing is the limit and not the GPU. The scores of one",
        f"candidate on the sample take {scoring:.0f} s of a core, those of all of them at most",
        f"{plan.candidates * scoring / _HOUR:.0f} core hours.",
    )


def _memory(plan: Plan) -> Iterator[str]:
    one = plan.statistics_bytes()
    whole, sample = plan.embedding_bytes(plan.images), plan.embedding_bytes(plan.compare_rows)
    yield "## Memory"
    yield ""
    yield "| what | size | where |"
    yield "|---|---|---|"
    yield f"| one candidate's embeddings of all images | {whole / _GIB:.1f} GiB | nowhere: shards send sums |"
    yield f"| one candidate's embeddings of the sample | {sample / _GIB:.2f} GiB | cache, on disk |"
    yield f"| those of all candidates, at most | {plan.candidates * sample / _GIB:,.0f} GiB | cache, on disk |"
    yield f"| one candidate's mergeable statistics | {one / 2**20:.0f} MiB | a task, then the driver |"
    yield f"| those of {plan.finalists} finalists | {plan.finalists * one / _GIB:.2f} GiB | the driver |"
    yield f"| labels and row numbers of all images | {16 * plan.images / _GIB:.2f} GiB | the driver |"
    yield f"| where all images stand in their shards | {28 * plan.images / _GIB:.2f} GiB | driver, each trial |"
    yield f"| a column of all images | {8 * plan.images / _GIB:.2f} GiB | the driver |"
    yield "| blocks that training draws from, and the next | 0.50 GiB | each trial |"
    yield ""
    yield from _text(
        f"D = {plan.dimensions:,} and {plan.classes:,} classes; embeddings in float32. Statistics take",
        "8 bytes x (D x D + classes x (D + 1)), whatever the number of images, and merge exactly",
        '(`python -m benchmarks --only "Exactness of the scores"`,',
        "merged shards). The cache is the largest thing here;",
        "half precision halves it, and candidates that leave the race early leave only their first rungs in it.",
        "Of decoded images a batch and the next are in memory at a time; a whole job with ten times the images is",
        'measured by `python -m benchmarks --only "Whole jobs on shards"`.',
    )


def _disks(plan: Plan) -> Iterator[str]:
    everywhere = plan.machines * plan.stored_bytes
    yield "## Disks"
    yield ""
    yield from _text(
        "Machines need no disk in common: with a work store (`AUTOML_TL_WORK_STORE`, such as `s3://bucket/work`;",
        "cluster/README.md) trials leave their checkpoints and states",
        "there, the driver the data set and embeddings, and each machine fetches the whole data set once. At an",
        f"assumed {plan.image_bytes / 1000:.0f} kB an image that is",
        f"{plan.stored_bytes / 2**40:.1f} TiB on the disk of each",
        f"of {plan.machines:,} machines with {plan.gpus_per_machine} GPUs, and at an assumed",
        f"{plan.store_rate / 1e9:.0f} GB/s from the store to all of them",
        f"{everywhere / plan.store_rate / 60:.0f} min",
        "before the first pass. So at this size a file system that all machines mount is the better place for the",
        "data (`AUTOML_TL_WORK_STORE=shared-disk`); with a hundredth of the images copies take",
        f"{everywhere / plan.store_rate / 100:.0f} s.",
    )


def _control(plan: Plan, costs: UnitCosts) -> Iterator[str]:
    mean = plan.passes(plan.compare_rows, costs) / plan.candidates / plan.gpu_rate
    ended = plan.gpus / mean
    yield "## Control"
    yield ""
    yield from _text(
        f"On the sample a candidate takes {mean:.0f} s of a GPU on",
        f"average, so that {plan.gpus:,} GPUs end {ended:,.0f}",
        "candidates a second. Models have to come from somewhere: at an assumed 100 MB each that is",
        f"{ended * 0.1:,.0f} GB/s from the object store, unless nodes",
        "keep them. That, and not the GPUs, is the first",
        "thing to plan. A search beside it costs its driver what",
        '`python -m benchmarks --only "What a trial costs besides its training"`',
        "measures, for each trial; jobs cost the",
        f"ledger what {_WORKERS} measures.",
    )


def _limits(plan: Plan, costs: UnitCosts) -> Iterator[str]:
    whole = plan.passes(plan.images, costs) / costs.forward_rate / _HOUR
    parts = -(-plan.images // PART_ROWS)
    finalists = plan.gpu_hours(float(plan.finalists * plan.images)) / min(plan.gpus, parts)
    yield "## What this leaves out"
    yield ""
    for sentences in (
        (
            f"Without GPUs the race on all rows would take {whole:,.0f} core hours for its forward passes alone,",
            f"and {plan.passes(plan.compare_rows, costs) / costs.forward_rate / _HOUR:,.0f} on the sample.",
        ),
        (
            "A job whose data are streamed (docs/large_data.md) compares its candidates on 20,000 training rows",
            "and passes once over all of them with the finalists, for the scores that statistics are enough for.",
            "A larger sample, as here, is a setting in the code (`Streaming`) and none of a job.",
        ),
        (
            "Candidates differ by a factor of a thousand in cost. The rate",
            "is a mean weighted by passes, and the race",
            "gives most passes to those that lead, not to those that are cheap.",
        ),
        ("Every pass is reckoned to prepare its images anew.",),
        (
            f"Finalists pass over all rows one after another, in parts of {PART_ROWS:,} rows, so that at most",
            f"{parts:,} processes have work: the {plan.finalists} take {60 * finalists:.1f} min on as many GPUs.",
        ),
        (
            "Lost machines: a task is tried again, a trial goes on from its last rung, a job from its last stage",
            '(`python -m benchmarks --only "A lost node"`, on three nodes).',
        ),
        (
            "Fine-tuning takes what its budget says. Its throughput is measured by",
            '`python -m benchmarks --only "Throughput of training"`, on processors only so far.',
        ),
    ):
        yield from _wrapped(sentences, initial_indent="* ", subsequent_indent="  ")


def _text(*sentences: str) -> Iterator[str]:
    """Yield a paragraph and an empty line."""
    yield from _wrapped(sentences)
    yield ""


def _wrapped(sentences: Sequence[str], **options: str) -> Iterator[str]:
    """Yield lines that break nowhere within a command."""
    whole = re.sub(r"`[^`]*`", lambda command: command.group().replace(" ", _SPACE), " ".join(sentences))
    for line in textwrap.wrap(whole, _WIDTH, break_long_words=False, break_on_hyphens=False, **options):
        yield line.replace(_SPACE, " ")


if __name__ == "__main__":
    text = "\n".join(page()) + "\n"
    if "--write" in sys.argv:
        _PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
