"""Files and pipes get wide tables, terminals what fits."""

from rich.console import Console

from automl_tl.cli.consoles import WIDE, is_wide, standard_output


def test_what_is_no_terminal_is_wide(capsys):
    console = standard_output()
    assert is_wide(console)
    console.print("here")
    standard_output(stderr=True).print("there")
    assert capsys.readouterr() == ("here\n", "there\n")


def test_a_terminal_is_as_wide_as_it_is():
    assert not is_wide(Console(width=WIDE - 1))
    assert is_wide(Console(width=WIDE))
