"""Unpacking foreign archives."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile

import pytest

from automl_tl.data.archive import is_archive, unpack
from automl_tl.data.limits import Limits
from automl_tl.errors import DatasetError, LimitExceeded


def make_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def make_tar(path, entries):
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as file:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


CONTENT = [("a/1.txt", b"one"), ("b/2.txt", b"two"), ("./c.txt", b"three")]


def contents(root):
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.TGZ"])
def test_every_kind_of_archive_gives_the_same_files(tmp_path, name):
    """How files are packed makes no difference, and clutter is left out."""
    entries = [*CONTENT, ("__MACOSX/a/._1.txt", b"junk"), ("a/.DS_Store", b"junk")]
    assert is_archive(name)
    archive = (make_zip if name.endswith("zip") else make_tar)(tmp_path / name.lower(), entries)
    root = unpack(archive, tmp_path / "out", name=name)
    assert contents(root) == {"a/1.txt": b"one", "b/2.txt": b"two", "c.txt": b"three"}


@pytest.mark.parametrize("maker", [make_zip, make_tar])
@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/tmp/evil.txt", "a\\..\\evil.txt"])
def test_an_entry_that_leads_outside_is_refused_and_nothing_appears(tmp_path, maker, name):
    """The error names the entry, and neither the good entry before it nor the folder is left."""
    archive = maker(tmp_path / ("x.zip" if maker is make_zip else "x.tar"), [("good.txt", b"x"), (name, b"x")])
    with pytest.raises(DatasetError, match=r"entry .*evil\.txt'"):
        unpack(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    """Only files and folders come out of an archive."""
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        info = tarfile.TarInfo("odd")
        info.type, info.linkname = kind, "/etc/passwd"
        file.addfile(info)
    with pytest.raises(DatasetError, match=r"'odd': (links|devices)"):
        unpack(tmp_path / "x.tar", tmp_path / "out")


def test_a_link_in_a_zip_is_refused(tmp_path):
    """A zip can carry a link in the Unix mode of an entry."""
    info = zipfile.ZipInfo("odd")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    make_zip(tmp_path / "x.zip", [(info, b"/etc/passwd")])
    with pytest.raises(DatasetError, match="'odd': links are not allowed"):
        unpack(tmp_path / "x.zip", tmp_path / "out")


def test_limits_name_themselves(tmp_path):
    """Count and size are bounded by what is really unpacked, not by what the header promises."""
    archive = make_zip(tmp_path / "x.zip", [(f"{number}.txt", b"0" * 1000) for number in range(5)])
    with pytest.raises(LimitExceeded, match="max_files = 4"):
        unpack(archive, tmp_path / "out", Limits(max_files=4))
    with pytest.raises(LimitExceeded, match=r"entry '4.txt' takes the content over max_bytes = 4500"):
        unpack(archive, tmp_path / "out", Limits(max_bytes=4500))
    assert unpack(archive, tmp_path / "out", Limits(max_bytes=5000, max_files=5)).is_dir()


@pytest.mark.parametrize("maker", [make_zip, make_tar])
def test_a_bomb_is_stopped_by_its_ratio(tmp_path, maker):
    """80 MB of zeros in some kilobytes are no dataset."""
    archive = maker(tmp_path / ("x.zip" if maker is make_zip else "x.tgz"), [("zeros", bytes(80 << 20))])
    with pytest.raises(LimitExceeded, match="max_ratio = 200"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tar_header_of_gigabytes_is_not_read(tmp_path):
    """An extended header states its own length; it is refused before memory is taken."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 3 << 30
    (tmp_path / "x.tgz").write_bytes(gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + bytes(4096)))
    with pytest.raises(LimitExceeded, match="header of"):
        unpack(tmp_path / "x.tgz", tmp_path / "out")


def test_an_entry_that_stands_twice_is_refused(tmp_path):
    """Which of the two was meant cannot be known; the same holds for a file that is also a folder."""
    for name, entries in {"twice.tar": ["a", "a"], "both.tar": ["a", "a/b"]}.items():
        archive = make_tar(tmp_path / name, [(entry, b"x") for entry in entries])
        with pytest.raises(DatasetError, match="stands twice, or as a file and a folder"):
            unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz"])
def test_a_truncated_archive_is_one_clear_error(tmp_path, name, cut):
    """Half an upload never becomes half a dataset."""
    entries = [(f"{number}.bin", bytes([number]) * 40_000) for number in range(10)]
    archive = (make_zip if name == "x.zip" else make_tar)(tmp_path / name, entries)
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(DatasetError, match="damaged"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_header_inside_a_tar_is_not_taken_for_its_end(tmp_path):
    """tarfile by itself would quietly stop after the first entry."""
    archive = make_tar(tmp_path / "x.tar", [("a", b"1"), ("b", b"2"), ("c", b"3")])
    data = bytearray(archive.read_bytes())
    data[1024:1030] = b"\xff" * 6
    archive.write_bytes(data)
    with pytest.raises(DatasetError, match="damaged"):
        unpack(archive, tmp_path / "out")


def test_other_content_under_the_name_of_an_archive_is_refused(tmp_path):
    """A text file called .zip is told from an archive."""
    for name in ("x.zip", "x.tar", "x.tgz"):
        (tmp_path / name).write_text("hello, this is a text " * 50)
        with pytest.raises(DatasetError, match="damaged or of another kind"):
            unpack(tmp_path / name, tmp_path / "out")


def test_encrypted_entries_are_refused(tmp_path):
    """The flag in both headers of the entry says so."""
    archive = make_zip(tmp_path / "x.zip", [("a", b"x")])
    data = bytearray(archive.read_bytes())
    struct.pack_into("<H", data, 6, 1)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 8, 1)
    archive.write_bytes(data)
    with pytest.raises(DatasetError, match="encrypted"):
        unpack(archive, tmp_path / "out")


def test_an_existing_target_is_left_alone(tmp_path):
    """Unpacking never merges into what is there."""
    (tmp_path / "out").mkdir()
    with pytest.raises(DatasetError, match="already there"):
        unpack(make_zip(tmp_path / "x.zip", CONTENT), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_ending_is_told(tmp_path):
    """The accepted endings are listed."""
    (tmp_path / "x.rar").write_bytes(b"Rar!")
    with pytest.raises(DatasetError, match=r"\.zip, \.tar\.gz, \.tgz, \.tar"):
        unpack(tmp_path / "x.rar", tmp_path / "out")
