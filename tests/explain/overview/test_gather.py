"""All global explanations of one job."""

from dataclasses import replace

import numpy as np

from automl_tl.explain.base import Quality
from automl_tl.explain.cases import cases_from
from automl_tl.explain.explainer import explain_predictions
from automl_tl.explain.overview.gather import Evidence, gather_overview, metadata_columns
from automl_tl.finetune.evaluation import Predictions


def test_everything_is_gathered(data, predictions, brightness):
    """Maps by class, neighbours of what was explained, errors, and doubtful training labels."""
    cases = cases_from(data, predictions.rows[:2])
    local = explain_predictions(brightness, cases, max_evals=130, check=False, compare=False)
    train = data.split.train
    features = brightness.embed([case.example for case in cases_from(data, train)])
    labels = data.labels.copy()
    labels[train[0]] = 1 - labels[train[0]]
    spoiled = replace(data, labels=labels)
    heard = []
    found = gather_overview(
        Evidence(brightness, spoiled, predictions, local, train, features / 100),
        samples=8,
        progress=lambda fraction, message: heard.append(fraction),
    )
    assert found.samples == 8
    assert (found.samples_checked, found.samples_additive) == (0, 8)
    assert sum(entry.count for entry in found.class_maps) <= 8
    assert found.class_maps
    assert len(found.neighbours) == 2
    assert found.errors_total == 1
    assert [issue.row for issue in found.label_issues if issue.part == "train"] == [int(train[0])]
    assert found.columns == ()
    assert found.notes == ()
    assert found.neighbours_searched == len(train)
    assert found.label_issues_expected >= 0
    assert heard == sorted(heard)


def test_without_time_what_is_missing_is_said(data, predictions, brightness):
    """Errors cost nothing; maps and neighbours do."""
    cases = cases_from(data, predictions.rows[:1])
    local = explain_predictions(brightness, cases, max_evals=130, check=False, compare=False)
    found = gather_overview(Evidence(brightness, data, predictions, local), samples=8, remaining=lambda: 0.0)
    assert found.errors
    assert found.samples <= 1
    assert len(found.notes) == 2


def test_no_samples_are_no_samples(data, predictions, brightness):
    """A job that wants no explanations gets none, and no complaint."""
    found = gather_overview(Evidence(brightness, data, predictions), samples=0)
    assert found.samples == 0
    assert found.notes == ()
    assert brightness.backbone.calls == 0


def test_the_target_the_split_and_the_unit_are_no_metadata(data):
    """Every other column is."""
    dataset = replace(
        data.dataset, columns={**data.dataset.columns, "site": ("x",) * len(data.dataset), "part": ("y",) * 50}
    )
    split = replace(data.split, source="column:part")
    changed = replace(data, dataset=dataset, split=split)
    assert list(metadata_columns(changed, np.array([0, 1]))) == ["site"]
    assert list(metadata_columns(replace(changed, group_by="site"), np.array([0, 1]))) == []


def test_errors_that_were_chosen_do_not_bend_the_averages(data, predictions, brightness):
    """Averages are over rows drawn at random; what was explained for being wrong counts only if it is drawn."""
    cases = cases_from(data, predictions.rows)
    local = explain_predictions(brightness, cases, max_evals=130, check=False, compare=False)
    before = brightness.backbone.calls
    found = gather_overview(Evidence(brightness, data, predictions, local), samples=4)
    assert found.samples == 4
    assert brightness.backbone.calls == before  # all of them were explained already


def test_samples_that_do_not_add_up_or_were_checked_are_counted(data, predictions, brightness):
    """An explanation that is taken over brings its checks along, and what it misses."""
    cases = cases_from(data, predictions.rows)
    local = explain_predictions(brightness, cases, max_evals=130, check=False, compare=False)
    checked = Quality("faithful", (), 0.0, 1e-5)
    local = [replace(entry, quality=checked, values=entry.values * 1.1) for entry in local]
    found = gather_overview(Evidence(brightness, data, predictions, tuple(local)), samples=4)
    assert (found.samples_checked, found.samples_additive) == (4, 0)


def test_too_few_rows_for_columns_are_said(data, predictions, brightness):
    """Rather than shown as columns without influence."""
    columns = {**data.dataset.columns, "site": tuple(str(row % 2) for row in range(len(data.dataset)))}
    with_site = replace(data, dataset=replace(data.dataset, columns=columns))
    found = gather_overview(Evidence(brightness, with_site, predictions), samples=0)
    assert found.columns == ()
    assert "30 are needed" in found.notes[0]


def with_patients(data, predictions, of_each):
    """The same data with ``of_each`` test rows of every patient, and a ward that only patients have."""
    who = [f"other {row}" for row in range(len(data.dataset))]
    for place, row in enumerate(predictions.rows.tolist()):
        who[row] = f"p{place // of_each}"
    columns = {**data.dataset.columns, "patient": tuple(who), "ward": tuple(name[-1] for name in who)}
    return replace(data, dataset=replace(data.dataset, columns=columns), group_by="patient")


def test_of_each_patient_one_picture_counts(data, predictions, brightness):
    """In maps and for columns, and the page is told; errors are those of all rows."""
    units = with_patients(data, predictions, of_each=2)
    found = gather_overview(Evidence(brightness, units, predictions), samples=50)
    rows = len(predictions.rows)
    assert found.samples == (rows + 1) // 2
    assert found.errors_total == 1
    assert "different values of “patient”, 30 are needed" in found.notes[0]
    assert found.notes[-1].endswith(f"drawn at random: {(rows + 1) // 2} of {rows} rows")


def test_columns_are_looked_at_by_patient(picture_data, brightness):
    """Rows count the patients, and who the patient is, is no column that may foretell the model."""
    many = picture_data({"dark": 40, "bright": 200}, 220)
    rows = many.split.test
    rng = np.random.default_rng(0)
    told = Predictions(rows, many.labels[rows], rng.dirichlet([1, 1], len(rows)).astype(np.float32))
    units = with_patients(many, told, of_each=2)
    found = gather_overview(Evidence(brightness, units, told), samples=0)
    assert [(entry.column, entry.rows) for entry in found.columns] == [("ward", (len(rows) + 1) // 2)]
    assert "one row of each" in found.notes[-1]


def test_a_training_row_that_cannot_be_read_is_said(data, predictions, brightness, tmp_path):
    """The rest of the overview is there."""
    row = int(data.split.train[0])
    (tmp_path / data.dataset.row_ids[row]).write_bytes(b"no picture")
    cases = cases_from(data, predictions.rows[:1])
    local = explain_predictions(brightness, cases, max_evals=130, check=False, compare=False)
    found = gather_overview(Evidence(brightness, data, predictions, local), samples=4)
    assert found.neighbours == ()
    assert data.dataset.row_ids[row] in found.notes[0]
    assert found.samples == 4
