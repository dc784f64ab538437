"""Resource names and digests."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl import names
from automl_tl.errors import InvalidName

SHA = "a" * 64
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", fullmatch=True)


@given(ids, ids)
def test_names_come_back_from_parsing(project, job):
    """Building and parsing are inverse."""
    assert names.parse_project(names.project_name(project)) == project
    assert names.parse_job(names.job_name(project, job)) == (project, job)
    assert names.parse_dataset(names.dataset_name(project, SHA)) == (project, SHA)
    artifact = names.artifact_name(project, job, "report.html")
    assert names.parse_artifact(artifact) == (project, job, "report.html")


@pytest.mark.parametrize(
    ("parse", "name"),
    [
        (names.parse_project, "projects/"),
        (names.parse_project, "projects/A"),
        (names.parse_project, "projects/../x"),
        (names.parse_project, "projects/ok\n"),
        (names.parse_project, "projects/" + "a" * 64),
        (names.parse_dataset, "projects/default/datasets/" + "a" * 63),
        (names.parse_dataset, "projects/default/datasets/" + "A" * 64),
        (names.parse_job, "projects/default/jobs/a/b"),
        (names.parse_job, "jobs/job-1"),
        (names.parse_artifact, "projects/default/jobs/job-1/artifacts/.."),
        (names.parse_artifact, "projects/default/jobs/job-1/artifacts/../../etc"),
        (names.parse_artifact, "projects/default/jobs/job-1/artifacts/.hidden"),
        (names.parse_model_id, "resnet18"),
        (names.parse_model_id, "timm:"),
        (names.parse_model_id, "TIMM:resnet18"),
        (names.parse_model_id, "timm:a b"),
    ],
)
def test_other_shapes_are_refused_with_the_shape_that_is_wanted(parse, name):
    """A name becomes part of a path, so nothing unusual passes."""
    with pytest.raises(InvalidName, match="must look like") as caught:
        parse(name, field="the_field")
    assert caught.value.field == "the_field"


def test_trials_are_numbered_with_leading_zeros():
    """Sorted by name they are sorted by number."""
    assert names.trial_id(7) == "t0007"
    assert names.trial_id(12345) == "t12345"
    assert names.trial_name("default", "job-1", "t0007") == "projects/default/jobs/job-1/trials/t0007"


def test_new_job_ids_are_valid_and_different():
    """They fit into names."""
    first, second = names.new_job_id(), names.new_job_id()
    assert first != second
    assert names.parse_job(names.job_name("default", first)) == ("default", first)


@pytest.mark.parametrize("identifier", ["timm:resnet18.a1_in1k", "hf:org/model", "local:digest-1"])
def test_model_ids(identifier):
    """Source and model come apart at the first colon; a slash is written as two dashes on the wire."""
    source, model = names.parse_model_id(identifier)
    assert names.model_id(source, model) == identifier
    assert names.model_name(identifier) == f"sources/{source}/models/{model.replace('/', '--')}"


def test_digests_are_sha256(tmp_path):
    """Of bytes, of a file, and of JSON in one canonical form."""
    (tmp_path / "a").write_bytes(b"abc")
    expected = hashlib.sha256(b"abc").hexdigest()
    assert names.digest_bytes(b"abc") == names.digest_file(tmp_path / "a") == expected
    assert names.digest_json({"b": 1, "a": [2]}) == names.digest_json({"a": [2], "b": 1})
    assert names.digest_json({"a": 1}) == names.digest_bytes(b'{"a":1}')


def test_a_digest_of_json_refuses_what_json_cannot_say():
    """A digest over an object's address would change with every run."""
    with pytest.raises(TypeError):
        names.digest_json({"a": object()})
