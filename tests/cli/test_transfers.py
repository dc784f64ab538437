"""A transfer bar is drawn on terminals and silent elsewhere; data comes from paths and from addresses."""

import io

from rich.console import Console

from automl_tl.cli.transfers import fetch_with_bar, transfer_bar


def test_nothing_is_written_where_there_is_no_terminal():
    console = Console(file=io.StringIO())
    with transfer_bar("upload", console) as on_progress:
        on_progress(1, 2)
    assert console.file.getvalue() == ""


def test_a_terminal_sees_the_word():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with transfer_bar("upload", console) as on_progress:
        on_progress(1_000_000, 2_000_000)
    assert "upload" in console.file.getvalue()


def test_data_is_used_where_it_lies_or_fetched(tmp_path, image_folder, memory_store):
    """A ``file://`` address is a path as well."""
    assert fetch_with_bar(str(image_folder), tmp_path) == image_folder
    assert fetch_with_bar(image_folder.as_uri(), tmp_path) == image_folder
    address = memory_store({"notes.csv": b"text,label\none,a\n"})
    (tmp_path / "work").mkdir()
    root = fetch_with_bar(f"{address}/notes.csv", tmp_path / "work")
    assert root.is_relative_to(tmp_path / "work")
    assert (root / "notes.csv").read_bytes() == b"text,label\none,a\n"
