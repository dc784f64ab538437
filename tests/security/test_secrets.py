"""Secrets are in no log, no ledger and no blob: a canary is sent everywhere and then looked for."""

import subprocess
import sys

import pytest

from automl_tl.cli.service_process import running_service
from automl_tl.client import Client, Credentials
from automl_tl.errors import AutomlError, NotFound, PermissionDenied, Unauthenticated
from automl_tl.pipeline.spec import JobSpec

CANARY = "c4n4ry-" + "x" * 24


def test_no_file_of_the_service_holds_a_secret(tmp_path, monkeypatch):
    data = tmp_path / "data"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("HF_TOKEN", CANARY)
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "automl_tl.cli.main",
            "token",
            "create",
            "--project",
            "shop",
            "--data-dir",
            str(data),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    token = made.stdout.strip()
    wrong = token[:-6] + CANARY[:6]
    (tmp_path / "a.csv").write_text(
        "text,label\n" + "".join(f"note {n} of many,{'ab'[n % 2]}\n" for n in range(20))
    )
    options = ("--tokens", "--verbose", "--log-format", "json")
    with running_service(data, workers=0, options=options) as address:

        def client(text, project="shop"):
            return Client(address, project=project, patience=0.0, credentials=Credentials(token=text))

        with client(token) as good:
            dataset = good.upload(tmp_path / "a.csv")
            job = good.create_job(JobSpec(dataset=dataset.name))
            with pytest.raises(NotFound):
                good.get("nothing-here")
            for uri in (f"https://user:{CANARY}@data.example/a.csv", f"https://data.example/a.csv?token={CANARY}"):
                with pytest.raises(AutomlError) as caught:
                    good.register(uri)
                assert CANARY not in caught.value.message
            assert good.cancel(job).state == "CANCELLED"
        for text, project, kind in ((wrong, "shop", Unauthenticated), (token, "other", PermissionDenied)):
            with client(text, project) as bad, pytest.raises(kind) as caught:
                bad.get("job-1")
            assert text not in caught.value.message
    files = [path for path in data.rglob("*") if path.is_file()]
    assert any(path.name == "service.log" and b"GetJob" in path.read_bytes() for path in files)
    for path in files:
        content = path.read_bytes()
        for secret in (token[-43:], wrong[-43:], CANARY):
            assert secret.encode() not in content, path
