"""From a prepared batch to outputs, and the joint answer of an ensemble."""

import numpy as np
import pytest
import torch

from automl_tl.explain.network import Network, combined, differentiable_combined, networks_of, own_outputs


def test_outputs_are_the_models_own(text_model):
    """A prepared batch gives what the model says to the text."""
    model = text_model()
    network = Network(model)
    assert np.allclose(network.outputs(model.backbone.preprocess(["good bad"])), model.logits(["good bad"]))
    assert np.allclose(own_outputs(model, "good bad"), [1.0, -1.0])
    assert len(networks_of(model)) == 1


@pytest.mark.parametrize(
    ("link", "outputs", "expected"),
    [
        ("softmax", ([[0.0, 0.0]], [[np.log(3), 0.0]]), np.log([[0.625, 0.375]])),
        ("sigmoid", ([[0.0]], [[np.log(3)]]), [[np.log(0.625 / 0.375)]]),
        ("identity", ([[1.0]], [[2.0]]), [[1.5]]),
    ],
)
def test_members_answers_are_averaged(link, outputs, expected):
    """Probabilities or numbers, not logits."""
    assert np.allclose(combined(link, [np.array(each) for each in outputs]), expected)


def test_one_network_is_left_alone():
    """Its logits stay as they are."""
    logits = np.array([[5.0, -1.0]])
    assert combined("softmax", [logits]) is logits


def test_the_weights_of_members_count():
    """Numbers are averaged as they are, so that the weights are to be seen."""
    outputs = [np.array([[1.0]]), np.array([[5.0]])]
    assert combined("identity", outputs, [0.25, 0.75]) == pytest.approx(4.0)


@pytest.mark.parametrize("link", ["softmax", "sigmoid", "identity"])
def test_the_joint_answer_for_gradients_is_the_same(link):
    """Also where a member is as sure as can be, and its slope is a number."""
    outputs = np.array([[[0.3, -1.0, 2.0], [90.0, -90.0, 0.0]], [[1.0, 0.0, -0.5], [80.0, -70.0, 1.0]]])
    tensors = [torch.tensor(each, dtype=torch.float32, requires_grad=True) for each in outputs]
    told = differentiable_combined(link, tensors, (0.6, 0.2))
    assert np.allclose(told.detach().numpy(), combined(link, list(outputs), (0.6, 0.2)), atol=1e-4)
    slopes = torch.autograd.grad(told.sum(), tensors)
    assert all(bool(torch.isfinite(slope).all()) for slope in slopes)
    assert differentiable_combined(link, tensors[:1], (0.6,)) is tensors[0]
