"""Web pages: every word of the text in order, headings, lists and tables kept, the page around the text left out.

What is left out has to show that it is no text: elements made for navigation, hidden ones, and blocks that are nearly all
links outside the part of the page where the words are. A doubtful block stays; the structure has rules for crumbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree, html
from lxml.html import HtmlElement

from ingest.blocks import BULLET, Block, Extract, Paragraph, Table, extract
from ingest.decode import NoEncoding, decode
from ingest.readers.kinds import Unreadable

DEPTH = 200  # of nested elements; real pages have fewer than sixty
MAIN_SHARE = 0.9  # of the words outside links that the part with the text holds
LINK_SHARE = 0.7  # of a block's words that are links: a menu
LINKS = 3  # fewer are no menu

_NEVER = {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video", "select", "button", "input", "textarea", "head", "title", "meta", "link", "nav", "aside", "footer", "dialog", "map"}  # fmt: skip
_BLOCKS = {"p", "div", "section", "article", "main", "header", "body", "html", "form", "fieldset", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "center", "figure", "figcaption", "address", "hr", "pre", "details", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}  # fmt: skip
_AROUND = re.compile(
    r"(?:^|\s)(?:bottom|position|weizhi|dqwz)(?:$|\s)|(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|crumbs?|footer|foot|copyright|sidebar|share|bdsharebuttonbox|related|pager|pagination|toolbar|skip-link)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]+?(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_CHINESE = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "big5-hkscs": "big5hkscs"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef"
_BROKEN_LINE = re.compile(rf"(?<=[{_HAN}])[ \t]*\n[ \t\n]*(?=[{_HAN}])")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_LIST_MARK = re.compile(r"[（(]?[\d一二三四五六七八九十百]+[）)、.．]|第.{1,6}条|[①-⑳]")
_MARKED = re.compile(f"{_LIST_MARK.pattern}|{BULLET}")
_ENDS = re.compile(r"[。；;]$")


def read(data: bytes) -> Extract:
    text = _DECLARATION.sub("", _decoded(data))
    if not text.strip():
        raise Unreadable("文件是空的", skip=True)
    # The parser drops what is nested deeper than it likes without a word; with huge_tree that begins far below DEPTH.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(text.encode(), parser=parser, ensure_head_body=True)
    except etree.ParserError as problem:  # a comment that nobody closed, and nothing else
        raise Unreadable("文件里没有文字", skip=True) from problem
    _check_depth(page)
    body = page.find("body")
    return extract(_Walk(body).blocks())


def _decoded(data: bytes) -> str:
    """What the bytes are goes before what the page says of them: pages lie about that."""
    try:
        return decode(data)
    except NoEncoding as problem:
        declared = _CHARSET.search(data[:4096])
        encoding = _CHINESE.get(declared[1].decode().lower(), "") if declared else ""
        if not encoding:
            raise Unreadable(problem.reason) from problem
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            raise Unreadable(problem.reason) from problem


def _check_depth(page: HtmlElement) -> None:
    level = [page]
    for _ in range(DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise Unreadable(f"网页嵌套超过 {DEPTH} 层，超出的部分读不到")


@dataclass(frozen=True, slots=True)
class _Words:
    """Characters an element holds, and how many of them in links."""

    all: int
    linked: int
    links: int


class _Walk:
    def __init__(self, body: HtmlElement) -> None:
        self._body = body
        self._words: dict[HtmlElement, _Words] = {}
        self._count(body, inside_link=False)
        self._named = {element for element in body.iterdescendants() if self._is_named_around(element)}
        self._main = self._find_main()
        self._around_main = {self._main, *self._main.iterancestors()}
        self._in_main = {*self._main.iterdescendants()}

    def blocks(self) -> Iterator[Block]:
        yield from self._blocks(self._body)

    # What is text

    def _count(self, element: HtmlElement, *, inside_link: bool) -> _Words:
        linked_here = inside_link or element.tag == "a"
        own = 0 if _is_never(element) else _length(element.text)
        total, linked, links = own, own if linked_here else 0, int(element.tag == "a")
        for child in element:
            found = self._count(child, inside_link=linked_here)
            after = _length(child.tail)
            if not _is_never(child):
                total, linked, links = total + found.all, linked + found.linked, links + found.links
            total, linked = total + after, linked + (after if linked_here else 0)
        self._words[element] = _Words(total, linked, links)
        return self._words[element]

    def _find_main(self) -> HtmlElement:
        """The innermost element that holds nearly all words outside links."""
        here = self._body
        around = [e for e in self._named if not any(above in self._named for above in e.iterancestors())]
        plain = self._plain(here) - sum(map(self._plain, around))
        while plain:
            inner = next(
                (child for child in here if self._plain(child) >= MAIN_SHARE * plain and not _is_never(child)), None
            )
            if inner is None:
                break
            here = inner
        return here

    def _plain(self, element: HtmlElement) -> int:
        return self._words[element].all - self._words[element].linked

    def _is_around(self, element: HtmlElement) -> bool:
        """Left out: made for navigation, or a menu outside the part with the text."""
        if _is_never(element) or _is_hidden(element):
            return True
        words = self._words[element]
        if element in self._around_main:
            return False
        if element in self._named:
            return True
        menu = words.links >= LINKS and words.linked >= LINK_SHARE * words.all
        return menu and element.tag in _BLOCKS | {"table"} and element not in self._in_main

    def _is_named_around(self, element: HtmlElement) -> bool:
        named = _AROUND.search(f"{element.get('class', '')} {element.get('id', '')}")
        return bool(named) and 2 * self._plain(element) < self._plain(self._body)

    # Blocks in order

    def _blocks(self, element: HtmlElement) -> Iterator[Block]:
        """Runs of inline content become paragraphs; block elements among them begin new ones."""
        run: list[str] = [element.text or ""]
        for child in element:
            if self._is_around(child):
                run.append(" ")
            elif child.tag == "table":
                yield from _paragraph(run)
                run = []
                yield from self._table(child)
            elif child.tag in _BLOCKS or any(inner.tag in _BLOCKS | {"table"} for inner in child.iterdescendants()):
                yield from _paragraph(run)
                run = []
                yield from self._block(child)
            else:
                run.append(self._inline(child))
            run.append(child.tail or "")
        yield from _paragraph(run)

    def _block(self, element: HtmlElement) -> Iterator[Block]:
        tag = element.tag
        if re.fullmatch(r"h[1-6]", tag):
            logo = self._words[element].linked == self._words[element].all
            yield from _paragraph([self._inline(element)], 0 if logo else int(tag[1]))
        elif tag == "pre":
            yield Paragraph(element.text_content(), gap=True)
        elif tag == "ol":
            yield from self._numbered(element)
        elif tag == "ul" and self._is_list(element):
            yield from self._bulleted(element)
        else:
            yield from self._blocks(element)

    def _numbered(self, element: HtmlElement) -> Iterator[Block]:
        """A browser draws the numbers, so they are what a reader sees."""
        first = element.get("start", "1")
        number = int(first) if first.isdecimal() and len(first) < 5 else 1
        for item in element:
            if item.tag != "li":
                yield from self._blocks(item)
                continue
            for n, block in enumerate(self._blocks(item)):
                if n == 0 and isinstance(block, Paragraph) and not _LIST_MARK.match(block.text.lstrip()):
                    yield Paragraph(f"{number}. {block.text}", gap=True)
                else:
                    yield block
            number += 1

    def _is_list(self, element: HtmlElement) -> bool:
        """Part of the text: its items are sentences, or what stands above announces them. Pages set menus and fields as lists too."""
        words, before = self._words[element], element.getprevious()
        if element not in self._in_main or 2 * words.linked > words.all:
            return False
        announced = before is not None and before.text_content().rstrip().endswith(("：", ":"))
        return announced or any(_ENDS.search(item.text_content().rstrip()) for item in element.iterchildren("li"))

    def _bulleted(self, element: HtmlElement) -> Iterator[Block]:
        for item in element:
            for n, block in enumerate(self._blocks(item)):
                begins = n == 0 and item.tag == "li"
                if begins and isinstance(block, Paragraph) and not block.level and not _MARKED.match(block.text):
                    yield Paragraph(BULLET + block.text, gap=True)
                else:
                    yield block

    def _inline(self, element: HtmlElement) -> str:
        if element.tag == "br":
            return "\v"
        parts = [element.text or ""]
        for child in element:
            parts += ["" if self._is_around(child) else self._inline(child), child.tail or ""]
        return "".join(parts)

    def _table(self, element: HtmlElement) -> Iterator[Block]:
        caption = element.find("caption")
        if caption is not None:
            yield from _paragraph([self._inline(caption)])
        rows = [row for row in element.iterdescendants("tr") if next(row.iterancestors("table")) is element]
        cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
        if any(cell.find(".//table") is not None for row in cells for cell in row) or all(
            len(row) <= 1 for row in cells
        ):
            for row in cells:  # tables that set the page
                for cell in row:
                    if not self._is_around(cell):
                        yield from self._blocks(cell)
            return
        head = bool(cells) and bool(cells[0]) and all(cell.tag == "th" for cell in cells[0]) and len(cells) > 1
        yield Table(_grid(cells, [[self._cell(cell) for cell in row] for row in cells]), True if head else None)

    def _cell(self, cell: HtmlElement) -> str:
        return "\n".join(block.text for block in self._blocks(cell) if isinstance(block, Paragraph))


def _grid(cells: list[list[HtmlElement]], texts: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    """A cell over several rows is in each of them; over several columns in the first."""
    carried: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text
    grid = []
    for row, words in zip(cells, texts, strict=True):
        line: dict[int, str] = {}
        for column in sorted(carried):
            left, text = carried[column]
            line[column] = text
            if left > 1:
                carried[column] = (left - 1, text)
            else:
                del carried[column]
        place = 0
        for cell, text in zip(row, words, strict=True):
            while place in line:
                place += 1
            line[place] = text
            if (rows := _span(cell, "rowspan")) > 1:
                carried[place] = (rows - 1, text)
            for extra in range(1, _span(cell, "colspan")):
                line.setdefault(place + extra, "")
        grid.append(tuple(line.get(n, "") for n in range(max(line, default=-1) + 1)))
    return tuple(grid)


def _span(cell: HtmlElement, name: str) -> int:
    told = cell.get(name, "1").strip()
    return min(int(told), 500) if told.isascii() and told.isdecimal() and len(told) < 6 else 1


def _paragraph(run: list[str], level: int = 0) -> Iterator[Paragraph]:
    """Spaces as a browser draws them; \\v is a line break."""
    text = "".join(run)
    lines = [_SPACES.sub(" ", _BROKEN_LINE.sub("", line)).strip() for line in text.split("\v")]
    if any(lines):
        yield Paragraph(" ".join(lines) if level else "\n".join(lines), level, gap=True)


def _length(text: str | None) -> int:
    return len("".join((text or "").split()))


def _is_never(element: HtmlElement) -> bool:
    return element.tag in _NEVER


def _is_hidden(element: HtmlElement) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style", "")))
    )
