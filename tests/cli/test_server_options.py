"""Options of ``serve`` become a configuration."""

import click
import pytest
from click.testing import CliRunner

from automl_tl.cli.server_options import build_config, parse_quota, server_options
from automl_tl.errors import InvalidInput, SpecError
from automl_tl.store.places import Places
from automl_tl.store.quotas import Quota


@pytest.fixture
def config(tmp_path):
    """Return a function from arguments to a configuration."""

    def build(*arguments):
        made = []

        @click.command()
        @server_options
        def command(**options):
            made.append(build_config(tmp_path, Places(), **options))

        result = CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
        if result.exception:
            raise result.exception
        return made[0]

    return build


def test_the_defaults_are_for_the_person_at_this_machine(config):
    found = config()
    assert (found.host, found.port, found.tls, found.tokens_required) == ("127.0.0.1", 50051, None, False)
    assert (found.quota, found.rate.per_second, found.metrics_port, found.status_port) == (
        Quota(),
        0.0,
        None,
        None,
    )


def test_everything_can_be_said(config, certificates, tmp_path):
    found = config(
        "--host", "0.0.0.0", "--tls-certificate", certificates / "server.pem", "--tls-key",
        certificates / "server-key.pem", "--tls-client-ca", certificates / "ca.pem", "--no-tokens",
        "--data-root", tmp_path, "--data-host", "Data.Example", "--data-store", "s3://Bucket/data",
        "--quota", "jobs=3,bytes=5GB,trials=40,wall=2h,gpu=1h,money=9.5",
        "--rate", "50", "--metrics-port", "0", "--status-port", "0", "--drain", "3s", "--tracing",
    )  # fmt: skip
    assert found.tls.client_ca == certificates / "ca.pem"
    assert found.tokens_required is False
    assert found.data_hosts == ("data.example",)
    assert found.data_stores == ("s3://Bucket/data",)
    assert found.quota == Quota(
        jobs=3, stored_bytes=5_000_000_000, trials=40, wall_seconds=7200.0, gpu_seconds=3600.0, money=9.5
    )
    assert (found.rate.per_second, found.rate.burst, found.drain_seconds, found.tracing) == (50.0, 100, 3.0, True)


def test_half_a_certificate_is_refused(config, certificates):
    for arguments in (
        ("--tls-certificate", certificates / "server.pem"),
        ("--tls-client-ca", certificates / "ca.pem"),
    ):
        with pytest.raises(InvalidInput, match="go together"):
            config(*arguments)


@pytest.mark.parametrize("text", ["", "jobs", "jobs=x", "jobs=-1", "lunch=3", "bytes=", "wall="])
def test_a_quota_that_says_nothing_is_refused(text):
    with pytest.raises(SpecError):
        parse_quota(text)
