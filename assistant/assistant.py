"""A question to a checked answer: understand, retrieve, write, verify or refuse."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant import strings
from assistant.answer import Answer, Draft
from assistant.extract import extract, rank
from assistant.lookup import look_up
from assistant.question import Question, understand
from assistant.render import render
from assistant.settings import AssistantSettings
from assistant.support import unsupported
from assistant.terms import terms_of
from assistant.verify import citations, verified
from vectorstore.encoder import load_encoder
from vectorstore.generation import Generation, current
from vectorstore.passage import Hit
from vectorstore.search import search

HITS = 10
TITLES = 6  # named in a greeting


class Assistant:
    """Answers from one open generation. It keeps nothing between questions."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation

    def answer(
        self, asked: str, history: Sequence[Mapping[str, str]] = (), scope: Sequence[str] | None = None
    ) -> Answer:
        """scope: ids of the only documents to be searched. Every question gets an answer, a refusal or a word of welcome."""
        clock = _Clock()
        question = understand(asked, history)
        notices = (strings.TOO_LONG,) if question.cut else ()
        clock.lap("understand")
        if question.talk and question.talk != "creation":
            return self._talk(question, clock)
        draft = look_up(question, self.generation.archive, scope)
        hits = search(self.generation, question.searched, limit=HITS, scope=scope)
        clock.lap("retrieve")
        if draft is None:
            terms = terms_of(question, self.generation)
            ranked = rank(question, terms, hits, self.generation.encoder)
            refused = unsupported(question, terms, ranked, self.generation.manifest.passages)
            draft = Draft(()) if refused else extract(question, terms, ranked)
        else:
            hits = _read_first(draft, hits)
        clock.lap("write")
        return self._checked(question, draft, hits, notices, clock)

    def _checked(
        self, question: Question, draft: Draft, hits: Sequence[Hit], notices: tuple[str, ...], clock: _Clock
    ) -> Answer:
        statements = verified(draft, self.generation.archive)
        # A list with an item dropped would be counted wrong: it stands whole or not at all.
        if draft.form != "plain" and len(statements) < len(draft.statements):
            statements = ()
        numbered = citations(statements, self.generation.archive)
        answer = Answer(
            question=question.asked,
            searched=question.searched,
            status="answered" if statements else "refused",
            text="",
            statements=statements,
            citations=numbered,
            hits=tuple(hits),
            form=draft.form if statements else "plain",
            subject=draft.subject if statements else "",
            asked=draft.asked if statements else "",
            generation=self.generation.name,
            notices=notices,
        )
        text = rendered(answer) if statements else (strings.REFUSED if hits else strings.REFUSED_BARE)
        clock.lap("verify")
        return _with(answer, text, clock)

    def _talk(self, question: Question, clock: _Clock) -> Answer:
        template = {
            "greeting": strings.GREETING_EN if question.english else strings.GREETING,
            "about": strings.GREETING_EN if question.english else strings.ABOUT,
            "thanks": strings.THANKS,
            "empty": strings.EMPTY,
        }[question.talk or "empty"]
        text = template.format(titles=self._titles(), example=self.example())
        answer = Answer(question.asked, question.text, "chat", text, generation=self.generation.name)
        return _with(answer, text, clock)

    def _titles(self) -> str:
        titles = list(dict.fromkeys(_shown_title(work.work.title) for work in self.generation.archive.work_titles))
        rest = strings.MORE_TITLES.format(count=len(titles)) if len(titles) > TITLES else ""
        return "".join(titles[:TITLES]) + rest

    def example(self) -> str:
        """A question that the first document answers: about the section with the most items, or its first heading."""
        archive = self.generation.archive
        if not archive.document_ids:
            return ""
        document = archive.document(archive.document_ids[0])
        assert document is not None
        lists = {
            section.number: sum(child.parent == section.number and child.kind == "item" for child in document.sections)
            for section in document.sections
            if section.heading
        }
        if not lists:
            return strings.EXAMPLE_PLAIN.format(heading=document.title or document.works[0].title.strip("〔〕"))
        longest = max(lists, key=lambda n: lists[n])
        template = strings.EXAMPLE if lists[longest] >= 2 else strings.EXAMPLE_PLAIN
        return template.format(heading=document.sections[longest].label)


class _Clock:
    """Milliseconds of the stages."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self.laps: dict[str, float] = dict.fromkeys(("understand", "retrieve", "write", "verify"), 0.0)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] += round((now - self._last) * 1000, 2)
        self._last = now

    def total(self) -> dict[str, float]:
        return {**self.laps, "total": round((time.perf_counter() - self._started) * 1000, 2)}


def rendered(answer: Answer) -> str:
    """The text of an answer, made from its statements."""
    said = [(statement.text, answer.numbers(statement)) for statement in answer.statements]
    return render(said, answer.form, answer.subject, answer.asked)


def open_assistant(settings: AssistantSettings, generation: str | None = None) -> Assistant:
    """Raises NoIndex, IndexMismatch, DamagedIndex or EncoderUnavailable."""
    folder = settings.data / "generations" / Path(generation).name if generation else current(settings.data)
    return Assistant(Generation.open(folder, load_encoder(settings.encoder)))


def _read_first(draft: Draft, hits: Sequence[Hit]) -> list[Hit]:
    """The passages that a look-up quotes stand before the hits, since the writer read those; a list cites its section."""
    if draft.form != "plain":
        return list(hits)
    quoted = {quote.passage.id: quote.passage for statement in draft.statements for quote in statement.quotes}
    found = {hit.passage.id: hit for hit in hits}
    read = [found.get(id, Hit(passage, 1.0)) for id, passage in quoted.items()]
    return [*read, *(hit for hit in hits if hit.passage.id not in quoted)][: max(HITS, len(read))]


def _with(answer: Answer, text: str, clock: _Clock) -> Answer:
    return replace(answer, text=text, milliseconds=clock.total())


def _shown_title(title: str) -> str:
    return title if title.startswith("〔") else f"《{title}》"
