"""Where to find what three frameworks ask about; pointers, and no statement that anything is complied with.

Sources: Regulation (EU) 2024/1689, Annex IV; NIST AI 100-1, Artificial Intelligence Risk Management Framework 1.0
(2023), section 5; New York City, Local Law 144 of 2021 with the rules of 6 RCNY 5-300 to 5-304. Wordings are
ours and short; the texts themselves decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FRAMEWORKS", "Pointer", "regulatory_map"]


@dataclass(frozen=True)
class Pointer:
    """One item of a framework: what it asks about, sections of the page, JSON fields, and what people state."""

    item: str
    asks: str
    sections: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()


FRAMEWORKS: Mapping[str, tuple[Pointer, ...]] = {
    "EU AI Act, Annex IV": (
        Pointer(
            "1",
            "general description, intended purpose, versions",
            ("summary", "reproducibility"),
            ("/final", "/notes", "/reproducibility/versions"),
            ("intended_purpose", "deployer"),
        ),
        Pointer(
            "2(a)",
            "steps of development, use of pretrained systems",
            ("ranking", "trials"),
            ("/ranking", "/trials"),
        ),
        Pointer(
            "2(b)",
            "design choices, what is optimised, groups of persons",
            ("model_choice", "final_model"),
            ("/choice", "/metric"),
            ("intended_users",),
        ),
        Pointer(
            "2(c)",
            "architecture and computing resources",
            ("final_model", "load"),
            ("/final/architecture", "/seconds"),
        ),
        Pointer(
            "2(d)",
            "data: provenance, selection, labelling, cleaning",
            ("data", "second_look"),
            ("/profile",),
            ("data_provenance",),
        ),
        Pointer(
            "2(e)",
            "human oversight, and what helps people to interpret the answers",
            ("explanations", "global_explanations", "reliability"),
            ("/explanations", "/overview", "/fairness/reliability"),
            ("human_oversight",),
        ),
        Pointer("2(f)", "changes that are planned beforehand", (), (), ("planned_changes",)),
        Pointer(
            "2(g)",
            "validation and testing, discriminatory impacts, test logs",
            ("test_metrics", "bias", "slices", "inherited"),
            ("/evaluations", "/fairness"),
            ("reviewer",),
        ),
        Pointer(
            "2(h)",
            "cybersecurity; by which digests files can be recognised",
            ("reproducibility",),
            ("/reproducibility/digests",),
            ("cybersecurity",),
        ),
        Pointer(
            "3",
            "capabilities, limits, accuracy for specific groups, unintended outcomes, interpreting the answers",
            ("limits", "bias", "slices", "explanations", "global_explanations"),
            ("/fairness/attributes", "/fairness/slices", "/coverage", "/explanations", "/overview"),
            ("human_oversight", "out_of_scope"),
        ),
        Pointer(
            "4", "why the metrics are appropriate", ("test_metrics",), ("/metric_reason",), ("harm_of_errors",)
        ),
        Pointer("5", "risk management system", (), (), ("risk_management",)),
        Pointer("6", "changes through the lifecycle", ("reproducibility",), ("/reproducibility",)),
        Pointer("7", "harmonised standards, or the solutions in their place", (), (), ("standards",)),
        Pointer("8", "copy of the declaration of conformity", (), (), ("declaration",)),
        Pointer("9", "monitoring after placing on the market", (), (), ("monitoring_plan",)),
    ),
    "NIST AI RMF 1.0": (
        Pointer(
            "MAP 1.1", "intended purposes and context", (), ("/notes",), ("intended_purpose", "intended_users")
        ),
        Pointer(
            "MAP 2.2",
            "limits of knowledge, oversight of outputs",
            ("limits",),
            ("/coverage",),
            ("human_oversight",),
        ),
        Pointer(
            "MAP 2.3",
            "scientific integrity: design of tests, data selection",
            ("data", "test_metrics"),
            ("/profile", "/split_source"),
        ),
        Pointer(
            "MAP 4.1",
            "third-party data and software, rights",
            ("ranking", "reproducibility"),
            ("/final/licence", "/models"),
            ("data_provenance",),
        ),
        Pointer(
            "MEASURE 2.1",
            "test sets, metrics and tools documented",
            ("test_metrics", "reproducibility"),
            ("/evaluations", "/reproducibility"),
        ),
        Pointer("MEASURE 2.3", "performance measured", ("test_metrics",), ("/evaluations",)),
        Pointer(
            "MEASURE 2.5",
            "valid and reliable, limits of generalisation",
            ("reliability", "limits"),
            ("/fairness/reliability", "/nested"),
        ),
        Pointer(
            "MEASURE 2.9",
            "model explained, validated, documented",
            ("explanations", "global_explanations", "model_choice"),
            ("/explanations", "/overview", "/choice"),
        ),
        Pointer("MEASURE 2.11", "fairness and bias evaluated", ("bias", "slices", "inherited"), ("/fairness",)),
        Pointer(
            "MANAGE 1.3",
            "responses to the risks that matter most",
            ("mitigation",),
            ("/fairness/mitigation",),
            ("risk_management",),
        ),
        Pointer("MANAGE 4.1", "monitoring once in use", (), (), ("monitoring_plan",)),
    ),
    "NYC Local Law 144": (
        Pointer("5-301(a)", "when the audit was made", ("summary",), ("/created",), ("reviewer",)),
        Pointer(
            "5-301(b)", "selection rates and impact ratios of categories", ("bias",), ("/fairness/attributes",)
        ),
        Pointer("5-301(b)", "the same for intersections", ("bias",), ("/fairness/intersections",)),
        Pointer("5-301(b)", "number of individuals of unknown category", ("bias",), ("/fairness/attributes",)),
        Pointer(
            "5-301(c)",
            "the same where people are scored and not selected: shares above the median score",
            ("bias",),
            ("/fairness/attributes", "/fairness/intersections"),
            ("scoring_rates",),
        ),
        Pointer(
            "5-301(d)",
            "categories too small to count, with their numbers; none is left out here, small ones keep their row",
            ("bias",),
            ("/fairness/attributes",),
            ("excluded_groups",),
        ),
        Pointer(
            "5-302", "which data the audit used", ("data",), ("/profile", "/split_sizes"), ("data_provenance",)
        ),
        Pointer(
            "5-303",
            "published summary with date and source of data",
            ("summary",),
            ("/created",),
            ("reviewer", "deployer"),
        ),
        Pointer("5-304", "notice to candidates and employees", (), (), ("notice",)),
    ),
}


def regulatory_map() -> dict[str, dict[str, list[str]]]:
    """Return framework -> item -> JSON pointers, for the JSON report."""
    found: dict[str, dict[str, list[str]]] = {}
    for framework, pointers in FRAMEWORKS.items():
        for pointer in pointers:
            places = [*pointer.fields, *(f"/statements/{name}" for name in pointer.statements)]
            known = found.setdefault(framework, {}).setdefault(pointer.item, [])
            known += [place for place in places if place not in known]
    return found
