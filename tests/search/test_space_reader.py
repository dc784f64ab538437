"""Reading a space: every rule has its own worded error."""

import pytest

from automl_tl.errors import SearchSpaceError
from automl_tl.search.space import Bounds, Situation
from automl_tl.search.space_reader import parse_space

GOOD = """\
modality: image
strategies:
  full_finetune:
    learning_rate:
      - {when: {family: vit, model_parameters: {at_least: 1e6}}, kind: float, low: 1e-5, high: 1e-3, default: 1e-4}
      - {kind: log_float, low: 1e-4, high: 1e-2, default: 1e-3}
    batch_size: {kind: categorical, choices: [16, 32]}
  linear_probe:
    when: {classes: {below: 5}}
    inverse_regularisation: {kind: log_float, low: 1e-3, high: 1e3, default: 1}
portfolio:
  - {strategy: full_finetune, learning_rate: 5e-3, when: {train_examples: {at_least: 10, below: 20}}}
"""


def test_a_good_space_is_read_whole():
    """Numbers such as 1e-5 are numbers, whole floats become floats, conditions become bounds."""
    space = parse_space(GOOD, name="mine.yaml")
    assert (space.name, space.modality) == ("mine", "image")
    first, second, batch = space.strategy("full_finetune").parameters
    assert (first.low, first.high, first.default) == (1e-5, 1e-3, 1e-4)
    assert first.when.families == ("vit",)
    assert first.when.model_parameters == Bounds(at_least=1e6)
    assert (first.key, second.key) == ("full_finetune.learning_rate.0", "full_finetune.learning_rate.1")
    assert (batch.default, batch.choices) == (16, (16, 32))
    (probe,) = space.strategy("linear_probe").parameters
    assert isinstance(probe.default, float)
    assert space.portfolio[0].parameters == {"learning_rate": 5e-3}
    assert space.portfolio[0].when.train_examples == Bounds(10, 20)


CASES = [
    ("modality: image\n", "modality: 3\n", "x.yaml:1: modality must be a word such as image or text but got 3"),
    (
        "portfolio:",
        "portfolios:",
        "x.yaml:11: portfolios is not known here; known: modality, strategies, portfolio",
    ),
    (
        "low: 1e-4, ",
        "low: 0, ",
        "x.yaml:6: strategies.full_finetune.learning_rate[1].low breaks a rule of recipes",
    ),
    (
        "low: 1e-4, high: 1e-2",
        "low: 1e-1, high: 1e-2",
        "learning_rate[1].high must be above low = 0.1 but got 0.01",
    ),
    ("low: 1e-4, ", "low: tiny, ", "learning_rate[1].low must be a finite number but got 'tiny'"),
    ("high: 1e-2, default: 1e-3", "high: 1e-2, default: 1", "default must be in [0.0001, 0.01] but got 1.0"),
    ("high: 1e-2, default: 1e-3", "high: 1e-2", "learning_rate[1].default must be a finite number but got None"),
    (
        "choices: [16, 32]",
        "choices: [16, 16]",
        "x.yaml:7: strategies.full_finetune.batch_size.choices must not repeat",
    ),
    ("choices: [16, 32]", "choices: [16, 1.5]", "batch_size.choices[1] must be a whole number but got 1.5"),
    ("choices: [16, 32]", "choices: [1, 32]", "batch_size.choices[0] breaks a rule of recipes"),
    ("choices: [16, 32]", "choices: []", "batch_size.choices must be a list with at least one entry but got []"),
    ("choices: [16, 32]", "low: 16", "batch_size.low does not belong to a categorical; use choices"),
    ("kind: categorical", "kind: log_float", "must be one of int, categorical because batch_size is of type int"),
    ("kind: categorical", "kind: choice", "must be one of log_float, float, int, categorical but got 'choice'"),
    ("    batch_size:", "    batch_sise:", "x.yaml:7: strategies.full_finetune.batch_sise is not known here"),
    ("    batch_size:", "    batch_sise:", "; did you mean 'batch_size'?"),
    (
        "  linear_probe:",
        "  linear_prob:",
        "x.yaml:8: strategies.linear_prob is no strategy; known: contrastive, from_scratch, full_finetune,",
    ),
    ("  linear_probe:", "  linear_prob:", "; did you mean 'linear_probe'?"),
    (
        "    batch_size: {kind: categorical, choices: [16, 32]}",
        "    anchor: {kind: float, low: 0.1, high: 1, default: 1}",
        "x.yaml:7: strategies.full_finetune.anchor is of no use to full_finetune; known: learning_rate,",
    ),
    (
        "    batch_size: {kind: categorical, choices: [16, 32]}",
        "    anchor: {kind: float, low: 0.1, high: 1, default: 1}",
        "; of use to l2_sp",
    ),
    ("{below: 5}", "{below: five}", "linear_probe.when.classes.below must be a finite number but got 'five'"),
    ("{below: 5}", "{under: 5}", "linear_probe.when.classes.under is not known here; known: at_least, below"),
    ("{at_least: 10, below: 20}", "{at_least: 20, below: 20}", "below must be above at_least = 20 but got 20"),
    (
        "strategy: full_finetune, ",
        "strategy: lora, ",
        "portfolio[0].strategy must be one of full_finetune, linear_probe",
    ),
    ("strategy: full_finetune, ", "strategy: full_finetun, ", "got 'full_finetun'; did you mean 'full_finetune'?"),
    ("strategy: full_finetune, ", "strategy: [lora], ", "portfolio[0].strategy must be one of full_finetune"),
    (
        "learning_rate: 5e-3,",
        "learning_rate: 0.5,",
        "x.yaml:12: portfolio[0].learning_rate lies outside every range",
    ),
    (
        "learning_rate: 5e-3,",
        "updates: 50,",
        "portfolio[0].updates is not a parameter of strategy 'full_finetune'",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), CASES, ids=[new.strip() or old for old, new, _ in CASES])
def test_a_broken_rule_is_named_with_place_and_value(old, new, message):
    """One change to a good space gives exactly the expected complaint."""
    assert old in GOOD
    with pytest.raises(SearchSpaceError) as caught:
        parse_space(GOOD.replace(old, new, 1), name="x.yaml")
    assert message in caught.value.message
    assert caught.value.message.startswith("x.yaml:")


def test_yaml_that_is_no_yaml_is_refused_with_its_line():
    """The strict loader's own errors come through."""
    with pytest.raises(SearchSpaceError, match=r"x\.yaml:2:"):
        parse_space("modality: image\nmodality: text\n", name="x.yaml")


@pytest.mark.parametrize("text", ["", "[]", "just words", "strategies: {}"])
def test_documents_of_the_wrong_shape_are_refused(text):
    """An empty document or a list is no space."""
    with pytest.raises(SearchSpaceError):
        parse_space(text)


def test_a_condition_may_look_at_how_uneven_classes_are():
    """Bounds on the largest class over the smallest."""
    text = """
modality: text
strategies:
  full_finetune:
    sampling: {when: {imbalance: {at_least: 10}}, kind: categorical, choices: [uniform, balanced]}
    warmup: {kind: float, low: 0.0, high: 0.2, default: 0.1}
"""
    strategy = parse_space(text).strategy("full_finetune")
    for imbalance, expected in ((9.0, ["warmup"]), (10.0, ["sampling", "warmup"])):
        situation = Situation("bert", 1000, 100, 2, imbalance)
        assert [entry.name for entry in strategy.active(situation)] == expected
