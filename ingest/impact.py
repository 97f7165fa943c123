"""Which answers a new index would change, asked before it serves: the acceptance questions, and recent ones, of both."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ingest.check import QUESTIONS, ROOT, CheckFailed
from vectorstore.tied import tied

# What became of an answer, the gravest first.
Kind = Literal["refused", "answered", "reworded", "recited"]
_ORDER: Sequence[Kind] = ("refused", "answered", "reworded", "recited")


@dataclass(frozen=True, slots=True)
class Source:
    """One citation of a reply. Not where it stands: a clause put in front of it moves every offset."""

    document: str
    title: str
    label: str
    quote: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What one index says to a question."""

    status: str  # answered, refused, clarify, chat, error
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One question that would be answered otherwise.

    refused: no longer answered; answered: answered now; reworded: other words; recited: the same words from elsewhere.
    """

    kind: Kind
    id: str  # of the acceptance question; of a recent one ""
    question: str
    protected: bool
    lost: bool  # protected, and it would no longer cite its quote: the switch would be stopped
    before: Reply
    after: Reply


@dataclass(frozen=True, slots=True)
class Impact:
    """The answers of two indexes side by side."""

    before: str  # generation that serves; "" when there is none to compare with
    acceptance: int  # questions asked of both
    recent: int
    passed_before: int  # of the acceptance questions
    passed_after: int
    changes: tuple[AnswerChange, ...]  # lost ones first, then protected ones, then by kind

    @property
    def lost(self) -> tuple[AnswerChange, ...]:
        return tuple(change for change in self.changes if change.lost)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question and what an index said."""

    id: str
    question: str
    protected: bool
    passed: bool
    cited: bool
    reply: Reply


class _Unanswered(Exception):
    """The child process could not answer: what it said."""


def impact(
    before: str,
    candidate: Path,
    *,
    documents: Path,
    data: Path,
    encoder: str,
    recent: Path | None,
    progress: Callable[[str], None],
) -> Impact:
    """Ask child processes for the answers of both generations.

    before: name of the one that serves, "" for none; candidate: folder of the one built aside. recent: questions as
    `assistant --batch` reads them. Raises CheckFailed when the candidate cannot be asked; what serves and cannot be asked
    by this program any more is nothing to compare with.
    """
    questions = documents / QUESTIONS
    where = ["--data", str(data.resolve()), "--encoder", encoder]

    def ask(generation: str) -> list[_Asked]:
        command = [sys.executable, "-m", "assistant", *where, "--generation", generation, "--extractive"]
        return _answers(command, questions if questions.is_file() else None, recent)

    if not before:
        return Impact("", 0, 0, 0, 0, ())
    try:
        progress("正在用新索引回答验收题和近期问题")
        new = ask(candidate.name)
    except _Unanswered as problem:
        raise CheckFailed(candidate.name, f"没有比较成答案的变化（{problem}）") from problem
    try:
        progress("正在用原索引回答同样的问题")
        old = ask(before)
    except _Unanswered:
        return Impact("", 0, 0, 0, 0, ())
    changes = [change for pair in zip(old, new, strict=True) if (change := _compare(*pair))]
    acceptance = sum(bool(asked.id) for asked in new)
    return Impact(
        before=before,
        acceptance=acceptance,
        recent=len(new) - acceptance,
        passed_before=sum(asked.passed for asked in old),
        passed_after=sum(asked.passed for asked in new),
        changes=tuple(sorted(changes, key=lambda c: (not c.lost, not c.protected, _ORDER.index(c.kind)))),
    )


def _answers(command: Sequence[str], questions: Path | None, recent: Path | None) -> list[_Asked]:
    """The acceptance questions in their order, then those of which nobody said what is right; all from one process, since
    starting it takes longer than they do. Raises _Unanswered.
    """
    if not questions and not recent:
        return []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answers.jsonl"
        judge = ["evaluate", str(questions.resolve()), "--json"] if questions else []
        answer = ["--batch", str(recent.resolve()), "--out", str(out)] if recent else []
        said = _said([*command, *judge, *answer])
        judged = json.loads(said)["results"] if questions else []
        answered = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if recent else []
    return [
        *(_Asked(r["id"], r["question"], r["protected"], r["passed"], r["cited"], _reply(r)) for r in judged),
        *(_Asked("", r["question"], False, False, False, _reply(r)) for r in answered),
    ]


def _said(command: Sequence[str]) -> str:
    found = subprocess.run(tied(command), capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False)
    if found.returncode != 0:
        raise _Unanswered((found.stderr.strip().splitlines() or [f"进程意外结束，{found.returncode}"])[-1])
    return found.stdout


def _reply(answer: Mapping[str, Any]) -> Reply:
    sources = (Source(c["document"], c["title"], c["label"], c["quote"]) for c in answer["citations"])
    return Reply(answer["status"], answer["text"], tuple(sources))


def _compare(old: _Asked, new: _Asked) -> AnswerChange | None:
    if old.reply == new.reply:
        return None
    lost = new.protected and old.cited and not new.cited
    return AnswerChange(_kind(old.reply, new.reply), new.id, new.question, new.protected, lost, old.reply, new.reply)


def _kind(old: Reply, new: Reply) -> Kind:
    if (old.status == "answered") != (new.status == "answered"):
        return "answered" if new.status == "answered" else "refused"
    return "recited" if old.text == new.text else "reworded"
