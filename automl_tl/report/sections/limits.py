"""What this report cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["Limits", "limits_of"]


class Limits(Section):
    """Limits that follow from what was and was not measured in this job."""

    name = "limits"
    heading = "What this report cannot tell"
    position = 100

    def render(self, content: ReportContent) -> Markup:
        """Return the list."""
        return render_template("sections/limits.html.j2", limits=tuple(limits_of(content)))


def limits_of(content: ReportContent) -> Iterator[str]:
    """Yield one sentence per limit."""
    yield (
        "The test examples come from the same collection as the training examples. On data from another place, "
        "device, time or population the model may do worse; measure it there before relying on it."
    )
    test = content.split_sizes.get("test", 0)
    if 0 < test < 200:
        yield f"There are only {test} test examples, so small differences cannot be seen; see the intervals."
    if content.task == "classification" and content.coverage is None and not _asked_for_sets(content):
        yield (
            "No prediction sets were asked for, so that nothing beyond its probabilities says when the model does "
            "not know; a job with an error rate for them (--conformal) tells which classes are possible, with a "
            "guarantee."
        )
    yield from _pretraining(content)
    yield from _fairness(content)
    if content.explanations:
        baseline = content.explanations[0].baseline
        yield (
            "Explanations show what moved this model, not what is true about the world. A hidden part is "
            f"replaced by a {baseline}; another replacement would give somewhat other pictures."
        )
    if not content.explanations:
        yield "No single prediction was explained."
    yield "This report states measurements. It is not a legal or medical assessment of any intended use."


def _asked_for_sets(content: ReportContent) -> bool:
    return bool((content.spec.get("conformal") or {}).get("alpha"))


def _pretraining(content: ReportContent) -> Iterator[str]:
    yield (
        "The chosen model was pretrained on data that this project has not examined; what it learnt there, "
        "including biases, can still be in it."
    )
    if not content.final.licence:
        yield (
            "The licence of the pretrained weights is not stated by its source; "
            "look it up before passing the model on."
        )


def _fairness(content: ReportContent) -> Iterator[str]:
    if content.fairness is None or not content.fairness.attributes:
        yield "No sensitive attribute was named, so differences between groups of people were not examined."
        return
    names = ", ".join(f"“{entry.attribute}”" for entry in content.fairness.attributes)
    yield (
        f"Groups were compared by {names} only. Other attributes were not examined, and combinations of these "
        f"only where enough examples share them. "
        f"Equal accuracy does not by itself make a use of the model just."
    )


sections.register(Limits.name, Limits())
