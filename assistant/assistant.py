"""A question to a checked answer: understand, retrieve, write, verify or refuse."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from assistant import strings
from assistant.aliases import expanded, spelt_out
from assistant.answer import Answer, Citation, Draft, Statement
from assistant.compose import another_body, compare, compose, missing_terms
from assistant.english import in_chinese
from assistant.expected import put_officially
from assistant.followup import leans, stand_alone
from assistant.generate import Model, ModelUnavailable, UnusableReply, Written, write
from assistant.lookup import look_up
from assistant.more import beyond, first_asked
from assistant.names import Names, names_of, narrowing
from assistant.question import Question, understand
from assistant.render import SET_AS_TEXT, render
from assistant.rephrase import rephrased
from assistant.settings import AssistantSettings
from assistant.spelling import corrected
from assistant.talk import POOL, drawn
from assistant.validity import Validity, shown_title
from assistant.verify import citations, verified
from assistant.welcome import example, titles
from assistant.wording import plain
from vectorstore.encoder import load_encoder
from vectorstore.generation import Generation, current
from vectorstore.passage import Hit
from vectorstore.search import search

HITS = 10
PASSAGES = 6  # given to a chat model: what it needs stands among the first, and small models lose themselves in more
MODEL_SECONDS = 15.0  # for all that a chat model does for one question; the visitor has an answer within 20
REPHRASING_SECONDS = 5.0  # of these, for completing a follow-up
FREE = frozenset(
    ("plain", "several")
)  # forms that a model may put in words of its own; lists, places and yes or no stay

_log = logging.getLogger(__name__)


class Assistant:
    """Answers from one open generation. It keeps nothing between questions."""

    def __init__(self, generation: Generation, model: Model | None = None) -> None:
        self.generation = generation
        self.model = model

    def answers(
        self, asked: str, history: Sequence[Mapping[str, str]] = (), scope: Sequence[str] | None = None
    ) -> Generator[Answer, None, None]:
        """Complete answers, the last of which counts: those before it are what a chat model has written so far.

        A model writes only where the documents answer, and in its place stands `answer` when it fails: with a notice, and
        within 20 seconds. Without a model there is that one answer.
        """
        plain, composed = self._plain(asked, history, scope)
        if self.model is None:
            yield plain
            return
        deadline = time.monotonic() + MODEL_SECONDS
        if plain.status == "refused" and history:
            plain, composed = self._asked_again(self.model, plain, history, scope)
        if composed and plain.status == "answered" and plain.form in FREE and not plain.english:
            yield from self._written(self.model, plain, deadline)
        else:
            yield plain

    def _asked_again(
        self, model: Model, plain: Answer, history: Sequence[Mapping[str, str]], scope: Sequence[str] | None
    ) -> tuple[Answer, bool]:
        """A follow-up that found nothing, put by the model so that it stands alone; `plain` when that finds nothing either."""
        try:
            text = rephrased(model, plain.question, history, time.monotonic() + REPHRASING_SECONDS)
        except ModelUnavailable as problem:
            return _without(plain, problem, strings.MODEL_SILENT_BEFORE), False
        again, composed = self._plain(text, (), scope) if text else (plain, False)
        return (replace(again, question=plain.question), composed) if again.status == "answered" else (plain, False)

    def _written(self, model: Model, plain: Answer, deadline: float) -> Iterator[Answer]:
        passages = [hit.passage for hit in _read_first(plain.statements, plain.hits)[:PASSAGES]]
        started, shown = time.perf_counter(), Written()
        try:
            with closing(write(model, plain.searched, passages, self.generation.archive, deadline)) as reply:
                for written in reply:
                    if written.statements and written.statements != shown.statements:
                        yield self._by_model(model, plain, written.statements, started)
                    shown = written
        except ModelUnavailable as problem:
            unusable = isinstance(problem, UnusableReply)
            yield _without(plain, problem, strings.MODEL_UNSURE if unusable else strings.MODEL_SILENT)
            return
        if not shown.statements and not shown.nothing:
            yield _without(plain, UnusableReply("unsupported"), strings.MODEL_UNSURE)
            return
        if not shown.statements:
            yield _noticed(plain, strings.MODEL_NOTHING)
            return
        answer = self._by_model(model, plain, shown.statements, started)
        dropped = strings.MODEL_DROPPED.format(count=shown.dropped)
        yield _noticed(answer, dropped) if shown.dropped else answer

    def _by_model(self, model: Model, plain: Answer, said: tuple[Statement, ...], started: float) -> Answer:
        """The model's statements in place of the documents' sentences, after the same verification."""
        statements = verified(Draft(said), self.generation.archive)
        of_quotes = self._validity.warnings(plain.statements)
        kept = tuple(notice for notice in plain.notices if notice not in of_quotes)
        taken = round((time.perf_counter() - started) * 1000, 2)
        answer = replace(
            plain,
            statements=statements,
            citations=citations(statements, self.generation.archive),
            form="plain",
            subject="",
            asked="",
            writer=model.name,
            notices=(*kept, *self._validity.warnings(statements)),
            milliseconds={
                **plain.milliseconds,
                "write": plain.milliseconds["write"] + taken,
                "total": plain.milliseconds["total"] + taken,
            },
        )
        return replace(answer, text=rendered(answer))

    def answer(
        self, asked: str, history: Sequence[Mapping[str, str]] = (), scope: Sequence[str] | None = None
    ) -> Answer:
        """The answer in the documents' own sentences; no model is asked.

        scope: ids of the only documents to be searched. Every question gets an answer, a refusal or a word of welcome.
        """
        return self._plain(asked, history, scope)[0]

    def _plain(
        self, asked: str, history: Sequence[Mapping[str, str]], scope: Sequence[str] | None
    ) -> tuple[Answer, bool]:
        """The answer, and whether its words were chosen: what structure alone tells is nobody's to put otherwise."""
        clock = _Clock()
        question = self.understood(asked, history)
        notices = (strings.TOO_LONG,) if question.cut else ()
        clock.lap("understand")
        if question.talk and question.talk != "creation":
            return self._talk(question, clock), False
        asking, question = question, first_asked(question)
        found = self.found(question, scope)
        draft = (
            another_body(question, self.generation, found)
            or look_up(question, self.generation.archive, scope)
            or compare(question, self.generation, scope)
        )
        hits: Sequence[Hit] = found
        clock.lap("retrieve")
        composed = draft is None
        if draft is None:
            draft = compose(question, self.generation, hits)
            if draft.form == "list":  # what a lead-in announces may stand in passages further on
                hits = _read_first(draft.statements, hits)
        elif draft.form in SET_AS_TEXT:  # a list cites its section
            hits = _read_first(draft.statements, hits)
        clock.lap("write")
        return self._checked(asking, beyond(asking, draft), hits, notices, clock), composed

    def sought(self, question: Question) -> str:
        """What passages are looked for with: the question, short names and their full forms, and what official texts say for the
        kind of thing asked for.
        """
        return expanded(f"{put_officially(question.text)} {plain(question.sought)}".strip(), self.generation.lexicon)

    def found(self, question: Question, scope: Sequence[str] | None = None) -> list[Hit]:
        """The passages that a question, as understood, is answered from, best first."""
        near = search(self.generation, self.sought(question), limit=POOL if question.leans else HITS, scope=scope)
        if question.leans:
            near = drawn(self.generation, near, question.said, HITS, scope)
        return self._validity.newest(near)

    def understood(self, asked: str, history: Sequence[Mapping[str, str]] = ()) -> Question:
        """The question in the documents' words and spelling, made to stand alone where it needs the turns before."""
        question = understand(asked, history)
        if question.talk:
            return question
        text = self._in_the_documents_words(question)
        if question.said:
            said = [(role, self._right(words) if role == "user" else words) for role, words in question.said]
            leaning = leans(text, said, self._names, narrowing(self.generation))
            text = stand_alone(text, said, self._names, narrowing(self.generation))
            question = replace(question, leans=leaning)
        return replace(question, text=spelt_out(text, self.generation.lexicon), read_as=text)

    def _in_the_documents_words(self, question: Question) -> str:
        known = self.generation.grams.known
        if question.english:
            counts = self.generation.lexicon.vocabulary
            return in_chinese(question.text, self.generation.glosses, counts, known) or question.text
        return self._right(question.text)

    def _right(self, text: str) -> str:
        return corrected(text, self.generation.lexicon, self.generation.grams.known).text

    @cached_property
    def _validity(self) -> Validity:
        return Validity(self.generation.archive)

    @cached_property
    def _names(self) -> Names:
        return names_of(self.generation.archive)

    def _checked(
        self, question: Question, draft: Draft, hits: Sequence[Hit], notices: tuple[str, ...], clock: _Clock
    ) -> Answer:
        statements = verified(draft, self.generation.archive)
        # A list with an item dropped would be counted wrong: it stands whole or not at all.
        if draft.form not in SET_AS_TEXT and len(statements) < len(draft.statements):
            statements = ()
        if not statements:
            return self._unanswered(question, draft, hits, notices, clock)
        numbered = citations(statements, self.generation.archive)
        answer = Answer(
            question=question.asked,
            searched=question.searched,
            status="answered",
            text="",
            statements=statements,
            citations=numbered,
            hits=tuple(hits),
            form=draft.form,
            subject=_places(numbered) if draft.form == "where" else draft.subject,
            asked=draft.asked,
            margin=draft.margin,
            english=question.english,
            generation=self.generation.name,
            notices=(*notices, *self._validity.warnings(statements)),
        )
        clock.lap("verify")
        return _with(answer, rendered(answer), clock)

    def _unanswered(
        self, question: Question, draft: Draft, hits: Sequence[Hit], notices: tuple[str, ...], clock: _Clock
    ) -> Answer:
        """A refusal, or a question back."""
        answer = Answer(
            question=question.asked,
            searched=question.searched,
            status="clarify" if draft.choices else "refused",
            text="",
            hits=tuple(hits),
            generation=self.generation.name,
            notices=notices,
            choices=draft.choices,
            margin=draft.margin,
            missing=missing_terms(question, self.generation, hits),
        )
        if draft.choices:
            text = "\n".join((strings.CLARIFY, *draft.choices))
        else:
            text = (draft.why or strings.REFUSED) + (strings.NEAREST if hits else "")
            text = strings.ENGLISH_REFUSED + text if question.english else text
        clock.lap("verify")
        return _with(answer, text, clock)

    def _talk(self, question: Question, clock: _Clock) -> Answer:
        template = {
            "greeting": strings.GREETING_EN if question.english else strings.GREETING,
            "about": strings.GREETING_EN if question.english else strings.ABOUT,
            "thanks": strings.THANKS,
            "abuse": strings.ABUSE,
            "empty": strings.EMPTY,
        }[question.talk or "empty"]
        text = template.format(titles=titles(self.generation.archive), example=example(self.generation.archive))
        answer = Answer(question.asked, question.text, "chat", text, generation=self.generation.name)
        return _with(answer, text, clock)

    def warm(self) -> None:
        """Load what the first visitors would otherwise wait for: word lists, the reader, names, Chroma. Raises DamagedIndex."""
        self.answer(example(self.generation.archive))
        self.answer(strings.WARMING, [{"role": "user", "content": example(self.generation.archive)}])
        if self.generation.nearness:
            self.generation.nearness.warm()
        self.generation.dense.open_chroma()


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
    return render(said, answer.form, answer.subject, answer.asked, answer.english)


def open_assistant(settings: AssistantSettings, generation: str | None = None, model: Model | None = None) -> Assistant:
    """Raises NoIndex, IndexMismatch, DamagedIndex or EncoderUnavailable."""
    folder = settings.data / "generations" / Path(generation).name if generation else current(settings.data)
    return Assistant(Generation.open(folder, load_encoder(settings.encoder)), model)


def open_model(settings: AssistantSettings) -> Model | None:
    """The chat model that is set, if any. Nothing is sent yet."""
    if not settings.model:
        return None
    from assistant.model import ChatModel  # its libraries take a second or two, which only those wait for who use them

    return ChatModel.open(settings.model, settings.openai_base_url, settings.openai_api_key.get_secret_value())


def _read_first(statements: Sequence[Statement], hits: Sequence[Hit]) -> list[Hit]:
    """The passages that a look-up quotes stand before the hits, since the writer read those."""
    quoted = {quote.passage.id: quote.passage for statement in statements for quote in statement.quotes}
    found = {hit.passage.id: hit for hit in hits}
    read = [found.get(id, Hit(passage, 1.0)) for id, passage in quoted.items()]
    return [*read, *(hit for hit in hits if hit.passage.id not in quoted)][: max(HITS, len(read))]


def _places(numbered: Sequence[Citation]) -> str:
    """Where the quotes stand: 《章程》第六条、第七条"""
    places: dict[str, list[str]] = {}
    for citation in numbered:
        labels = places.setdefault(shown_title(citation.passage.title), [])
        if citation.label not in labels:
            labels.append(citation.label)
    return "；".join(title + "、".join(labels) for title, labels in places.items())


def _without(plain: Answer, problem: ModelUnavailable, notice: str) -> Answer:
    _log.warning("the chat model gave no answer: %s", problem.reason)
    return _noticed(plain, notice)


def _noticed(answer: Answer, notice: str) -> Answer:
    return replace(answer, notices=(*answer.notices, notice))


def _with(answer: Answer, text: str, clock: _Clock) -> Answer:
    return replace(answer, text=text, milliseconds=clock.total())
