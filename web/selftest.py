"""How many of its own acceptance questions the served index answers as expected: asked aside, shown to everybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ingest.check import QUESTIONS, ROOT
from vectorstore.generation import Generation
from vectorstore.tied import tied

LOW = 10  # priority of the child (nice): visitors come first


class SelfTestFailed(Exception):
    """The child process could not ask; what it said last."""


@dataclass(frozen=True, slots=True)
class Score:
    generation: str
    passed: int
    asked: int


class SelfTest:
    """The last score; None until there is one, and where nobody has written acceptance questions."""

    def __init__(self) -> None:
        self._tested = ""
        self._score: Score | None = None

    def of(self, generation: str) -> Score | None:
        """Of this index and no other."""
        return self._score if self._score and self._score.generation == generation else None

    def run(self, generation: Generation, encoder: str, documents: Path) -> bool:
        """Ask, unless this index has been asked. Without a chat model: the score is of the documents and the search.

        By a process of its own: in this one every visitor would wait for half of each question. False when there was
        nothing to do. Raises SelfTestFailed.
        """
        if self._tested == generation.name:
            return False
        self._tested = generation.name
        path = documents / QUESTIONS
        self._score = _asked(generation, encoder, path) if path.is_file() else None
        return True


def _asked(generation: Generation, encoder: str, questions: Path) -> Score | None:
    data = generation.path.parents[1].resolve()
    command = [sys.executable, "-m", "assistant", "evaluate", str(questions.resolve()), "--json", "--extractive"]
    command += ["--data", str(data), "--encoder", encoder, "--generation", generation.name]
    with subprocess.Popen(
        tied(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT
    ) as child:
        os.setpriority(os.PRIO_PROCESS, child.pid, LOW)
        out, said = child.communicate()
    if child.returncode != 0:
        raise SelfTestFailed((said.strip().splitlines() or [str(child.returncode)])[-1])
    results = json.loads(out)["results"]
    return Score(generation.name, sum(result["passed"] for result in results), len(results)) if results else None
