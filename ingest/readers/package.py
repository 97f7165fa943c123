"""Office files are zip archives of XML: unpacked here once, counted while they are, before any parser sees them."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from ingest.readers.kinds import Unreadable

MEMBERS = 2_000
UNPACKED_BYTES = 200 << 20
RATIO = 100  # of unpacked to packed, above which a large member is a bomb
SMALL = 10 << 20  # unpacked; smaller ones may be as repetitive as they like
CHUNK = 1 << 16
_XML = (".xml", ".rels", ".vml")
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def check(data: bytes, name: str) -> None:
    """Raises Unreadable when it is no archive, holds a bomb, or any part that declares a DTD. name: of the format."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("文件已加密，请去掉密码" if _ENCRYPTED in data else f"不是{name}，是旧格式：请另存为新格式")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as problem:
        raise Unreadable(f"文件已损坏，或不是{name}") from problem
    members = archive.infolist()
    if len(members) > MEMBERS:
        raise Unreadable(f"压缩包里有 {len(members)} 个文件，超过 {MEMBERS}")
    total = 0
    for member in members:
        total += _check_member(archive, member, UNPACKED_BYTES - total, name)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, name: str) -> int:
    """Bytes it unpacks to; what it declares is not believed."""
    if member.flag_bits & 1:
        raise Unreadable("文件已加密，请去掉密码")
    watched = member.filename.lower().endswith(_XML)
    size, tail = 0, b""
    try:
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > left or (size > SMALL and size > RATIO * max(member.compress_size, 1)):
                    raise Unreadable(
                        f"解压后太大（超过 {UNPACKED_BYTES >> 20} MB 或压缩比超过 {RATIO}），可能是压缩炸弹"
                    )
                if watched:
                    seen = tail + chunk
                    if _DTD.search(seen) or _DTD.search(seen.replace(b"\0", b"")):
                        raise Unreadable("含有 DTD 或实体声明，正常的办公文件没有这些，不予读取")
                    tail = chunk[-32:]
    except Unreadable:
        raise
    except Exception as problem:  # each way of packing has errors of its own
        raise Unreadable(f"文件已损坏，或不是{name}") from problem
    return size
