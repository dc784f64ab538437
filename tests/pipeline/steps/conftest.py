"""Products of the early stages."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.steps import fit, ingest, probe, rank, search
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.probe import Probed
from automl_tl.pipeline.steps.search import Searched
from automl_tl.transferability.base import Ranking


@dataclass(frozen=True)
class Early:
    """A job and what INGEST, PROBE, RANK and SEARCH made."""

    job: JobContext
    ingested: Ingested
    probed: Probed
    ranking: Ranking
    searched: Searched

    def fit(self) -> Fitted:
        """Return what FIT makes of it."""
        return fit.run(self.job, self.ingested, self.searched)


@pytest.fixture
def early(image_bench) -> Early:
    """Return the products of a small image job."""
    return _early(image_bench)


@pytest.fixture
def conformal(make_bench, image_folder) -> Early:
    """Return the products of a small image job that is asked for prediction sets."""
    return _early(make_bench(image_folder, conformal={"alpha": 0.3}))


def _early(bench) -> Early:
    job = bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    ranking = rank.run(job, ingested, probed)
    return Early(job, ingested, probed, ranking, search.run(job, ingested, probed, ranking))
