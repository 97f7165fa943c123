"""Questions to be affirmed or denied, turned into the statement they ask about."""

from __future__ import annotations

import re

_OPENING = re.compile(r"^(?:请问|想问一?下?|问一?下|我?想知道|听说|据说|那么?|所以|难道)+[,:]?")
_CLOSING = re.compile(
    r"(?:[,，]?(?:是吗|对吗|对吧|是吧|对不对|是不是|没错吧|真的吗|是真的吗)|[吗吧么呢啊呀])*[?!。.\s]*$"
)
_A_NOT_A = (
    ("是不是", "是"),
    ("有没有", "有"),
    ("能不能", "能"),
    ("可不可以", "可以"),
    ("会不会", "会"),
    ("需不需要", "需要"),
    ("要不要", "要"),
    ("是否", ""),
    ("有无", "有"),
)


def affirmed(question: str) -> str:
    """协会是不是社团法人 -> 协会是社团法人; 协会是社团法人吗 likewise. question: normalised."""
    text = _CLOSING.sub("", _OPENING.sub("", question))
    for asked, said in _A_NOT_A:
        text = text.replace(asked, said, 1)
    return text
