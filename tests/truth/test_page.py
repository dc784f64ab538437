"""The page: valid tables, figures where they belong, and words that explain them."""

import numpy as np
import pytest

from automl_tl.truth.bench import Compared
from automl_tl.truth.calibration import Forecast
from automl_tl.truth.compare import CHOSEN, RANDOM, results_of
from automl_tl.truth.methods import OURS, PROBE_ONLY, STATIC
from automl_tl.truth.page import lines, pooled_lines

MODELS = ("hf:a|b", "hf:c", "hf:d")
TRUTH = {
    "pets": np.array([[0.5, 0.7, 0.9], [0.6, 0.7, 0.9]]),
    "birds": np.array([[0.9, 0.8, 0.7], [0.9, 0.8, 0.7]]),
}
NEVER = "never looked at"


@pytest.fixture
def compare(measured):
    """Make a comparison in which ours is always right, k-NN on pets only and logme never."""

    def make(truth=TRUTH):
        means = {data: per_seed.mean(axis=0) for data, per_seed in truth.items()}
        values = {
            data: {
                seed: {
                    OURS: mean,
                    PROBE_ONLY: mean,
                    STATIC: np.roll(mean, 1),
                    "knn": TRUTH["pets"].mean(axis=0),
                    "linear_probe": mean,
                    "gbc": mean,
                    "logme": -mean,
                    "arc": -mean,
                    **({"leep": mean} if data == "pets" else {}),
                }
                for seed in range(len(truth[data]))
            }
            for data, mean in means.items()
        }
        told = [
            Forecast(np.array([0.05, 0.15, 0.8]), np.array([False, True, True]), int(mean.argmax()), data, MODELS)
            for data, mean in means.items()
        ]
        rows = [measured(data, MODELS[0], 0, 0.5, metric="balanced_accuracy") for data in truth]
        models = dict.fromkeys(truth, MODELS)
        return Compared(models, truth, {}, results_of(means, values), tuple(rows), tuple(told))

    return make


@pytest.fixture
def page(compare):
    return list(lines(compare()))


def tables(page):
    """Return the tables as lists of rows of cells."""
    found, inside = [], False
    for line in page:
        if line.startswith("|"):
            cells = line.replace(r"\|", "/").strip("|").split("|")
            found[-1].append([cell.strip() for cell in cells]) if inside else found.append(
                [[c.strip() for c in cells]]
            )
        inside = line.startswith("|")
    return found


def test_every_table_is_markdown(page):
    """A blank line before, a rule under the head, as many cells in every row."""
    for number, line in enumerate(page):
        assert "\n" not in line
        if line.startswith("|") and not page[number - 1].startswith("|"):
            assert page[number - 1] == ""
    assert len(tables(page)) == 3
    for head, rule, *rows in tables(page):
        assert set("".join(rule)) <= set("-:")
        assert rows
        assert {len(row) for row in (rule, *rows)} == {len(head)}


def test_the_truth_names_the_best_the_second_and_the_last(page):
    head, _, pets, birds = tables(page)[0]
    told = dict(zip(head, pets, strict=True))
    assert (told["data set"], told["metric"], told["rows"]) == ("pets", "balanced accuracy", "30")
    assert (told["candidates"], told["seeds"]) == ("3", "2")
    assert (told["best"], told["second"], told["last"]) == ("hf:d 90.0", "hf:c 70.0", "hf:a/b 55.0")
    assert dict(zip(head, birds, strict=True))["noise ceiling"] == "1.00"


def test_methods_stand_in_order_ours_then_rivals_then_scores_from_the_best(page):
    assert [row[0] for row in tables(page)[1][2:]] == [
        *(OURS, PROBE_ONLY, STATIC, "knn", "linear_probe", CHOSEN, RANDOM),
        *("gbc", "arc", "logme"),
    ]


def test_figures_are_means_over_data_sets_with_intervals(page):
    head, _, *rows = tables(page)[1]
    told = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert told[OURS]["weighted tau"] == "1.00 (1.00 to 1.00)"
    assert told[OURS]["of the ceiling"] == "1.00"
    assert told["knn"]["tau"] == "0.00 (-1.00 to 1.00)"
    assert told["knn"]["regret@1"] == "10.0 (0.0 to 20.0)"
    assert told["logme"]["best in top 3"] == "100%"


def test_differences_are_paired(page):
    head, _, *rows = tables(page)[2]
    assert head == ["minus", "weighted tau", "regret@1, points"]
    told = {row[0]: row[1:] for row in rows}
    assert list(told) == [STATIC, "knn", "linear_probe", CHOSEN, RANDOM]
    assert told["knn"] == ["+1.00 (+0.00 to +2.00)", "-10.0 (-20.0 to +0.0)"]
    assert told["linear_probe"] == ["+0.00 (+0.00 to +0.00)", "+0.0 (+0.0 to +0.0)"]


def test_words_explain_every_figure_and_every_method(page):
    text = "\n".join(page)
    for word in (f"*{OURS}*", f"*{PROBE_ONLY}*", f"*{STATIC}*", f"*{CHOSEN}*", f"*{RANDOM}*", "Regret@k", NEVER):
        assert word in text
    assert "so not compared: leep" in text


def test_forecasts_are_held_against_the_truth(page):
    """The contenders are c and d; the best is d on pets, a on birds."""
    text = "\n".join(page)
    assert "In 50% of 2 tasks" in text
    assert "on average 2.0 of 3.0; it aims at 95 %" in text
    # 0.05^2 + 0.15^2 + 0.2^2 = 0.065 on pets, 0.95^2 + 0.15^2 + 0.8^2 = 1.565 on birds
    assert "Brier score 0.81, and 0.67 if every model" in text


def test_headings_fit_into_a_longer_page(compare):
    page = lines(compare(), level=3)
    assert {line.split()[0] for line in page if line.startswith("#")} == {"###", "####"}


def test_one_data_set_has_no_intervals_and_no_differences(compare):
    page = list(lines(compare({"pets": TRUTH["pets"]})))
    assert len(tables(page)) == 2
    assert tables(page)[1][2][1] == "1.00"
    assert CHOSEN not in [row[0] for row in tables(page)[1]]


def test_one_seed_has_no_ceiling(compare):
    page = list(lines(compare({data: per_seed[:1] for data, per_seed in TRUTH.items()})))
    assert tables(page)[0][2][-1] == "-"
    assert tables(page)[1][2][2] == "-"
    assert "nan" not in "\n".join(page)


def test_what_failed_is_listed_with_its_reason(compare, measured):
    compared = compare()
    failed = measured("pets", "hf:gone", 1, float("nan"), error="no weights | no name")
    page = list(lines(Compared(**{**vars(compared), "measured": (*compared.measured, failed)})))
    head, _, row = tables(page)[3]
    assert dict(zip(head, row, strict=True)) == {
        "data set": "pets",
        "model": "hf:gone",
        "seed": "1",
        "reason": "no weights / no name",
    }


def test_nothing_to_compare_is_said(measured):
    failed = measured("pets", "hf:gone", 1, float("nan"), error="no weights")
    page = list(lines(Compared({}, {}, {}, results_of({}, {}), (failed,))))
    assert any("nothing to compare" in line for line in page)
    assert len(tables(page)) == 1


def test_benches_together_have_one_page(compare):
    """Differences and calibration over the data sets of all; each data set counts once."""
    first, second = ({data: TRUTH[data]} for data in TRUTH)
    together = list(pooled_lines([compare(first), compare(second)], level=2))
    assert together[0] == f"## All {len(TRUTH)} data sets together"
    apart = tables(list(lines(compare())))[2]
    assert tables(together) == [[row for row in apart if row[0] != CHOSEN]]
