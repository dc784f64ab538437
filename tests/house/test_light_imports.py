"""What must start fast or stay out of the server process does not load the heavy packages."""

import importlib.util
import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "timm", "transformers", "ray", "shap", "sklearn")

CHECK = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(",".join(sorted(set(sys.argv[2].split(",")) & set(sys.modules))))
"""


def loaded_by(module: str, heavy: tuple[str, ...]) -> str:
    """Return which heavy packages a fresh interpreter has loaded after importing ``module``."""
    command = [sys.executable, "-c", CHECK, module, ",".join(heavy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def exists(module: str) -> bool:
    """Whether the module is part of this installation."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize(
    "module",
    [
        "automl_tl",
        "automl_tl.client",
        "automl_tl.server",
        "automl_tl.server.app",
        "automl_tl.cli.main",
        "automl_tl.store",
        "automl_tl.pipeline.spec",
        "automl_tl.data.load",
        "automl_tl.data.profile",
        "automl_tl.data.sources.file",
        "automl_tl.data.target",
    ],
)
def test_importing_it_loads_nothing_heavy(module):
    """In a fresh interpreter, because other tests load everything."""
    if not exists(module):
        pytest.skip(f"{module} is not part of this installation")
    assert loaded_by(module, HEAVY) == ""


def test_the_client_needs_no_database_and_no_arrays():
    """A client is installed without any of the extras."""
    extras = ("sqlalchemy", "pandas", "pyarrow", "numpy", "PIL", "optuna", "matplotlib")
    assert loaded_by("automl_tl.client", (*HEAVY, *extras)) == ""
