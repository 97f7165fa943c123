"""Names of files that people bring: what may stand in the documents folder, and nothing that means anything elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

NAME_BYTES = 200  # in UTF-8; file systems take 255, and a temporary name beside it needs room
# Names that Windows keeps for devices: a folder that is copied there must not break.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')


class BadName(Exception):
    """A file name that is not taken, and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        shown = "".join(c if c.isprintable() else "�" for c in self.name)[:80]
        return f"文件名“{shown}”不能用：{self.reason}。"


def file_name(given: str, kinds: Collection[str]) -> str:
    """The name as it is kept: composed (NFC), nothing taken away in silence. kinds: endings, .txt. Raises BadName."""
    name = unicodedata.normalize("NFC", given)
    if not name.strip():
        raise BadName(given, "没有名字")
    if _FORBIDDEN.search(name):
        raise BadName(given, '里面有 / \\ : * ? " < > | 中的一个')
    if not name.isprintable():  # controls, zero width, direction marks, halves of pairs, private use, odd spaces
        raise BadName(given, "里面有看不见的字符")
    if name.startswith((".", "-", "~", " ")) or name.endswith((".", " ")):
        raise BadName(given, "不能以 . - ~ 或空格开头，也不能以 . 或空格结尾")
    if _DEVICES.fullmatch(name):
        raise BadName(given, "这是系统保留的名字")
    if len(name.encode()) > NAME_BYTES:
        raise BadName(given, f"太长，请缩短到 {NAME_BYTES // 3} 个汉字以内")
    if not any(name.lower().endswith(kind) and len(name) > len(kind) for kind in kinds):
        raise BadName(given, f"只收这些类型的文件：{'、'.join(kind.lstrip('.') for kind in kinds)}")
    return name
