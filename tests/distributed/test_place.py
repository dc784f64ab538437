"""Where a job runs is one setting."""

from __future__ import annotations

import pytest

from automl_tl.distributed.place import PlaceKind, RayPlace
from automl_tl.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "kind", "address"),
    [
        ("", PlaceKind.LOCAL, ""),
        ("local", PlaceKind.LOCAL, ""),
        ("auto", PlaceKind.CLUSTER, "auto"),
        ("10.0.0.7:6379", PlaceKind.CLUSTER, "10.0.0.7:6379"),
        ("[fd00::1]:6379", PlaceKind.CLUSTER, "[fd00::1]:6379"),
        ("ray://head:10001", PlaceKind.JOBS, "ray://head:10001"),
        ("jobs+http://head:8265", PlaceKind.JOBS, "http://head:8265"),
        ("jobs+https://ray.example/prefix/", PlaceKind.JOBS, "https://ray.example/prefix"),
    ],
)
def test_every_way_to_name_a_place(text, kind, address):
    """Ray Client means the Jobs API of that cluster."""
    assert RayPlace.parse(text) == RayPlace(kind, address)


@pytest.mark.parametrize(
    "text",
    [
        "here",
        "http://head:8265",
        "jobs+ftp://head",
        "jobs+http://",
        "ray://",
        "head:port",
        "jobs+http://me:word@head",
    ],
)
def test_what_names_no_place_is_refused_with_those_that_do(text):
    """A password in the URL is refused too: the token has its own file."""
    with pytest.raises(InvalidInput, match=r"jobs\+http\(s\)://head:8265") as refused:
        RayPlace.parse(text)
    assert refused.value.field == "ray"
