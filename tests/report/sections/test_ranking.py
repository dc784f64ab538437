"""The section ``ranking`` keeps the contract of sections."""

from dataclasses import replace

from automl_tl.report.sections.ranking import RankingSection
from automl_tl.testing.report_sample import sample_image_report, sample_number_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract

MODELS = ("starter:glyph-resnet", "starter:glyph-vit", "starter:shape-convnext", "starter:scene-regnet")


class TestContract(ReportSectionContract):
    section = RankingSection()


def test_failed_models_are_listed_with_their_reason():
    """They do not vanish."""
    html = RankingSection().render(sample_image_report())
    assert "the hub cannot be reached" in html
    assert "nearest neighbours alone → starter:glyph-vit" in html
    assert "66 %" in html


def test_contenders_that_the_search_left_out_are_named():
    """By what the spec said; a report that does not hold it claims nothing."""
    content = sample_image_report()
    rows = tuple(replace(row, contender=row.rank > 0) for row in content.ranking.models)
    content = replace(content, ranking=replace(content.ranking, models=rows))
    names = [row.model for row in content.ranking.usable()]
    html = RankingSection().render(replace(content, spec={**content.spec, "top_k": 2}))
    assert (
        f"The search did not try {', '.join(names[2:])}: it takes the best-ranked models only, 2 of them" in html
    )
    for spec in ({**content.spec, "top_k": len(names)}, content.spec):
        assert "did not try" not in RankingSection().render(replace(content, spec=spec))


def test_an_empty_ranking_is_no_reason_to_fail():
    """A report can be made although no model could be probed."""
    content = sample_text_report()
    empty = replace(content, ranking=replace(content.ranking, models=()))
    assert "<svg" not in RankingSection().render(empty)


def test_what_each_model_costs_is_told_with_its_units():
    """The fastest and the best are marked, the slow second is not; unknown figures are dashes with a reason."""
    html = RankingSection().render(sample_image_report())
    costs = html[html.index("What each model costs") :]
    rows = {name: costs[costs.index(name) : costs.index("</tr>", costs.index(name))] for name in MODELS}
    assert "3.2 ms" in rows["starter:glyph-resnet"]
    assert "48.3" in rows["starter:glyph-resnet"]
    assert "1 min 34 s" in rows["starter:glyph-resnet"]
    assert "8.4 MB" in rows["starter:glyph-resnet"]
    assert {name: "★" in row for name, row in rows.items()} == {
        "starter:glyph-resnet": True,
        "starter:glyph-vit": False,
        "starter:shape-convnext": True,
        "starter:scene-regnet": False,
    }
    assert "NaN" not in html
    assert "latency ms: no time was left (starter:scene-regnet)" in html


def test_a_ranking_without_costs_has_no_table_of_them():
    """As a ranking that an older version made."""
    content = sample_text_report()
    rows = tuple(replace(row, cost=None) for row in content.ranking.models)
    html = RankingSection().render(replace(content, ranking=replace(content.ranking, models=rows)))
    assert "What each model costs" not in html
    assert "parameters" in html


def test_standing_is_named_after_what_is_predicted():
    """Numbers have no accuracy."""
    assert "log-odds of accuracy" in RankingSection().render(sample_image_report())
    assert "log-odds of explained variance" in RankingSection().render(sample_number_report())


def test_scores_of_streamed_data_say_of_which_rows_they_are():
    """Once for all models, or with those of which it holds; a score that is missing is no row of anything."""
    content = sample_image_report()
    first, *others = content.ranking.usable()
    sample = {"logme": "of a sample of 20 of 900 training rows", "none": "it takes too long"}
    whole = {**sample, "hscore": "of all 900 training rows"}
    scores = {"logme": 0.5, "hscore": 0.4}
    rows = [
        replace(first, scores=scores, notes=whole),
        *(replace(row, scores=scores, notes=sample) for row in others),
    ]
    html = RankingSection().render(replace(content, ranking=replace(content.ranking, models=tuple(rows))))
    assert html.count("of a sample of 20 of 900 training rows</p>") == 1
    assert f"of all 900 training rows ({first.model})" in html
    assert "it takes too long</p>" not in html
    assert "training rows" not in RankingSection().render(content)
