"""Own pairs are put to the pretrained model; what cannot be asked has a worded row."""

from types import SimpleNamespace

import pytest

from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.pipeline.bias import sentence_pairs
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.sentence_pairs import PRETRAINED, ask_pairs
from automl_tl.pipeline.inherited_spec import InheritedSpec
from automl_tl.testing.tiny_models import write_masked_lm_folder, write_transformers_folder
from automl_tl.zoo.sources.base import model_sources

WORDS = ("guitar", "storm", "goal", "melody", "stadium", "chorus", "penalty", "concert", "forecast", "thunder")
PAIRS = InheritedSpec.model_validate(
    {"stereotype_pairs": [
        {"stereotype": f"the {first} and a {second} play", "anti_stereotype": f"the {first} near a {second} play"}
        for first in WORDS[:5] for second in WORDS[5:]]}
)  # fmt: skip


def bench_of(out_of_time=lambda: False, inherited=PAIRS):
    return AuditBench(None, None, None, 0, out_of_time, "", inherited)


def card_of(folder):
    return model_sources.get("local").card(str(folder))


def test_a_model_with_its_head_is_asked_and_the_seed_decides_nothing_but_the_order(tmp_path):
    """All pairs count, once."""
    write_masked_lm_folder(tmp_path / "bert")
    (found,) = ask_pairs(bench_of(), card_of(tmp_path / "bert"), device="cpu")
    assert (found.kind, found.model, found.count) == ("stereotype_pairs", PRETRAINED, 25)
    assert found.low <= found.value <= found.high
    assert "preferred in" in found.summary
    assert "drawn at random" not in found.summary


def test_where_time_ends_the_pairs_so_far_are_a_random_part(tmp_path):
    """Sixteen of 25, and it is said; with fewer than ten there is no verdict."""
    write_masked_lm_folder(tmp_path / "bert")
    card = card_of(tmp_path / "bert")
    left = iter([False] * 3)
    (found,) = ask_pairs(bench_of(lambda: next(left, True)), card, device="cpu")
    assert found.count == 16
    assert "drawn at random from 25" in found.summary
    left = iter([False] * 2)
    (found,) = ask_pairs(bench_of(lambda: next(left, True)), card, device="cpu")
    assert (found.verdict, found.value) == ("insufficient_evidence", None)
    assert "no time" in found.summary


def test_a_model_without_its_head_and_one_that_is_gone_are_rows(tmp_path):
    """The job goes on."""
    write_transformers_folder(tmp_path / "encoder")
    (found,) = ask_pairs(bench_of(), card_of(tmp_path / "encoder"), device="cpu")
    assert found.verdict == "insufficient_evidence"
    assert "masked-language head" in found.summary

    def gone(card):
        raise ModelUnavailable("the disk is away")

    (found,) = ask_pairs(bench_of(), card_of(tmp_path / "encoder"), load_model=gone)
    assert "the disk is away" in found.summary
    backbone = SimpleNamespace(tokenizer=None)
    other = SimpleNamespace(backbone=backbone, masked_language_model=None)
    (found,) = ask_pairs(bench_of(), card_of(tmp_path / "encoder"), load_model=lambda card: other)
    assert "comes without a masked-language head" in found.summary


def test_a_network_that_fails_on_the_pairs_is_a_row(tmp_path, monkeypatch):
    """Such as one whose positions are too few."""
    write_masked_lm_folder(tmp_path / "bert")

    def fail(*_, **__):
        raise RuntimeError("index out of range\nand more")

    monkeypatch.setattr(sentence_pairs, "score_pairs", fail)
    (found,) = ask_pairs(bench_of(), card_of(tmp_path / "bert"), device="cpu")
    assert found.summary == "The model fails on them: index out of range."


def test_without_pairs_nothing_is_loaded_and_a_stopped_job_stops(tmp_path):
    """Cancelled is no row."""
    assert ask_pairs(bench_of(inherited=InheritedSpec()), None) == ()

    def stopped():
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        ask_pairs(bench_of(stopped), None)
