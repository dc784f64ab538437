"""UTF-8 or a clear error."""

import pytest

from automl_tl.data.tables.text_file import read_utf8
from automl_tl.errors import DatasetError


def test_a_byte_order_mark_disappears(tmp_path):
    """Spreadsheets write one."""
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbftext\n\xc3\xa9\n")
    assert read_utf8(tmp_path / "a.csv") == "text\né\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("text\ncafé\n".encode("latin-1"), r"a.csv, line 2: byte 0xe9 is not UTF-8"),
        ("text\n".encode("utf-16"), "UTF-16"),
        (b"text\na\x00b\n", "line 2: a NUL character"),
    ],
)
def test_other_encodings_are_told_with_their_place(tmp_path, data, message):
    """The line of the first bad byte helps to find it."""
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(DatasetError, match=message):
        read_utf8(tmp_path / "a.csv")
