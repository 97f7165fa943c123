"""The formats that are read in a child process: which module reads each, from which extensions, within which limits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.readers.limits import Limits


class Unreadable(Exception):
    """reason: for a maintainer, in Chinese, without a full stop. skip: nothing is wrong, there is only nothing to read.
    instead: the kind of READERS that may still read it.
    """

    def __init__(self, reason: str, *, skip: bool = False, instead: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.skip = skip
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Reader:
    module: str
    name: str  # of the format
    version: int  # raised when the same file would be read differently: files of this kind are then read again
    limits: Limits = Limits()


# Some five seconds of processor a page, 2 GiB of addresses, 0.9 used; on a busy machine ten pages take as many minutes.
OCR = Limits(memory=3 << 30, processor=1200, clock=3600)
READERS = {
    "html": Reader("html", "网页", 3),
    "word": Reader("word", " Word 文档", 3),
    "pdf": Reader("pdf", " PDF", 3),
    "sheet": Reader("sheet", " Excel 表格", 2),
    "csv": Reader("csv", "表格", 2),
    "image": Reader("ocr", "图片", 2, OCR),
    "scan": Reader("ocr", " PDF", 2, OCR),
}
# Extension -> kind. "office": made into docx or xlsx by LibreOffice first.
KINDS = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "word",
    ".docm": "word",
    ".dotx": "word",
    ".pdf": "pdf",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".csv": "csv",
    ".tsv": "csv",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".bmp": "image",
    ".tif": "image",
    ".tiff": "image",
    ".webp": "image",
}

_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"RIFF", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


def content_kind(head: bytes) -> str:
    """What a file's first bytes say it is: zip, ole, rtf, pdf, image, archive, program, html; "" when they say nothing."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if found := next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), ""):
        return found
    return "html" if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")[:4096]) else ""
