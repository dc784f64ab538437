"""Files that want to do harm are refused or come to nothing: each in under 2 s of work and 200 MiB of memory."""

import gzip
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from automl_tl.json_codec import to_plain
from automl_tl.server.intake_child import Order

SECONDS = 2.0
MEMORY = 200 << 20
ZEROS = bytes(1 << 20)


class Reader:
    """The process that reads uploads, spoken to directly, so that what it used can be seen."""

    def __init__(self):
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "automl_tl.server.intake_child"]
        self.child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.baseline = 0

    def read(self, scratch, path, name):
        """Return (answer, CPU seconds, bytes of memory beyond what a harmless file takes)."""
        scratch.mkdir(exist_ok=True)
        order = Order(str(scratch), path=str(path), file_name=name)
        self.child.stdin.write(json.dumps(to_plain(order)) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        used = answer if "ended" in answer else json.loads(self.child.stdout.readline())
        return answer, used["cpu_seconds"], used["peak_bytes"] - self.baseline


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    reader = Reader()
    place = tmp_path_factory.mktemp("harmless")
    (place / "a.csv").write_text("text,label\none,a\ntwo,b\nthree,a\n")
    parquet.write_table(pyarrow.table({"text": ["a", "b"]}), place / "a.parquet")
    usage = [reader.read(place / "scratch", place / name, name)[2] for name in ("a.csv", "a.parquet")]
    reader.baseline = min(usage)
    yield reader
    reader.child.stdin.close()
    reader.child.wait(20)


def zipped(entries, *, packing=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        for name, data in entries:
            file.writestr(name, data)
    return buffer.getvalue()


def tarred(*members, packing=lambda data: data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as file:
        for name, changes in members:
            info = tarfile.TarInfo(name)
            for key, value in changes.items():
                setattr(info, key, value)
            file.addfile(info, io.BytesIO(bytes(info.size)) if info.isreg() else None)
    return packing(buffer.getvalue())


def repeated(size):
    """Return deflated zeros of ``size`` bytes, made piecewise."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(ZEROS) for _ in range(size >> 20)) + packer.flush()


def large_zip(size, *, told=None, copies=1):
    """Return a zip whose entries all share one deflated body of zeros (each may lie about its size)."""
    body = repeated(size)
    told = size if told is None else told
    local = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(body), told & 0xFFFFFFFF, 1, 0)
        + b"a"
        + body
    )
    names = [b"%08d" % number for number in range(copies)] if copies > 1 else [b"a"]
    entry = struct.Struct("<4s6H3L5H2L")
    sizes = (0, len(body), told & 0xFFFFFFFF, 8, 0, 0, 0, 0, 0, 0)
    listing = b"".join(entry.pack(b"PK\x01\x02", 20, 20, 0, 8, 0, 0, *sizes) + name for name in names)
    shown = min(copies, 65_535)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, shown, shown, len(listing), len(local), 0)
    return local + listing + end


def nested_zip(depth=5, width=16):
    """Return 42.zip's idea: archives in archives in archives, billions of bytes at the end."""
    data = zipped([("0.dll", bytes(32 << 20))])
    for _ in range(depth):
        data = zipped([(f"lib {number}.zip", data) for number in range(width)])
    return data


def itself_zip():
    """Return an archive that holds a copy of its own first bytes under the names of archives."""
    inner = zipped([("a.zip", b"PK\x05\x06" + bytes(18))])
    return zipped([("r/r.zip", inner), ("r.zip", inner)])


def png(width, height, *, more=b"", body=None):
    """Return a PNG of one colour with ``more`` chunks before its pixels."""

    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = body if body is not None else zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def text_chunk(size):
    data = b"k\0\0" + zlib.compress(bytes(size), 9)
    return struct.pack(">L", len(data)) + b"zTXt" + data + struct.pack(">L", zlib.crc32(b"zTXt" + data))


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pictures(hostile, ending):
    """Return an archive of a class of harmless pictures and one hostile one."""
    rng = np.random.default_rng(0)
    good = [saved(Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)), "PNG") for _ in range(6)]
    entries = [(f"{'ab'[n % 2]}/{n}.png", data) for n, data in enumerate(good)]
    return zipped([*entries, (f"a/hostile.{ending}", hostile)])


def table(**columns):
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


ARCHIVES = {
    "42 zips in zips.zip": (nested_zip, "is an input or a manifest"),
    "zip of itself.zip": (itself_zip, "is an input or a manifest"),
    "zeros.zip": (lambda: large_zip(256 << 20), "max_ratio"),
    "zeros that say they are ten bytes.zip": (lambda: large_zip(256 << 20, told=10), "damaged"),
    "overlapping entries.zip": (lambda: large_zip(64 << 20, copies=3000), "damaged|max_ratio"),
    "too many entries.zip": (lambda: large_zip(1 << 20, copies=250_000), "max_files"),
    "absolute.zip": (lambda: zipped([("/etc/passwd", b"x")]), "absolute"),
    "dots.zip": (lambda: zipped([("a/../../../etc/passwd", b"x")]), r"'\.\.'"),
    "backslashes.zip": (lambda: zipped([("..\\..\\x.csv", b"x")]), "backslash"),
    "drive.zip": (lambda: zipped([("C:/x.csv", b"x")]), "absolute"),
    "nul.zip": (lambda: zipped([("a.csv", b"text,label\na,b\nc,d\n")]).replace(b"a.csv", b"a\0csv"), "control"),
    "zeros.tar.gz": (lambda: tarred(("a.csv", {"size": 192 << 20}), packing=gzip.compress), "max_ratio"),
    "link.tar": (lambda: tarred(("a.csv", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})), "links"),
    "hard link.tar": (lambda: tarred(("a.csv", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})), "links"),
    "device.tar": (lambda: tarred(("a.csv", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5})), "devices"),
    "pipe.tar": (lambda: tarred(("a.csv", {"type": tarfile.FIFOTYPE})), "devices"),
    "dots.tar.gz": (lambda: tarred(("../../x.csv", {"size": 1}), packing=gzip.compress), r"'\.\."),
    "header of a gigabyte.tar.gz": (
        lambda: gzip.compress(tarfile.TarInfo("x").tobuf()[:124] + b"10000000000\0" + bytes(376) + ZEROS * 64),
        "damaged|header|more than",
    ),
    "half.zip": (lambda: zipped([("a/1.png", ZEROS)])[:500], "damaged"),
    "not an archive.tar.gz": (lambda: b"\x1f\x8b" + bytes(1000), "damaged"),
}

TABLES = {
    "a line of 17 MB.csv": (lambda: b"text,label\n" + b"x" * (17 << 20) + b",a\n", "line 2: field larger than"),
    "deep.jsonl": (lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "recursion|depth"),
    "bomb.parquet": (
        lambda: table(
            text=pyarrow.DictionaryArray.from_arrays([0] * 200_000, ["x" * 200_000]), label=["a"] * 200_000
        ),
        "unusable",
    ),
    "ratio.parquet": (lambda: table(text=["x" * (100 << 20), "y"]), "max_ratio"),
    "lists.parquet": (lambda: table(text=[["a"] * 2_000_000, []]), "lists may have"),
    "rows.parquet": (lambda: table(text=pyarrow.array(np.zeros(1_100_000))), "max_rows"),
    "repeated.parquet": (lambda: table(text=["hello there"] * 1_100_000), "max_rows"),
    "nonsense.parquet": (lambda: b"PAR1" + bytes(100) + b"PAR1", "not a readable"),
}

JPEG_PARTS = b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
BMP_HEAD = (40, 30_000, 30_000, 1, 8, 1, 0, 0, 0, 0, 0)

IMAGES = {
    "png": (lambda: png(7_900, 8_000, body=zlib.compress(ZEROS * 8, 9)), "max_ratio|decoded"),
    "png that says it is huge": (lambda: png(2**31 - 1, 2**31 - 1), "max_pixels"),
    "png with 100 MB of text": (lambda: png(8, 8, more=text_chunk(100 << 20)), "opened|decoded"),
    "jpg": (
        lambda: b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 65_000, 65_000) + JPEG_PARTS,
        "max_pixels|opened|known",
    ),
    "gif": (lambda: saved(Image.new("L", (9_000, 9_000)), "GIF"), "max_pixels"),
    "bmp": (lambda: b"BM" + struct.pack("<LHHLLllHHLLllLL", 100, 0, 0, 54, *BMP_HEAD), "max_pixels|opened"),
    "tif": (lambda: saved(Image.new("1", (9_000, 9_000)), "TIFF", compression="group4"), "max_pixels"),
    "webp": (lambda: saved(Image.new("RGB", (5_000, 5_000)), "WEBP", lossless=True), "max_ratio"),
    "ppm": (lambda: b"P6 2000 2000 100\n" + bytes(12_000_000), "use PNG"),
    "pgm": (lambda: b"P2 9000 7000 255\n" + b"7 " * 1000, "use PNG|max_ratio"),
}


def refused(reader, tmp_path, name, data):
    """Read an upload; return why it was refused, or what issues it had."""
    (tmp_path / "upload").write_bytes(data)
    answer, seconds, memory = reader.read(tmp_path / "scratch", tmp_path / "upload", name)
    assert seconds < SECONDS, f"{seconds:.2f} s"
    assert memory < MEMORY, f"{memory >> 20} MiB"
    assert "failure" not in answer, answer["failure"]
    assert "ended" not in answer, answer
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("upload", "scratch")] == []
    return answer


@pytest.mark.parametrize("name", [*ARCHIVES, *TABLES])
def test_archives_and_tables(reader, tmp_path, name):
    make, text = {**ARCHIVES, **TABLES}[name]
    answer = refused(reader, tmp_path, name, make())
    assert "message" in answer, "it was taken"
    assert re.search(text, answer["message"]), answer["message"]


@pytest.mark.parametrize("name", IMAGES)
def test_images(reader, tmp_path, name):
    """The picture is left out with its reason; the others are fine."""
    make, text = IMAGES[name]
    answer = refused(reader, tmp_path, "pictures.zip", pictures(make(), name.partition(" ")[0]))
    assert answer["dataset"]["row_count"] == 6
    (issue,) = answer["dataset"]["issues"]
    assert re.search(text, issue["problem"]), issue["problem"]


def test_script_in_names_and_labels_stays_what_it_is(reader, tmp_path):
    """Reports, pages and the wire carry it as text; see tests/report and tests/server/test_status_page.py."""
    script = "<script>alert(1)</script>"
    entries = [(f"{name}/{n}.png", png(2, 2, body=zlib.compress(bytes([0, *[n] * 6] * 2)))) for name in
               ("<img src=x onerror=alert(1)>", "'; DROP TABLE jobs; --", "{{ 7 * 7 }}", "=cmd|' !A0")
               for n in range(2)]  # fmt: skip
    answer = refused(reader, tmp_path, "a.zip", zipped(entries))
    assert answer["dataset"]["columns"][0]["unique_count"] == 4
    table = f'text,label\n"{script} one",{script}\n"two {script}",b\nthree,b\n'.encode()
    answer = refused(reader, tmp_path, "a.csv", table)
    assert script in answer["dataset"]["columns"][0]["example_values"]
