"""The wire contract is documented to the last value, and the generated code is that of the contract."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

ROOT = Path(__file__).resolve().parents[2]


def load_generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "proto" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_generator()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[descriptor_pb2.FileDescriptorProto]:
    """Return the parsed contract with its comments."""
    path = tmp_path_factory.mktemp("proto") / "set.binpb"
    generate.run_protoc("--include_source_info", f"--descriptor_set_out={path}")
    return list(descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file)


def enum_elements(enum, path, name) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield name, path
    for index, value in enumerate(enum.value):
        yield f"{name}.{value.name}", (*path, 2, index)


def message_elements(message, path, name) -> Iterator[tuple[str, tuple[int, ...]]]:
    if message.options.map_entry:
        return
    yield name, path
    for index, field in enumerate(message.field):
        yield f"{name}.{field.name}", (*path, 2, index)
    synthetic = {field.oneof_index for field in message.field if field.proto3_optional}
    for index, oneof in enumerate(message.oneof_decl):
        if index not in synthetic:
            yield f"{name}.{oneof.name}", (*path, 8, index)
    for index, nested in enumerate(message.nested_type):
        yield from message_elements(nested, (*path, 3, index), f"{name}.{nested.name}")
    for index, enum in enumerate(message.enum_type):
        yield from enum_elements(enum, (*path, 4, index), f"{name}.{enum.name}")


def elements(file) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield name and descriptor path of everything that deserves a comment."""
    for index, message in enumerate(file.message_type):
        yield from message_elements(message, (4, index), message.name)
    for index, enum in enumerate(file.enum_type):
        yield from enum_elements(enum, (5, index), enum.name)
    for index, service in enumerate(file.service):
        yield service.name, (6, index)
        for number, method in enumerate(service.method):
            yield f"{service.name}.{method.name}", (6, index, 2, number)


def test_everything_has_a_comment(files):
    missing, count = [], 0
    for file in files:
        comments = {tuple(place.path): place.leading_comments.strip() for place in file.source_code_info.location}
        for name, path in elements(file):
            count += 1
            if not comments.get(path):
                missing.append(f"{file.name}: {name}")
    assert missing == []
    assert count > 250


def test_elements_are_found_where_the_compiler_puts_them(files):
    file = next(file for file in files if file.name.endswith("jobs.proto"))
    assert ("Job.State.STATE_QUEUED", (4, 0, 4, 0, 2, 1)) in list(elements(file))
    assert ("JobService.WatchJob", (6, 0, 2, 6)) in list(elements(file))


def test_enums_begin_with_an_unused_value_that_bears_their_prefix(files):
    enums = [
        enum for file in files for enum in (*file.enum_type, *(e for m in file.message_type for e in m.enum_type))
    ]
    assert len(enums) == 5
    for enum in enums:
        first = enum.value[0]
        assert (first.number, first.name.endswith("_UNSPECIFIED")) == (0, True)
        prefix = first.name.removesuffix("UNSPECIFIED")
        assert all(value.name.startswith(prefix) for value in enum.value), enum.name


def test_every_list_is_paged(files):
    messages = {
        message.name: {field.name for field in message.field} for file in files for message in file.message_type
    }
    lists = [name for name in messages if name.startswith("List") and name.endswith("Request")]
    for name in set(lists) - {"ListPluginsRequest"}:
        assert {"page_size", "page_token"} <= messages[name], name
        assert "next_page_token" in messages[name.replace("Request", "Response")], name


def test_every_write_carries_a_request_id(files):
    messages = {
        message.name: {field.name for field in message.field} for file in files for message in file.message_type
    }
    writes = ("CreateJob", "CancelJob", "ResumeJob", "DeleteJob", "RegisterDataset", "DeleteDataset")
    for name in writes:
        assert "request_id" in messages[f"{name}Request"], name


def test_a_dataset_does_not_know_a_target(files):
    (dataset,) = (m for file in files for m in file.message_type if m.name == "Dataset")
    assert not {field.name for field in dataset.field} & {"target", "target_column", "classes", "class_counts"}


def test_the_generated_code_is_up_to_date(tmp_path):
    generate.generate(tmp_path)
    made = {path.name: path.read_text() for path in (tmp_path / "automl_tl" / "v1").iterdir()}
    here = {path.name: path.read_text() for path in (ROOT / "automl_tl" / "v1").glob("*_pb2*.py*")}
    assert sorted(made) == sorted(here)
    assert [name for name in made if made[name] != here[name]] == []
