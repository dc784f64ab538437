"""The table grows on disk line by line and says where a line is broken."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import DataCorrupted
from automl_tl.truth.table import TruthTable

HEADER = "data,model,seed,rows,updates,metric,fine_tuned,probe,validation,seconds,error,task\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "truth.csv"


@pytest.fixture
def filled(path, measured):
    """Two models on one data set: complete with seed 0, half with seed 1."""
    table = TruthTable(path)
    for row in (("pets", "b", 0, 0.5), ("pets", "a", 0, 0.7), ("pets", "b", 1, 0.6)):
        table.add(measured(*row))
    return table


def test_a_table_that_is_not_there_is_empty_and_touches_nothing(path):
    table = TruthTable(path)
    assert len(table) == 0
    assert not path.parent.exists()


def test_every_measurement_is_a_line_at_once(path, measured):
    table = TruthTable(path)
    table.add(measured("pets", "a", 0, 0.7))
    assert path.read_text() == HEADER + "pets,a,0,30,2,accuracy,0.7,0.35,0.7,1.5,,\n"
    table.add(measured("pets", "b", 0, 0.5, task="c0ffee"))
    assert path.read_text().endswith("\npets,b,0,30,2,accuracy,0.5,0.25,0.5,1.5,,c0ffee\n")


def test_a_table_is_read_back_as_it_was(path, filled):
    again = TruthTable(path)
    assert again.rows() == filled.rows()
    assert ("pets", "a", 0) in again
    assert ("pets", "a", 1) not in again


def test_a_table_holds_what_the_file_holds(path, measured):
    """Six digits: a page printed at once and one printed by the next run agree."""
    table = TruthTable(path)
    table.add(measured("pets", "a", 0, 2 / 3))
    assert table.rows()[0].fine_tuned == 0.666667
    assert TruthTable(path).rows() == table.rows()


def test_words_with_commas_quotes_and_umlauts_survive(path, measured):
    table = TruthTable(path)
    row = measured("pets, wild", 'hf:"ä"', 0, math.nan, error="no weights, no name")
    table.add(row)
    assert TruthTable(path).rows()[0].cell == ("pets, wild", 'hf:"ä"', 0)
    assert TruthTable(path).rows()[0].error == "no weights, no name"


def test_of_two_measurements_of_a_cell_the_later_counts(path, filled, measured):
    filled.add(measured("pets", "a", 0, 0.9))
    for table in (filled, TruthTable(path)):
        assert len(table) == 3
        assert table.values("pets").tolist() == [[0.9, 0.5]]


def test_a_seed_counts_when_every_model_has_a_figure(filled, measured):
    assert filled.models("pets") == ("a", "b")
    assert filled.seeds("pets") == (0,)
    assert filled.values("pets").tolist() == [[0.7, 0.5]]
    filled.add(measured("pets", "a", 1, 0.8))
    assert filled.seeds("pets") == (0, 1)
    assert filled.values("pets", "probe").tolist() == [[0.35, 0.25], [0.4, 0.3]]


def test_a_model_that_never_has_a_figure_takes_no_part(filled, measured):
    """It must not take the data set along."""
    for seed in (0, 1):
        filled.add(measured("pets", "broken", seed, math.nan, error="no weights"))
    assert filled.models("pets") == ("a", "b")
    assert filled.seeds("pets") == (0,)


def test_a_seed_in_which_a_model_failed_does_not_count(filled, measured):
    filled.add(measured("pets", "a", 1, math.nan, error="out of memory"))
    assert filled.seeds("pets") == (0,)


def test_a_figure_that_is_not_defined_is_none(measured):
    assert measured("pets", "a", 0, math.nan).failed
    assert not measured("pets", "a", 0, 0.0).failed


def test_only_the_models_asked_for_decide(filled):
    assert filled.models("pets", {"b", "unknown"}) == ("b",)
    assert filled.seeds("pets", {"b"}) == (0, 1)
    assert np.allclose(filled.values("pets", among={"b"}), [[0.5], [0.6]])


def test_an_unknown_data_set_has_nothing(filled):
    assert filled.data() == ("pets",)
    assert filled.seeds("birds") == ()
    assert filled.values("birds").shape == (0, 0)


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 12, 30])
def test_a_line_that_was_cut_off_is_named(path, filled, lost):
    """Wherever it was cut, even if only the end of the line is missing: nothing may be glued to it."""
    path.write_text(path.read_text()[:-lost])
    with pytest.raises(DataCorrupted, match=r"line 4 of .*truth\.csv is no measurement .*delete the line"):
        TruthTable(path)


def test_without_the_cut_line_its_cell_is_missing_only(path, filled):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert TruthTable(path).rows() == filled.rows()[:2]


def test_a_line_of_nonsense_is_named(path, filled):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], lines[2].replace("0.7", "good", 1), *lines[3:]]))
    with pytest.raises(DataCorrupted, match=r"line 3 of .*'good'"):
        TruthTable(path)


def test_another_csv_is_refused_whole(path, filled):
    path.write_text("name,value\npets,3\n")
    with pytest.raises(DataCorrupted, match="no table of measurements: its first line lacks data, model"):
        TruthTable(path)


def test_bytes_that_are_no_text_are_refused(path, filled):
    path.write_bytes(b"\xff\xfe\x00d\x00")
    with pytest.raises(DataCorrupted, match="no text in UTF-8"):
        TruthTable(path)


def test_an_empty_file_gets_its_header(path, measured):
    """A crash may leave one between making the file and writing to it."""
    path.parent.mkdir()
    path.touch()
    TruthTable(path).add(measured("pets", "a", 0, 0.7))
    assert path.read_text().startswith(HEADER)
    assert len(TruthTable(path)) == 1


def test_what_a_spreadsheet_saves_can_be_continued(path, filled, measured):
    """A byte order mark, carriage returns and an empty line are harmless."""
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    table = TruthTable(path)
    assert table.rows() == filled.rows()
    table.add(measured("pets", "a", 1, 0.8))
    assert TruthTable(path).seeds("pets") == (0, 1)


def test_a_table_without_the_column_of_draws_is_continued_in_its_own_columns(path, filled, measured):
    """The columns of the first line decide, not those of today."""
    old = "".join(line.rpartition(",")[0] + "\n" for line in path.read_text().splitlines())
    path.write_text(old)
    table = TruthTable(path)
    assert table.rows() == filled.rows()
    table.add(measured("pets", "a", 1, 0.8, task="c0ffee"))
    assert TruthTable(path).rows()[-1] == replace(measured("pets", "a", 1, 0.8), task="")
