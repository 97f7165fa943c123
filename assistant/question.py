"""What was asked: spelling evened out, the history joined, small talk recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vectorstore.normalise import normalise
from vectorstore.words import content_words, importance

MAX_CHARS = 500  # what is longer is not a question; the rest is not looked at
SAYS_SOMETHING = 0.2  # importance of a turn's words from which on it has a subject of its own: 质量月, not 几月办
TURNS = 8  # of a conversation, looked back upon
Talk = Literal["greeting", "about", "thanks", "empty", "creation"]

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_GREETING = re.compile(
    r"(你|您)们?好|嗨|哈喽|在吗|有人吗|(早上|上午|中午|下午|晚上)好|早安?|hi|hello|hey|good (morning|afternoon|evening)"
)
_ABOUT = re.compile(
    r"(请问)?(你|您)(是|到底是)(谁|什么|哪位|干什么的|做什么的|机器人吗?|真人吗?|人工智能吗?)"
    r"|(请问)?(你|您)(都)?(能|会|可以)(帮我)?(做|干|回答|查|问)?(些)?(什么|啥|哪些)(问题|事情?)?"
    r"|(我)?(能|可以|都能)(问|查)(你|您)?(些)?(什么|啥|哪些)(问题)?|怎么(使)?用(你)?|有什么功能|你叫什么(名字)?|介绍一?下?你自己"
    r"|(who|what) are you|what can (you|i) (do|ask)( you)?|help|帮助|使用说明"
)
_THANKS = re.compile(
    r"(非常|多)?(谢谢|感谢|多谢|谢了)(你|您)?(了|啊)?|再见|拜拜|好的?|知道了|明白了|thanks?( you)?|bye|ok"
)
# Asked to make something, not to look something up. No document answers that.
_CREATION = re.compile(
    r"(请|麻烦)?(你|您)?(帮|给|替|为)?(我|咱们?|我们)?(来|再)?(写|作|编|画|创作|讲|唱|翻译|生成)(一|几|个|两)?(首|篇|个|段|幅|则|张|下)?.{0,20}"
    r"(诗|诗歌|作文|故事|笑话|小说|代码|程序|歌词?|画|邮件|文案|剧本|对联|成英文|成中文)"
)
_POLAR = re.compile(r"[吗么]\W*$|是否|有没有|对吧|可不可以|([\u3400-\u9fff])不\1")
_PARTICLES = re.compile(r"[啊呀吧呢哦哈嘛啦]+$")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the later stages need it."""

    asked: str  # as typed
    text: str  # the question itself, normalised
    turns: tuple[str, ...]  # the user's turns before, normalised, oldest first
    talk: Talk | None  # small talk that needs no document
    cut: bool  # longer than MAX_CHARS

    @property
    def before(self) -> str:
        """The turn before, and the ones before that as long as they say little; "" when there is none."""
        joined = ""
        for turn in reversed(self.turns):
            joined = f"{turn} {joined}".strip()
            if not says_little(joined):
                break
        return joined

    @property
    def searched(self) -> str:
        return f"{self.before} {self.text}".strip()

    @property
    def polar(self) -> bool:
        """Asked to be affirmed or denied: 倡议书是2019年发布的吗"""
        return bool(_POLAR.search(self.text))

    @property
    def english(self) -> bool:
        return bool(re.search("[a-z]{2}", self.text)) and not re.search("[\u3400-\u9fff]", self.text)


def understand(asked: str, history: Sequence[Mapping[str, str]] = ()) -> Question:
    """history: turns with `role` and `content`, oldest first; what does not look like a turn is passed over."""
    asked = asked.encode(
        "utf-8", "replace"
    ).decode()  # half a surrogate pair, as JSON may hold, cannot be written anywhere
    text = normalise(asked[: 4 * MAX_CHARS])  # a hundred thousand characters are not worth normalising first
    cut = len(asked) > 4 * MAX_CHARS or len(text) > MAX_CHARS
    text = text[:MAX_CHARS].replace("\n", " ")
    talk = _small_talk(text)
    return Question(asked, text, () if talk else _turns_before(history), talk, cut)


def says_little(text: str) -> bool:
    """Has a normalised turn no subject of its own? 几月办 has none, 质量月是什么 has."""
    return sum(importance(word) for word in content_words(text)) < SAYS_SOMETHING


def _small_talk(text: str) -> Talk | None:
    bare = _EDGES.sub("", text)
    if not any(unicodedata.category(c)[0] in "LN" for c in bare):
        return "empty"
    bare = _PARTICLES.sub("", bare)
    for talk, pattern in (("greeting", _GREETING), ("about", _ABOUT), ("thanks", _THANKS), ("creation", _CREATION)):
        if pattern.fullmatch(bare):
            return talk  # type: ignore[return-value]
    return None


def _turns_before(history: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    said = [turn.get("content") for turn in history[-2 * TURNS :] if turn.get("role") == "user"]
    return tuple(
        normalise(content[:MAX_CHARS]).replace("\n", " ")
        for content in said
        if isinstance(content, str) and content.strip()
    )
