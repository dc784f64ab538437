"""Files that are a whole dataset."""

import shutil
import tarfile
import zipfile

import pytest

from automl_tl.data.endings import DATASET_SUFFIXES
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path


def write(path, source):
    """Write the sentences of ``source`` as a file of the ending of ``path``."""
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(source, source.name)
    elif ".t" in path.name and not path.name.endswith(".tsv"):
        with tarfile.open(path, "w" if path.name.endswith(".tar") else "w:gz") as archive:
            archive.add(source, source.name)
    elif path.name.endswith(".csv"):
        shutil.copy(source, path)
    else:
        import pandas

        table = pandas.read_csv(source)
        if path.name.endswith(".tsv"):
            table.to_csv(path, sep="\t", index=False)
        elif path.name.endswith(".jsonl"):
            table.to_json(path, orient="records", lines=True)
        else:
            table.to_parquet(path)


@pytest.mark.parametrize("ending", DATASET_SUFFIXES)
def test_every_ending_can_be_opened(text_csv, tmp_path, ending):
    """What the list promises is kept, and each gives the same rows."""
    path = tmp_path / "work" / f"data{ending}"
    path.parent.mkdir()
    write(path, text_csv)
    (tmp_path / "other").mkdir()
    expected = load_dataset(open_path(text_csv, tmp_path / "other"))
    assert load_dataset(open_path(path, path.parent)).inputs == expected.inputs
