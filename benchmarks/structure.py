"""Are the articles of statutes passages of their own? `python -m benchmarks.structure ../shared/bench/laws`.

The reference (articles.jsonl) was found by a regular expression in Markdown. The same is asked of the same texts without
any `#` and any blank line, as a copy out of a web page has them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import markdown_table, publish
from benchmarks.sets import ROOT, Line, read_lines
from ingest.load import Source
from ingest.structure import read_structure
from vectorstore.passage import Passage

_MARKUP = re.compile(r"^#+[ \t]*|^[ \t\u3000]*\n", re.MULTILINE)
_ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """Articles of the reference, how many were found, and how many passages only look like one."""

    articles: int
    found: int  # a passage begins where the article does, under its number
    headed: int  # and under its headings
    passages: int
    references: int  # passages that begin at a mention of an article
    wrong: tuple[str, ...]  # the first that were not found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.structure", description="法律条文是否各成一段。")
    parser.add_argument("laws", type=Path, metavar="文件夹", help="其中有 corpus.jsonl 和 articles.jsonl")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "RESULTS.md", metavar="文件")
    options = parser.parse_args(arguments)
    if not (options.laws / "articles.jsonl").is_file():
        print(f"跳过（skipped）：{options.laws} 里没有 articles.jsonl。")
        return 0
    laws = {law["doc_id"]: law for law in read_lines(options.laws / "corpus.jsonl")}
    references = read_lines(options.laws / "articles.jsonl")
    rows = []
    for name, way in (("as they are", _as_it_is), ("no # and no blank line", without_markup)):
        counted = count(laws, references, way)
        rows.append(
            [
                name,
                f"{counted.articles:,}",
                f"{counted.found / counted.articles:.2%}",
                f"{counted.headed / counted.articles:.2%}",
                f"{counted.passages:,}",
                f"{counted.references / counted.passages:.3%}",
            ]
        )
        print(*counted.wrong, sep="\n", file=sys.stderr)
    head = ["", "articles", "found", "under their headings", "passages", "begin at a mention"]
    publish("Structure of the statutes", markdown_table(head, rows), options.results)
    return 0


def count(laws: Mapping[str, Line], references: Sequence[Line], way: Callable[[str], tuple[str, list[int]]]) -> Counted:
    """way: the text to be read, and where each place of the original (and its end) is in it."""
    articles = found = headed = passages = mentions = 0
    wrong: list[str] = []
    for reference in references:
        law = laws[reference["doc_id"]]
        text, places = way(law["text"])
        document = read_structure(Source(law["doc_id"], law["doc_id"], law["title"], text))
        starting = {passage.start: passage for passage in document.passages}
        starts = set()
        for number, start, end, heading in reference["articles"]:
            articles += 1
            starts.add(places[start])
            passage = starting.get(places[start])
            if passage is None or passage.end > places[end] or not _is(number, passage):
                wrong.append(f"{law['doc_id']} {number}: {passage.label if passage else '-'}")
                continue
            found += 1
            path = reference["headings"][heading] if heading is not None and heading >= 0 else ""
            if _bare("".join(passage.headings)).endswith(_bare(path.replace(" > ", ""))):  # ours may have more above
                headed += 1
            else:
                wrong.append(f"{law['doc_id']} {number}: {' > '.join(passage.headings)} | {path}")
        passages += len(document.passages)
        mentions += sum(bool(_ARTICLE.match(p.text)) and p.start not in starts for p in document.passages)
    return Counted(articles, found, headed, passages, mentions, tuple(wrong[:_SHOWN]))


def without_markup(text: str) -> tuple[str, list[int]]:
    """The text without `#` and blank lines, and where each place of it went."""
    kept: list[str] = []
    places: list[int] = []
    length = last = 0
    for gone in _MARKUP.finditer(text):
        kept.append(text[last : gone.start()])
        places += range(length, length + gone.start() - last)
        length += gone.start() - last
        places += [length] * (gone.end() - gone.start())
        last = gone.end()
    kept.append(text[last:])
    places += range(length, length + len(text) - last + 1)
    return "".join(kept), places


def _as_it_is(text: str) -> tuple[str, list[int]]:
    return text, list(range(len(text) + 1))


def _is(number: str, passage: Passage) -> bool:
    written = _ARTICLE.findall(passage.label)
    return bool(written) and written[-1] == _bare(number)


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


if __name__ == "__main__":
    sys.exit(main())
