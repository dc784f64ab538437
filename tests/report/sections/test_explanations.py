"""The section ``explanations`` keeps the contract of sections."""

from automl_tl.report.sections.explanations import Explanations
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Explanations()


def test_examples_are_shown_only_where_allowed():
    """With include_examples the words and pictures, without it neither; redaction happens on the way out."""
    from automl_tl.report.content import from_json, to_json

    assert "friendly" in Explanations().render(sample_text_report())
    assert "data:image/png" in Explanations().render(sample_image_report())
    for private in (sample_text_report(include_examples=False), sample_image_report(include_examples=False)):
        html = Explanations().render(from_json(to_json(private)))
        assert "friendly" not in html
        assert "data:image/png" not in html
        assert "Raw examples are not shown" in html


def test_too_many_pictures_stay_in_the_json():
    """The page has room for about 900 kB of cards."""
    from dataclasses import replace

    content = sample_image_report()
    heavy = replace(content.explanations[0], preview_png=content.explanations[0].preview_png + bytes(100_000))
    html = Explanations().render(replace(content, explanations=(heavy,) * 6))
    assert "4 more explanations are in the JSON report" in html
    assert len(html) < 1_200_000


def test_a_check_that_was_not_passed_is_shown():
    """The badge, and the reason in words; also in private reports."""
    from automl_tl.report.content import from_json, to_json

    for include in (True, False):
        content = from_json(to_json(sample_image_report(include_examples=include)))
        html = Explanations().render(content)
        assert "~ weak" in html
        assert "nother seed would change the order of parts" in html
        assert "no time leaves it at weak" in html
        assert "cannot be made of this input or network only leaves its reason" in html


def test_an_order_that_was_not_checked_is_not_said_to_move_the_model():
    """Of a text of one word, such as: its own remark."""
    from dataclasses import replace

    content = sample_text_report()
    entry = replace(
        sample_image_report().explanations[0].quality, verdict="weak", curves=(), reasons=("no order",)
    )
    html = Explanations().render(replace(content, explanations=(replace(content.explanations[0], quality=entry),)))
    assert "~ weak" in html
    assert "it was not checked whether" in html
    assert "to be read with care" not in html


def test_other_methods_stand_beside_with_their_own_figures():
    """Means over the examples that have them."""
    from automl_tl.report.sections.explanations import method_figures

    figures = method_figures(sample_image_report().explanations)
    assert [figure.method for figure in figures] == [
        "Shapley values",
        "Grad-CAM",
        "integrated gradients",
        "LIME-style",
    ]
    assert figures[0].gap > figures[1].gap
    html = Explanations().render(sample_image_report())
    assert "Grad-CAM" in html
    assert "random orders reach 0 on average" in html


def test_a_method_that_could_not_be_used_has_its_row_with_the_reason():
    """And one that is of a part of the model only says so."""
    from dataclasses import replace

    import numpy as np

    from automl_tl.report.content import from_json, to_json
    from automl_tl.report.sections.explanations import method_figures

    content = sample_image_report()
    entry = content.explanations[0]
    cam, gradients, lime = entry.alternatives
    missing = {"values": np.zeros(0), "agreement": float("nan"), "evaluations": 0, "faithfulness": None}
    others = (
        replace(cam, note="of the leading model alone"),
        replace(gradients, **missing, note="gradients cannot reach it"),
        replace(lime, **missing, note="there was no time"),
    )
    explanations = (replace(entry, alternatives=others), replace(entry, alternatives=(lime,)))
    content = from_json(to_json(replace(content, explanations=explanations)))
    figures = {figure.method: figure for figure in method_figures(content.explanations)}
    assert figures["Grad-CAM"].note == "of the leading model alone"
    assert (figures["integrated gradients"].count, figures["LIME-style"].count) == (0, 1)
    assert figures["LIME-style"].note == "elsewhere: there was no time"
    html = Explanations().render(content)
    assert "gradients cannot reach it" in html
    assert "nan" not in html


def test_what_could_not_be_explained_is_named():
    """With its reason."""
    html = Explanations().render(sample_text_report())
    assert "Not explained" in html
    assert "there was no time left" in html
    assert "The model reads the first 9 words only" in html


def test_explanations_of_earlier_reports_are_shown_by_their_only_check():
    """Without ``quality`` the insertion and deletion check is the verdict."""
    from dataclasses import replace

    from automl_tl.report.sections.explanations import verdict_of

    entry = sample_image_report().explanations[0]
    assert verdict_of(replace(entry, quality=None)) == "faithful"
    assert verdict_of(replace(entry, quality=None, faithfulness=None)) == ""
    old = replace(sample_image_report(), explanations=(replace(entry, quality=None, alternatives=()),))
    assert "✓ faithful" in Explanations().render(old)


def test_what_is_odd_about_an_input_is_said_in_private_reports_too():
    """Cut off, empty or of one word: in the row of the example, without its words."""
    from automl_tl.report.content import from_json, to_json

    content = from_json(to_json(sample_text_report(include_examples=False)))
    assert "the model reads the first 9 words only" in Explanations().render(content)


def test_a_set_of_labels_is_right_as_it_was_decided():
    """What the explanation carries counts; the words decide in older reports only."""
    from dataclasses import replace

    content = sample_text_report()
    entry = replace(content.explanations[0], true_class="a", predicted_class="b")
    for right, badge in ((True, "✓ right"), (False, "✕ wrong"), (None, "✕ wrong")):
        html = Explanations().render(replace(content, explanations=(replace(entry, right=right),)))
        assert html.count(badge) == 1
    html = Explanations().render(replace(content, explanations=(replace(entry, true_class="b"),)))
    assert "✓ right" in html


def test_the_badge_says_with_how_many_orders_an_explanation_was_compared():
    """And how often chance would pass; with too few of them it says that it was not checked."""
    from dataclasses import replace

    content = sample_text_report()
    entry = content.explanations[0]
    html = Explanations().render(content)
    assert "the parts in red move the model, more than 5 other orders of parts do" in html
    assert "one at random would pass once in 6" in html
    curve = replace(entry.faithfulness, random_gaps=(0.0,) * 23)
    few = replace(entry, feature_names=("a", "b", "c", "d"), values=entry.values[:4], faithfulness=curve)
    html = Explanations().render(replace(content, explanations=(few,)))
    assert "more than 23 other orders of parts do" in html
    two = replace(few, faithfulness=replace(curve, random_gaps=(0.1,), verdict="weak"))
    assert "it was not checked whether" in Explanations().render(replace(content, explanations=(two,)))


def test_a_card_says_how_sure_its_contributions_are():
    """In their own unit, how many parts are clear of zero; exact ones and unknown errors are told apart."""
    from dataclasses import replace

    import numpy as np

    content = sample_image_report()
    entry = replace(content.explanations[0], stopped="deadline")
    values = np.zeros((64, 2))
    values[:7, 0] = 0.5
    values[7:, 1] = 9.0
    errors = np.column_stack([np.full(64, 0.021), np.full(64, 5.0)])
    errors[3, 0] = 0.3

    def page(**changes):
        return Explanations().render(replace(content, explanations=(replace(entry, values=values, **changes),)))

    html = page(standard_errors=errors)
    assert "typically 0.021, largest 0.3, where the largest contribution is 0.5; 6 of 64 parts are clear" in html
    assert "Contributions are exact" in page(standard_errors=np.zeros((64, 2)))
    assert "Standard errors of the parts are not known" in page(standard_errors=np.full((64, 2), np.nan))
    assert "tandard error" not in page(standard_errors=None)


def test_the_page_says_which_answer_the_order_was_checked_for():
    """Curves are about the first answer, the figure for another seed is the worst of all."""
    html = Explanations().render(sample_image_report())
    assert "The order is checked for the first answer alone" in html
