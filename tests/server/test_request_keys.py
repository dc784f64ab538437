"""Equal bodies have equal keys, whatever their request id; all else differs."""

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.server.request_keys import request_key
from automl_tl.v1 import jobs_pb2


def create(request_id, **spec):
    job = jobs_pb2.Job(spec=jobs_pb2.JobSpec(**spec))
    return jobs_pb2.CreateJobRequest(parent="projects/default", job=job, request_id=request_id)


def test_the_id_is_not_part_of_the_body():
    first, second = (request_key("default", create(name, target="label")) for name in ("r-1", "r-2"))
    assert first.body_digest == second.body_digest
    assert (first.method, first.request_id, second.request_id) == ("CreateJob", "r-1", "r-2")


def test_another_body_or_method_is_another_key():
    one = request_key("default", create("r", seed=1))
    assert one.body_digest != request_key("default", create("r", seed=2)).body_digest
    assert request_key("default", jobs_pb2.DeleteJobRequest(request_id="r")).method == "DeleteJob"


def test_maps_in_another_order_are_the_same_body():
    labels = {f"k{number}": "v" for number in range(30)}
    backwards = dict(reversed(labels.items()))
    one, two = (request_key("default", create("r", labels=given)) for given in (labels, backwards))
    assert one == two


def test_an_unusable_id_is_refused():
    with pytest.raises(InvalidInput, match="request_id"):
        request_key("default", create("a b"))
