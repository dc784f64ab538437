"""What goes wrong with inputs and groups stands in the report in words: no crash, and no silent 0."""

import re
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.explain import explain
from automl_tl.fairness import audit
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.workload import LinearHead
from automl_tl.report.content import to_json
from automl_tl.report.html import render_html
from automl_tl.report.model_card import render_card
from automl_tl.report.schema import check_report
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model

YES, NO = ["hired"] * 3 + ["not"], ["not", "hired", "hired", "not"]
SILENT, CALM = "insufficient_evidence", "no_evidence_of_violation"
GROUPS = {
    "nobody": ([], [], [], SILENT, "no rows"),
    "one member": (YES * 20, NO * 20, ["f"] + ["m"] * 79, SILENT, "not shown: only 1 row,"),
    "no positives": (["not"] * 80, NO * 20, ["f", "m"] * 40, SILENT, "not measurable"),
    "one class": (["not"] * 80, ["not"] * 80, ["f", "m"] * 40, CALM, "not proof that there is none"),
    "missing": (YES * 20, NO * 20, [None, float("nan"), "", " "] * 20, SILENT, "no row is in any"),
    "continuous": (YES * 20, NO * 20, np.linspace(18, 90, 80), SILENT, " to "),
    "50 groups": (YES * 50, NO * 50, [f"g{n % 50}" for n in range(200)], SILENT, "fewer"),
}


def fitted(backbone, classes):
    rng = np.random.default_rng(0)
    head = LinearHead(rng.normal(size=(classes, 16)).astype(np.float32), np.zeros(classes, dtype=np.float32))
    return FittedModel(backbone, head, tuple(f"class {number}" for number in range(classes)))


@pytest.mark.parametrize("name", GROUPS)
def test_groups_of_every_kind_have_their_row(name):
    """The verdict is silence and not praise; page, card and JSON are written."""
    truth, said, groups, verdict, told = GROUPS[name]
    content = replace(sample_image_report(), fairness=audit(truth, said, {"sex": groups}))
    html = render_html(content)
    assert content.fairness.verdicts == {"sex": verdict}
    assert told in html
    assert not re.search(r"\bnan\b", html.lower())
    check_report(to_json(content))
    assert render_card(content)


def test_inputs_of_every_kind_have_their_row():
    """Explained by tiny networks, drawn on the page, with their notes and failed checks."""
    rng = np.random.default_rng(0)
    pictures = [
        rng.integers(0, 256, (40, 50), dtype=np.uint8),
        rng.integers(0, 256, (40, 50, 4), dtype=np.uint8),
        rng.integers(0, 256, (2000, 1500, 3), dtype=np.uint8),
        np.zeros((1, 1, 3), dtype=np.uint8),
    ]
    seen = explain(fitted(tiny_image_model(), 3), pictures, max_evals=140).explained
    texts = ["", "one", " ".join(f"word{number}" for number in range(600))]
    read = explain(fitted(tiny_text_model(), 2), texts).explained
    for sample, entries, told in (
        (sample_image_report(), seen, ("1500 x 2000", "one colour")),
        (sample_text_report(), read, ("no word", "one part", "has no influence")),
    ):
        content = replace(sample, explanations=entries)
        html = render_html(content)
        assert all(part in html for part in told)
        assert html.count("<svg") > 4
        check_report(to_json(content))
        private = render_html(replace(content, include_examples=False))
        assert "word17" not in private
