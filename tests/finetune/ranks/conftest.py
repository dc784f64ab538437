"""Two ranks for all tests of a file: its functions ``on_ranks_NAME(ranks)`` run on both, ``told[NAME]`` is the
answers.

The ranks are forked from a fresh interpreter, so that torch is imported once for both and nothing of pytest's
process, which may hold threads of other libraries, is forked.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import importlib.util, os, pickle, sys, traceback
from pathlib import Path
import torch
from automl_tl.finetune.ranks.group import join_ranks

os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
torch.set_num_threads(1)
path, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
spec = importlib.util.spec_from_file_location("on_ranks", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

def work(rank):
    answers = {}
    ranks = join_ranks(rank, count, torch.device("cpu"), folder / "meeting")
    for name, function in vars(module).items():
        if name.startswith("on_ranks_"):
            answers[name.removeprefix("on_ranks_")] = function(ranks)
    (folder / f"{rank}.pickle").write_bytes(pickle.dumps(answers))

children = []
for rank in range(count):
    child = os.fork()
    if not child:
        try:
            work(rank)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    children.append(child)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """Return what each function of this file answered, by its name: of rank 0 and of rank 1."""
    folder: Path = tmp_path_factory.mktemp("ranks")
    words = [sys.executable, "-c", SCRIPT, str(request.path), str(folder), "2"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    first, second = (pickle.loads((folder / f"{rank}.pickle").read_bytes()) for rank in (0, 1))
    return {name: [first[name], second[name]] for name in first}
