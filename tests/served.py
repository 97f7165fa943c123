"""The real server as a person starts it, in a process of its own, over an index of the association's text."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
START_SECONDS = 600  # on a machine that has much else to do


class Served:
    """Started and killed as often as one likes; always at the same address, over the same folder."""

    def __init__(self, folder: Path) -> None:
        self.data, self.documents, self.log = folder / "data", folder / "documents", folder / "log"
        shutil.copytree(ROOT / "documents", self.documents)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def ingest(self) -> None:
        command = [sys.executable, "-m", "ingest", "--documents", str(self.documents), "--data", str(self.data)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    def start(self) -> float:
        """Seconds until it was ready."""
        began = time.monotonic()
        settings = {"QA_RATE_PER_MINUTE": "6000", "QA_DOCUMENTS": str(self.documents), "QA_DATA": str(self.data)}
        command = [sys.executable, "app.py", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log)
        while not self._ready():
            late = time.monotonic() - began > START_SECONDS
            assert self._process.poll() is None and not late, self.log.read_text("utf-8")[-3000:]
            time.sleep(0.1)
        return time.monotonic() - began

    def kill(self) -> None:
        """As the kernel does when memory is short: SIGKILL."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def _ready(self) -> bool:
        try:
            return httpx.get(self.address + "/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False
