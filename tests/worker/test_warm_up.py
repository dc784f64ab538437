"""Slow libraries are there before the clock starts."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from automl_tl.worker.warm_up import warm_up
warm_up({modality!r}, evidence={evidence})
watched = "torch timm transformers shap fairlearn sklearn.cluster automl_tl.explain.explainer"
print(*(name for name in watched.split() if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("modality", "evidence", "there", "absent"),
    [
        ("image", False, {"torch", "timm"}, {"transformers", "automl_tl.explain.explainer"}),
        ("", True, {"torch", "timm", "transformers", "sklearn.cluster", "automl_tl.explain.explainer"}, {"shap"}),
        ("sound", False, {"torch"}, {"timm", "transformers", "fairlearn"}),
    ],
)
def test_a_job_finds_what_it_needs_and_nothing_else(modality, evidence, there, absent):
    program = PROGRAM.format(modality=modality, evidence=evidence)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert there <= loaded
    assert not absent & loaded
