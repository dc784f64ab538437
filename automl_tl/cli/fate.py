"""Run a module that must not outlive its parent: ``python -m automl_tl.cli.fate PARENT_PID MODULE [ARG ...]``.

When the parent dies without a word, even by SIGKILL, the kernel sends SIGTERM (prctl(2), PR_SET_PDEATHSIG). Done
here and not in a ``preexec_fn``, which is not safe in a process with threads, and a gRPC server has threads.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

__all__ = ["command_line", "main"]

_PR_SET_PDEATHSIG = 1


def command_line(module: str, *arguments: str) -> list[str]:
    """Return the command that runs ``module`` as a child of this process and ends with it."""
    return [sys.executable, "-m", "automl_tl.cli.fate", str(os.getpid()), module, *arguments]


def main() -> None:
    """Tie this process to its parent, then become the module."""
    parent, module, *arguments = sys.argv[1:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(0)  # it died before the kernel knew that we want to hear of it
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
