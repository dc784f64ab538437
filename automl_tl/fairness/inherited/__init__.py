"""What a model brought along from pretraining, and whether fine-tuning made it better or worse."""

from automl_tl.fairness.inherited.association import AssociationTest, association_tests
from automl_tl.fairness.inherited.change import bias_column, compare_states
from automl_tl.fairness.inherited.photometric import photometric_changes
from automl_tl.fairness.inherited.reading import Reading
from automl_tl.fairness.inherited.stereotype_pairs import score_pairs, stereotype_pairs
from automl_tl.fairness.inherited.term_swap import templates_of_texts, term_swap

__all__ = [
    "AssociationTest",
    "Reading",
    "association_tests",
    "bias_column",
    "compare_states",
    "photometric_changes",
    "score_pairs",
    "stereotype_pairs",
    "templates_of_texts",
    "term_swap",
]
