"""What a complete report holds, what this one lacks, and what only people can state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.findings import NOT_TRIED
from automl_tl.report.content import ReportContent

__all__ = ["STATEMENTS", "Completeness", "Item", "completeness"]

STATEMENTS: Mapping[str, str] = {
    "intended_purpose": "what the model is for, and in which setting",
    "intended_users": "who uses it, and who is affected by its answers",
    "out_of_scope": "what it must not be used for",
    "deployer": "who puts it into use and answers for it",
    "data_provenance": "where the data come from, by what right they are used, and who labelled them",
    "harm_of_errors": "what a wrong answer costs, and whom",
    "human_oversight": "who can overrule the model, and how",
    "risk_management": "which risks were found and what was done about them",
    "monitoring_plan": "how it is watched once it is in use, and when it is withdrawn",
    "planned_changes": "which changes are planned beforehand, and how they are tested before they are used",
    "cybersecurity": "how it is protected against attacks on its data, its weights and its inputs",
    "standards": "which harmonised or other standards were followed, or what was done instead",
    "declaration": "where a declaration of conformity is kept, if there is one, and who signed it",
    "notice": "how people are told that it is used about them, and whom they can ask",
    "scoring_rates": "where people are ranked by a score: its median, and each group's share above it",
    "excluded_groups": "which groups were left out of the comparison by people, and why",
    "reviewer": "who read this report, when, and with which result",
}
"""What no program can know, by name; ``automl-tl report render --statements`` fills them in."""


@dataclass(frozen=True)
class Item:
    """One thing a complete report holds: its name, what it is, and the field of the JSON report that holds it."""

    name: str
    what: str
    pointer: str


@dataclass(frozen=True)
class Completeness:
    """How much of what is required is there.

    ``missing`` are things that the program could have measured and did not, ``human_todo`` statements that people
    still have to make.
    """

    required: int
    filled: int
    missing: tuple[Item, ...]
    human_todo: tuple[str, ...]


_Check = Callable[[ReportContent], bool]


def _of_fairness(content: ReportContent, there: Callable[[FairnessReport], bool]) -> bool:
    """Return whether there is an audit that holds what is asked; an entry that only says why not holds nothing."""
    return content.fairness is not None and there(content.fairness)


def _calibration_measured(report: FairnessReport) -> bool:
    return report.reliability is not None and report.reliability.error is not None


def _slices_searched(report: FairnessReport) -> bool:
    return report.slices is not None and report.slices.verdict != "insufficient_evidence"


def _remedies_looked_for(report: FairnessReport) -> bool:
    """Return whether every violation had its remedies tried or refused; without one there is none to try."""
    if "violation" not in report.verdicts.values():
        return True
    return bool(report.mitigation) and not any(entry.reason.startswith(NOT_TRIED) for entry in report.mitigation)


_MEASURED: tuple[tuple[Item, _Check], ...] = (
    (
        Item("data_profile", "counts, balance, duplicates and warnings of the data", "/profile"),
        lambda c: bool(c.profile),
    ),
    (
        Item("data_split", "how the parts were made and how large they are", "/split_sizes"),
        lambda c: bool(c.split_sizes),
    ),
    (
        Item("data_digest", "the digest of the data", "/reproducibility/digests"),
        lambda c: "dataset" in c.reproducibility.digests,
    ),
    (Item("ranking", "why these candidates were tried", "/ranking"), lambda c: bool(c.ranking.usable())),
    (Item("licence", "the licence of the pretrained weights", "/final/licence"), lambda c: bool(c.final.licence)),
    (Item("trials", "what the search tried", "/trials"), lambda c: bool(c.trials)),
    (Item("final_model", "how the final model was made", "/decisions"), lambda c: bool(c.decisions)),
    (
        Item("model_choice", "why this model and not the runner-up", "/choice"),
        lambda c: c.choice is not None and c.choice.rivalry is not None,
    ),
    (
        Item("search_influences", "what moved the search's results", "/choice/influences"),
        lambda c: c.choice is not None and bool(c.choice.influences.influences),
    ),
    (
        Item("test_metrics", "test figures with intervals", "/evaluations"),
        lambda c: c.evaluation("final") is not None,
    ),
    (
        Item("baselines", "test figures of at least two baselines", "/evaluations"),
        lambda c: len(c.evaluations) > 2,
    ),
    (
        Item("errors", "which answers are confused, or how far numbers are off", "/confusion"),
        lambda c: bool(c.confusion or c.numbers or c.label_figures),
    ),
    (
        Item("calibration", "how far probabilities can be trusted", "/fairness/reliability"),
        # Numbers come without probabilities; of sets of labels nothing measures them yet, and that is a gap.
        lambda c: c.task == "regression" or _of_fairness(c, _calibration_measured),
    ),
    (
        Item("prediction_sets", "how often sets of classes hold the right one, by a guarantee", "/coverage"),
        lambda c: c.task != "classification" or c.coverage is not None,
    ),
    (
        Item("explanations", "why single predictions came out as they did", "/explanations"),
        lambda c: bool(c.explanations or c.aggregates),
    ),
    (
        Item("global_explanations", "what many predictions have in common", "/overview"),
        lambda c: c.overview is not None,
    ),
    (
        Item("bias_by_group", "figures of named groups", "/fairness/attributes"),
        lambda c: _of_fairness(c, lambda found: bool(found.attributes)),
    ),
    (
        Item("bias_slices", "slices of similar examples that fail", "/fairness/slices"),
        lambda c: _of_fairness(c, _slices_searched),
    ),
    (
        Item("bias_inherited", "what the pretrained model brought along", "/fairness/inherited"),
        lambda c: _of_fairness(c, lambda found: any(test.value is not None for test in found.inherited)),
    ),
    (
        Item("remedies", "what could be done about a gap that was found", "/fairness/mitigation"),
        lambda c: _of_fairness(c, _remedies_looked_for),
    ),
    (
        Item("favourable_outcome", "which class is good to get", "/spec/favourable"),
        lambda c: bool(c.spec.get("favourable")) or c.task == "regression",
    ),
    (
        Item("model_digest", "the digest of the model file", "/reproducibility/digests"),
        lambda c: any("model" in name for name in c.reproducibility.digests),
    ),
    (
        Item("versions", "the versions of the software", "/reproducibility/versions"),
        lambda c: bool(c.reproducibility.versions),
    ),
    (
        Item("seed_and_command", "seed and command that give the same again", "/reproducibility/command"),
        lambda c: bool(c.reproducibility.command),
    ),
)


def completeness(content: ReportContent) -> Completeness:
    """Return what is there and what is not; every item counts alike."""
    missing = tuple(item for item, there in _MEASURED if not there(content))
    unsaid = tuple(name for name in STATEMENTS if not content.statements.get(name, "").strip())
    required = len(_MEASURED) + len(STATEMENTS)
    return Completeness(required, required - len(missing) - len(unsaid), missing, unsaid)
