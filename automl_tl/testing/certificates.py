"""Certificates for tests of TLS: an authority, a server, a client, and a stranger that nobody vouches for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["HOST", "write_certificates"]

HOST = "data.example"
"""A host name that the server's certificate names besides localhost and 127.0.0.1."""


def write_certificates(directory: Path) -> Path:
    """Write ``ca.pem``, then ``NAME.pem`` and ``NAME-key.pem`` for server, client, stranger; return the place.

    They are valid for a day. The stranger signed its certificate itself.
    """
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", authority_key, "authority", authority_key, authority=True)
    _write(directory / "ca.pem", authority.public_bytes(serialization.Encoding.PEM))
    for name in ("server", "client", "stranger"):
        key = ec.generate_private_key(ec.SECP256R1())
        by, by_key = (name, key) if name == "stranger" else ("authority", authority_key)
        certificate = _certificate(name, key, by, by_key)
        _write(directory / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))
        _write(directory / f"{name}-key.pem", _private(key))
    return directory


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    hosts = [x509.DNSName("localhost"), x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
