"""Do files of every format give back the text they were made from? `python -m benchmarks.formats ../shared/bench/laws`.

LibreOffice sets each statute as a document of its own, with a running head, page numbers and a table, and saves it in every
format; the association's own texts too. What the readers find is compared with the original: the share of its characters,
spaces left out, that are there in the same order, and the share of its articles that are passages under their headings.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.report import markdown_table, publish
from benchmarks.sets import ROOT, Line, read_lines
from ingest.load import Source, UnreadableDocument, load
from ingest.office import has_office
from ingest.structure import read_structure

STATUTES = 40
SCANS = 6  # the shortest, every page of them
SCAN_DOTS = 200  # an inch, the least that archives ask for (DA/T 31-2017)
SCAN_TURN = 0.5  # degrees that a page lies askew
BATCH = 20  # files LibreOffice converts in one start
FONT = "Noto Sans CJK SC"
_ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?")
_HEADING = re.compile(r"(#{1,6})[ \t]*(.*)")

# How each format is made from the flat OpenDocument text.
FORMATS = {
    "docx": "docx:MS Word 2007 XML",
    "pdf": "pdf:writer_pdf_Export",
    "html": "html:XHTML Writer File",
    "doc": "doc:MS Word 97",
    "rtf": "rtf:Rich Text Format",
    "odt": "odt:writer8",
}
ALL = ",".join([*FORMATS, "xlsx", "scan"])


@dataclass
class Tally:
    """Over all files of one format."""

    files: int = 0
    unread: int = 0
    characters: int = 0
    kept: int = 0  # of those, in the same order
    articles: int = 0
    found: int = 0  # passages of their own
    headed: int = 0  # and under their headings
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.formats", description="各种格式的文件读出来是否与原文一致。")
    parser.add_argument("laws", type=Path, metavar="文件夹", help="其中有 corpus.jsonl 和 articles.jsonl")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "RESULTS.md", metavar="文件")
    parser.add_argument("--formats", default=ALL, help="只测这些格式；结果只有全测时才写进文件")
    parser.add_argument("--statutes", type=int, default=STATUTES, help="多少部法律")
    parser.add_argument("--keep", type=Path, metavar="文件夹", help="把做出的文件留在这里")
    options = parser.parse_args(arguments)
    if not has_office() or not (options.laws / "articles.jsonl").is_file():
        print("跳过（skipped）：需要 LibreOffice，以及 corpus.jsonl 和 articles.jsonl。")
        return 0
    laws = read_lines(options.laws / "corpus.jsonl")
    references = {line["doc_id"]: line for line in read_lines(options.laws / "articles.jsonl")}
    chosen = random.Random(1).sample(laws, min(options.statutes, len(laws)))
    own = [{"doc_id": path.name, "title": "", "text": path.read_text("utf-8")} for path in sorted((ROOT / "documents").glob("*.txt"))]  # fmt: skip
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        work = options.keep or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        for name in options.formats.split(","):
            tally = _measure(name, [*chosen, *own], references, work)
            rows.append(_row(name, tally))
            print(*rows[-1], sep="  ", flush=True)
            print(*tally.wrong[:20], sep="\n", file=sys.stderr)
    head = ["", "files", "characters", "kept in order", "articles", "passages of their own", "under their headings", "s a file"]  # fmt: skip
    if (options.statutes, options.formats) == (STATUTES, ALL):
        publish("Formats", markdown_table(head, rows), options.results)
    return 0


def _row(name: str, tally: Tally) -> list[str]:
    articles = max(tally.articles, 1)
    return [
        name,
        f"{tally.files}" + (f" ({tally.unread} unread)" if tally.unread else ""),
        f"{tally.characters:,}",
        f"{tally.kept / max(tally.characters, 1):.3%}",
        f"{tally.articles:,}" if tally.articles else "–",
        f"{tally.found / articles:.2%}" if tally.articles else "–",
        f"{tally.headed / articles:.2%}" if tally.articles else "–",
        f"{tally.seconds / max(tally.files, 1):.2f}",
    ]


def _measure(name: str, documents: Sequence[Line], references: dict[str, Line], work: Path) -> Tally:
    tally = Tally()
    texts = sorted(documents, key=lambda document: len(document["text"]))[:SCANS] if name == "scan" else documents
    for document, path in zip(texts, _made(name, texts, work), strict=True):
        started = time.monotonic()
        tally.files += 1
        try:
            [source] = load(path, path.parent)
        except UnreadableDocument as problem:
            tally.unread += 1
            tally.wrong.append(str(problem))
            continue
        assert isinstance(source, Source)
        tally.seconds += time.monotonic() - started
        _compare(document, source, references.get(document["doc_id"]), tally, rows=name == "xlsx")
    return tally


def _compare(document: Line, source: Source, reference: Line | None, tally: Tally, *, rows: bool) -> None:
    wanted = _letters("\n".join(_words(line) for line in document["text"].split("\n")))
    kept = _in_order(wanted, _letters(source.text))
    tally.characters += len(wanted)
    tally.kept += kept
    if kept < 0.995 * len(wanted):
        tally.wrong.append(f"{source.id} {document['title']}: {kept / len(wanted):.3%}")
    if reference is None or rows:
        return
    passages = read_structure(source).passages
    starting = {(label[-1], _letters(p.text)[:12]): p for p in passages if (label := _ARTICLE.findall(p.label))}
    for number, start, end, heading in reference["articles"]:
        tally.articles += 1
        text = _letters(document["text"][start:end])
        found = starting.get((_letters(number), text[:12]))
        if found is None or not text.startswith(_letters(found.text)[:40]) or len(_letters(found.text)) > len(text) + 2:
            tally.wrong.append(f"{source.id} {document['title']} {number}: {found.text[:30] if found else '-'}")
            continue
        tally.found += 1
        path = reference["headings"][heading] if heading is not None and heading >= 0 else ""
        tally.headed += _letters("".join(found.headings)).endswith(_letters(path.replace(" > ", "")))


def _in_order(wanted: str, found: str) -> int:
    """Characters of the one that are in the other in the same order: long equal stretches, found line by line."""
    matcher = SequenceMatcher(None, wanted, found, autojunk=False)
    if wanted in found:
        return len(wanted)
    kept = place = 0
    for part in re.findall(r".{1,40}", wanted, re.DOTALL):
        at = found.find(part, place, place + 4000)
        if at >= 0:
            kept, place = kept + len(part), at + len(part)
            continue
        matcher.set_seqs(part, found[place : place + 200])
        blocks = matcher.get_matching_blocks()
        kept += sum(block.size for block in blocks)
        last = next((block for block in reversed(blocks) if block.size), None)
        place += last.b + last.size if last else 0
    return kept


def _letters(text: str) -> str:
    return "".join(text.split())


def _words(line: str) -> str:
    found = _HEADING.fullmatch(line)
    return found[2] if found else line


# Making the files


def _made(name: str, documents: Sequence[Line], work: Path) -> Iterator[Path]:
    """A file of each document, in order."""
    folder = work / name
    folder.mkdir(exist_ok=True)
    if name == "xlsx":
        sources = [_spreadsheet(document, folder / f"{n:03d}.fods") for n, document in enumerate(documents)]
        _convert(sources, "xlsx:Calc MS Excel 2007 XML", folder)
        yield from (source.with_suffix(".xlsx") for source in sources)
        return
    sources = [_flat_text(document, folder / f"{n:03d}.fodt") for n, document in enumerate(documents)]
    if name == "scan":
        _convert(sources, FORMATS["pdf"], folder)
        yield from (_scanned(source.with_suffix(".pdf")) for source in sources)
        return
    _convert(sources, FORMATS[name], folder)
    yield from (source.with_suffix(f".{name}") for source in sources)


def _convert(sources: Sequence[Path], target: str, folder: Path) -> None:
    for n in range(0, len(sources), BATCH):
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [
                    has_office(),
                    f"-env:UserInstallation=file://{profile}",
                    "--headless",
                    "--convert-to",
                    target,
                    "--outdir",
                    str(folder),
                    *map(str, sources[n : n + BATCH]),
                ],  # fmt: skip
                check=True,
                capture_output=True,
            )


def _flat_text(document: Line, path: Path) -> Path:
    """Flat OpenDocument: a title, headings by their level, paragraphs set as Chinese official texts are."""
    body = []
    for line in document["text"].split("\n"):
        if not line.strip():
            continue
        found = _HEADING.fullmatch(line)
        if found and len(found[1]) == 1:
            body.append(f'<text:p text:style-name="Title">{escape(found[2])}</text:p>')
        elif found:
            level = len(found[1]) - 1
            body.append(f'<text:h text:style-name="Heading_20_{level}" text:outline-level="{level}">{escape(found[2])}</text:h>')  # fmt: skip
        else:
            body.append(f'<text:p text:style-name="Text_20_body">{escape(line.strip())}</text:p>')
    title = escape(document["title"] or "文件")
    path.write_text(_FLAT.format(body="\n".join(body), title=title, font=FONT), encoding="utf-8")
    return path


def _spreadsheet(document: Line, path: Path) -> Path:
    """A row a line of the text, with its number and kind."""
    rows = [("序号", "类别", "内容")]
    for line in filter(None, (line.strip() for line in document["text"].split("\n"))):
        rows.append((str(len(rows)), "标题" if line.startswith("#") else "正文", _words(line)))
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"  # fmt: skip
        for row in rows
    )
    path.write_text(_FLAT_SHEET.format(rows=cells), encoding="utf-8")
    return path


def _scanned(path: Path) -> Path:
    """The pages of a PDF as a scanner leaves them: in grey, every other one turned the other way, saved as JPEG."""
    import pypdfium2
    from PIL import Image

    document = pypdfium2.PdfDocument(path)
    pages = [document[n].render(scale=SCAN_DOTS / 72).to_pil().convert("L") for n in range(len(document))]
    images = [
        page.rotate(SCAN_TURN if n % 2 else -SCAN_TURN, Image.Resampling.BICUBIC, fillcolor=255)
        for n, page in enumerate(pages)
    ]
    target = path.with_name(f"{path.stem}-scan.pdf")
    images[0].save(target, save_all=True, append_images=images[1:], resolution=SCAN_DOTS, quality=75)
    return target


_NAMESPACES = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.2"'
_FLAT = (
    f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_NAMESPACES} office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
<style:default-style style:family="paragraph"><style:text-properties style:font-name-asian="{{font}}" style:font-name="{{font}}" fo:font-size="12pt" style:font-size-asian="12pt" fo:language="zh" fo:country="CN" style:language-asian="zh" style:country-asian="CN"/></style:default-style>
<style:style style:name="Standard" style:family="paragraph"/>
<style:style style:name="Text_20_body" style:display-name="Text body" style:family="paragraph" style:parent-style-name="Standard"><style:paragraph-properties fo:text-indent="24pt" fo:text-align="justify" fo:line-height="150%"/></style:style>
<style:style style:name="Title" style:family="paragraph" style:parent-style-name="Standard"><style:paragraph-properties fo:text-align="center"/><style:text-properties fo:font-size="22pt" style:font-size-asian="22pt"/></style:style>
"""
    + "".join(
        f'<style:style style:name="Heading_20_{n}" style:display-name="Heading {n}" style:family="paragraph" style:parent-style-name="Standard" style:default-outline-level="{n}"><style:paragraph-properties fo:text-align="center" fo:margin-top="12pt" fo:margin-bottom="12pt"/><style:text-properties fo:font-size="{17 - n}pt" style:font-size-asian="{17 - n}pt"/></style:style>\n'
        for n in range(1, 6)
    )
    + """<style:style style:name="Header" style:family="paragraph" style:parent-style-name="Standard"/>
</office:styles>
<office:automatic-styles><style:page-layout style:name="page"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" fo:margin-bottom="2cm" fo:margin-left="2.5cm" fo:margin-right="2.5cm"/><style:header-style><style:header-footer-properties fo:min-height="0.6cm" fo:margin-bottom="0.4cm"/></style:header-style><style:footer-style><style:header-footer-properties fo:min-height="0.6cm" fo:margin-top="0.4cm"/></style:footer-style></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="page"><style:header><text:p text:style-name="Header">{title}</text:p></style:header><style:footer><text:p text:style-name="Header">— <text:page-number text:select-page="current">1</text:page-number> —</text:p></style:footer></style:master-page></office:master-styles>
<office:body><office:text>
{body}
</office:text></office:body></office:document>"""
)
_FLAT_SHEET = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_NAMESPACES} office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:body><office:spreadsheet><table:table table:name="条文">{{rows}}</table:table></office:spreadsheet></office:body></office:document>"""


if __name__ == "__main__":
    sys.exit(main())
