"""How many of its own acceptance questions the served index answers as expected: asked aside, shown to everybody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from assistant.assistant import Assistant
from assistant.gold import read_questions
from assistant.scoring import judge
from ingest.check import QUESTIONS

REST = 0.01  # seconds after each question: visitors come first


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

    def run(self, assistant: Assistant, documents: Path) -> bool:
        """Ask, unless this index has been asked. Without a chat model: the score is of the documents and the search.

        False when there was nothing to do. Raises BadQuestions.
        """
        name = assistant.generation.name
        if self._tested == name:
            return False
        self._tested = name
        path = documents / QUESTIONS
        questions = read_questions(path) if path.exists() else ()
        plain, passed = Assistant(assistant.generation), 0
        for gold in questions:
            passed += not judge(gold, plain.answer(gold.question, gold.history, gold.scope))
            time.sleep(REST)
        self._score = Score(name, passed, len(questions)) if questions else None
        return True
