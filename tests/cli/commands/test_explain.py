"""``explain`` shows why a model says what it says, for people or as JSON lines."""

import json

import pytest


def test_people_see_the_strongest_parts_and_whether_to_rely_on_them(invoke, service):
    answer = invoke("explain", "job-1", "--text", "good", "--seed", "3")
    assert answer.exit_code == 0, answer.output
    assert "praise (75 %)" in answer.stdout
    assert "+1.250 ± 0.500  good" in answer.stdout
    assert "quality: weak" in answer.stdout
    assert "another seed would change the order" in answer.stdout
    assert "note: a note" in answer.stdout
    assert "waiting for a worker" in answer.stderr
    assert "50 evaluations, standard error up to 0.500" in answer.stderr
    (call,) = [call for call in service.calls if call[0] == "explain"]
    assert call[2]["text"] == "good"
    assert call[2]["seed"] == 3


def test_programs_get_every_answer_as_a_line(invoke, service):
    answer = invoke("explain", "job-1", "--row", "7", "--json")
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [line["final"] for line in lines] == [False, True]


@pytest.mark.parametrize("inputs", [(), ("--text", "x", "--row", "3")])
def test_exactly_one_input_is_wanted(invoke, service, inputs):
    answer = invoke("explain", "job-1", *inputs)
    assert answer.exit_code == 2
    assert "exactly one" in answer.stderr


def test_an_empty_text_is_a_text(invoke, service):
    """It is explained as having no words."""
    assert invoke("explain", "job-1", "--text", "").exit_code == 0


def test_a_picture_is_a_file_that_exists(invoke, service, tmp_path):
    assert invoke("explain", "job-1", "--image", tmp_path / "none.png").exit_code == 2
    (tmp_path / "some.png").write_bytes(b"x")
    assert invoke("explain", "job-1", "--image", tmp_path / "some.png").exit_code == 0
