"""Pointers lead somewhere and claim nothing."""

import json

from automl_tl.report.completeness import STATEMENTS
from automl_tl.report.content import to_json
from automl_tl.report.regulation import FRAMEWORKS, regulatory_map
from automl_tl.report.sections.base import sections
from automl_tl.testing.report_sample import sample_image_report

POINTERS = [(name, pointer) for name, pointers in FRAMEWORKS.items() for pointer in pointers]


def test_sections_statements_and_fields_exist():
    """Every name is one of this version's."""
    plain = json.loads(json.dumps(to_json(sample_image_report())))
    for _, pointer in POINTERS:
        assert set(pointer.sections) <= set(sections.names()), pointer
        assert set(pointer.statements) <= set(STATEMENTS), pointer
        assert pointer.sections or pointer.statements, pointer
        for field in pointer.fields:
            inner = plain
            for part in field.strip("/").split("/"):
                assert part in inner, field
                inner = inner[part]


def test_nothing_is_claimed():
    """No item says that something is complied with."""
    for _, pointer in POINTERS:
        assert not {"complies", "compliant", "compliance", "conforms", "lawful"} & set(
            pointer.asks.lower().split()
        )


def test_the_map_holds_every_item_once():
    """Items with several pointers have them together."""
    found = regulatory_map()
    assert set(found) == {"EU AI Act, Annex IV", "NIST AI RMF 1.0", "NYC Local Law 144"}
    assert found["NYC Local Law 144"]["5-301(b)"] == ["/fairness/attributes", "/fairness/intersections"]
    assert "/statements/intended_purpose" in found["EU AI Act, Annex IV"]["1"]
