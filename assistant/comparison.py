"""Two things set side by side: 企业负责人和质量主管的责任有什么不同."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vectorstore.words import whole_words

_CUE = re.compile(
    r"(?:,|之间)?(?:都)?(?:到底|究竟)?(?:有|存在|是)?(?:什么|何|啥|哪些|怎样的?|怎么)?(?:样的?|的)?(?:主要|本质)?"
    r"(?:区别|不同|差别|差异|不一样|异同)|分别|各自|各(?=是|有|指|为|叫|讲|写|包括)|(?:是不是|是否|都)?(?:一样|相同|一致|(?:是)?(?:一回事|同一个))的?(?:吗|么|嘛|\?|$)"
)
_OPENING = re.compile(r"^(?:请问|想问|问一下|请|麻烦|帮我)?(?:比较|对比|区分)?(?:一下)?")
_AFTER = re.compile(r"^(?:要|是|应该?|有|在|的|做|负责|承担|指)*|(?:什么|啥|哪些|怎样|怎么样?|呢|吗|\W)+")
_JOINTS = frozenset("和 与 跟 同 及 以及".split())
_ASPECT = re.compile(r"^(.+?)(?:,|在)(.+?)(?:上|方面)?的?$")


@dataclass(frozen=True, slots=True)
class Sides:
    first: str
    second: str
    aspect: str  # in what they are compared: 质量安全责任; "" when not said


def sides(text: str) -> Sides | None:
    """The two things that a normalised question compares; None when it compares none."""
    cue = _CUE.search(text)
    if cue is None:
        return None
    before = _OPENING.sub("", text[: cue.start()]).strip(" ,:;")
    position = 0
    for word in whole_words(before):
        position = before.index(word, position)
        first, second = before[:position].strip(" ,"), before[position + len(word) :].strip(" ,")
        position += len(word)
        if word in _JOINTS and len(first) >= 2 and len(second) >= 2:
            aspect = _ASPECT.match(second)
            second, said = (aspect[1], aspect[2]) if aspect else (second, "")
            if "的" in second and not said:
                second, _, said = second.partition("的")
            after = _AFTER.sub("", re.split("[,，。;；]", text[cue.end() :])[0])
            return Sides(first, second.strip(" ,"), (said.strip(" ,") or after))
    return None
