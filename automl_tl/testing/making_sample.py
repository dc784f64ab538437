"""How the sample report's model was made: made-up figures of the right form."""

from __future__ import annotations

from automl_tl.finetune.conformal import ConformalSets, Coverage
from automl_tl.finetune.decision import Decision, Gain
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.nested import NestedEstimate

__all__ = ["sample_coverage", "sample_decisions", "sample_nested"]


def sample_decisions() -> tuple[Decision, ...]:
    """Return a step that was kept, one that was not, and one for which there was no time."""
    return (
        Decision(
            "fine-tuning",
            True,
            "accuracy gains more than its standard error",
            (Gain("accuracy", 0.84, 0.91, 0.07, 0.021, 200), Gain("log_loss", 0.5, 0.34, 0.16, 0.05, 200)),
            "cross-validation",
            {"folds": 3},
        ),
        Decision(
            "interpolation",
            False,
            "the gain in accuracy is within its standard error",
            (Gain("accuracy", 0.93, 0.93, 0.0, 0.02, 60),),
            "validation",
            {"share": 0.75},
        ),
        Decision("temperature", False, "the time set aside for it was used up"),
    )


def sample_coverage() -> Coverage:
    """Return what prediction sets did on 240 test examples."""
    sets = ConformalSets("lac", 0.1, 0.83, 40)
    expected = Interval(0.9, 0.8, 0.97)
    return Coverage(sets, 0.921, expected, mean_size=1.2, single=0.85, examples=240, by_threshold=0.893)


def sample_nested() -> NestedEstimate:
    """Return three repeats of five folds in which two models were chosen."""
    chosen = {"starter:glyph-resnet": 13, "starter:glyph-vit": 2}
    return NestedEstimate("accuracy", Interval(0.84, 0.79, 0.89), 260, 5, 3, chosen)
