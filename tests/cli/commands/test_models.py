"""``models`` lists what this installation or a service offers."""

import json


def test_a_service_is_asked_when_it_is_named(invoke, service):
    answer = invoke("models", "--address", "host:1", "--modality", "image", "--source", "starter")
    assert answer.exit_code == 0
    assert "240 K" in answer.stdout
    assert ("models", "image", "starter") in service.calls


def test_without_a_service_this_installation_answers(invoke):
    lines = [json.loads(line) for line in invoke("models", "--json").stdout.splitlines()]
    sources = {line["id"].partition(":")[0] for line in lines}
    assert {"starter", "timm", "hf"} <= sources
    images = [json.loads(line) for line in invoke("models", "--json", "--modality", "image").stdout.splitlines()]
    assert {line["modality"] for line in images} == {"image"}
    starters = invoke("models", "--json", "--source", "starter").stdout.splitlines()
    assert 0 < len(starters) < len(lines)
