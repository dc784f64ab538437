"""A transfer bar is drawn on terminals and silent elsewhere."""

import io

from rich.console import Console

from automl_tl.cli.transfers import transfer_bar


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
