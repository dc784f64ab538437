"""Downloads continue where they broke, are checked, and stay inside their directory."""

import hashlib

import grpc
import pytest

from automl_tl import errors
from automl_tl.v1 import artifacts_pb2

BODY = bytes(range(256)) * 40
NAME = "projects/default/jobs/job-1/artifacts/report.html"


def described(name=NAME, body=BODY, sha256=None):
    return artifacts_pb2.Artifact(
        name=name, kind="report_html", size_bytes=len(body), sha256=sha256 or hashlib.sha256(body).digest()
    )


def listing(name=NAME, body=BODY, sha256=None):
    artifact = described(name, body, sha256)
    return lambda request, context: artifacts_pb2.ListArtifactsResponse(artifacts=[artifact])


def record(body=BODY, sha256=None):
    return lambda request, context: described(request.name, body, sha256)


def pieces(body, offset, size=1000):
    for place in range(offset, len(body), size):
        yield artifacts_pb2.ReadArtifactResponse(chunk=body[place : place + size], offset=place)


def read_all(request, context):
    yield from pieces(BODY, request.offset)


def test_an_artifact_arrives_whole_under_its_own_name(tmp_path, fake_service, connect):
    service = fake_service(ListArtifacts=listing(), ReadArtifact=read_all)
    files = connect(service.address).download("job-1", tmp_path / "new")
    assert files == {"report.html": tmp_path / "new" / "report.html"}
    assert files["report.html"].read_bytes() == BODY
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]


def test_a_broken_stream_goes_on_at_its_offset(tmp_path, fake_service, connect):
    def read(request, context):
        for number, piece in enumerate(pieces(BODY, request.offset)):
            if number == 3:
                context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
            yield piece

    service = fake_service(ListArtifacts=listing(), ReadArtifact=read)
    files = connect(service.address).download("job-1", tmp_path)
    assert files["report.html"].read_bytes() == BODY
    offsets = [request.offset for name, request in service.calls if name == "ReadArtifact"]
    assert offsets == [0, 3000, 6000, 9000]


def test_half_a_file_of_an_earlier_try_is_continued(tmp_path, fake_service, connect):
    (tmp_path / ".report.html.part").write_bytes(BODY[:5000])
    service = fake_service(ListArtifacts=listing(), ReadArtifact=read_all)
    assert connect(service.address).download("job-1", tmp_path)["report.html"].read_bytes() == BODY
    assert [request.offset for name, request in service.calls if name == "ReadArtifact"] == [5000]


def test_a_half_of_something_else_is_thrown_away(tmp_path, fake_service, connect):
    (tmp_path / ".report.html.part").write_bytes(b"?" * 5000)
    service = fake_service(ListArtifacts=listing(), ReadArtifact=read_all)
    assert connect(service.address).download("job-1", tmp_path)["report.html"].read_bytes() == BODY


def test_a_file_that_is_there_is_not_sent_again(tmp_path, fake_service, connect):
    (tmp_path / "report.html").write_bytes(BODY)
    service = fake_service(ListArtifacts=listing(), ReadArtifact=read_all)
    connect(service.address).download("job-1", tmp_path)
    assert [name for name, _ in service.calls] == ["ListArtifacts"]


def test_wrong_bytes_are_refused_and_leave_no_file(tmp_path, fake_service, connect):
    wrong = b"\0" * 32
    service = fake_service(
        ListArtifacts=listing(sha256=wrong), GetArtifact=record(sha256=wrong), ReadArtifact=read_all
    )
    with pytest.raises(errors.DataCorrupted, match="do not match their digest"):
        connect(service.address).download("job-1", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_more_bytes_than_announced_are_refused(tmp_path, fake_service, connect):
    small = BODY[:100]
    service = fake_service(ListArtifacts=listing(body=small), GetArtifact=record(small), ReadArtifact=read_all)
    with pytest.raises(errors.DataCorrupted, match="where byte 0 of 100 was due"):
        connect(service.address).download("job-1", tmp_path)


@pytest.mark.parametrize("last", ["../evil", "..", "a/b", ".bashrc", "", "a\x00b", "/etc/passwd"])
def test_a_name_that_leads_out_of_the_directory_is_refused(tmp_path, fake_service, connect, last):
    name = f"projects/default/jobs/job-1/artifacts/{last}"
    service = fake_service(ListArtifacts=listing(name=name), ReadArtifact=read_all)
    with pytest.raises(errors.InvalidName):
        connect(service.address).download("job-1", tmp_path / "in")
    assert not (tmp_path / "in").exists()
    assert list(tmp_path.rglob("*")) == []


def test_an_empty_artifact_is_an_empty_file(tmp_path, fake_service, connect):
    service = fake_service(ListArtifacts=listing(body=b""), ReadArtifact=read_all)
    assert connect(service.address).download("job-1", tmp_path)["report.html"].read_bytes() == b""


def test_a_directory_that_cannot_be_made_is_named(tmp_path, fake_service, connect):
    (tmp_path / "file").write_text("in the way")
    service = fake_service(ListArtifacts=listing(), ReadArtifact=read_all)
    with pytest.raises(errors.InvalidInput, match="file/out cannot be made"):
        connect(service.address).download("job-1", tmp_path / "file" / "out")


def test_asking_for_an_artifact_that_is_not_there_names_those_that_are(tmp_path, fake_service, connect):
    service = fake_service(ListArtifacts=listing(), ReadArtifact=read_all)
    with pytest.raises(errors.FailedPrecondition, match=r"no artifact 'model\.zip'; it has: report\.html"):
        connect(service.address).download("job-1", tmp_path, names=["model.zip"])


def read_of(body):
    """Return a service's answers about a file: at its end one empty piece, as the real one's."""

    def read(request, context):
        yield from pieces(body, request.offset)
        if request.offset == len(body):
            yield artifacts_pb2.ReadArtifactResponse(offset=request.offset)

    return read


@pytest.mark.parametrize("size", [5000, 20_000, len(BODY)], ids=["smaller", "larger", "equal"])
def test_a_file_that_is_replaced_while_it_is_read_is_read_anew(tmp_path, fake_service, connect, size):
    """As the best model so far may be."""
    newer = (BODY[::-1] * 2)[:size]
    service = fake_service(ListArtifacts=listing(), GetArtifact=record(newer), ReadArtifact=read_of(newer))
    client = connect(service.address, patience=0.3)
    assert client.download("job-1", tmp_path)["report.html"].read_bytes() == newer
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_file_shorter_than_its_record_is_refused(tmp_path, fake_service, connect):
    """And not asked for its end without end."""
    asked = []

    def read(request, context):
        asked.append(request.offset)
        yield from read_of(BODY if len(asked) > 9 else BODY[:5000])(request, context)

    service = fake_service(ListArtifacts=listing(), GetArtifact=record(), ReadArtifact=read)
    with pytest.raises(errors.DataCorrupted, match=r"has 5000 bytes of .*report\.html, which has 10240"):
        connect(service.address, patience=0.3).download("job-1", tmp_path)
    assert asked == [0, 5000]


def test_a_file_that_is_replaced_all_the_time_is_given_up(tmp_path, fake_service, connect):
    """After a few versions."""
    versions = iter(range(1, 100))
    service = fake_service(
        ListArtifacts=listing(sha256=b"\0" * 32),
        GetArtifact=lambda request, context: described(sha256=bytes([next(versions)]) * 32),
        ReadArtifact=read_all,
    )
    with pytest.raises(errors.DataCorrupted, match="replaced 5 times"):
        connect(service.address).download("job-1", tmp_path)
