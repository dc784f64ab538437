"""The bench fills its table cell by cell, goes on where it stopped, and compares what is complete."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import DatasetError, InvalidInput, SpecError
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.truth import bench as module
from automl_tl.truth.bench import TruthBench
from automl_tl.truth.methods import OURS, STATIC
from automl_tl.truth.table import Measurement, TruthTable

VALUES = {
    ("shapes", "local:a"): 0.9,
    ("shapes", "local:b"): 0.5,
    ("rounds", "local:a"): 0.4,
    ("rounds", "local:b"): 0.8,
}


@pytest.fixture
def bench(shapes, rounds, cards, zoo, tmp_path):
    datasets = {"shapes": shapes, "rounds": rounds}
    return TruthBench(datasets, cards, zoo, EmbeddingCache(tmp_path / "cache"), rows=20, seeds=2, updates=2)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "truth.csv"


@pytest.fixture
def calls(monkeypatch):
    """Replace the measuring by known values; ``calls`` tells which cells were measured."""
    made = []

    def measure(task, card, *, load_model, cache, threads, updates):
        made.append((task.data, card.id, task.seed))
        value = VALUES.get((task.data, card.id), math.nan)
        error = "" if math.isfinite(value) else "no weights"
        rows = len(task.train) + len(task.validation)
        return Measurement(
            *(task.data, card.id, task.seed, rows, updates, "accuracy", value, value, value, 1.0, error),
            task=task.digest,
        )

    monkeypatch.setattr(module, "measure", measure)
    return made


def filled(bench, path):
    table = TruthTable(path)
    for _ in bench.fill(table):
        pass
    return table


def test_all_candidates_of_a_seed_are_measured_before_the_next_seed(bench, path, calls):
    """Stopped half-way, there are complete seeds to compare."""
    table = TruthTable(path)
    assert bench.missing(table) == 8
    rows = list(bench.fill(table))
    assert [row.cell for row in rows] == calls
    assert calls[:4] == [(data, f"local:{model}", 0) for data in ("shapes", "rounds") for model in "ab"]
    assert [seed for _, _, seed in calls] == [0] * 4 + [1] * 4


def test_each_cell_is_on_disk_before_the_next_begins(bench, path, calls):
    for number, _ in enumerate(bench.fill(TruthTable(path)), start=1):
        assert len(TruthTable(path)) == number == len(calls)


def test_it_goes_on_where_it_stopped(bench, path, calls):
    """Nothing is measured twice, and at the end nothing at all."""
    for number, _ in enumerate(bench.fill(TruthTable(path)), start=1):
        if number == 3:
            break
    filled(bench, path)
    assert len(calls) == len(set(calls)) == 8
    filled(bench, path)
    assert len(calls) == 8


def test_more_seeds_and_candidates_add_to_the_table(bench, path, calls, cards):
    filled(bench, path)
    more = replace(bench, seeds=3, cards=[*cards, replace(cards[0], model="c")])
    assert more.missing(TruthTable(path)) == 3 * 2 * 3 - 8
    filled(more, path)
    assert len(calls) == len(set(calls)) == 18


def test_a_model_that_fails_is_a_row_and_stops_nothing(bench, path, calls, cards):
    table = filled(replace(bench, cards=[replace(cards[0], model="broken"), *cards]), path)
    assert [row.model for row in table.rows() if row.failed] == ["local:broken"] * 4
    assert table.seeds("shapes") == table.seeds("rounds") == (0, 1)


def test_what_failed_is_measured_again_only_if_asked_for(bench, path, calls, cards, monkeypatch):
    bench = replace(bench, cards=[replace(cards[0], model="broken"), *cards])
    table = filled(bench, path)
    assert bench.missing(table) == 0
    assert bench.missing(table, retry_failed=True) == 4
    for data in ("shapes", "rounds"):
        monkeypatch.setitem(VALUES, (data, "local:broken"), 0.7)
    assert {row.model for row in bench.fill(table, retry_failed=True)} == {"local:broken"}
    assert len(calls) == 12 + 4
    assert TruthTable(path).models("shapes") == ("local:a", "local:b", "local:broken")


def test_one_candidate_is_no_ranking(bench, cards):
    with pytest.raises(SpecError, match="two candidates or more but got local:a"):
        replace(bench, cards=cards[:1])


def test_a_table_of_the_same_draws_is_accepted(bench, path, calls):
    bench.check(TruthTable(path))
    bench.check(filled(bench, path))
    replace(bench, seeds=1).check(TruthTable(path))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rows": 24}, "with 20 rows, but this command asks for 24"),
        ({"updates": 9}, "with 2 updates, but this command asks for 9"),
    ],
)
def test_a_table_of_other_draws_is_refused(bench, path, calls, change, told):
    """One table must not mix what cannot be compared."""
    table = filled(bench, path)
    with pytest.raises(InvalidInput, match=told):
        replace(bench, **change).check(table)


def test_a_table_of_other_data_of_the_same_name_is_refused(bench, path, calls, shapes):
    table = filled(bench, path)
    grown = replace(bench, datasets={**bench.datasets, "shapes": replace(shapes, digest="other")})
    with pytest.raises(InvalidInput, match=r"local:a on shapes, seed 0.*asks for others, or other labels"):
        grown.check(table)


def test_a_table_without_digests_of_draws_is_judged_by_its_numbers_of_rows(bench, path, calls):
    table = filled(bench, path)
    for row in table.rows():
        table.add(replace(row, task=""))
    bench.check(table)
    with pytest.raises(InvalidInput, match="20 rows"):
        replace(bench, rows=24).check(table)


def test_rows_of_other_candidates_and_data_sets_do_not_matter(bench, path, calls, measured):
    table = filled(bench, path)
    table.add(measured("elsewhere", "local:a", 0, 0.5, rows=999))
    table.add(measured("shapes", "local:gone", 0, 0.5, rows=999))
    bench.check(table)


def test_a_data_set_that_is_too_small_is_told_before_anything_is_measured(bench, path):
    with pytest.raises(DatasetError, match="rounds has 32 rows outside its test part"):
        replace(bench, rows=40).check(TruthTable(path))


@pytest.fixture
def compared(bench, path, calls):
    return bench.compare(filled(bench, path))


def test_every_method_is_held_against_the_mean_over_seeds(compared):
    assert compared.models == {"shapes": ("local:a", "local:b"), "rounds": ("local:a", "local:b")}
    assert compared.truth["shapes"].tolist() == [[0.9, 0.5], [0.9, 0.5]]
    assert set(compared.rankings["rounds"]) == {0, 1}
    assert {OURS, STATIC, "knn", "linear_probe"} <= set(compared.results.by_method)
    assert len(compared.measured) == 8


def test_no_data_set_is_its_own_experience(compared):
    """Each of the two has the other's winner as its static choice, which is wrong on both."""
    assert compared.results.figure(STATIC, "regret_1") == pytest.approx({"shapes": 40.0, "rounds": 40.0})


def test_the_probe_sees_the_rows_of_its_seed(bench, path, calls, monkeypatch):
    seen = []
    original = module.probe_candidates

    def probe(task, *arguments):
        seen.append((task.data, task.seed, tuple(task.train)))
        return original(task, *arguments)

    monkeypatch.setattr(module, "probe_candidates", probe)
    bench.compare(filled(bench, path))
    assert [entry[:2] for entry in seen] == [("shapes", 0), ("shapes", 1), ("rounds", 0), ("rounds", 1)]
    assert len({rows for _, _, rows in seen}) == 4


def test_data_sets_without_a_complete_seed_are_left_out(bench, path, calls):
    """Both candidates have figures on rounds, but never with the same seed."""
    table = filled(replace(bench, datasets={"shapes": bench.datasets["shapes"]}), path)
    rows = table.rows()
    table.add(replace(rows[0], data="rounds", seed=0))
    table.add(replace(rows[1], data="rounds", seed=1))
    found = bench.compare(table)
    assert list(found.truth) == ["shapes"]
    assert np.isfinite(list(found.results.figure(STATIC, "tau").values())).all()


def test_a_broken_candidate_and_one_of_an_earlier_command_take_no_part(bench, path, calls, cards, measured):
    table = filled(replace(bench, cards=[replace(cards[0], model="broken"), *cards]), path)
    for seed in (0, 1):
        table.add(measured("shapes", "local:gone", seed, 0.99))
    found = replace(bench, cards=[replace(cards[0], model="broken"), *cards]).compare(table)
    assert set(found.models.values()) == {("local:a", "local:b")}
    assert sum(row.failed for row in found.measured) == 4


def test_candidates_that_can_no_longer_be_loaded_stand_last(bench, path, calls, zoo):
    """The table knows them, the ranking could not probe them; the comparison is made all the same."""
    table = filled(bench, path)
    zoo.broken.add("local:a")
    found = bench.compare(table)
    assert found.results.figure("knn", "tau") == {"shapes": -1.0, "rounds": 1.0}
    assert found.rankings["shapes"][0].models[-1].error
    zoo.broken.add("local:b")
    assert bench.compare(table).results.figure(STATIC, "tau") == {"shapes": -1.0, "rounds": -1.0}


def test_an_empty_table_compares_nothing(bench, path):
    found = bench.compare(TruthTable(path))
    assert (found.truth, found.results.by_method) == ({}, {})


def test_the_page_of_a_table_is_the_same_when_made_again(bench, path, calls, compared):
    again = bench.compare(TruthTable(path))
    assert again.results == compared.results
