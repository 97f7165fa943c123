"""The laws themselves, each a function that hypothesis calls with inputs of its own. Every one also holds within a second."""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from assistant.answer import Draft, Quote, Statement
from assistant.assistant import Assistant, rendered
from assistant.claims import claims, figures
from assistant.followup import Names, stand_alone
from assistant.question import TURNS, understand
from assistant.verify import carried, verdict, verified
from ingest.blocks import Extract
from ingest.decode import NoEncoding, decode
from ingest.front_matter import front_matter
from ingest.lines import read_lines
from ingest.load import Source
from ingest.pipeline import ingest
from ingest.readers import csv, html, sheet
from ingest.readers import word as word_file
from ingest.readers.kinds import Unreadable
from ingest.split import pack
from ingest.structure import read_structure
from tests import office_files as made
from tests.fuzz.inputs import PIECES, bytes_of, chinese, questions, texts
from vectorstore.encoder import load_encoder
from vectorstore.generation import Generation, current
from vectorstore.normalise import normalise
from vectorstore.numerals import number
from vectorstore.sentences import clauses, phrases, sentences
from vectorstore.words import content_words

SECONDS = 5.0  # of processor time for any of them, on a slow machine
NAMES = Names.of(["质量月", "业务范围", "宗旨", "倡议书", "中国质量检验协会"])
Law = tuple[Callable[..., None], dict[str, st.SearchStrategy[Any]]]
LAWS: dict[str, Law] = {}


def law(**given: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def keep(function: Callable[..., None]) -> Callable[..., None]:
        LAWS[function.__name__] = (function, given)
        return function

    return keep


@contextlib.contextmanager
def quickly() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < SECONDS


@law(text=texts)
def normalising_twice_is_normalising_once(text: str) -> None:
    with quickly():
        once = normalise(text)
    assert normalise(once) == once
    once.encode("utf-8")
    content_words(once)


@law(text=texts, limit=st.integers(20, 500))
def a_document_is_wholly_accounted_for(text: str, limit: int) -> None:
    """Passages are cut from the text, in order, none longer than allowed; no other word of it is lost unnoticed."""
    with quickly():
        document = read_structure(Source("a.md", "a.md", "", text), passage_chars=limit)
    covered = bytearray(len(text))
    for passage in document.passages:
        assert passage.text == text[passage.start : passage.end] and passage.text.strip()
        covered[passage.start : passage.end] = b"\1" * (passage.end - passage.start)
    for span in document.unindexed:
        assert 0 <= span.start < span.end <= len(text)
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    assert not "".join(c for c, seen in zip(text, covered, strict=True) if not seen).strip()
    for section in document.sections:
        assert 0 <= section.start <= section.body <= section.end <= len(text)
    assert read_structure(Source("a.md", "a.md", "", text), passage_chars=limit) == document
    read_lines(text)
    front_matter(text)


@law(text=texts, limit=st.integers(1, 200))
def nothing_is_lost_between_passages(text: str, limit: int) -> None:
    lines = [(line.start, line.end) for line in read_lines(text)]
    with quickly():
        parts = pack(text, lines, limit)
    assert all(a < b for a, b in parts) and all(
        one[1] <= other[0] for one, other in zip(parts, parts[1:], strict=False)
    )
    kept = "".join(text[a:b] for a, b in parts)
    assert "".join(kept.split()) == "".join("".join(text[a:b] for a, b in lines).split())
    for cut in (sentences, clauses, phrases):
        found = cut(text)
        assert "".join("".join(text[a:b].split()) for a, b in found) == "".join(text.split())


@law(text=chinese, said=chinese, words=st.lists(chinese, max_size=3))
def the_verifier_never_raises_and_says_yes_to_the_words_themselves(text: str, said: str, words: list[str]) -> None:
    with quickly():
        verdict(said, words, [text])
        carried(said, words)
    assert not verdict(said, []).ok
    figures(normalise(text))
    claims(normalise(text), True)
    number(text)


@law(start=st.integers(-5, 400), length=st.integers(-5, 400))
def only_exact_quotes_pass(start: int, length: int) -> None:
    archive = assistant().generation.archive
    passage = next(iter(assistant().answer("宗旨").hits)).passage
    document = archive.document(passage.document)
    assert document
    quote = Quote(passage, start, start + length)
    for statement in verified(Draft((Statement(quote.text, (quote,)),)), archive):
        assert all(document.text[q.start : q.end] == q.text for q in statement.quotes)


@law(asked=questions, turns=st.lists(st.tuples(st.sampled_from(["user", "assistant"]), questions), max_size=TURNS + 2))
def a_follow_up_is_a_question_whatever_was_said(asked: str, turns: list[tuple[str, str]]) -> None:
    history = [{"role": role, "content": content} for role, content in turns]
    with quickly():
        question = understand(asked, history)
        found = stand_alone(question.text, question.said, NAMES)
    assert isinstance(found, str) and (found or not question.text)
    assert stand_alone(question.text, (), NAMES) == question.text


@law(asked=questions, before=st.lists(questions, max_size=2))
def every_question_is_answered_from_the_documents_or_not_at_all(asked: str, before: list[str]) -> None:
    history = [{"role": ("user", "assistant")[n % 2], "content": content} for n, content in enumerate(before)]
    with quickly():
        answer = assistant().answer(asked, history)
    archive = assistant().generation.archive
    for citation in answer.citations:
        document = archive.document(citation.passage.document)
        assert document and document.text[citation.quote.start : citation.quote.end] == citation.quote.text
    assert answer.text and (answer.status == "answered") == bool(answer.statements)
    assert answer.status != "answered" or rendered(answer) == answer.text
    str(answer.to_json()).encode()


@law(data=bytes_of)
def bytes_are_text_or_a_sentence(data: bytes) -> None:
    with quickly():
        try:
            text = decode(data)
        except NoEncoding as problem:
            assert problem.reason and "。" not in problem.reason
            return
    text.encode("utf-8")


def _is_sound(found: Extract) -> None:
    found.text.encode("utf-8")
    for start, level in found.headings:
        assert 0 <= start <= len(found.text) and level > 0 and (start == 0 or found.text[start - 1] == "\n")
    for row in found.rows:
        assert 0 <= row.start < row.end <= len(found.text)
        assert all(row.start <= a <= b <= row.end for a, b in row.cells)
    read_structure(Source("a", "a", "", found.text, found.headings, found.rows, found.pages))


def _read(read: Callable[[bytes], Extract], data: bytes) -> Extract | None:
    with quickly():
        try:
            found = read(data)
        except Unreadable as problem:
            assert problem.reason and "。" not in problem.reason
            return None
    _is_sound(found)
    return found


_TAGS = "p div span table tr td th ul ol li h1 h2 br a b pre nav script style title form dl dt dd caption thead svg math template".split()


@st.composite
def pages(draw: st.DrawFn) -> str:
    parts = draw(
        st.lists(
            st.sampled_from([f"<{tag}>" for tag in _TAGS] + [f"</{tag}>" for tag in _TAGS])
            | st.sampled_from(['<td rowspan="3" colspan="2">', '<ol start="7">', "<p hidden>", "<!--", "-->", "<![CDATA[", "&nbsp;", "&#0;", "<"])
            | st.sampled_from(PIECES)
            | st.text(max_size=5),
            max_size=60,
        )
    )  # fmt: skip
    return "".join(parts)


@law(page=pages(), encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def a_page_is_read_or_refused(page: str, encoding: str) -> None:
    _read(html.read, page.encode(encoding, "replace"))


@law(words=st.lists(st.sampled_from(PIECES), min_size=1, max_size=20))
def every_word_of_a_plain_page_is_kept_in_order(words: list[str]) -> None:
    plain = [word for word in words if word.strip() and not set(word) & set("<>&-`\u200b\u3000\t\r")]
    found = _read(html.read, "".join(f"<p>{word}</p>" for word in plain).encode()) if plain else None
    assert found is None or "".join(found.text.split()) == "".join("".join(plain).split())


@law(words=st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def every_word_of_a_word_file_is_kept_in_order(words: list[str]) -> None:
    plain = [word for word in words if word.strip() and not set(word) & set("\u200b\u3000\t\r\n")]
    body = "".join(f"<w:p><w:r><w:t>{escape(word)}</w:t></w:r></w:p>" for word in plain)
    xml = f'<w:document xmlns:w="{made.W}"><w:body>{body}</w:body></w:document>'
    found = _read(word_file.read, made.changed(_packages()[0], {"word/document.xml": xml.encode()})) if plain else None
    assert found is None or "".join(found.text.split()) == "".join("".join(plain).split())


@law(rows=st.lists(st.lists(chinese.map(lambda text: text[:30]), min_size=1, max_size=6), min_size=1, max_size=8), mark=st.sampled_from(",;\t"))  # fmt: skip
def a_table_is_read_or_refused(rows: list[list[str]], mark: str) -> None:
    _read(csv.read, "\n".join(mark.join(row) for row in rows).encode("utf-8", "replace"))


@law(data=bytes_of)
def bytes_are_a_table_or_refused(data: bytes) -> None:
    _read(csv.read, data)


@cache
def _packages() -> tuple[bytes, bytes]:
    document = made.word(("Title", "章程"), ("Heading 1", "第一章"), "第一条 会费。", [("类", "费", "额"), ("甲", "1", "2"), ("乙", "3", "4")])  # fmt: skip
    return document, made.sheet(
        {"会费": [["类别", "会费", "名额"], ["单位", 2000, 1], ["个人", 200.5, None]]}, merged=["A2:A3"]
    )


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """Bytes of the archive, or of one part inside it, changed, left out or put twice."""
    if chance.random() < 0.3:
        return _scrambled(data, chance)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        name = chance.choice([n for n in names if "document" in n or "sheet" in n or "workbook" in n] if chance.random() < 0.7 else names)  # fmt: skip
        part = archive.read(name)
    return made.changed(data, {name: None if chance.random() < 0.1 else _scrambled(part, chance)})


def _scrambled(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(out) or 1)
        deed = chance.randrange(5)
        if deed == 0:
            out[place : place + 1] = bytes([chance.randrange(256)])
        elif deed == 1:
            del out[place : place + chance.randint(1, 40)]
        elif deed == 2:
            out[place:place] = out[place : place + chance.randint(1, 200)]
        elif deed == 3:
            digits = [n for n, byte in enumerate(out) if 48 <= byte < 58]
            if digits:
                out[(at := chance.choice(digits)) : at + 1] = chance.choice([b"9" * 12, b"-1", b"", b"1e9", b"x"])
        else:
            del out[place:]
    return bytes(out)


@law(seed=st.integers(0, 2**32))
def a_damaged_word_file_is_read_or_refused(seed: int) -> None:
    _in_the_child(word_file.read, _damaged(_packages()[0], random.Random(seed)))


@law(seed=st.integers(0, 2**32))
def a_damaged_workbook_is_read_or_refused(seed: int) -> None:
    _in_the_child(sheet.read, _damaged(_packages()[1], random.Random(seed)))


def _in_the_child(read: Callable[[bytes], Extract], data: bytes) -> None:
    """Whatever a parser raises is a sentence there (ingest.readers.__main__); what it gives must be sound."""
    with quickly():
        try:
            found = read(data)
        except Exception:  # noqa: BLE001
            return
    _is_sound(found)


@cache
def assistant() -> Assistant:
    """Over the association's own text, for as long as the process lives; `close` takes it away."""
    encoder, data = load_encoder("builtin"), Path(tempfile.mkdtemp(prefix="qa-fuzz-"))
    documents = Path(__file__).parents[2] / "documents"
    ingest(documents, data, encoder=encoder, passage_chars=500, check=lambda f: None, progress=lambda t: None)
    return Assistant(Generation.open(current(data), encoder))


def close() -> None:
    generation = assistant().generation
    generation.close()
    shutil.rmtree(generation.path.parents[1])
