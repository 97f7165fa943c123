"""Question sets, run as a user would: indexed, answered and scored by commands of their own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ROOT / "documents"
_QUIET = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "ANONYMIZED_TELEMETRY": "False"}

Line = Mapping[str, Any]  # of a .jsonl file


class ChildFailed(Exception):
    """A command this harness runs ended badly."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        super().__init__(command, code, said)
        self.command, self.code, self.said = command, code, said

    def __str__(self) -> str:
        return f"命令失败（{self.code}）：{' '.join(self.command[1:4])} …：{self.said}"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and what to index for them: the corpora without the excluded documents, or a folder as it stands."""

    name: str
    questions: Path
    corpora: tuple[Path, ...] = ()
    excluded: frozenset[str] = frozenset()
    folder: Path | None = None
    retrieval: bool = True  # False: each question names the document it is about

    @property
    def index_name(self) -> str:
        """Equal for sets that can share an index."""
        if self.folder is not None:
            return self.folder.name
        key = "\n".join([*map(str, self.corpora), *sorted(self.excluded)])
        return f"{self.corpora[0].parent.name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Finished:
    """A child process that ended well."""

    out: str
    seconds: float
    peak_mb: int


@dataclass(frozen=True, slots=True)
class Index:
    """A data folder with its index. seconds: of the whole command that brought it up to date."""

    data: Path
    documents: int
    passages: int
    rejected: int
    seconds: float
    peak_mb: int


def read_set(bench: Path, name: str) -> QuestionSet | None:
    """A folder with meta.json, or questions on this project's own documents. None: nothing to index or to ask."""
    own = bench / f"{name}.jsonl"
    if own.is_file():
        return QuestionSet(name, own, folder=DOCUMENTS)
    folder = bench / name
    if not (folder / "meta.json").is_file():
        return None
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    questions = folder / "questions.jsonl"
    if not meta.get("corpora") or not questions.is_file() or not questions.stat().st_size:
        return None
    return QuestionSet(
        name,
        questions,
        tuple((folder / corpus).resolve() for corpus in meta["corpora"]),
        frozenset(meta.get("exclude_doc_ids", ())),
        retrieval=meta.get("retrieval", True),
    )


def set_names(bench: Path) -> list[str]:
    return [path.stem for path in sorted(bench.glob("association*.jsonl"))] + sorted(
        path.parent.name for path in bench.glob("*/meta.json")
    )


def read_lines(path: Path) -> list[Line]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def index(questions: QuestionSet, work: Path, *, afresh: bool = False) -> Index:
    """Indexed by `python -m ingest`, which does nothing where neither the documents nor the program have changed."""
    place = work.resolve() / "index" / questions.index_name
    documents, data, made_by = questions.folder or place / "documents", place / "data", place / "made-by"
    if afresh or not made_by.is_file() or made_by.read_text() != _program():
        shutil.rmtree(place, ignore_errors=True)
    if questions.folder is None:
        for number, corpus in enumerate(questions.corpora):
            kept = (line for line in read_lines(corpus) if line["doc_id"] not in questions.excluded)
            write_lines(documents / f"{number}.jsonl", kept)
    command = ["-m", "ingest", "--documents", str(documents), "--data", str(data), "--json"]
    finished = run_python(command, fine=(0, 1))  # 1: some lines could not be read; they are counted
    made_by.write_text(_program())
    report = json.loads(finished.out)
    rejected = sum(file["status"] == "reject" for file in report["files"])
    return Index(data, report["documents"], report["passages"], rejected, finished.seconds, finished.peak_mb)


def answer(questions: Path, data: Path, out: Path) -> Finished:
    out.parent.mkdir(parents=True, exist_ok=True)
    return run_python(
        ["-m", "assistant", "--batch", str(questions.resolve()), "--out", str(out.resolve()), "--data", str(data)]
    )


def score(scorer: Path, questions: Path, answers: Path, *options: str) -> dict[str, Any]:
    """What the sets' own score.py says."""
    command = [str(scorer.resolve()), str(questions.resolve()), str(answers.resolve()), "--json", *options]
    scored: dict[str, Any] = json.loads(run_python(command).out)
    return scored


def run_python(arguments: Sequence[str], *, fine: Sequence[int] = (0,)) -> Finished:
    """A command of this Python in the project's folder, with its time and the most memory it held. Raises ChildFailed.

    A child starts with its parent's record of memory: the harness must be small when it measures.
    """
    command = [sys.executable, *arguments]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        started = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err, env=os.environ | _QUIET)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed = out.read()
        if child.returncode not in fine or (child.returncode and not printed):  # a traceback also ends with 1
            said = err.read().strip().splitlines() or ["没有说明原因"]
            raise ChildFailed(command, child.returncode, said[-1])
        return Finished(printed, seconds, usage.ru_maxrss // 1024)


def _program() -> str:
    """Digest of whatever decides what an index holds, given its documents."""
    digest = hashlib.sha256()
    for folder in ("ingest", "vectorstore"):
        for path in sorted((ROOT / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
