"""No child goes on when the process that started it is gone."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vectorstore import tied as module
from vectorstore.tied import tied

ROOT = Path(__file__).parents[1]
SLEEPER = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
PARENT = f"import subprocess; from vectorstore.tied import tied; subprocess.run(tied({SLEEPER!r}))"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a tie")


@linux
def test_a_child_ends_with_its_parent_however_that_ended():
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.send_signal(signal.SIGKILL)
    late = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < late:
        time.sleep(0.01)
    assert not is_alive(child)


@linux
def test_a_child_whose_parent_is_gone_already_does_not_begin():
    begun = [sys.executable, module.__file__, "1", *SLEEPER]  # its parent is this process, not 1
    assert subprocess.run(begun, capture_output=True, timeout=10, check=True).stdout == b""


def test_a_child_says_what_it_would_say_untied_and_ends_with_its_own_code():
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(5)", "第一章", ""]
    found, plain = (subprocess.run(c, capture_output=True, check=False) for c in (tied(command), command))
    assert (found.returncode, found.stdout) == (plain.returncode, plain.stdout) == (5, plain.stdout)


def test_where_there_is_no_tie_the_command_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert tied(["true", "x"]) == ["true", "x"]


def is_alive(process: int) -> bool:
    """A zombie is not: whoever adopted it has only not yet asked how it ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
