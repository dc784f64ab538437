"""Generate automl_tl/v1 from proto/automl_tl/v1 with grpcio-tools, the oldest version that we support.

``python proto/generate.py [OUTPUT_ROOT]``: without an argument the repository root.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from google import rpc
from grpc_tools import protoc

PROTO = Path(__file__).resolve().parent
HEADER = "# Made by `make proto`; do not edit.\n# ruff: noqa\n# mypy: ignore-errors\n"


def include_directories() -> tuple[Path, ...]:
    """Return where protoc finds our files, googleapis-common-protos and protobuf's own types."""
    common = Path(next(iter(rpc.__path__))).parents[1]
    return PROTO, common, Path(str(files("grpc_tools"))) / "_proto"


def sources() -> list[str]:
    """Return every proto file, relative to this directory."""
    return sorted(path.relative_to(PROTO).as_posix() for path in PROTO.glob("automl_tl/v1/*.proto"))


def run_protoc(*arguments: str) -> None:
    """Run protoc on every source; raises SystemExit where it fails."""
    includes = [f"--proto_path={directory}" for directory in include_directories()]
    code = protoc.main(["protoc", *includes, *arguments, *sources()])
    if code != 0:
        raise SystemExit(f"protoc failed with exit status {code}")


def generate(root: Path) -> None:
    """Write messages, type stubs and services below ``root`` / automl_tl/v1."""
    run_protoc(f"--python_out={root}", f"--pyi_out={root}", f"--grpc_python_out={root}")
    for path in sorted((root / "automl_tl" / "v1").glob("*_pb2*.py*")):
        text = path.read_text(encoding="utf-8")
        path.write_text(HEADER + text, encoding="utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PROTO.parent)
