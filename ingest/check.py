"""Is a finished generation fit to serve? Run in a child process: a damaged Chroma folder can end the process that opens it."""

from __future__ import annotations

import importlib
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vectorstore.dense import DamagedIndex, Rows, Vectors, measured
from vectorstore.encoder import Encoder, EncoderUnavailable, load_encoder
from vectorstore.generation import Generation, IndexMismatch, Manifest, compare_hashes
from vectorstore.tied import tied

ROOT = Path(__file__).parents[1]
QUESTIONS = "questions.yaml"  # beside the documents: those marked as protected must keep their citations
OBJECTED = 5


class CheckFailed(Exception):
    """A finished generation did not pass its check; the one before it goes on serving."""

    def __init__(self, generation: str, reason: str) -> None:
        super().__init__(generation, reason)
        self.generation, self.reason = generation, reason

    def __str__(self) -> str:
        reason = self.reason.rstrip("。\n")
        end = "\n" if "\n" in reason else "。"  # after a list, on a line of its own
        return f"新索引未通过检查：{reason}{end}原有索引继续使用。"


def check(folder: Path, encoder: Encoder) -> None:
    """Raises DamagedIndex, or IndexMismatch when the encoder is another."""
    compare_hashes(folder, Manifest.read(folder))  # first: what reads a damaged file may fail in any way
    generation = Generation.open(folder, encoder)
    try:
        generation.dense.open_chroma()
        _check_passages(generation)
        _check_vectors(generation)
    except sqlite3.DatabaseError as problem:
        raise DamagedIndex(folder / "passages.db", str(problem)) from problem
    finally:
        generation.close()


class CheckingChild:
    """The same check where nothing it opens can hurt this process. Begun while the generation is still being built, it
    meanwhile imports what checking takes (a second).
    """

    def __init__(self, encoder: str) -> None:
        self._encoder = encoder
        self._begun: subprocess.Popen[str] | None = None

    def __enter__(self) -> CheckingChild:
        return self

    def __exit__(self, *problem: object) -> None:
        if self._begun is not None:  # there was nothing to check
            self._begun.kill()
            self._begun.communicate()

    def begin(self) -> None:
        command = tied([sys.executable, "-m", "ingest.check", self._encoder])
        pipe = subprocess.PIPE
        self._begun = subprocess.Popen(
            command, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, text=True, encoding="utf-8", cwd=ROOT
        )

    def check(self, folder: Path) -> None:
        """Raises CheckFailed."""
        if self._begun is None:
            self.begin()
        assert self._begun is not None
        child, self._begun = self._begun, None
        _, said = child.communicate(str(folder.resolve()))
        if child.returncode != 0:
            last = said.strip().splitlines()[-1:]
            raise CheckFailed(folder.name, last[0] if last else f"检查进程意外结束（{child.returncode}）")


def check_in_child(folder: Path, encoder: str) -> None:
    """Raises CheckFailed."""
    with CheckingChild(encoder) as child:
        child.check(folder)


def check_protected(folder: Path, documents: Path, data: Path, encoder: str) -> None:
    """Do the protected questions keep their citations? Asked of a generation that does not serve yet, by a child process;
    what the serving one cannot cite either is no loss. Raises CheckFailed; without such a file there is nothing to ask.
    """
    questions = documents / QUESTIONS
    if not questions.is_file() or not (data / "CURRENT").exists():  # a first index has nothing to lose
        return
    where = ["--data", str(data.resolve()), "--encoder", encoder]
    ask = [sys.executable, "-m", "assistant", "evaluate", str(questions.resolve()), "--protected", "--json", *where]
    code, lost, said = _lost([*ask, "--generation", folder.name])
    if code not in (0, OBJECTED):
        raise CheckFailed(folder.name, f"没有核对成受保护的问题（{said or f'进程意外结束，{code}'}）")
    if not lost:
        return
    code, before, _ = _lost(ask)
    if code not in (0, OBJECTED):  # what serves cannot be read by this program any more
        return
    if fallen := {id: question for id, question in lost.items() if id not in before}:
        listed = "\n".join(f"  {id}　{question}" for id, question in fallen.items())
        raise CheckFailed(folder.name, f"受保护的问题失去了原有的引文：\n{listed}\n")


def _lost(command: Sequence[str]) -> tuple[int, dict[str, str], str]:
    """Exit code, the protected questions that cite nothing of what they should, by id, and the last line of complaint."""
    found = subprocess.run(tied(command), capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False)
    said = (found.stderr.strip().splitlines() or [""])[-1]
    if found.returncode not in (0, OBJECTED):
        return found.returncode, {}, said
    report = json.loads(found.stdout)
    asked = {result["id"]: result["question"] for result in report["results"]}
    return found.returncode, {id: asked[id] for id in report["lost"]}, said


def run_child(command: Sequence[str], lines: int = 1) -> tuple[int, list[str]]:
    """Exit code and the last lines said, of standard error if there are any, else of standard output."""
    found = subprocess.run(tied(command), capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False)
    said = (found.stderr.strip() or found.stdout.strip()).splitlines()
    return found.returncode, said[-lines:]


def main(arguments: Sequence[str]) -> int:
    """Arguments: the encoder, and the folder to check; without one it is read from standard input, when it is known."""
    encoder, *folders = arguments
    if not folders:
        for name in ("bm25s", "chromadb"):
            importlib.import_module(name)
    try:
        loaded = load_encoder(encoder)
        check(Path(folders[0] if folders else sys.stdin.read()), loaded)
    except (DamagedIndex, IndexMismatch, EncoderUnavailable, OSError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - what the parent reads
        return OBJECTED
    return 0


def _check_passages(generation: Generation) -> None:
    path = generation.path / "passages.db"
    if found := generation.archive.misplaced():
        raise DamagedIndex(path, f"{found[0]} 的一段与原文不符")
    count, expected = generation.archive.count_passages(), generation.manifest.passages
    if count != expected:
        raise DamagedIndex(path, f"应有 {expected} 段，实有 {count} 段")


def _check_vectors(generation: Generation) -> None:
    """Stored vectors find themselves, and Chroma agrees with exact search."""
    dense, vectors = generation.dense, generation.dense.vectors
    expected = (generation.manifest.passages, generation.encoder.dimension)
    if vectors.shape != expected:
        raise DamagedIndex(generation.path / "vectors.npy", f"形状是 {vectors.shape}，应为 {expected}")

    def nearest(vector: Vectors, limit: int) -> Rows:
        found = dense.nearest(vector, limit)
        if np.any(found < 0):
            raise DamagedIndex(generation.path / "chroma", "含有已经删去的段落")
        return found

    agreement = measured(nearest, vectors)
    if not agreement.sound:
        raise DamagedIndex(
            generation.path / "chroma",
            f"存入的向量只找回 {agreement.themselves:.0%}，与逐一比较的结果只有 {agreement.neighbours:.0%} 相同",
        )


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
