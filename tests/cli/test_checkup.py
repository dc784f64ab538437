"""What ``doctor`` looks at."""

import socket

import pytest

from automl_tl.cli import checkup
from automl_tl.cli.service_process import running_service
from automl_tl.errors import Unavailable
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger


def told(findings):
    return {finding.name: (finding.state, finding.text) for finding in findings}


def test_versions_say_what_is_there():
    found = told(checkup.check_versions())
    assert found["grpcio"][0] == "good"
    assert found["python"][1].startswith("3.")


def test_settings_are_shown_without_secrets():
    environment = {
        "AUTOML_TL_TOKEN": "hunter22",
        "HF_TOKEN": "hunter22",
        "AUTOML_TL_DATABASE": "postgresql://u:hunter22@h/d",
        "AUTOML_TL_TOKEN_FILE": "/run/token",
        "OTHER": "hunter22",
    }
    found = told(checkup.check_settings(environment))
    assert set(found) == {"AUTOML_TL_TOKEN", "HF_TOKEN", "AUTOML_TL_DATABASE", "AUTOML_TL_TOKEN_FILE"}
    assert "hunter22" not in str(found)
    assert found["AUTOML_TL_TOKEN_FILE"][1] == "/run/token"
    assert found["AUTOML_TL_DATABASE"][1] == "postgresql://u:***@h/d"


def test_a_place_that_is_full_or_open_is_told(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    assert told(checkup.check_disk(tmp_path))["data directory"][0] == "note"
    tmp_path.chmod(0o700)
    assert told(checkup.check_disk(tmp_path / "not" / "yet"))["data directory"][0] == "good"
    monkeypatch.setattr("shutil.disk_usage", lambda place: type("Usage", (), {"free": 5}))
    assert told(checkup.check_disk(tmp_path))["free"][0] == "wrong"


def test_looking_makes_no_ledger_and_no_blob_store(tmp_path):
    assert told(checkup.check_ledger(tmp_path, ""))["database"][0] == "note"
    assert told(checkup.check_blob_store(tmp_path, ""))["place"][0] == "note"
    assert list(tmp_path.iterdir()) == []


def test_a_client_without_the_packages_of_a_service_is_no_fault(tmp_path, monkeypatch):
    """It knows nothing of ledger and blobs, and says so."""
    monkeypatch.setattr("automl_tl.cli.checkup.find_spec", lambda name: None if name == "sqlalchemy" else object())
    for look, name in ((checkup.check_ledger, "database"), (checkup.check_blob_store, "place")):
        state, text = told(look(tmp_path, ""))[name]
        assert state == "note"
        assert "unknown: sqlalchemy not installed here" in text


def test_a_ledger_and_a_blob_store_that_work(tmp_path):
    directory = DataDirectory(tmp_path).create()
    ledger = Ledger(directory.ledger_url)
    ledger.tokens.create("shop")
    ledger.close()
    found = told(checkup.check_ledger(tmp_path, ""))
    assert (found["database"][0], found["jobs"][1], found["tokens"][1]) == ("good", "none", "1")
    assert told(checkup.check_blob_store(tmp_path, ""))["place"][0] == "good"
    assert [path for path in directory.blobs.rglob("*") if path.is_file()] == []


def test_a_ray_cluster_is_called(unused_tcp_port):
    assert told(checkup.check_ray(""))["cluster"][0] == "good"
    assert told(checkup.check_ray(f"127.0.0.1:{unused_tcp_port}"))["cluster"][0] == "wrong"
    assert checkup.examine("ray", lambda: checkup.check_ray("nonsense"))[0].state == "wrong"
    dead = checkup.examine("ray", lambda: checkup.check_ray(f"jobs+http://127.0.0.1:{unused_tcp_port}"))
    assert "does not answer" in dead[-1].text
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert told(checkup.check_ray(f"ray://127.0.0.1:{server.getsockname()[1]}"))["cluster"][0] == "good"


def test_a_service_is_asked(tmp_path):
    with running_service(tmp_path, workers=0) as address:
        assert told(checkup.check_service(address, "default"))["project default"][1] == "no jobs"


def test_a_look_that_fails_is_a_finding():
    def fails():
        yield checkup.Finding("x", "first", "fine")
        raise Unavailable("postgresql://u:hunter22@h is away")

    def breaks():
        yield checkup.Finding("x", "first", "fine")
        raise KeyError("y")

    assert [finding.state for finding in checkup.examine("x", fails)] == ["good", "wrong"]
    assert "hunter22" not in checkup.examine("x", fails)[1].text
    assert checkup.examine("x", breaks)[1].text == "KeyError: 'y'"


@pytest.mark.parametrize("cores", [1])
def test_this_machine_has_a_processor(cores):
    assert int(told(checkup.check_devices())["processor"][1].split()[0]) >= cores


def test_processors_are_those_that_workers_use(monkeypatch):
    monkeypatch.setattr("automl_tl.cli.checkup.processors", lambda: 3)
    assert told(checkup.check_devices())["processor"][1].startswith("3 cores, ")
