"""How the final model was made of the trials: each step with its numbers, kept or not."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.finetune.decision import Decision, Gain
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.wording import figure, metric_label, plain_number, signed_points

__all__ = ["MakingOfTheModel"]

_STEPS = {
    "probe": "another linear probe than validation alone puts first",
    "layers": "linear probe of other layers instead of the model's own embedding",
    "fine-tuning": "fine-tuned weights instead of a linear probe",
    "soup": "average of several checkpoints (greedy soup)",
    "interpolation": "part of the way back to the pretrained weights (WiSE-FT)",
    "mixture": "linear probe and fine-tuned model answer together",
    "ensemble": "several models that answer together",
    "floor": "the linear probe after all, instead of what was made so far",
    "temperature": "temperature of the probabilities",
    "thresholds": "threshold of each label",
    "retraining": "retraining on train and validation together",
}
_EVIDENCE = {"validation": "validation part", "cross-validation": "training rows, held out in turn"}


class MakingOfTheModel(Section):
    """The table of decisions."""

    name = "final_model"
    heading = "How the final model was made"
    position = 45

    def applies(self, content: ReportContent) -> bool:
        """Return whether any decision was taken."""
        return bool(content.decisions)

    def render(self, content: ReportContent) -> Markup:
        """Return the table."""
        rows = [
            {
                "step": _STEPS.get(decision.step, decision.step),
                "kept": decision.kept,
                "reason": decision.reason,
                "settings": _settings(decision),
                "gains": [_gain(gain) for gain in decision.gains],
                "evidence": _evidence(decision),
            }
            for decision in content.decisions
        ]
        return render_template("sections/final_model.html.j2", rows=rows)


def _gain(gain: Gain) -> str:
    label = metric_label(gain.metric)
    before, after = figure(gain.before, gain.metric), figure(gain.after, gain.metric)
    change = signed_points(gain.value, gain.metric)
    error = signed_points(gain.standard_error, gain.metric).lstrip("+")
    return f"{label} {before} to {after}: a gain of {change} with a standard error of {error}"


def _evidence(decision: Decision) -> str:
    if not decision.gains:
        return ""
    where = _EVIDENCE.get(decision.evidence, decision.evidence)
    return f"{decision.gains[0].examples} examples of the {where}" if where else ""


def _settings(decision: Decision) -> str:
    parts = [
        f"{name.replace('_', ' ')} {plain_number(value) if isinstance(value, float) else value}"
        for name, value in sorted(decision.settings.items())
    ]
    return ", ".join(parts)


sections.register(MakingOfTheModel.name, MakingOfTheModel())
