"""What must start fast or stay out of the server process does not load the heavy packages."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "timm", "transformers", "ray", "shap", "sklearn")

CHECK = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(",".join(sorted(set(sys.argv[2].split(",")) & set(sys.modules))))
"""


WITHOUT = """
import importlib, sys
for name in sys.argv[2].split(","):
    sys.modules[name] = None
importlib.import_module(sys.argv[1])
"""


def of_the_worker_only():
    """Return the modules of what the extra ``worker`` brings and ``server`` does not."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    extras = tomllib.loads(project.read_text())["project"]["optional-dependencies"]
    worker, server = ({re.split(r"[\[>=]", each)[0] for each in extras[name]} for name in ("worker", "server"))
    return sorted({"scikit-learn": "sklearn"}.get(name, name) for name in worker - server - {"automl-tl"})


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


@pytest.mark.parametrize(
    "module",
    ["automl_tl.server.app", "automl_tl.store.places", "automl_tl.store.upgrade", "automl_tl.worker.hand_over"],
)
def test_the_service_needs_its_own_packages_only(module):
    """Whoever installs ``automl-tl[server]`` can start it, and hand jobs over."""
    without = of_the_worker_only()
    assert {"torch", "scipy", "sklearn"} <= set(without)
    command = [sys.executable, "-c", WITHOUT, module, ",".join(without)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
