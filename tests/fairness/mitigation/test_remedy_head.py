"""The head of a remedy goes to a file and comes back as what was measured."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness.mitigation import RemedyHead, load_heads
from automl_tl.fairness.mitigation.balanced_head import balanced_head
from automl_tl.fairness.mitigation.group_dro import group_dro
from automl_tl.fairness.mitigation.reductions import reductions
from automl_tl.fairness.mitigation.remedy_head import save_heads
from automl_tl.fairness.mitigation.reweighing import reweighing


def test_a_loaded_head_answers_as_the_one_that_was_measured(make_rows, tmp_path):
    """Every kind of head, from embeddings alone, row by row."""
    pytest.importorskip("fairlearn")
    fit, held = make_rows(400, 0), make_rows(300, 1)
    heads = {
        "reweighing": reweighing(fit, 2),
        "balanced_head": balanced_head(fit, 2),
        "group_dro": group_dro(fit, 2),
        "reductions": reductions(fit, "true_positive_rate"),
    }
    save_heads(heads, tmp_path / "remedies.safetensors")
    loaded = load_heads(tmp_path / "remedies.safetensors")
    assert set(loaded) == set(heads)
    for name, head in heads.items():
        said = head(held)
        assert (loaded[name].answers(held.features) == said).all(), name
        assert 0 < said.mean() < 1


def test_heads_vote_and_equal_votes_go_to_the_last_class():
    """As fairlearn's mixture answers the second class from one half on."""
    always = [np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])]
    head = RemedyHead(np.zeros((3, 3, 2)), np.stack(always), np.array([0.4, 0.4, 0.2]))
    assert head.answers(np.zeros((2, 2))).tolist() == [2, 2]
    assert RemedyHead.single(np.eye(2), np.zeros(2)).answers(np.array([[3.0, 1.0], [1.0, 3.0]])).tolist() == [0, 1]


def test_another_file_is_refused(tmp_path):
    """It says which file is wanted."""
    (tmp_path / "other").write_bytes(b"no tensors")
    with pytest.raises(InvalidInput, match=r"remedies\.safetensors of a job"):
        load_heads(tmp_path / "other")
