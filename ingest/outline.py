"""The tree of one work: which heading, article or item each line stands in.

A stack of open sections is kept while the lines are read once, top to bottom. Numbered headings nest by their unit
(编 章 节 条), Markdown headings by their #, everything else by order of appearance: a kind of mark that is open already
is continued, one that is not opens a level below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.headings import ANNEX
from ingest.lines import Line, Mark, compact, is_article, is_colon_line, is_date, is_prose, is_short
from ingest.works import Layout, Part
from vectorstore.passage import SectionKind

POINT_CHARS = 24  # a first sentence up to this length, with much more after it, is a heading run into its paragraph
COLON_MARK_CHARS = 6  # 首先, 第一方面: the words before the first comma, when they are no more than a mark

# Outer list marks to inner ones, where nothing else tells.
_DEPTH = {"一、": 0, "（一）": 1, "1、": 2, "1.": 2, "（1）": 3, "1）": 3, "①": 4}
_RUN_IN = re.compile(rf"[^。！？!?；;：:\n]{{4,{POINT_CHARS}}}。(?=\S)")
_YEAR = re.compile(r"(?:19|20)\d\d")  # 2024年，学会将重点做好以下工作：
_FIRST_COMMA = re.compile(r"[，,、]")
_LEAD_IN = re.compile(r"(?:如下|下[表图]|以下.{0,8}|下列.{0,8})[：:]$")
_CLOSING = re.compile(r"特此\w{2,4}[。！!]?|(?:抄送|抄报|分送|主题词)\s*[:：].*|.{2,40}日\s*印发")
_TRAILING_PAGE = re.compile(r"[\s.…·\d]+$")


@dataclass(slots=True)
class Node:
    """A section while it grows."""

    parent: int | None
    kind: SectionKind
    style: str  # of the mark, or "plain", "colon", "annex", "markdown"
    level: int  # Markdown
    rank: int | None  # of 编 章 节 条
    mark: str
    mark_label: str
    ordinal: int | None
    heading: str
    full: str  # mark and heading, as printed
    line: int  # where it begins
    start: int
    body: int
    end: int


@dataclass(slots=True)
class Piece:
    """A line of text and the section it stands in."""

    line: int
    start: int
    end: int
    node: int | None


@dataclass(frozen=True, slots=True)
class Outline:
    nodes: list[Node]
    pieces: list[Piece]

    def path(self, node: int | None) -> list[Node]:
        """From the outermost section down to this one."""
        return [self.nodes[n] for n in self.path_numbers(node)]

    def path_numbers(self, node: int | None) -> list[int]:
        found: list[int] = []
        while node is not None:
            found.append(node)
            node = self.nodes[node].parent
        return found[::-1]


def outline(lines: Sequence[Line], layout: Layout, part: Part) -> Outline:
    reader = _Reader(lines, layout, part)
    for i in range(part.first, part.last):
        if layout.roles[i] == "text":
            reader.place(i)
    found = Outline(reader.nodes, reader.pieces)
    _open_points(lines, found)
    _keep_bare_headings(lines, found)
    return found


class _Reader:
    def __init__(self, lines: Sequence[Line], layout: Layout, part: Part) -> None:
        self.nodes: list[Node] = []
        self.pieces: list[Piece] = []
        self._lines = lines
        self._headings = layout.headings
        self._text = [i for i in range(part.first, part.last) if layout.roles[i] == "text"]
        self._next = dict(zip(self._text, self._text[1:], strict=False))
        self._next_alike = _next_of_style(lines, self._text)
        self._contents = _contents(lines, self._text)
        self._colons = self._colon_headings()
        self._stack: list[int] = []
        self._last_article: tuple[int, int] | None = None

    def place(self, i: int) -> None:
        line = self._lines[i]
        if is_article(line, self._last_article) and line.mark:
            self._last_article = (line.mark.ordinal, line.mark.sub)
            self._open(i, "article", line.mark.style)
            self._add(i)
        elif line.level or self._is_numbered_heading(i):
            self._open(i, "heading", line.mark.style if line.mark else "markdown")
        elif line.mark and self._continues_list(i, line.mark):
            self._open_list_mark(i, line.mark)
        elif i in self._colons and not self._in_article():
            self._open(i, "heading", "colon")
        elif self._headings[i] and not self._splits_list(i):
            self._open(i, "heading", "annex" if ANNEX.match(line.text) else "plain")
        else:
            self._close_for_paragraph(i)
            self._add(i)

    def _is_numbered_heading(self, i: int) -> bool:
        return _is_numbered_heading(self._lines[i]) and i not in self._contents

    # Lists

    def _continues_list(self, i: int, mark: Mark) -> bool:
        if mark.style not in _DEPTH:
            return False
        last = next((self.nodes[n] for n in reversed(self._stack) if self.nodes[n].style == mark.style), None)
        if last and last.ordinal is not None and last.ordinal < mark.ordinal <= last.ordinal + 2:
            return True
        following = self._next_alike.get(i)
        return mark.ordinal == 1 and following is not None and self._ordinal(following) == 2

    def _ordinal(self, i: int) -> int:
        mark = self._lines[i].mark
        return mark.ordinal if mark else 0

    def _open_list_mark(self, i: int, mark: Mark) -> None:
        if not self._is_list_heading(i, mark):
            self._open(i, "item", mark.style)
            self._add(i)
            return
        self._open(i, "heading", mark.style)

    def _is_list_heading(self, i: int, mark: Mark) -> bool:
        """一、会议安排 with something below; where articles are around it, with the next of them below."""
        line = self._lines[i]
        below = self._next.get(i)
        if below is None or not (is_short(line) or is_colon_line(line)) or not line.heading:
            return False
        under = self._lines[below]
        if self._in_article() and not (
            under.mark and under.mark.style == "条" and is_article(under, self._last_article)
        ):
            return False
        if under.level or _is_numbered_heading(under) or (under.mark and under.mark.style == mark.style):
            return False
        if self._has_later_sibling(i):
            return True
        siblings = [self.nodes[n].kind for n in self._stack if self.nodes[n].style == mark.style]
        return "heading" in siblings

    def _has_later_sibling(self, i: int) -> bool:
        following = self._next_alike.get(i)
        return following is not None and self._ordinal(i) < self._ordinal(following) <= self._ordinal(i) + 2

    def _splits_list(self, i: int) -> bool:
        """A short line between items three and four is part of item three."""
        top = self.nodes[self._stack[-1]] if self._stack else None
        return top is not None and top.kind == "item" and self._list_goes_on(top, i)

    def _list_goes_on(self, item: Node, i: int) -> bool:
        following = self._next_alike.get(item.line)
        return following is not None and following > i and self._has_later_sibling(item.line)

    # Paragraphs

    def _close_for_paragraph(self, i: int) -> None:
        if self._ends_work(i):
            self._stack.clear()
        while (
            self._stack
            and self.nodes[self._stack[-1]].kind == "item"
            and not self._list_goes_on(self.nodes[self._stack[-1]], i)
        ):
            self._stack.pop()

    def _ends_work(self, i: int) -> bool:
        """特此通知, and organisation and date below it, belong to no section."""
        line, below = self._lines[i], self._next.get(i)
        if line.row:
            return False
        if _CLOSING.fullmatch(line.text) or is_date(line.text) or (ANNEX.match(line.text) and not is_prose(line)):
            return True
        return below is not None and is_short(line) and is_date(self._lines[below].text)

    # Headings that end in a colon

    def _colon_headings(self) -> set[int]:
        """首先,我们共同倡议率先做到: opens a part; 各会员单位: and 有关事项通知如下: do not."""
        found: list[int] = []
        lists: list[int] = []
        lead_ins: list[int] = []  # 首先，我们倡议如下: opens a part where others do; 为推广春茶，现通知如下: never
        for n, i in enumerate(self._text):
            line, below = self._lines[i], self._next.get(i)
            if below is None or line.mark or line.level or not is_colon_line(line):
                continue
            if _colon_mark(line.words) and (n > 0 or "、" not in line.words):  # 各会员单位、各分会: are spoken to
                (lead_ins if _LEAD_IN.search(line.words) else found).append(i)
            elif n == 0 or _LEAD_IN.search(line.words):
                continue
            elif self._lines[below].mark:
                lists.append(i)
            elif is_prose(self._lines[below]):
                found.append(i)
        return (
            set(found)
            | (set(lists) if len(lists) > 1 else set())
            | (set(lead_ins) if len(lead_ins) + len(found) > 1 else set())
        )

    # The tree

    def _in_article(self) -> bool:
        return any(self.nodes[n].kind == "article" for n in self._stack)

    def _open(self, i: int, kind: SectionKind, style: str) -> None:
        node = _node(self._lines[i], i, kind, style)
        del self._stack[self._depth_of(node, i) :]
        node.parent = self._stack[-1] if self._stack else None
        self._stack.append(len(self.nodes))
        self.nodes.append(node)
        self._stretch(node.end)

    def _add(self, i: int) -> None:
        line = self._lines[i]
        self.pieces.append(Piece(i, line.start, line.end, self._stack[-1] if self._stack else None))
        self._stretch(line.end)

    def _stretch(self, end: int) -> None:
        for n in self._stack:
            self.nodes[n].end = end

    def _depth_of(self, node: Node, i: int) -> int:
        for depth, n in enumerate(self._stack):
            if not self._holds(self.nodes[n], node, i):
                return depth
        return len(self._stack)

    def _holds(self, old: Node, new: Node, i: int) -> bool:
        """Whether an open section stays open when a new one begins."""
        if new.style == "annex":
            return False
        if new.kind == "article":
            return old.kind == "heading" and old.style != "colon"
        if new.level:
            return old.level < new.level if old.level else old.style == "annex" or _outranks(old, new)
        if new.rank is not None:
            return old.style == "annex" or bool(old.level and old.rank is None) or _outranks(old, new)
        if new.style in _DEPTH:
            return self._list_holds(old, new, i)
        return (
            old.kind == "heading"
            and old.style not in {"plain", "colon"} | ({new.style} - {"colon"})
            or (new.style == "colon" and old.style == "plain")
        )

    def _list_holds(self, old: Node, new: Node, i: int) -> bool:
        if new.kind == "heading" and old.kind == "article":
            return False
        if old.style == new.style and not old.level:
            return False
        if old.style not in _DEPTH or old.level:
            return True
        return _DEPTH[old.style] < _DEPTH[new.style] or self._list_goes_on(old, i)


def _node(line: Line, i: int, kind: SectionKind, style: str) -> Node:
    full = line.words
    mark = line.mark
    printed, label, heading = (
        (mark.text, mark.label, line.heading) if mark and style not in {"plain", "colon"} else ("", "", full)
    )
    if style == "colon":
        full = full.rstrip("：:").rstrip()
        printed = label = _colon_mark(full)
        heading = full[len(printed) :].lstrip("，,、 ")
    if kind != "heading":
        heading = ""
    return Node(
        parent=None,
        kind=kind,
        style=style,
        level=line.level,
        rank=mark.rank if mark else None,
        mark=printed,
        mark_label=label,
        ordinal=mark.ordinal if mark and printed and style != "colon" else None,
        heading=heading,
        full=full,
        line=i,
        start=line.start,
        body=mark.end if mark and kind != "heading" else line.end,
        end=line.end,
    )


def _outranks(old: Node, new: Node) -> bool:
    return old.rank is not None and new.rank is not None and old.rank < new.rank


def _colon_mark(words: str) -> str:
    head = _FIRST_COMMA.split(words, maxsplit=1)
    mark = head[0].strip() if len(head) == 2 else ""
    return mark if 0 < len(mark) <= COLON_MARK_CHARS and not _YEAR.search(mark) else ""


def _is_numbered_heading(line: Line) -> bool:
    mark = line.mark
    if mark is None or mark.rank is None or mark.style == "条":
        return False
    return not is_prose(line) and line.text[-1] not in "，,、：:"


def _contents(lines: Sequence[Line], text: Sequence[int]) -> set[int]:
    """Lines of a table of contents: chapters that stand below once more, one under the other. 第一节 一般规定 over its
    articles is none, though other chapters have a section of that name.
    """
    last_place = {_entry(lines[i]): i for i in text if _is_numbered_heading(lines[i])}
    found: set[int] = set()
    for n, i in enumerate(text[:-1]):
        again = _is_numbered_heading(lines[i]) and last_place[_entry(lines[i])] != i
        if again and (_is_numbered_heading(lines[text[n + 1]]) or (n > 0 and text[n - 1] in found)):
            found.add(i)
    return found


def _entry(line: Line) -> str:
    return _TRAILING_PAGE.sub("", compact(line.words))


def _next_of_style(lines: Sequence[Line], text: Sequence[int]) -> dict[int, int]:
    """For each line with a list mark the next line with a mark of the same style."""
    found: dict[int, int] = {}
    upcoming: dict[str, int] = {}
    for i in reversed(text):
        mark = lines[i].mark
        if mark is None or mark.style not in _DEPTH:
            continue
        if mark.style in upcoming:
            found[i] = upcoming[mark.style]
        upcoming[mark.style] = i
    return found


def _open_points(lines: Sequence[Line], tree: Outline) -> None:
    """Paragraphs of one section that begin with a short sentence each: those sentences are their headings."""
    siblings: dict[int, list[Piece]] = {}
    for piece in tree.pieces:
        if piece.node is not None and tree.nodes[piece.node].kind == "heading":
            siblings.setdefault(piece.node, []).append(piece)
    for parent, pieces in siblings.items():
        points = [(piece, cut) for piece in pieces if (cut := _run_in_heading(lines[piece.line].text))]
        if len(points) >= 2 and 2 * len(points) >= len(pieces):
            for piece, cut in points:
                _open_point(tree, parent, piece, lines[piece.line].text[: cut - 1], cut)


def _open_point(tree: Outline, parent: int, piece: Piece, heading: str, cut: int) -> None:
    tree.nodes.append(
        Node(
            parent=parent,
            kind="point",
            style="point",
            level=0,
            rank=None,
            mark="",
            mark_label="",
            ordinal=None,
            heading=heading,
            full=heading,
            line=piece.line,
            start=piece.start,
            body=piece.start + cut,
            end=piece.end,
        )
    )
    piece.node = len(tree.nodes) - 1


def _run_in_heading(text: str) -> int:
    """Offset after the full stop of a short first sentence with much more after it; 0 for none."""
    found = _RUN_IN.match(text)
    return found.end() if found and len(text) >= 3 * found.end() else 0


def _keep_bare_headings(lines: Sequence[Line], tree: Outline) -> None:
    """A heading with nothing below is all there is to find: it becomes text."""
    inhabited = Counter(n for piece in tree.pieces for n in tree.path_numbers(piece.node))
    parents = {node.parent for node in tree.nodes}
    for n, node in enumerate(tree.nodes):
        if node.kind == "heading" and not inhabited[n] and n not in parents:
            line = lines[node.line]
            tree.pieces.append(Piece(node.line, line.content, line.end, n))
    tree.pieces.sort(key=lambda piece: piece.start)
