"""RANK: turn embeddings into one ranking of the candidates."""

from __future__ import annotations

import json

from automl_tl.errors import FailedPrecondition
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.probe import Probed
from automl_tl.transferability.base import ProbeSample, Ranking
from automl_tl.transferability.rank import rank

__all__ = ["publish", "run"]


def run(job: JobContext, ingested: Ingested, probed: Probed) -> Ranking:
    """Score and rank on the training part only, so that validation stays honest for search.

    Raises
    ------
    FailedPrecondition
        If not a single candidate could be probed; the message lists why.
    """
    train = ingested.target.split.train
    labels = ingested.target.labels
    samples = {
        model: ProbeSample(
            features=embeddings.select(train),
            labels=labels[train],
            source_probs=embeddings.select_probs(train),
            fingerprint=probed.fingerprints.get(model),
            own_features=probed.own[model].select(train) if model in probed.own else None,
            seed=job.spec.seed,
            familiarity=probed.familiarity.get(model),
            statistics=probed.statistics.get(model),
            total=0 if ingested.whole is None else len(ingested.whole.train),
        )
        for model, embeddings in probed.embeddings.items()
    }
    if not samples:
        reasons = "; ".join(f"{model}: {reason}" for model, reason in probed.failures.items())
        raise FailedPrecondition(
            f"none of the {len(probed.failures)} candidate models could be used ({reasons}); "
            "choose other models, for example --models starter",
            field="models",
        )
    return rank(
        samples,
        probed.failures,
        probed.cards,
        scorers=job.spec.scorers,
        seed=job.spec.seed,
        probe_seconds={model: item.seconds for model, item in probed.embeddings.items()},
        revisions=probed.revisions,
        costs=probed.costs,
        experience=job.journal.experience(),
    )


def publish(job: JobContext, product: Ranking) -> None:
    """Publish the ranking as rows and as a file."""
    job.journal.record_ranking(product)
    path = job.directory(Stage.RANK) / "ranking.json"
    path.write_text(json.dumps(to_plain(product), indent=2), encoding="utf-8")
    job.journal.publish(Stage.RANK, [ArtifactFile("ranking.json", "ranking", "application/json", path)])
