"""The certificates that tests of TLS use."""

import ssl

import pytest

from automl_tl.testing.certificates import HOST, write_certificates


@pytest.mark.parametrize("name", ["server", "client", "stranger"])
def test_key_and_certificate_belong_together(tmp_path, name):
    place = write_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / f"{name}.pem", place / f"{name}-key.pem")
    assert (place / f"{name}-key.pem").stat().st_mode & 0o077 == 0


def test_the_hosts_are_named(tmp_path):
    write_certificates(tmp_path)
    assert HOST.encode() in ssl.PEM_cert_to_DER_cert((tmp_path / "server.pem").read_text())
