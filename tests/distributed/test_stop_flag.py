"""Asking running trials to end."""

import pytest

from automl_tl.distributed import stop_flag as module
from automl_tl.distributed.stop_flag import ClusterFlag, FileFlag, flag_at


def test_a_file_is_seen_by_whoever_sees_the_disk(tmp_path):
    flag = FileFlag(tmp_path / "a:b.stop")
    other = flag_at(flag.address)
    assert not other.hoisted()
    flag.hoist()
    assert other.hoisted()
    flag.remove()
    flag.remove()
    assert not other.hoisted()


def test_a_key_is_seen_on_every_node(ray_session):
    """Each search has its own; none is left."""
    flag = ClusterFlag("search-1")
    other = flag_at(flag.address)
    assert not other.hoisted()
    flag.hoist()
    assert other.hoisted()
    assert not ClusterFlag("search-2").hoisted()
    flag.remove()
    assert not other.hoisted()


def test_a_head_that_is_away_stops_nobody(monkeypatch):
    def away(*arguments, **options):
        raise ConnectionError("away")

    monkeypatch.setattr(module, "_internal_kv_exists", away)
    assert ClusterFlag("search-1").hoisted() is False
    with pytest.raises(ConnectionError):
        module._internal_kv_exists(b"")
