"""A ranking survives the way through JSON."""

import json
import math

from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.rank import rank
from automl_tl.transferability.ranking_json import ranking_from_json, ranking_to_json


def test_comes_back_as_it_went():
    """Numbers that are missing come back as NaN."""
    ranking = rank({"timm:a": clustered_sample()}, {"hf:b": "gone"}, {}, bootstrap=10)
    again = ranking_from_json(json.loads(json.dumps(ranking_to_json(ranking), allow_nan=False)))
    assert again.models[0] == ranking.models[0]
    assert math.isnan(again.models[1].score)
    assert again.models[1].error == "gone"
    assert again.scorers == ranking.scorers
    assert again.n_probe == ranking.n_probe
