"""Every file has an end that was written down before it was tried; `make hostile` tries them all, as two users."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from ingest.apart import ROOT
from tests.hostile.trial import NOBODY, all_cases, is_privileged, listening, put, wrongs

# One of each format that a child reads; the others take their time.
READ_APART = {"docx/entities.docx", "docx/picture-elsewhere.docx", "xlsx/formulas.xlsx", "csv/formulas.csv", "html/fetches.html", "pdf/script.pdf"}  # fmt: skip
LEAST = 8  # of each kind of bad input
QUICK_BYTES = 20_000


@pytest.fixture(scope="module")
def listener():
    with listening() as found:
        yield found


@pytest.fixture(scope="module")
def every(listener):
    return all_cases(listener.port)


def test_there_are_eight_of_each_kind_at_least(every):
    counts = Counter(case.group for case in every)
    del counts["章程.txt"]
    assert len(counts) >= 18 and min(counts.values()) >= LEAST
    assert len({case.name for case in every}) == sum(counts.values()) + 1


def test_every_file_ends_as_expected_and_nothing_is_fetched_or_written_elsewhere(every, listener, tmp_path, encoder):
    chosen = [case for case in every if case.name in READ_APART or is_quick(case)]
    assert wrongs(put(chosen, tmp_path), tmp_path, encoder, again=False) == []
    assert listener.seen == []


def is_quick(case):
    return not case.child and (callable(case.make) or len(case.make) <= QUICK_BYTES)


TELL = """
import json, os, sys
from pathlib import Path
from ingest.load import UnreadableDocument, find_files, load, name_of
folder, nobody = Path(sys.argv[1]), int(sys.argv[2])
list(load(folder / "章程.txt", folder))  # what it needs is loaded before the rights are gone
os.setgroups([])
os.setgid(nobody)
os.setuid(nobody)
for path in find_files(folder):
    try:
        list(load(path, folder))
        print(json.dumps([name_of(path, folder), "ingest"]))
    except UnreadableDocument as problem:
        print(json.dumps([problem.path, "skip" if problem.skip else "reject"]))
"""


@pytest.mark.skipif(not is_privileged(), reason="who runs this is an ordinary user already")
def test_what_an_ordinary_user_may_not_read_is_refused_and_nothing_else(every):
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        cases = put([case for case in every if case.group in ("files", "names", "章程.txt")], Path(name))
        command = [sys.executable, "-c", TELL, f"{name}/documents", str(NOBODY)]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    ended = dict(json.loads(line) for line in found.stdout.splitlines())
    for case in cases:
        told = case.name if case.user else case.told or case.name
        assert ended[told] == (case.user or case.status), case.name
