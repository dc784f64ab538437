"""From files to a checked dataset."""

import csv
import json
import shutil
import tarfile

import pytest
from PIL import Image

from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.data.target import bind_target
from automl_tl.errors import DatasetError, LimitExceeded


def write_csv(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    return path.parent


def test_a_folder_per_class(image_folder):
    """The class is the column label; rows come in sorted order."""
    dataset = load_dataset(image_folder)
    assert dataset.modality == "image"
    assert len(dataset) == 36
    assert dataset.inputs[0] == dataset.row_ids[0] == "circle/000.png"
    assert dataset.columns == {"label": ("circle",) * 12 + ("cross",) * 12 + ("square",) * 12}
    assert dataset.issues == ()


def test_part_folders_above_class_folders(make_image_folder, tmp_path):
    """Three parts, in any of their words."""
    for part in ("train", "val", "test"):
        make_image_folder(f"parts/{part}", per_class=2)
    dataset = load_dataset(tmp_path / "parts")
    assert {*zip(dataset.columns["split"], (row.split("/")[0] for row in dataset.row_ids), strict=True)} == {
        ("train", "train"),
        ("validation", "val"),
        ("test", "test"),
    }


def test_a_manifest_beside_class_folders_gives_all_its_columns(image_folder):
    """Both say where the images lie; the manifest says more."""
    rows = [(f"circle/{number:03d}.png", "round", "new" if number % 2 else "") for number in range(12)]
    write_csv(image_folder / "manifest.csv", ("image", "label", "scanner"), *rows)
    dataset = load_dataset(image_folder)
    assert len(dataset) == 12
    assert dataset.columns == {"label": ("round",) * 12, "scanner": ("", "new") * 6}
    assert "24 image files" in dataset.issues[0].problem


def test_a_side_table_without_paths_is_not_used_but_told(image_folder):
    """A table of class descriptions is not a text dataset."""
    write_csv(image_folder / "classes.csv", ("label", "description"), ("circle", "a round thing"), ("cross", "x"))
    dataset = load_dataset(image_folder)
    assert dataset.modality == "image"
    assert "classes.csv" in dataset.issues[0].row
    assert "is not used" in dataset.issues[0].problem


def test_image_paths_without_endings_are_told_by_their_column(image_folder, tmp_path):
    """The column has the right name; what its cells lack is said, with and without files."""
    rows = [(f"img/{number:03d}", "ab"[number % 2]) for number in range(12)]
    root = write_csv(tmp_path / "pictures" / "labels.csv", ("image", "label"), *rows)
    message = (
        r"labels.csv has the column 'image', but most of its cells \(such as 'img/000'\) do not end in .*\.png"
    )
    with pytest.raises(DatasetError, match=f"{message}.*; write the path of each image with its ending"):
        load_dataset(root)
    shutil.copytree(image_folder / "circle", root / "img")
    with pytest.raises(DatasetError, match=f"one class, 'img'.*{message}"):
        bind_target(load_dataset(root))
    write_csv(root / "labels.csv", ("image", "label"), ("", "a"), ("", "b"))
    assert "'image', but its cells are empty and is not used" in load_dataset(root).issues[0].problem


def test_a_manifest_in_a_subfolder_is_mentioned(image_folder, tmp_path):
    """The folders seem to hold one class, and the reason is the place of the table."""
    root = tmp_path / "pictures"
    shutil.copytree(image_folder / "circle", root / "img")
    write_csv(root / "meta" / "labels.csv", ("image", "label"), ("img/001.png", "a"), ("img/002.png", "b"))
    with pytest.raises(DatasetError, match=r"one class, 'img'; .*; meta/labels.csv lies in a subfolder"):
        bind_target(load_dataset(root))
    shutil.rmtree(root / "img")
    with pytest.raises(
        DatasetError, match=r"the table meta/labels.csv lies in a subfolder .* must lie at the top"
    ):
        load_dataset(root)


def test_a_text_table(text_csv):
    """Every column but the text is kept, as strings."""
    dataset = load_dataset(text_csv.parent)
    assert dataset.modality == "text"
    assert set(dataset.columns) == {"label", "split", "speaker"}
    assert dataset.row_ids == tuple(str(number) for number in range(1, 37))
    assert dataset.inputs[0].startswith("note 0 about")


def test_the_longest_column_is_taken_and_told(tmp_path):
    """The target is never taken, however long its names are."""
    rows = [(f"answer number {number} to an open question", f"a very long class name indeed, number {number}")
            for number in range(6)]  # fmt: skip
    root = write_csv(tmp_path / "t" / "t.csv", ("reply", "kind"), *rows)
    assert "reply" in load_dataset(root).columns
    dataset = load_dataset(root, target="kind")
    assert list(dataset.columns) == ["kind"]
    assert "'reply'" in dataset.issues[0].problem
    assert list(load_dataset(root, input_column="kind", modality="text").columns) == ["reply"]


def test_the_input_column_is_set_aside_and_told_apart_from_a_missing_one(tmp_path):
    """Whoever wants to predict it learns that it exists and which column must be renamed."""
    rows = [(f"a long abstract number {number} of a paper", f"topic {number % 2}") for number in range(20)]
    root = write_csv(tmp_path / "t" / "t.csv", ("abstract", "title"), *rows)
    dataset = load_dataset(root)
    message = "target: 'title' was taken for the texts; if another column holds them, rename that one to 'text'"
    with pytest.raises(DatasetError, match=message):
        bind_target(dataset, target="title")
    assert bind_target(load_dataset(root, target="title"), target="title").class_names == ("topic 0", "topic 1")


def test_the_image_column_is_set_aside(image_folder):
    """Folders have no such column."""
    write_csv(image_folder / "m.csv", ("image", "label"), ("circle/001.png", "a"), ("circle/002.png", "b"))
    assert "was taken for the images" in load_dataset(image_folder).set_aside["image"]
    (image_folder / "m.csv").unlink()
    assert load_dataset(image_folder).set_aside == {}


def test_the_digest_knows_content_only(image_folder, tmp_path):
    """Packing, wrapping, clutter, target and modality make no difference; one changed byte does."""
    digest = load_dataset(image_folder).digest
    (image_folder / ".DS_Store").write_bytes(b"junk")
    assert load_dataset(image_folder, target="x", modality="image").digest == digest
    for kind in ("zip", "gztar"):
        archive = shutil.make_archive(str(tmp_path / kind), kind, tmp_path, image_folder.name)
        (tmp_path / f"{kind}.d").mkdir()
        assert load_dataset(open_path(type(tmp_path)(archive), tmp_path / f"{kind}.d")).digest == digest
    Image.new("RGB", (4, 4)).save(image_folder / "circle" / "000.png")
    assert load_dataset(image_folder).digest != digest


def test_a_tar_made_on_the_command_line_loads(image_folder, tmp_path):
    """``tar czf x.tgz .`` writes ``./`` before every name."""
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as file:
        file.add(image_folder, ".")
    (tmp_path / "w").mkdir()
    assert len(load_dataset(open_path(tmp_path / "x.tgz", tmp_path / "w"))) == 36


def test_unusable_images_are_left_out_with_their_reason(image_folder):
    """Unreadable, missing and too large: the rest goes on."""
    write_csv(
        image_folder / "manifest.csv",
        ("image", "label"),
        *[(path.relative_to(image_folder).as_posix(), "x") for path in sorted(image_folder.rglob("*.png"))],
        ("circle/missing.png", "x"),
    )
    (image_folder / "circle" / "000.png").write_bytes(b"broken")
    Image.new("1", (2000, 2000)).save(image_folder / "circle" / "001.png")
    dataset = load_dataset(image_folder, limits=Limits(max_pixels=1_000_000))
    assert len(dataset) == 34 == len(dataset.columns["label"])
    problems = {issue.row: issue.problem for issue in dataset.issues if issue.left_out}
    assert problems["circle/missing.png"] == "there is no such file"
    assert "known format" in problems["circle/000.png"]
    assert "max_pixels" in problems["circle/001.png"]


def test_hidden_files_and_links_are_no_inputs(image_folder, tmp_path):
    """They are in no digest, and nobody looked where such a link leads."""
    outside = tmp_path / "outside.png"
    shutil.copy(image_folder / "circle" / "000.png", outside)
    for folder in (".x", "circle/.y"):
        (image_folder / folder).mkdir()
    shutil.copy(outside, image_folder / ".x" / "1.png")
    (image_folder / "circle" / ".y" / "2.png").symlink_to(outside)
    (image_folder / ".z.png").symlink_to(outside)
    hidden = (".x/1.png", "circle/.y/2.png", ".z.png")
    seen = [path.relative_to(image_folder).as_posix() for path in sorted(image_folder.glob("[!.]*/*.png"))]
    rows = [(path, "ab"[place % 2]) for place, path in enumerate((*seen, *hidden))]
    write_csv(image_folder / "manifest.csv", ("image", "label"), *rows)
    dataset = load_dataset(image_folder)
    assert set(dataset.inputs) == set(seen)
    problems = {issue.row: issue.problem for issue in dataset.issues if issue.left_out}
    assert problems == dict.fromkeys(hidden, "there is no such file")


def test_empty_texts_are_left_out_with_their_row(tmp_path):
    """Row numbers are those of the file."""
    root = write_csv(tmp_path / "t" / "t.csv", ("text", "label"), ("a", "x"), (" ", "x"), ("b", "y"))
    dataset = load_dataset(root)
    assert dataset.row_ids == ("1", "3")
    assert dataset.columns["label"] == ("x", "y")
    assert [(issue.row, issue.problem) for issue in dataset.issues] == [("2", "the text is empty")]


def test_a_huge_text_costs_its_row_and_not_the_file(tmp_path):
    """Python's reader of CSV stops at 131,072 characters unless it is told otherwise."""
    root = write_csv(tmp_path / "t" / "t.csv", ("text", "label"), ("a", "x"), ("b" * 200_000, "x"), ("c", "y"))
    (issue,) = load_dataset(root).issues
    assert issue.row == "2"
    assert "200000 characters, more than max_text_chars" in issue.problem


def test_more_than_half_unusable_is_an_error(image_folder):
    """Something is wrong with the whole set, such as paths relative to another folder."""
    rows = [(f"images/{number}.png", "x") for number in range(5)]
    write_csv(image_folder / "manifest.csv", ("image", "label"), *rows)
    message = r"manifest.csv: 5 of 5 rows are unusable .*; the first is images/0.png: there is no such file"
    with pytest.raises(DatasetError, match=message):
        load_dataset(image_folder)


def test_fewer_than_two_rows_are_an_error(tmp_path):
    """There is nothing to compare."""
    root = write_csv(tmp_path / "t" / "t.csv", ("text", "label"), ("a", "x"))
    with pytest.raises(DatasetError, match=r"t\.csv has 1 row; at least 2 are needed"):
        load_dataset(root)
    write_csv(root / "t.csv", ("text", "label"), ("a", "x"), ("", "y"))
    with pytest.raises(
        DatasetError, match=r"1 of 2 rows are unusable and at least 2 must be usable; the first is 2"
    ):
        load_dataset(root)


def test_links_to_the_web_beside_texts_do_not_make_images(tmp_path):
    """No such files, but a column of texts: it is a text dataset."""
    rows = [("https://x/a.jpg", "a cat", "0"), ("https://x/b.jpg", "a dog", "1")]
    root = write_csv(tmp_path / "t" / "t.csv", ("image", "text", "label"), *rows)
    assert load_dataset(root).modality == "text"


def test_jsonl_and_parquet_manifests(tmp_path):
    """Every table format gives the same dataset, but for its digest."""
    import pyarrow
    from pyarrow import parquet

    rows = [{"text": "good", "label": 1}, {"text": "bad", "label": 0}]
    for name in ("jsonl", "parquet"):
        (tmp_path / name).mkdir()
    (tmp_path / "jsonl" / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "parquet" / "t.parquet")
    for name in ("jsonl", "parquet"):
        dataset = load_dataset(tmp_path / name)
        assert dataset.inputs == ("good", "bad")
        assert dataset.columns == {"label": ("1", "0")}


def test_a_column_of_lists_is_left_out_and_told(tmp_path):
    """One unrelated column must not make a whole file unusable; asked for, it says why it is not there."""
    rows = [{"text": f"note {number}", "label": number % 2, "tags": [{}]} for number in range(20)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    dataset = load_dataset(tmp_path)
    assert list(dataset.columns) == ["label"]
    assert "row 1: the column 'tags' holds list values" in dataset.issues[0].problem
    with pytest.raises(DatasetError, match="sensitive: 'tags' was left out: row 1: the column 'tags' holds list"):
        bind_target(dataset, sensitive=["tags"])


@pytest.mark.parametrize("asked", [{}, {"target": "kind"}])
def test_the_input_and_the_target_cannot_be_left_out(tmp_path, asked):
    """Nothing could be learnt without them."""
    nested = "kind" if asked else "Text"
    rows = [{"remark": f"a long remark number {number}", nested: {"a": 1}} for number in range(4)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DatasetError, match=f"t.jsonl, row 1: the column '{nested}' holds dict values"):
        load_dataset(tmp_path, **asked)


def test_a_list_may_be_a_target_and_never_an_input(tmp_path):
    """Lists of words are no text; lists of labels are labels."""
    rows = [{"text": f"a long remark number {number}", "tags": ["a"]} for number in range(4)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert load_dataset(tmp_path, target="tags").columns["tags"] == ('["a"]',) * 4
    for name, options in (("Text", {}), ("words", {"input_column": "words"})):
        rows = [{"remark": f"a long remark number {number}", name: ["a"]} for number in range(4)]
        (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
        with pytest.raises(DatasetError, match=f"row 1: the column '{name}' holds list values"):
            load_dataset(tmp_path, **options)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no files"),
        ({".hidden": b"x"}, "holds no files"),
        ({"a.txt": b"x", "b/c.txt": b"x"}, r"none of the 2 files \(such as a.txt\) is an input or a manifest"),
        ({"a.png": b"x"}, "no class folder"),
        ({"t.csv": b"age,sex\n1,f\n2,m\n"}, r"none of its columns holds images or texts \(age, sex\)"),
        ({"t.jsonl": b'{"words": ["a"]}\n{"words": ["b"]}'}, r"'words' holds list values"),
        ({"t.csv": b"text,label\n"}, "a header but no rows"),
        ({"t.csv": b"text,text\na,b\n"}, "stands twice"),
        ({"t.csv": b"image,label\n../a.png,x\nb.png,y\n"}, "row 1, column 'image'"),
    ],
)
def test_bad_input_gets_one_clear_error(tmp_path, files, message):
    """File, row or rule is named."""
    root = tmp_path / "root"
    root.mkdir()
    for name, data in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    with pytest.raises(DatasetError, match=message):
        load_dataset(root)


def test_wrong_wishes_are_told(text_csv):
    """A modality or column that does not exist lists the known ones; a wrong modality says what it looked for."""
    with pytest.raises(DatasetError, match=r"known: .*image.*text"):
        load_dataset(text_csv.parent, modality="smell")
    with pytest.raises(DatasetError, match="no column 'txt'; it has text, label"):
        load_dataset(text_csv.parent, input_column="txt")
    with pytest.raises(DatasetError, match=r"none of its columns holds images .*'image'"):
        load_dataset(text_csv.parent, modality="image")


def test_limits_apply(text_csv):
    """Rows and files are bounded."""
    with pytest.raises(LimitExceeded, match="max_rows = 5"):
        load_dataset(text_csv.parent, limits=Limits(max_rows=5))
