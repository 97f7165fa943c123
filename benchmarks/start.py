"""`python -m benchmarks.start`: from starting the command to the page's first answer, beside an empty Gradio app, in one run."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
PATIENCE = 120.0  # seconds
EMPTY = """
import sys, gradio
with gradio.Blocks(analytics_enabled=False) as page:
    gradio.Textbox()
page.launch(server_port=int(sys.argv[1]), quiet=True)
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "QA_DATA": data, "HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
        subprocess.run([sys.executable, "-m", "ingest"], cwd=ROOT, env=environment, check=True, capture_output=True)
        ours, empty = [], []
        for _ in range(ROUNDS):  # in turn, so that a slow moment of the machine hits both
            ours.append(seconds_to_page([sys.executable, "app.py", "--port"], environment))
            empty.append(seconds_to_page([sys.executable, "-c", EMPTY], environment))
    a, b = statistics.median(ours), statistics.median(empty)
    print(f"page after start, median of {ROUNDS}: ours {a:.1f} s, an empty Gradio app {b:.1f} s, ratio {a / b:.2f}")
    return 0


def seconds_to_page(command: list[str], environment: dict[str, str]) -> float:
    port = free_port()
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, str(port)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.monotonic() - started < PATIENCE:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as page:
                    page.read()
                return time.monotonic() - started
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise TimeoutError(f"{command[1]} did not answer within {PATIENCE:.0f} s")
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
