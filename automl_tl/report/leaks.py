"""Whether the test part is what the model never saw, in words."""

from __future__ import annotations

from automl_tl.report.content import ReportContent
from automl_tl.report.wording import count, plural

__all__ = ["examples_tested", "is_leaky"]


def is_leaky(content: ReportContent) -> bool:
    """Whether test rows were found that are identical with rows of training or validation."""
    return bool(content.profile.get("leaked_test_rows"))


def examples_tested(content: ReportContent) -> str:
    """Return how many test examples there are and whether they are new, such as "120 examples that ...".

    Of a streamed data set copies are looked for in a sample, so that their number is not told.
    """
    rows = content.split_sizes.get("test", 0)
    examples = plural(rows, "example")
    if not is_leaky(content):
        return f"{examples} that neither training nor search ever saw"
    leaked = len(content.profile["leaked_test_rows"])
    whole = (content.profile.get("part_counts") or {}).get("test", rows)
    number = count(leaked) if whole == rows else "some"
    return f"{examples}; {number} of them {'is' if number == '1' else 'are'} identical with rows it learnt from"
