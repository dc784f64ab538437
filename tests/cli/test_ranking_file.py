"""A published ranking is read without the rooms that wrote it."""

import json
import math

from automl_tl.cli.ranking_file import read_ranking


def test_rows_are_read_and_gaps_are_nan(tmp_path):
    rows = [
        {"model": "starter:a", "rank": 1, "score": 0.5, "low": 0.4, "high": None, "scores": {"x": None}, "new": 1},
        {"model": "hf:b", "rank": 0, "score": None, "error": "gone"},
    ]
    (tmp_path / "ranking.json").write_text(
        json.dumps({"models": rows, "scorers": ["x"], "baselines": {"knn": "hf:b"}})
    )
    found = read_ranking(tmp_path / "ranking.json")
    first, second = found.models
    assert found.baselines == {"knn": "hf:b"}
    assert (first.model, first.score, first.low) == ("starter:a", 0.5, 0.4)
    assert math.isnan(first.high)
    assert math.isnan(first.scores["x"])
    assert math.isnan(second.score)
    assert second.error == "gone"
