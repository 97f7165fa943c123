"""What asking and talking do to words, undone before they are looked for: 搞不搞 is 搞, 验一验 is 验, 年年 is 每年."""

from __future__ import annotations

import re

from vectorstore.words import FUNCTION_WORDS, importance, words

# How people ask to be told, not what about.
MANNERS = frozenset(
    "麻烦 帮忙 劳驾 怎么办 的话 打听 请教 咨询一下 谢谢 求教 求助 想问 问问 问一问 跪求 急 记得 好像 听说 据说 顺便 另外 根据 依照 鉴于".split()
)
JOINING = 0.25  # importance up to which a word of nothing but function words joins and does not tell
# 再下一项呢, 接下来那条, 再往下呢: one on, or one back, in the list that the talk is about.
STEP = re.compile(
    r"(?:那么?|再|还有|然后|往|接着?|紧接着|继续|它的?|[这那][一1]?[项条款点个]?的?)*(?:(?P<way>[上下前后])(?:面|边|来|头)?(?:的)?(?:那|这)?[一1]?(?P<unit>项|条|款|点|个)"
    r"|(?:紧?(?:跟着|接着|挨着)|接下来|再往后|再往下)的?(?:那|这)?[一1]?(?P<next>项|条|款|点|个)|(?<=往)(?P<on>[上下前后])(?:面|边)?)(?:[呢是的讲说写了些]|规定|什么|啥|内容|具体)*\W*"
)
_NUMERALS = "〇零一二三四五六七八九十百千万两"
_HAN = "\u3400-\u9fff"
_A_NOT_A = re.compile(rf"([{_HAN}])[不没]\1(?=[{_HAN}]|\W|$)")
_A_LITTLE = re.compile(rf"(?<!第)([{_HAN}])一\1(?![{_HAN}]?[条项款章节])")
_EVERY = re.compile(rf"(?<![\d{_NUMERALS}去今明前后本当])([年月周])\1(?![底初末中度终])|(天)\2(?!平|气|津|文)")


def plain(text: str) -> str:
    """A normalised question with A-not-A and doubled words said once; what is no such form stays as it is."""
    text = _A_NOT_A.sub(r"\1", text)
    text = _A_LITTLE.sub(lambda m: m[0] if m[1] in _NUMERALS else m[1], text)
    return _EVERY.sub(lambda m: "每" + (m[1] or m[2]), text)


def joins(word: str) -> bool:
    """是从, 而是: small words that the segmenter's dictionary lists as one."""
    return all(character in FUNCTION_WORDS for character in word) and importance(word) <= JOINING


def tells(word: str) -> float:
    """How much a word narrows down what is meant, but no more than those it is put together from: 会员单位 is 会员 and 单位."""
    parts = [part for part in words(word) if part != word]
    return min(importance(word), sum(map(importance, parts))) if word == "".join(parts) else importance(word)
