"""Where a job runs: the one setting ``--ray``; knows no Ray."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from automl_tl.errors import InvalidInput

__all__ = ["PlaceKind", "RayPlace"]

_JOBS = "jobs+"
_CLIENT = "ray://"
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


class PlaceKind(StrEnum):
    """Who runs a job, and how that is reached."""

    LOCAL = "local"
    CLUSTER = "cluster"
    JOBS = "jobs"


@dataclass(frozen=True)
class RayPlace:
    """Where the trials of a worker's jobs run.

    Attributes
    ----------
    kind
        LOCAL starts a small Ray of the worker's own. CLUSTER joins a Ray that runs on this machine, as a driver.
        JOBS hands whole jobs to a cluster by Ray's Jobs API; the worker itself needs neither torch nor ray.
    address
        "" (LOCAL), ``auto`` or ``host:port`` (CLUSTER), the API's URL or Ray Client's ``ray://host:port`` (JOBS).
    """

    kind: PlaceKind = PlaceKind.LOCAL
    address: str = ""

    @classmethod
    def parse(cls, text: str) -> RayPlace:
        """Return the place that a person names.

        Raises
        ------
        InvalidInput
            If it is none of ``local``, ``auto``, ``host:port``, ``ray://host:port``, ``jobs+http(s)://host:port``.
        """
        if text in ("", "local"):
            return cls()
        if text == "auto" or _HOST_AND_PORT.fullmatch(text):
            return cls(PlaceKind.CLUSTER, text)
        # Ray Client would carry the search's driver into the cluster without what it holds here; a job is whole.
        if text.startswith(_CLIENT) and _HOST_AND_PORT.fullmatch(text.removeprefix(_CLIENT)):
            return cls(PlaceKind.JOBS, text)
        url = urlsplit(text.removeprefix(_JOBS))
        if text.startswith(_JOBS) and url.scheme in ("http", "https") and url.hostname and "@" not in url.netloc:
            return cls(PlaceKind.JOBS, url.geturl().rstrip("/"))
        raise InvalidInput(
            "--ray must be local, auto, host:port of a Ray on this machine, jobs+http(s)://head:8265 or "
            f"ray://head:10001 but got {text!r}",
            field="ray",
        )
