"""Resource names and digests: the only place that builds or parses them."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from pathlib import Path
from typing import Any

from automl_tl.errors import InvalidName

__all__ = [
    "DEFAULT_PROJECT",
    "artifact_name",
    "dataset_name",
    "digest_bytes",
    "digest_file",
    "digest_json",
    "job_name",
    "model_id",
    "model_name",
    "new_job_id",
    "parse_artifact",
    "parse_dataset",
    "parse_job",
    "parse_model_id",
    "parse_project",
    "project_name",
    "trial_id",
    "trial_name",
]

DEFAULT_PROJECT = "default"

_PART = r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]"
_SHA256 = r"[0-9a-f]{64}"
_ARTIFACT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"


def _parse(pattern: str, name: str, shape: str, field: str) -> tuple[str, ...]:
    match = re.fullmatch(pattern, name)
    if match is None:
        raise InvalidName(f"{field} must look like {shape!r} but got {name!r}", field=field)
    return match.groups()


def project_name(project: str) -> str:
    """Return ``projects/{project}``."""
    return f"projects/{project}"


def parse_project(name: str, *, field: str = "parent") -> str:
    """Return the project id of ``projects/{project}``; raises InvalidName."""
    return _parse(rf"projects/({_PART})", name, "projects/{project}", field)[0]


def dataset_name(project: str, digest: str) -> str:
    """Return ``projects/{project}/datasets/{sha256}``."""
    return f"projects/{project}/datasets/{digest}"


def parse_dataset(name: str, *, field: str = "name") -> tuple[str, str]:
    """Return (project, digest) of a dataset name; raises InvalidName."""
    shape = "projects/{project}/datasets/{sha256}"
    project, digest = _parse(rf"projects/({_PART})/datasets/({_SHA256})", name, shape, field)
    return project, digest


def job_name(project: str, job: str) -> str:
    """Return ``projects/{project}/jobs/{job}``."""
    return f"projects/{project}/jobs/{job}"


def parse_job(name: str, *, field: str = "name") -> tuple[str, str]:
    """Return (project, job) of a job name; raises InvalidName."""
    shape = "projects/{project}/jobs/{job}"
    project, job = _parse(rf"projects/({_PART})/jobs/({_PART})", name, shape, field)
    return project, job


def trial_id(number: int) -> str:
    """Return the id of the trial with this number, counted from 1: ``t0001``."""
    return f"t{number:04d}"


def trial_name(project: str, job: str, trial: str) -> str:
    """Return ``projects/{project}/jobs/{job}/trials/{trial}``."""
    return f"{job_name(project, job)}/trials/{trial}"


def artifact_name(project: str, job: str, artifact: str) -> str:
    """Return ``projects/{project}/jobs/{job}/artifacts/{artifact}``."""
    return f"{job_name(project, job)}/artifacts/{artifact}"


def parse_artifact(name: str, *, field: str = "name") -> tuple[str, str, str]:
    """Return (project, job, artifact) of an artifact name; raises InvalidName."""
    shape = "projects/{project}/jobs/{job}/artifacts/{artifact}"
    pattern = rf"projects/({_PART})/jobs/({_PART})/artifacts/({_ARTIFACT})"
    project, job, artifact = _parse(pattern, name, shape, field)
    return project, job, artifact


def new_job_id() -> str:
    """Return a fresh job id such as ``job-3f2a9c1b7d4e``."""
    return f"job-{uuid.uuid4().hex[:12]}"


def model_id(source: str, model: str) -> str:
    """Return the id people write, ``{source}:{model}``, such as ``timm:resnet18.a1_in1k``."""
    return f"{source}:{model}"


def parse_model_id(identifier: str, *, field: str = "models") -> tuple[str, str]:
    """Return (source, model) of ``{source}:{model}``; raises InvalidName."""
    shape = "{source}:{model}"
    source, model = _parse(r"([a-z][a-z0-9_]*):([^\s:][^\s]*)", identifier, shape, field)
    return source, model


def model_name(identifier: str) -> str:
    """Return the wire name ``sources/{source}/models/{model}`` with "/" written as "--"."""
    source, model = parse_model_id(identifier)
    return f"sources/{source}/models/{model.replace('/', '--')}"


def digest_bytes(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def digest_json(value: Any) -> str:
    """Return the SHA-256 of ``value`` written as canonical JSON (sorted keys, no spaces)."""
    return digest_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())
