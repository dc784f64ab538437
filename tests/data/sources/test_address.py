"""Data comes from public machines only."""

import pytest

from automl_tl.data.sources.address import is_public, public_addresses
from automl_tl.errors import DatasetError, Unavailable


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"]
)
def test_public_ones(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of most clouds
        "100.100.100.200",  # Alibaba's
        "192.0.0.192",  # Oracle's
        "168.63.129.16",  # Azure's: a public address
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",  # metadata of Amazon over IPv6
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001:0:7f00:1::1",
        "example.org",
        "",
    ],
)
def test_all_others_are_not(address):
    assert not is_public(address)


def answers(*addresses):
    return lambda host, port: [(2, 1, 6, "", (address, port)) for address in addresses]


def test_every_address_of_a_name_must_be_public():
    """One private address among public ones is how a name gets past a check."""
    assert public_addresses("a.example", 443, answers("8.8.8.8", "8.8.4.4", "8.8.8.8")) == ("8.8.8.8", "8.8.4.4")
    for found in (("8.8.8.8", "10.0.0.1"), ("127.0.0.1",), ()):
        with pytest.raises(DatasetError, match="not a public one") as caught:
            public_addresses("a.example", 443, answers(*found))
        assert "10.0.0.1" not in caught.value.message


def test_numbers_in_disguise_are_looked_up_before_they_are_judged():
    """``0x7f.1`` and 2130706433 mean 127.0.0.1 to the resolver."""
    for host in ("127.1", "2130706433", "0x7f.0.0.1", "localhost"):
        with pytest.raises((DatasetError, Unavailable)):
            public_addresses(host, 443)


def test_a_name_that_nobody_knows_is_unavailable():
    def unknown(host, port):
        raise OSError("no such host")

    with pytest.raises(Unavailable, match="cannot be found"):
        public_addresses("nowhere.example", 443, unknown)
