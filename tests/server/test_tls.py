"""Certificates that cannot work are refused at the start; renewed ones are taken over."""

import shutil
import ssl

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.server.tls import Tls, _Watched


def test_a_pair_is_taken(certificates):
    tls = Tls(certificates / "server.pem", certificates / "server-key.pem")
    assert tls.context().verify_mode is ssl.CERT_NONE
    assert tls.context().minimum_version >= ssl.TLSVersion.TLSv1_2
    mutual = Tls(certificates / "server.pem", certificates / "server-key.pem", certificates / "ca.pem")
    assert mutual.context().verify_mode is ssl.CERT_REQUIRED
    assert mutual.server_credentials() is not None


@pytest.mark.parametrize(
    ("certificate", "key", "ca", "text"),
    [
        ("server.pem", "client-key.pem", None, "belong together"),
        ("server-key.pem", "server-key.pem", None, "PEM"),
        ("none.pem", "server-key.pem", None, "no file"),
        ("server.pem", "server-key.pem", "server-key.pem", "PEM"),
    ],
)
def test_what_does_not_fit_is_refused(certificates, certificate, key, ca, text):
    tls = Tls(certificates / certificate, certificates / key, None if ca is None else certificates / ca)
    with pytest.raises(InvalidInput, match=text) as caught:
        tls.server_credentials()
    assert "PRIVATE" not in caught.value.message


def test_a_renewed_certificate_is_taken_over_when_it_is_whole(certificates, tmp_path):
    for name in ("server.pem", "server-key.pem"):
        shutil.copy(certificates / name, tmp_path / name)
    watched = _Watched(Tls(tmp_path / "server.pem", tmp_path / "server-key.pem"))
    assert watched.changed() is None
    shutil.copy(certificates / "client.pem", tmp_path / "server.pem")
    assert watched.changed() is None  # its key has not come yet
    shutil.copy(certificates / "client-key.pem", tmp_path / "server-key.pem")
    assert watched.changed() is not None
    assert watched.changed() is None
    (tmp_path / "server.pem").unlink()
    assert watched.changed() is None
