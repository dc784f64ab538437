"""``download`` prints where the files are."""


def test_all_files_or_some(invoke, service, tmp_path):
    answer = invoke("download", "job-1", "--out", tmp_path)
    assert answer.stdout == f"{tmp_path / 'report.html'}\n"
    invoke("download", "job-1", "report.html", "model.zip", "--out", tmp_path)
    asked = [call[3] for call in service.calls if call[0] == "download"]
    assert asked == [(), ("report.html", "model.zip")]


def test_a_directory_must_be_named(invoke, service):
    assert invoke("download", "job-1").exit_code == 2
