"""The section ``inherited`` keeps the contract of sections."""

from dataclasses import replace

import numpy as np

from automl_tl.fairness import audit
from automl_tl.fairness.findings import BiasCell
from automl_tl.fairness.inherited import bias_column
from automl_tl.report.sections.inherited import InheritedBias, render_inherited
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = InheritedBias()


def test_every_line_and_the_change_are_shown():
    """Terms, associations, before and after; finalists of the pictures."""
    html = InheritedBias().render(sample_text_report())
    assert "Swapping who is meant" in html
    assert "better" in html
    assert "effect size" in html
    assert "Gaps of the finalists" in InheritedBias().render(sample_image_report())


def test_gaps_of_numbers_are_numbers():
    """A mean absolute error that differs by 12 euros is no 1200 %; shares stay percentages."""
    rng = np.random.default_rng(0)
    true = rng.normal(100, 20, 240)
    error = np.where(np.arange(240) % 2, 14.0, 2.0) * rng.choice([-1.0, 1.0], 240)
    report = audit(true, true + error, {"shop": ["a", "b"] * 120}, task="regression")
    (cell,) = bias_column({"m, full_finetune": report})
    assert cell.gap > 11
    html = render_inherited(replace(report, finalists=(replace(cell, changed=0.25),)))
    assert f'<td class="n">{cell.gap:.3f}<span class="sub">mean absolute error</span></td>' in html
    assert f'<td class="n">{cell.detectable_gap:.3f}</td>' in html
    assert '<td class="n">25.0 %</td>' in html
    shares = replace(report, task="classification", finalists=(BiasCell("m", "violation", "g", "b", 0.18, 0.12),))
    assert '<td class="n">18.0 %</td><td class="n">12.0 %</td>' in render_inherited(shares)
