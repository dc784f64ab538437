"""A server listens to this machine only, unless somebody says otherwise."""

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.server.config import ServerConfig


def test_the_default_is_this_machine_only(tmp_path):
    assert ServerConfig(tmp_path).target == "127.0.0.1:50051"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
def test_other_hosts_need_a_word(tmp_path, host):
    with pytest.raises(InvalidInput, match="no TLS") as caught:
        ServerConfig(tmp_path, host=host)
    assert caught.value.field == "host"
    assert host in ServerConfig(tmp_path, host=host, insecure=True).target


def test_an_ipv6_address_is_written_in_brackets(tmp_path):
    assert ServerConfig(tmp_path, host="::1", port=0).target == "[::1]:0"


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_out_of_range_is_refused(tmp_path, port):
    with pytest.raises(InvalidInput, match=str(port)):
        ServerConfig(tmp_path, port=port)


@pytest.mark.parametrize(
    "store", ["s3://", "bucket", "https://bucket/data", "s3://key:word@bucket", "s3://a/../b"]
)
def test_a_store_that_names_no_bucket_is_refused_when_the_server_starts(tmp_path, store):
    """And not when somebody asks for data in it."""
    with pytest.raises(InvalidInput, match="data_stores: ") as caught:
        ServerConfig(tmp_path, data_stores=("gs://fine/folder", store))
    assert caught.value.field == "data_stores"
