"""A PostgreSQL server of our own, for a while: a private folder, a loopback port, a password; never the machine's own server."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine, text

PASSWORD = "for-a-few-minutes"
NOBODY = "nobody"  # PostgreSQL refuses to run as root
START_SECONDS = 60
OPTIONS = ("--listen_addresses=127.0.0.1", "--unix_socket_directories=", "--max_connections=300", "--fsync=off")

running: Server | None = None  # while the tests are asked to keep records there


def records_url(folder: Path) -> str:
    """Where the records of that folder are kept: the same database each time, SQLite unless a server runs."""
    if running is None:
        return f"sqlite:///{folder / 'records.db'}"
    return running.database(hashlib.sha256(str(folder).encode()).hexdigest()[:20])


def programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version that is installed; Debian keeps them off the path."""
    found = shutil.which("initdb")
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).resolve().parent if found else kept[-1].parent if kept else None


class Server:
    """Started, it answers at `url`."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self._programs, self._folder, self._port = programs, folder, port
        self._process: subprocess.Popen[bytes] | None = None
        self._made: set[str] = set()

    def make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self._folder, secret):
                shutil.chown(path, NOBODY)
        options = ["--username=qa", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
        # Sorted by words, not by bytes: the order of records must be right there too.
        words = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh"]
        command = [*_unprivileged(), str(self._programs / "initdb"), "-D", str(self._data), *options, *words]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder)

    def start(self) -> None:
        command = [
            *_unprivileged(),
            str(self._programs / "postgres"),
            "-D",
            str(self._data),
            "-p",
            str(self._port),
            *OPTIONS,
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < until and self._process.poll() is None, (self._folder / "log").read_text()
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT: at once and in order. SIGKILL: all its processes, as if the machine had stopped."""
        if self._process:
            for process in self._processes() if how == signal.SIGKILL else [self._process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(process, how)
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It is there and says nothing: like a network that swallows everything."""
        processes = self._processes()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def database(self, name: str) -> str:
        """The address of a database of that name, empty at first."""
        if name not in self._made:
            self._run(f'CREATE DATABASE "{name}" STRATEGY FILE_COPY')
            self._made.add(name)
        return self._url(name)

    def _processes(self) -> list[int]:
        """The server, then those that serve its connections."""
        assert self._process
        command = ["ps", "-o", "pid=", "--ppid", str(self._process.pid)]
        children = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        return [self._process.pid, *map(int, children)]

    def _answers(self) -> bool:
        command = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.run(command, check=False).returncode == 0

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _url(self, database: str) -> str:
        return f"postgresql+pg8000://qa:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    def _run(self, command: str) -> None:
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(command))
        finally:
            engine.dispose()


def _unprivileged() -> list[str]:
    """In front of a command, so that root runs it as nobody."""
    return ["setpriv", f"--reuid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """Runs until the block ends; then nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = Server(programs, folder, port)
    try:
        found.make()
        found.start()
        yield found
    finally:
        with suppress(ProcessLookupError):
            found.stop()
        shutil.rmtree(folder, ignore_errors=True)
