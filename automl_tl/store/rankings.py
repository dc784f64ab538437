"""The ranking of a job, row by row."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select

from automl_tl.errors import NotFound
from automl_tl.json_codec import from_plain
from automl_tl.pipeline.events import RankingReady
from automl_tl.store import events, schema
from automl_tl.store.codec import from_json, to_json
from automl_tl.store.engine import Database
from automl_tl.store.jobs import find_job
from automl_tl.store.leases import Lease, fenced_update
from automl_tl.store.pages import Page, PageRequest
from automl_tl.transferability.base import RankedModel, Ranking

__all__ = ["Rankings"]


class Rankings:
    """At most one ranking per job; recording another replaces it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, lease: Lease, ranking: Ranking) -> None:
        """Store a ranking and tell watchers; raises LeaseLost."""
        rankings, rows = schema.rankings, schema.ranked_models
        with self._database.write() as connection:
            fenced_update(connection, lease)
            for table in (rankings, rows):
                connection.execute(table.delete().where(table.c.job_id == lease.job_id))
            connection.execute(
                rankings.insert().values(
                    job_id=lease.job_id,
                    scorers=to_json(list(ranking.scorers)),
                    n_probe=ranking.n_probe,
                    baselines=to_json(dict(ranking.baselines)),
                )
            )
            for position, model in enumerate(ranking.models, start=1):
                text = to_json(dataclasses.asdict(model))
                connection.execute(rows.insert().values(job_id=lease.job_id, position=position, row=text))
            usable = ranking.usable()
            ready = RankingReady(len(usable), usable[0].model if usable else "")
            events.append(connection, lease.job_id, ready, self._database.now(connection))

    def get(self, project: str, job: str) -> Ranking:
        """Return the whole ranking; raises NotFound if there is no such job or it has none yet."""
        rankings, rows = schema.rankings, schema.ranked_models
        with self._database.read() as connection:
            owner = find_job(connection, project, job)
            head = connection.execute(select(rankings).where(rankings.c.job_id == owner.id)).first()
            if head is None:
                raise NotFound(
                    f"job {job!r} has no ranking yet; it is {owner.state} in stage {owner.stage or 'none'}"
                )
            query = select(rows.c.row).where(rows.c.job_id == owner.id).order_by(rows.c.position)
            models = tuple(_model(text) for text in connection.execute(query).scalars())
        return Ranking(models, tuple(from_json(head.scorers)), head.n_probe, from_json(head.baselines))

    def list(self, project: str, job: str, page: PageRequest) -> Page[RankedModel]:
        """Return one page of ranked models, best first; empty before there is a ranking. Raises NotFound."""
        rows = schema.ranked_models
        query = ("ranked_models", project, job)
        after = page.after(query)
        with self._database.read() as connection:
            owner = find_job(connection, project, job)
            found = connection.execute(
                select(rows)
                .where(rows.c.job_id == owner.id, rows.c.position > (after or 0))
                .order_by(rows.c.position)
                .limit(page.limit + 1)
            ).all()
        return page.page(found, lambda row: int(row.position), query).map(lambda row: _model(row.row))


def _model(text: str) -> RankedModel:
    return from_plain(RankedModel, from_json(text))
