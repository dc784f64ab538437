"""A token goes only where nobody can read it on the way."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from automl_tl.client import Client, Credentials
from automl_tl.errors import InvalidInput, Unavailable
from automl_tl.v1 import jobs_pb2, jobs_pb2_grpc

TOKEN = "atl_0123456789abcdef_" + "a" * 43


class Jobs(jobs_pb2_grpc.JobServiceServicer):
    def __init__(self):
        self.seen = []

    def GetJob(self, request, context):
        self.seen.append(dict(context.invocation_metadata()).get("authorization"))
        return jobs_pb2.Job(name=request.name)


@pytest.fixture
def service(certificates):
    """Serve jobs in the clear, with TLS, and with TLS for known clients; give the addresses and what was seen."""
    jobs, servers, addresses = Jobs(), [], {}
    pair = ((certificates / "server-key.pem").read_bytes(), (certificates / "server.pem").read_bytes())
    for name, ca in (("plain", None), ("tls", None), ("mutual", (certificates / "ca.pem").read_bytes())):
        server = grpc.server(ThreadPoolExecutor(2))
        jobs_pb2_grpc.add_JobServiceServicer_to_server(jobs, server)
        if name == "plain":
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            encryption = grpc.ssl_server_credentials([pair], ca, require_client_auth=ca is not None)
            port = server.add_secure_port("127.0.0.1:0", encryption)
        server.start()
        servers.append(server)
        addresses[name] = f"127.0.0.1:{port}"
    yield addresses, jobs.seen
    for server in servers:
        server.stop(None).wait()


def get(address, credentials):
    with Client(address, patience=0.0, timeout=5.0, credentials=credentials) as client:
        return client.get("job-1").name


def test_a_token_travels_with_every_call(service, certificates):
    addresses, seen = service
    get(addresses["plain"], Credentials(token=TOKEN))
    get(addresses["tls"], Credentials(token=TOKEN, ca=certificates / "ca.pem"))
    get(addresses["plain"], Credentials())
    assert seen == [f"Bearer {TOKEN}", f"Bearer {TOKEN}", None]


def test_a_server_that_nobody_vouches_for_is_not_believed(service, certificates):
    addresses, seen = service
    for credentials in (Credentials(TOKEN, tls=True), Credentials(TOKEN, ca=certificates / "stranger.pem")):
        with pytest.raises(Unavailable):
            get(addresses["tls"], credentials)
    assert seen == []


def test_a_client_shows_its_certificate(service, certificates):
    addresses, _ = service
    shown = {"certificate": certificates / "client.pem", "key": certificates / "client-key.pem"}
    assert get(addresses["mutual"], Credentials(ca=certificates / "ca.pem", **shown))
    with pytest.raises(Unavailable):
        get(addresses["mutual"], Credentials(ca=certificates / "ca.pem"))


@pytest.mark.parametrize(
    "address", ["example.org:50051", "10.0.0.1:1", "[2001:db8::1]:1", "localhost.evil.example:1"]
)
def test_a_token_does_not_travel_unencrypted_to_another_machine(address):
    with pytest.raises(InvalidInput, match="unencrypted") as caught:
        Client(address, credentials=Credentials(token=TOKEN))
    assert TOKEN not in caught.value.message
    Client(address, credentials=Credentials(token=TOKEN, insecure=True)).close()
    Client(address, credentials=Credentials()).close()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/tmp/socket"])
def test_on_this_machine_it_may(address):
    Client(address, credentials=Credentials(token=TOKEN)).close()


def test_the_environment_says_who_we_are(tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    found = Credentials.from_environment(
        {"AUTOML_TL_TOKEN_FILE": str(tmp_path / "token"), "AUTOML_TL_CA": "/ca.pem", "AUTOML_TL_TLS": "1"}
    )
    assert (found.token, str(found.ca), found.tls, found.insecure) == (TOKEN, "/ca.pem", True, False)
    assert Credentials.from_environment({}) == Credentials()
    assert Credentials.from_environment({"AUTOML_TL_TOKEN": "x", "AUTOML_TL_TOKEN_FILE": "/none"}).token == "x"
    with pytest.raises(InvalidInput, match="cannot be read"):
        Credentials.from_environment({"AUTOML_TL_TOKEN_FILE": str(tmp_path / "none")})


def test_a_token_is_not_shown():
    assert TOKEN not in repr(Credentials(token=TOKEN))


def test_halves_and_spaces_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="together"):
        Credentials(certificate=tmp_path)
    with pytest.raises(InvalidInput, match="copied whole"):
        Credentials(token="a b")
