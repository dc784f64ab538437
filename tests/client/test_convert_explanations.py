"""What the server writes the client reads."""

from automl_tl.client.convert_explanations import explanation_from_wire
from automl_tl.explain.plain import Contribution, PlainCurve, PlainExplanation, PlainQuality
from automl_tl.server.convert.explanations import explanation_to_wire


def test_there_and_back():
    """Every field, known or unknown."""
    curve = PlainCurve("mask token", 0.75, 0.25, (0.125, 0.5), "faithful")
    quality = PlainQuality("weak", ("a reason",), 0.25, 0.5, None, 0.125, (curve,))
    parts = (Contribution("good", (1.0, 2.0), (0.5, 0.25)), Contribution("bad", (0.0, 0.0)))
    values = ("7", "text", "a", "b", "c", 0.5, ("b", "c"), (0.0, 1.0), (1.0, 3.0), parts)
    full = PlainExplanation(
        *values, (2, 1), "mask token", "exact", "bfloat16", 64, "complete", ("note",), quality, b"png", final=True
    )
    bare = PlainExplanation(
        "", "image", "", "3.5", "", None, ("y",), (0.0,), (3.5,), (), precision="", final=False
    )
    for entry in (full, bare):
        assert explanation_from_wire(explanation_to_wire(entry)) == entry
