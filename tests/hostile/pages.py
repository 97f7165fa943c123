"""Web pages, PDF and pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO

from PIL import Image

from ingest.apart import has_ocr
from tests import office_files as made
from tests.hostile.case import FEE, TEXT, TRADITIONAL, Case, when_needed

LINES = "".join(f"<p>{line}</p>" for line in TEXT.split("\n"))


def cases(port: int) -> Iterator[Case]:
    yield from _html(port)
    yield from _pdf(port)
    yield from _pictures()


def _html(port: int) -> Iterator[Case]:
    away = f"http://127.0.0.1:{port}"
    for name, page in (
        ("fetches", f'<base href="{away}/"><link rel=stylesheet href="{away}/c.css"><img src="{away}/i.png"><iframe src="{away}/f"></iframe><object data="{away}/o"></object><video src="{away}/v"></video>{LINES}'),
        ("moves-on", f'<meta http-equiv=refresh content="0;url={away}/">{LINES}'),
        ("scripts", f"<script>fetch('{away}/s')</script><style>@import '{away}/x.css'</style>{LINES}"),
        ("handlers", f"<p onclick=alert(1)>甲</p><svg onload=alert(1)></svg><a href=javascript:alert(1)>乙</a>{LINES}"),
        ("never-closed", "<b><i><u>" * 60 + LINES),
        ("many-attributes", f"<p {' '.join(f'a{n}=1' for n in range(5000))}>甲</p>{LINES}"),
        ("long-attribute", f'<p title="{"x" * 500_000}">甲</p>{LINES}'),
        ("outside-entity", f'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>{LINES}'),
        ("wide-cells", "<table>" + "<tr><td colspan=65535 rowspan=65535>格</td><td>子</td></tr>" * 3 + f"</table>{LINES}"),
        ("odd-list", f'<ol start="99999999999"><li>甲<li>乙</ol><ol start="-3"><li>丙</ol>{LINES}'),
        ("frames", f'<frameset><frame src="{away}/a"></frameset><body>{LINES}'),
        ("zero-bytes-said", f"<p>a&#0;b&#xD800;c&#x110000;</p>{LINES}"),
        ("active-title", f"<title><script>alert(1)</script></title><h1>&lt;img src=x onerror=alert(1)&gt;</h1>{LINES}"),
        ("many-elements", f"{'<span>会</span>' * 60_000}{LINES}"),
        ("xml-head", f'<?xml version="1.0" encoding="gb2312"?><html><body>{LINES}</body></html>'),
    ):  # fmt: skip
        yield Case(f"html/{name}.html", page.encode(), "ingest", shows=FEE, hides="root:", child=True)
    for declared, encoding in (("utf-8", "gb18030"), ("gb2312", "utf-8"), ("big5", "utf-16")):
        page = f'<meta charset="{declared}">{LINES}'.encode(encoding)
        yield Case(f"html/says-{declared}-is-{encoding}.html", page, "ingest", shows=FEE, child=True)
    page = TRADITIONAL.encode("big5")
    yield Case("html/traditional.htm", b"<meta charset=big5><p>" + page, "ingest", shows="會員每年", child=True)
    for name, data, reason in (
        ("deep", ("<div>" * 300 + "深处" + "</div>" * 300 + LINES).encode(), "嵌套超过"),
        ("very-deep", ("<div>" * 100_000 + "深处").encode(), "嵌套超过|内存|时"),
        ("deep-tables", ("<table><tr><td>" * 150 + "深处").encode(), "嵌套超过"),
        ("growing-table", ("<table>" + ("<tr>" + "<td colspan=500>格</td>" * 100 + "</tr>") * 1000 + "</table>").encode(), "内存|时|万|格"),
        ("two-encodings", LINES.encode() + LINES.encode("gb18030"), "编码|文本"),
        ("binary", b"<html>" + bytes(3000), "不是文本|编码"),
        ("misread", LINES.encode().decode("latin-1").encode(), "乱码|编码"),
    ):  # fmt: skip
        yield Case(f"html/{name}.html", data, "reject", reason, child=True)
    for name, page in (("script-alone", "<script>x()</script>"), ("hidden-alone", "<p style='display:none'>会费</p>"), ("frame-alone", f'<iframe src="{away}/"></iframe>')):  # fmt: skip
        yield Case(f"html/{name}.html", page.encode(), "skip", "没有文字", child=True)


def pdf(objects: Sequence[bytes], root: int = 1, more: bytes = b"") -> bytes:
    """Objects numbered from 1, with a table of where they stand."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, more, start)
    return bytes(out)


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def _page(contents: bytes, catalogue: bytes = b"", page: bytes = b"") -> bytes:
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> %s >>" % page,
            contents,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )  # fmt: skip


WORDS = stream(b"BT /F1 12 Tf 72 700 Td (Members pay a fee of 200 yuan a year.) Tj ET")
GOOD = made.pdf([[(72, 700, "第二条 会员每年缴纳会费二百元，由秘书处收取。")]])


def _bomb() -> bytes:
    return zlib.compress(bytes(300 << 20))


def _pdf(port: int) -> Iterator[Case]:
    away = b"http://127.0.0.1:%d" % port
    for name, data in (
        ("script", _page(WORDS, b"/OpenAction << /S /JavaScript /JS (app.launchURL\\('%s'\\)) >>" % away)),
        ("goes-out", _page(WORDS, b"/OpenAction << /S /URI /URI (%s) >>" % away)),
        ("starts-a-program", _page(WORDS, b"/OpenAction << /S /Launch /F (/bin/sh) >>")),
        ("sends-a-form", _page(WORDS, b"/AcroForm << /Fields [] /XFA (<x/>) >>", b"/AA << /O << /S /SubmitForm /F (%s) >> >>" % away)),
        ("other-file", _page(WORDS, b"/OpenAction << /S /GoToR /F (\\\\\\\\127.0.0.1\\\\share) >>")),
        ("false-length", _page(WORDS.replace(b"/Length ", b"/Length 99999"))),
        ("false-places", _page(WORDS).replace(b"00000 n", b"11111 n")),
        ("tail-cut", _page(WORDS)[:-20]),
        ("behind-a-zip", _page(WORDS) + made.word("会费。")),
        ("words-before", b"junk\n" * 20 + _page(WORDS)),
    ):  # fmt: skip
        yield Case(f"pdf/{name}.pdf", data, "ingest", shows="200 yuan", child=True)
    yield Case("pdf/good.pdf", GOOD, "ingest", shows=FEE, child=True)
    ring = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"]
    deep = [b"<< /Type /Catalog /Pages 2 0 R >>", *(b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 1) for n in range(2, 5000)), b"<< /Type /Pages /Kids [] /Count 0 >>"]  # fmt: skip
    many = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 6000 /Kids [%s] >>" % (b"3 0 R " * 6000), b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"]  # fmt: skip
    for name, data, status in (
        ("head-alone", b"%PDF-1.7", "reject"),
        ("nonsense", b"%PDF-1.7\n" + bytes(n * 7919 % 256 for n in range(5000)), "reject"),
        ("no-table", b"%PDF-1.7\ntrailer << /Root 1 0 R >>", "reject"),
        ("no-root", pdf([b"<< >>"], root=9), "reject"),
        ("first-half", GOOD[: len(GOOD) // 3], "reject"),
        ("password", _page(WORDS).replace(b"/Root 1 0 R", b"/Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"), "reject"),
        ("page-ring", pdf(ring), "any"),
        ("deep-pages", pdf(deep), "any"),
        ("many-pages", pdf(many), "any"),
        ("claims-pages", pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 999999999 >>"]), "any"),
        ("bomb", when_needed(lambda: _page(stream(_bomb(), b"/Filter /FlateDecode"))), "any"),
        ("bomb-in-bomb", when_needed(lambda: _page(stream(zlib.compress(_bomb()), b"/Filter [/FlateDecode /FlateDecode]"))), "any"),
        ("table-ring", GOOD.replace(b"trailer", b"trailer << /Prev 9 >>", 1), "any"),
        ("outline-ring", _page(WORDS, b"/Outlines 6 0 R").replace(b"xref\n0 6", b"6 0 obj\n<< /First 6 0 R /Next 6 0 R /Title (a) >>\nendobj\nxref\n0 6"), "any"),
        ("huge-page", _page(WORDS).replace(b"595 842", b"9e30 -9e30"), "any"),
        ("form-ring", _page(stream(b"/X Do"), page=b"/Resources << /XObject << /X 4 0 R >> >>"), "any"),
    ):  # fmt: skip
        yield Case(f"pdf/{name}.pdf", data, status, child=True)
    yield Case("pdf/no-words.pdf", _page(stream(b"")), "skip", child=True)
    yield Case("pdf/no-pages.pdf", made.pdf([[]]), "skip", child=True)


def _png(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    inner = b"".join(chunk(*part) for part in more)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + inner + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _pictures() -> Iterator[Case]:
    """Without the extra that reads pictures each is skipped with what to install."""
    broken = "reject" if has_ocr() else "skip"
    white = BytesIO()
    Image.new("RGB", (80, 60), "white").save(white, "PNG")
    data = white.getvalue()
    saved = {}
    for form in ("JPEG", "BMP", "TIFF", "WEBP"):
        out = BytesIO()
        Image.new("RGB", (80, 60), "white").save(out, form)
        saved[form] = out.getvalue()
    yield Case("images/white.png", data, "skip", child=True)
    yield Case("images/white.jpg", saved["JPEG"], "skip", child=True)
    yield Case("images/white.bmp", saved["BMP"], "skip", child=True)
    yield Case("images/really-jpeg.png", saved["JPEG"], "skip", child=True)
    for name, content in (
        ("cut.png", data[:60]),
        ("cut.jpg", saved["JPEG"][:120]),
        ("bomb.png", _png(60_000, 60_000, zlib.compress(bytes(1000)))),
        ("false-check.png", data[:40] + bytes([data[40] ^ 1]) + data[41:]),
        ("head-alone.tif", b"II*\0"),
        ("ring.tif", b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x01\0\0\0\x08\0\0\0"),
        ("nonsense.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(100)),
        ("head-alone.bmp", b"BM" + bytes(10)),
        ("words-bomb.png", _png(60_000, 2_000_000, b"", (b"zTXt", b"a\0\0" + zlib.compress(bytes(50 << 20))))),
    ):
        yield Case(f"images/{name}", content, broken, child=True)
