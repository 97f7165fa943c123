"""What the maintainers' pages are made from: the waiting area, the work behind them, and the commands that do it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from fastapi import Request

from ingest.catalogue import CatalogueEntry
from ingest.check import QUESTIONS
from ingest.history import served_name
from ingest.load import Source, find_files, load
from ingest.overlay import laid_over
from ingest.structure import read_structure
from ingest.waiting import WaitingArea
from vectorstore.passage import Document
from web.database import OUT_OF_REACH
from web.desk import say_of
from web.maintain.work import Occupied, Work
from web.records import Records
from web.settings import WebSettings
from web.site import Site

RECENT_FILE = "recent.jsonl"
RECENT = 60  # questions asked of both indexes, beside the acceptance questions
READ = 200  # records looked at for them: the same question comes often
PREVIEWED = 20  # documents of one bulk file


@dataclass(frozen=True, slots=True)
class Preview:
    """A document as it will be once it is ingested."""

    document: Document
    plain: Document  # read without the catalogue, whose entries go by the titles that the text gives
    notice: str  # what a maintainer should know though the file was read


@dataclass(frozen=True, slots=True)
class Desk:
    site: Site
    area: WaitingArea
    work: Work

    @classmethod
    def of(cls, site: Site) -> Desk:
        return cls(site, WaitingArea(site.settings.data, site.settings.documents), Work(site.settings.data))

    @property
    def settings(self) -> WebSettings:
        return self.site.settings

    def fingerprint(self) -> str:
        """Of everything a plan compares: the folder, what waits, what serves."""
        documents = self.settings.documents
        files = [*find_files(documents), *documents.glob("*.yaml")] if documents.is_dir() else []
        states = [(str(path), stat.st_size, stat.st_mtime_ns) for path in sorted(files) for stat in [path.stat()]]
        seen = repr((self.area.fingerprint(), served_name(self.settings.data), states))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]

    def start_plan(self, by: str) -> None:
        """Clauses first, then answers. Raises Occupied."""
        recent = self.settings.data / RECENT_FILE
        self._write_recent(recent)
        plan = self._ingest("plan", "--waiting")
        steps = [("plan", plan), ("impact", [*plan, "--impact", "--recent", str(recent.resolve())])]
        self.work.start("plan", by, steps, of=self.fingerprint(), settings=self._environment())

    def start_apply(self, by: str, *, force: bool) -> None:
        """Raises Occupied."""
        command = self._ingest("apply", "--waiting", *(["--force"] if force else []))
        self.work.start("apply", by, [("apply", command)], settings=self._environment())

    def start_rollback(self, by: str, name: str) -> None:
        """Raises Occupied."""
        self.work.start("rollback", by, [("rollback", self._ingest("rollback", name))], settings=self._environment())

    def start_evaluation(self, by: str) -> None:
        """The acceptance questions, of the index that serves. Raises Occupied."""
        questions = str((self.settings.documents / QUESTIONS).resolve())
        command = [sys.executable, "-m", "assistant", "evaluate", questions, "--extractive", "--json", *self._where()]
        self.work.start("evaluate", by, [("evaluate", command)], settings=self._environment())

    def _ingest(self, *words: str) -> list[str]:
        documents = str(self.settings.documents.resolve())
        return [sys.executable, "-m", "ingest", *words, "--json", "--documents", documents, *self._where()]

    def _where(self) -> list[str]:
        encoder = self.settings.encoder
        encoder = str(Path(encoder).resolve()) if Path(encoder).is_dir() else encoder
        return ["--data", str(self.settings.data.resolve()), "--encoder", encoder]

    def _environment(self) -> dict[str, str]:
        return {"QA_PASSAGE_CHARS": str(self.settings.passage_chars)}

    def _write_recent(self, path: Path) -> None:
        """What people asked last, without what they asked before: none when the records cannot be read."""
        try:
            asked = self.site.records.recent_questions(READ)
        except OUT_OF_REACH:
            asked = []
        lines = [json.dumps({"question": question}, ensure_ascii=False) + "\n" for question in asked[:RECENT]]
        path.write_text("".join(lines), encoding="utf-8")
        path.chmod(0o600)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """The documents folder with what waits on top."""
        with laid_over(self.settings.documents, self.settings.data) as laid:
            yield laid.folder

    def preview(self, folder: Path, path: str, entry: CatalogueEntry) -> tuple[Preview, ...]:
        """The documents of a file as an ingest reads them. Raises UnreadableDocument."""
        sources = (source for source in load(folder / path, folder) if isinstance(source, Source))
        read = partial(read_structure, passage_chars=self.settings.passage_chars)
        return tuple(Preview(read(one, entry), read(one), one.notice) for one in islice(sources, PREVIEWED))


def forget_questions(data: Path) -> None:
    """What the last comparison asked, and what it came to, when a record is deleted: its question may be among them."""
    (data / RECENT_FILE).unlink(missing_ok=True)
    Work(data).forget("plan")


def forget_expired_questions(data: Path, records: Records) -> None:
    """The same when one of its questions stands in no record any more."""
    with suppress(FileNotFoundError):
        lines = (data / RECENT_FILE).read_text(encoding="utf-8").splitlines()
        if records.lacks({json.loads(line)["question"] for line in lines}):
            forget_questions(data)


def occupied_sentence(request: Request, occupied: Occupied) -> str:
    say = say_of(request)
    since = occupied.since.astimezone().strftime("%H:%M:%S")
    what = say({"plan": "比较", "apply": "入库", "rollback": "退回", "evaluate": "问验收题"}[occupied.kind])
    return say("{by} 正在{what}（自 {since} 起），请等它结束再试。", by=occupied.by, what=what, since=since)
