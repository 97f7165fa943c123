"""One document taken apart: works, sections, passages, and the stretches no passage covers."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ingest.catalogue import CatalogueEntry, WorkEntry
from ingest.front_matter import front_matter
from ingest.headings import Role
from ingest.labels import label, own_names
from ingest.lines import Line, compact, is_prose, read_lines
from ingest.load import Source
from ingest.outline import Outline, Piece, outline
from ingest.split import pack
from ingest.titles import SUBJECT_CHARS, common_name, kind_of, subject
from ingest.works import Part, lay_out
from vectorstore.passage import Document, Passage, Section, Span, Work, passage_id

PASSAGE_CHARS = 500
SMALL_CHARS = 80  # a paragraph this short is joined with its neighbour: 各会员单位：
SECTIONS_IN_TITLE = 3  # 〔宗旨、职能简介、业务范围〕 for a work that names itself nowhere
FORMAT = 8  # raised whenever the same text would be taken apart differently

_REASONS: dict[Role, str] = {"text": "标题", "title": "标题", "meta": "日期来源", "markup": "标记", "crumb": "疑似导航"}


def read_structure(
    source: Source, entry: CatalogueEntry | None = None, *, passage_chars: int = PASSAGE_CHARS
) -> Document:
    entry = entry or CatalogueEntry()
    said, begins = front_matter(source.text)
    lines = read_lines(source.text, dict(source.headings), {row.start for row in source.rows})
    heads = {row.start for row in source.rows if row.head}
    layout = lay_out(lines, source.title or said.title, entry.restore, begins, heads)
    works: list[Work] = []
    sections: list[Section] = []
    passages: list[Passage] = []
    for part in layout.parts:
        tree = outline(lines, layout, part)
        title = part.title or f"〔{_subject(lines, part, tree, source)}〕"
        work = _work(lines, part, len(works), title, entry.work(title), WorkEntry() if works else said)
        own = _sections(tree, work, len(sections), own_names(title))
        works.append(work)
        sections += own
        passages += _header(source, lines, layout.roles, part, work)
        passages += _passages(source, lines, tree, work, own, passage_chars)
    return Document(
        id=source.id,
        source=source.path,
        title=source.title
        or next((w.title for w in works if not w.title.startswith("〔")), works[0].title if works else ""),
        digest=_digest(source, entry, passage_chars),
        text=source.text,
        works=tuple(works),
        sections=tuple(sections),
        passages=tuple(_numbered(passages)),
        unindexed=tuple(_unindexed(source.text, lines, layout.roles, passages)),
        rows=source.rows,
        pages=source.pages,
    )


def _digest(source: Source, entry: CatalogueEntry, passage_chars: int) -> str:
    layout = (source.headings, source.rows, source.pages)
    depends_on = (source.text, source.title, source.path, layout, repr(entry), passage_chars, FORMAT)
    return hashlib.sha256(repr(depends_on).encode()).hexdigest()


def _work(lines: Sequence[Line], part: Part, number: int, title: str, known: WorkEntry, said: WorkEntry) -> Work:
    """The catalogue's word before the front matter's, and that before what the text shows."""
    title = known.title or said.title or title
    return Work(
        number=number,
        title=title,
        kind=known.kind or said.kind or ("" if title.startswith("〔") else kind_of(title)),
        date=known.date or said.date or part.date,
        source=known.source or said.source or part.source,
        status=known.status or said.status,
        start=lines[part.first].start,
        end=lines[part.last - 1].end,
        replaced_by=known.replaced_by or said.replaced_by,
        file_number=known.file_number or said.file_number or part.file_number,
    )


def _subject(lines: Sequence[Line], part: Part, tree: Outline, source: Source) -> str:
    """What an untitled work is about: its introduction says, or the name its headings share; a bare table's file does."""
    if lines[part.first].row:
        return PurePosixPath(source.path).stem
    prose = next((piece for piece in tree.pieces if is_prose(lines[piece.line])), None)
    if prose and prose.node is None and all(prose.start < node.start for node in tree.nodes):
        return subject(lines[prose.line].text)
    headings = [node for node in tree.nodes if node.kind == "heading"]
    if shared := common_name([node.full for node in headings]):
        return shared
    if headings:
        outermost = [node.full for node in headings if node.parent is None]
        return "、".join(compact(heading) for heading in outermost[:SECTIONS_IN_TITLE])
    line = lines[prose.line if prose else part.first]
    return subject(line.text[line.mark.end - line.start :] if line.mark else line.words) or line.words[:SUBJECT_CHARS]


def _sections(tree: Outline, work: Work, first: int, names: Sequence[str]) -> list[Section]:
    """In reading order; points, found last, take their places among the others."""
    order = sorted(range(len(tree.nodes)), key=lambda n: tree.nodes[n].start)
    number = {n: first + place for place, n in enumerate(order)}
    return [
        Section(
            number=number[n],
            parent=None if (parent := tree.nodes[n].parent) is None else number[parent],
            work=work.number,
            kind=tree.nodes[n].kind,
            mark=tree.nodes[n].mark,
            ordinal=tree.nodes[n].ordinal,
            heading=tree.nodes[n].heading,
            label=label(tree.path(n), names),
            start=tree.nodes[n].start,
            body=tree.nodes[n].body,
            end=tree.nodes[n].end,
        )
        for n in order
    ]


def _passages(
    source: Source, lines: Sequence[Line], tree: Outline, work: Work, sections: Sequence[Section], limit: int
) -> Iterator[Passage]:
    by_start = {section.start: section for section in sections}
    for pieces in _clauses(lines, tree, limit):
        starts, ends = [piece.start for piece in pieces], [piece.end for piece in pieces]
        for start, end in pack(source.text, list(zip(starts, ends, strict=True)), limit):
            node = _innermost(tree, pieces[bisect_right(ends, start) : bisect_left(starts, end)])
            section = by_start[tree.nodes[node].start] if node is not None else None
            headings = tuple(n.full for n in tree.path(node) if n.kind == "heading" and lines[n.line].end <= start)
            yield _passage(source, work, start, end, section, headings)


def _header(source: Source, lines: Sequence[Line], roles: Sequence[Role], part: Part, work: Work) -> Iterator[Passage]:
    """The lines that say when and by whom a work was published: people ask that, and it must be quotable."""
    for line in (lines[i] for i in range(part.first, part.last) if roles[i] == "meta"):
        yield _passage(source, work, line.start, line.end)


def _passage(
    source: Source, work: Work, start: int, end: int, section: Section | None = None, headings: tuple[str, ...] = ()
) -> Passage:
    """Its id is given to it among its likes; see `_numbered`."""
    return Passage(
        id="",
        document=source.id,
        source=source.path,
        work=work.number,
        section=section.number if section else None,
        title=work.title,
        date=work.date,
        label=section.label if section else "",
        headings=headings,
        text=source.text[start:end],
        start=start,
        end=end,
    )


def _clauses(lines: Sequence[Line], tree: Outline, limit: int) -> Iterator[list[Piece]]:
    """Lines that are read together: an article, an item with all below it, a paragraph, plain prose without headings, or
    one row of a table.
    """
    open_key: object = None
    clause: list[Piece] = []
    for piece in tree.pieces:
        whole = _whole(tree, piece.node)
        row = lines[piece.line].row
        key = ("row", piece.line) if row else ("whole", whole) if whole is not None else ("paragraphs", piece.node)
        goes_on = clause and key == open_key and clause[-1].line + 1 == piece.line
        if goes_on and (whole is not None or not tree.nodes or _is_small_enough(clause, piece, limit)):
            clause.append(piece)
            continue
        if clause:
            yield clause
        open_key, clause = key, [piece]
    if clause:
        yield clause


def _whole(tree: Outline, node: int | None) -> int | None:
    """The outermost article or item around a line."""
    return next((n for n in tree.path_numbers(node) if tree.nodes[n].kind in ("article", "item")), None)


def _is_small_enough(clause: Sequence[Piece], piece: Piece, limit: int) -> bool:
    together = piece.end - clause[0].start
    return together <= limit and (
        clause[-1].end - clause[0].start < SMALL_CHARS or piece.end - piece.start < SMALL_CHARS
    )


def _innermost(tree: Outline, pieces: Sequence[Piece]) -> int | None:
    """The section that holds all of these lines."""
    paths = [tree.path_numbers(piece.node) for piece in pieces]
    shared = [steps[0] for steps in zip(*paths, strict=False) if len(set(steps)) == 1]
    return shared[-1] if shared else None


def _numbered(passages: Sequence[Passage]) -> Iterator[Passage]:
    seen: Counter[tuple[str, str]] = Counter()
    for passage in passages:
        key = (passage.label, passage.text)
        yield replace(passage, id=passage_id(passage.document, *key, seen[key]))
        seen[key] += 1


def _unindexed(text: str, lines: Sequence[Line], roles: Sequence[Role], passages: Sequence[Passage]) -> Iterator[Span]:
    """What of each line no passage covers, spaces left out."""
    upcoming = 0
    for line, role in zip(lines, roles, strict=True):
        position = line.start
        while upcoming < len(passages) and passages[upcoming].end <= position:
            upcoming += 1
        at = upcoming
        while at < len(passages) and passages[at].start < line.end:
            yield from _span(text, position, passages[at].start, "标记")
            position = max(position, passages[at].end)
            at += 1
        reason = "表头" if line.row else _REASONS[role] if position == line.start else "标记"
        yield from _span(text, position, line.end, reason)


def _span(text: str, start: int, end: int, reason: str) -> Iterator[Span]:
    found = text[start:end]
    if found.strip():
        yield Span(start + len(found) - len(found.lstrip()), start + len(found.rstrip()), reason)
