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


def test_every_item_of_the_annex_and_of_the_rules_has_its_pointer():
    """Explanations are pointed to where answers are to be interpreted; the rest is asked of people."""
    found = regulatory_map()
    annex, rules = found["EU AI Act, Annex IV"], found["NYC Local Law 144"]
    assert list(annex) == ["1", *(f"2({letter})" for letter in "abcdefgh"), *map(str, range(3, 10))]
    assert set(rules) == {*(f"5-301({letter})" for letter in "abcd"), "5-302", "5-303", "5-304"}
    assert all("/explanations" in annex[item] and "/overview" in annex[item] for item in ("2(e)", "3"))
    asked = {"2(f)": "planned_changes", "2(h)": "cybersecurity", "7": "standards", "8": "declaration"}
    assert all(f"/statements/{name}" in annex[item] for item, name in asked.items())
    assert "/fairness/attributes" in rules["5-301(c)"]
    assert "/fairness/attributes" in rules["5-301(d)"]


def test_every_statement_is_asked_for_by_a_pointer():
    """None is written for nobody."""
    assert {name for _, pointer in POINTERS for name in pointer.statements} == set(STATEMENTS)
