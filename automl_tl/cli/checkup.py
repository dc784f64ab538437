"""What ``doctor`` looks at: versions, devices, disk, ledger, blob store, Ray, service; secrets are masked."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from automl_tl.data.parallel import processors
from automl_tl.distributed.jobs_api import JobsApi
from automl_tl.distributed.place import PlaceKind, RayPlace
from automl_tl.errors import AutomlError
from automl_tl.structured_log import redact

__all__ = [
    "Finding",
    "check_blob_store",
    "check_devices",
    "check_disk",
    "check_ledger",
    "check_ray",
    "check_service",
    "check_settings",
    "check_versions",
    "examine",
]

_PACKAGES = [
    "automl-tl",
    "grpcio",
    "protobuf",
    "sqlalchemy",
    "psycopg",
    "fsspec",
    "torch",
    "torchvision",
    "timm",
    "transformers",
    "ray",
    "optuna",
    "shap",
    "fairlearn",
    "scikit-learn",
    "safetensors",
    "numpy",
    "pandas",
    "pillow",
    "prometheus-client",
    "opentelemetry-sdk",
]
_SERVICE_PACKAGES = ("sqlalchemy", "fsspec")
_LITTLE_SPACE = 2 << 30
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``state`` says whether it is as it should be."""

    topic: str
    name: str
    text: str
    state: Literal["good", "note", "wrong"] = "good"


def _not_installed(topic: str, name: str) -> Iterator[Finding]:
    """Tell that this place is unknown here where the service's packages are left out, as for a client."""
    missing = [package for package in _SERVICE_PACKAGES if find_spec(package) is None]
    if missing:
        text = (
            f"unknown: {' and '.join(missing)} not installed here; the service's machine needs 'automl-tl[server]'"
        )
        yield Finding(topic, name, text, "note")


def examine(topic: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Return what a look finds; one that fails is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except AutomlError as error:
        found.append(Finding(topic, "problem", redact(error.message), "wrong"))
    except Exception as error:
        found.append(Finding(topic, "problem", redact(f"{type(error).__name__}: {error}"), "wrong"))
    return found


def check_versions() -> Iterator[Finding]:
    """Tell versions; what is not installed is a note."""
    yield Finding("versions", "python", f"{platform.python_version()} on {platform.platform()}")
    for package in _PACKAGES:
        try:
            yield Finding("versions", package, version(package))
        except PackageNotFoundError:
            yield Finding("versions", package, "not installed", "note")


def check_settings(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Tell what the environment says, secrets masked."""
    for name in sorted(environment):
        if name.startswith(("AUTOML_TL_", "OTEL_", "RAY_ADDRESS", "CUDA_VISIBLE_DEVICES", "HF_")):
            secret = any(word in name for word in ("TOKEN", "SECRET", "PASSWORD")) and not name.endswith("_FILE")
            yield Finding("settings", name, "***" if secret else redact(environment[name]))


def check_devices() -> Iterator[Finding]:
    """Tell what trials can run on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield Finding("devices", "processor", f"{processors()} cores, {memory / 2**30:.1f} GiB of memory")
    try:
        import torch
    except ModuleNotFoundError:
        yield Finding("devices", "gpu", "torch is not installed; this machine cannot be a worker", "note")
        return
    if not torch.cuda.is_available():
        yield Finding("devices", "gpu", "none that torch can use")
    for number in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(number)
        yield Finding("devices", f"gpu {number}", f"{properties.name}, {properties.total_memory / 2**30:.1f} GiB")


def check_disk(data_dir: Path) -> Iterator[Finding]:
    """Tell whether the data directory can be written to and has room."""
    there = next(place for place in (data_dir.absolute(), *data_dir.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    state: Literal["good", "wrong"] = "good" if free > _LITTLE_SPACE else "wrong"
    yield Finding("disk", "free", f"{free / 2**30:.1f} GiB at {there}", state)
    if not os.access(there, os.W_OK):
        yield Finding("disk", "data directory", f"{there} cannot be written to by this user", "wrong")
    elif there == data_dir.absolute() and there.stat().st_mode & 0o077:
        yield Finding(
            "disk", "data directory", f"{there} can be read by other users; run: chmod 700 {there}", "note"
        )
    else:
        yield Finding("disk", "data directory", str(data_dir.absolute()))


def check_ledger(data_dir: Path, database: str) -> Iterator[Finding]:
    """Tell whether the ledger answers and is of the right revision; one that is not there is not made."""
    if missing := list(_not_installed("ledger", "database")):
        yield from missing
        return
    from automl_tl.store.layout import DataDirectory
    from automl_tl.store.places import Places

    directory = DataDirectory(data_dir)
    shown = redact(database) or str(directory.ledger)
    if not database and not directory.ledger.is_file():
        yield Finding("ledger", "database", f"{shown} does not exist yet; `automl-tl serve` makes it", "note")
        return
    ledger = Places(database).open_ledger(directory)
    try:
        jobs = ledger.overview.jobs_by_state()
        tokens = len(ledger.tokens.list())
    finally:
        ledger.close()
    yield Finding("ledger", "database", f"{shown} answers and is of the right revision")
    told = ", ".join(f"{count} {state}" for state, count in sorted(jobs.items())) or "none"
    yield Finding("ledger", "jobs", told)
    yield Finding("ledger", "tokens", str(tokens))


def check_blob_store(data_dir: Path, blob_store: str) -> Iterator[Finding]:
    """Write a small blob, read it back and erase it."""
    if missing := list(_not_installed("blob store", "place")):
        yield from missing
        return
    from automl_tl.store.layout import DataDirectory
    from automl_tl.store.places import Places

    directory = DataDirectory(data_dir)
    shown = redact(blob_store) or str(directory.blobs)
    if not blob_store and not directory.blobs.is_dir():
        yield Finding("blob store", "place", f"{shown} does not exist yet; `automl-tl serve` makes it", "note")
        return
    blobs = Places("", blob_store).open_blobs(directory)
    content = f"written by automl-tl doctor, process {os.getpid()}".encode()
    blob = blobs.put_bytes(content)
    try:
        with blobs.open(blob.sha256, verify=True) as handle:
            right = handle.read() == content
    finally:
        blobs.delete(blob.sha256)
    if right:
        yield Finding("blob store", "place", f"{shown} takes and gives blobs")
    else:
        yield Finding("blob store", "place", f"{shown} gives other bytes than it took", "wrong")


def check_ray(where: str) -> Iterator[Finding]:
    """Tell whether the place that ``--ray`` names can be reached, or that workers start a Ray of their own."""
    place = RayPlace.parse(where)
    try:
        yield Finding("ray", "installed", version("ray"))
    except PackageNotFoundError:
        yield Finding("ray", "installed", "no; this machine cannot run jobs, only hand them to a cluster", "note")
    if place.kind is PlaceKind.LOCAL:
        yield Finding("ray", "cluster", "none named; each worker starts a local Ray")
    elif place.address == "auto":
        yield Finding("ray", "cluster", "the one that runs on this machine when a job begins", "note")
    elif place.address.startswith("http"):
        jobs = JobsApi(place.address, seconds=_CONNECT_SECONDS).list()
        flying = sum(not job.over for job in jobs)
        yield Finding("ray", "cluster", f"{place.address} answers; {flying} of {len(jobs)} jobs are not over")
    else:
        yield _listens(place.address)


def _listens(address: str) -> Finding:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        with socket.create_connection((host, int(port)), _CONNECT_SECONDS):
            return Finding("ray", "cluster", f"{address} answers")
    except (OSError, ValueError) as error:
        return Finding("ray", "cluster", f"{address} does not answer ({error}); is the head node up?", "wrong")


def check_service(address: str, project: str) -> Iterator[Finding]:
    """Tell whether a service answers this client, with its token and certificates."""
    from automl_tl.client import Client, Credentials

    credentials = Credentials.from_environment()
    encrypted = credentials.tls or credentials.ca is not None or credentials.certificate is not None
    told = [
        f"token {redact(credentials.token)}" if credentials.token else "no token",
        "TLS" if encrypted else "no TLS",
    ]
    yield Finding("service", "credentials", ", ".join(told))
    with Client(
        address, project=project, patience=0.0, timeout=_CONNECT_SECONDS, credentials=credentials
    ) as client:
        plugins = len(client.plugins())
        newest = next(iter(client.list()), None)
    yield Finding(
        "service", "answers", f"{address}, {plugins} plug-ins, as Python {sys.version_info.major} client"
    )
    yield Finding("service", f"project {project}", f"newest job {newest.name}" if newest else "no jobs")
