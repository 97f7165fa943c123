"""What was asked: spelling evened out, the turns before at hand, small talk recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.wording import MANNERS, joins, tells
from vectorstore.normalise import normalise
from vectorstore.words import content_words

MAX_CHARS = 500  # what is longer is not a question; the rest is not looked at
STORY_CHARS = 60  # a question longer than this, in several clauses, tells a story first
SUBJECT = 1.5  # importance of the words that a question's core needs
TURNS = 16  # of a conversation, of both sides, looked back upon
Talk = Literal["greeting", "about", "thanks", "empty", "creation", "abuse"]

_CLAUSES = re.compile(r"[,，。;；!！?？\n]+")
_ASKING = re.compile(
    r"[吗呢么]$|什么|啥|哪|谁|几[^乎]|多少|怎么|怎样|如何|是否|为何|([\u3400-\u9fff])不\1|有没有|请问|能否|可否"
)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_GREETING = re.compile(
    r"(你|您)们?好|嗨|哈喽|(在|有人|有人在|客服在|人在)(吗|么|不|嘛|不在)|有人没有?|(早上|上午|中午|下午|晚上)好|早安?|hi|hello|hey|good (morning|afternoon|evening)"
)
_ABOUT = re.compile(
    r"(请问)?(你|您)(用的|背后)?(是|到底是)(谁|什么模型|哪个模型|哪家公司的?|人还是机器人?|什么|哪位|干什么的|做什么的|机器人吗?|真人吗?|人工智能吗?)"
    r"|(请问)?(你|您)(都)?(能|会|可以)(帮我)?(做|干|回答|查|问)?(些|点)?(什么|啥|哪些)(问题|事情?)?"
    r"|(我)?(能|可以|都能)(问|查)(你|您)?(些)?(什么|啥|哪些)(问题)?|(请问)?(你|您)是(机器人|真人|人工|ai|人)(还是|吗|或者?).{0,6}|(你|您|你们)?(这里|目前|现在|都|一共)*(收录|收集|有|存)(了|着)?(哪些|什么|多少)(文件|资料|材料|文档|内容)|(第一次(来|用)(你|您|这个|这里)?[,，\s]*)?(我|我们)?(该|要|应该)?(怎么|如何)((使)?用|提问|问|查|问问题)(你|您)?|有什么功能|你叫什么(名字)?|介绍一?下?你自己"
    r"|(你|您)?(刚才|刚刚|之前|昨天|今天)?的?([上前]一?[个位名]?|别的?)的?(用户|访客|提问者|顾客|人)(都|刚才|刚刚|最近)?(问|说|聊|查|搜|输入)[了过]?(你|您)?[了过些的]*(什么|啥|哪些)(问题|内容|话)?"
    r"|(who|what) are you|what can (you|i) (do|ask)( you)?|help|帮助|使用说明"
)
_THANKS = re.compile(
    r"(好的?|嗯|行|ok|明白了?|知道了)?[,\s]*((非常|太|多|十分)?(谢谢|感谢|多谢|谢了|辛苦)(你|您|你们|啦|了|啊)*([,\s]*.{0,8}(忙|心|细|快|好|了))?"
    r"|再见|拜拜|回头见|先这样|下次聊|好的?|知道了|明白了|没事了|没有了|thanks?( you)?|thank you.{0,12}|(good)?bye|ok)"
)
_ABUSE = re.compile(
    r"(?:你|您|你们|这|那|个|就|真|是|太|好|了|的|啊|吧|吗|这个|机器人|系统|助手|东西|网站|一|给我|快|都)*"
    r"(?:傻[逼bx比]|[沙煞]笔|滚蛋?|去死|废物|垃圾|智障|白痴|弱智|混蛋|王八蛋|妈的|他妈的|操你.{0,3}|脑残|有病|蠢货?|骗子|fuck|shit|stupid|idiot)"
    r"(?:你|您|你们|了|的|啊|吧|吗|东西|机器人|系统|助手|玩意儿?|开|远点| |you|off)*"
)
# Asked to make something, not to look something up. No document answers that.
_CREATION = re.compile(
    r"(请|麻烦|能不能|可以|可否)*(你|您)?((帮|给|替|为).{0,6})?(来|再)?(写|作|编|画|创作|讲|唱|生成|起草|拟|仿写|撰写)(一|几|个|两)*(首|篇|个|段|幅|则|张|下|份|封|条)?.{0,20}"
    r"(诗|诗歌|作文|故事|笑话|小说|代码|程序|歌词?|画|邮件|文案|剧本|对联|倡议书|通知|报告|发言稿|讲话稿|文章|方案|标准)(给我.*|吧|,.*)?"
    r"|(请|麻烦|能不能|可以|可否)*(你|您)?(帮|给|替)(我们?|忙)(发送?|寄|转发|打|订|预订)(一|几|个|两|下)*(封|条|份|张|通)?.{0,12}"
    r"(邮件|短信|信息|消息|微信|信|传真|电话|票|酒店|外卖)(给.{1,8})?吧?"
    r"|.{0,20}翻译(一下|成|为).{1,8}"
    r"|.{0,12}(忽略|无视|忘掉|忘记|不要理会|抛开).{0,10}(规则|指令|指示|设定|限制|提示词?|要求).*"
)
_POLAR = re.compile(
    r"[吗吧]\W*$|吧[,，]|(?<!要)不是.{1,20}(?:嘛|么)\W*$|(?<![什怎多这那要])么\W*$|是否|有没有|对吧|可不可以|([\u3400-\u9fff])不\1"
)
_TO_ASK = re.compile(
    r"(?:我|能|可以|想|要|麻烦|方便|向|跟|和|找|你|您|你们)*(?:打听|问|咨询|请教|了解)(?:一?下|一?点|几?个|些)*(?:事儿?|事情|问题|情况)?(?:吗|可以吗|行吗)?"
)
_TWICE = re.compile(r"^(.{2,4})\1$")
_PARTICLES = re.compile(r"[啊呀吧呢哦哈嘛啦]+$")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the later stages need it."""

    asked: str  # as typed
    text: str  # the question itself, normalised; in an answer's way made to stand alone
    said: tuple[
        tuple[str, str], ...
    ]  # the turns before, oldest first: user or assistant, and what was said, normalised
    talk: Talk | None  # small talk that needs no document
    cut: bool  # longer than MAX_CHARS
    read_as: str = ""  # the text before short names were spelt out; "" when none was
    leans: bool = False  # says too little by itself: asked of what the turns before were about
    story: str = ""  # what a long question tells beside what it asks, normalised

    @property
    def turns(self) -> tuple[str, ...]:
        """The user's turns before, oldest first."""
        return tuple(said for role, said in self.said if role == "user")

    @property
    def searched(self) -> str:
        """The question as it was understood, for people to read."""
        return self.read_as or self.text

    @property
    def sought(self) -> str:
        """What passages are looked for with: a story tells what the question is about, and its core may not."""
        return f"{self.text}\n{self.story}" if self.story else self.text

    @property
    def polar(self) -> bool:
        """Asked to be affirmed or denied: 倡议书是2019年发布的吗"""
        return bool(_POLAR.search(self.text))

    @property
    def english(self) -> bool:
        return bool(re.search("[A-Za-z]{2}", self.asked)) and not re.search("[\u3400-\u9fff]", self.asked)


def understand(asked: str, history: Sequence[Mapping[str, str]] = ()) -> Question:
    """history: turns with `role` and `content`, oldest first; what does not look like a turn is passed over."""
    asked = asked.encode(
        "utf-8", "replace"
    ).decode()  # half a surrogate pair, as JSON may hold, cannot be written anywhere
    text = normalise(asked[: 4 * MAX_CHARS])  # a hundred thousand characters are not worth normalising first
    cut = len(asked) > 4 * MAX_CHARS or len(text) > MAX_CHARS
    text, story = core(text[:MAX_CHARS].replace("\n", " "))
    talk = _small_talk(text)
    return Question(asked, text, () if talk else _turns_before(history), talk, cut, story=story)


def core(text: str) -> tuple[str, str]:
    """Of a long story the clauses that ask, with as many before them as it takes to know what is asked about; and the rest."""
    clauses = [clause for clause in _CLAUSES.split(text) if clause.strip()]
    asking = [place for place, clause in enumerate(clauses) if _ASKING.search(clause)]
    if len(text) <= STORY_CHARS or len(clauses) < 3 or not asking:
        return text, ""
    first, last = asking[-1], asking[-1]
    while first > 0 and _weight(clauses[first : last + 1]) < SUBJECT:
        first -= 1
    return _joined(clauses[first : last + 1]), _joined(clauses[:first] + clauses[last + 1 :])


def _joined(clauses: Sequence[str]) -> str:
    return ",".join(clause.strip() for clause in clauses)


def _weight(clauses: Sequence[str]) -> float:
    found = dict.fromkeys(word for clause in clauses for word in content_words(clause))
    return sum(tells(word) for word in found if word not in MANNERS and not joins(word))


def _small_talk(text: str) -> Talk | None:
    bare = _EDGES.sub("", text)
    if not any(unicodedata.category(c)[0] in "LN" for c in bare):
        return "empty"
    bare = _PARTICLES.sub("", bare)
    for talk, pattern in (
        ("greeting", _GREETING),
        ("about", _ABOUT),
        ("thanks", _THANKS),
        ("creation", _CREATION),
        ("abuse", _ABUSE),
    ):
        if pattern.fullmatch(bare):
            return talk  # type: ignore[return-value]
    # 在吗?你能帮我查点啥: a greeting first, and small talk after it.
    first, *rest = _CLAUSES.split(bare, maxsplit=1)
    if rest and _TO_ASK.fullmatch(_PARTICLES.sub("", rest[0].strip())):
        rest = [""]
    greets = _GREETING.fullmatch(_TWICE.sub(r"\1", _PARTICLES.sub("", first.strip())))
    return (_small_talk(rest[0]) if rest[0].strip() else "greeting") if greets and rest else None


def _turns_before(history: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    found = [
        (str(turn["role"]), content)
        for turn in history[-TURNS:]
        if isinstance(turn, Mapping) and turn.get("role") in ("user", "assistant")
        if isinstance(content := turn.get("content"), str) and content.strip()
    ]
    return tuple((role, normalise(content[:MAX_CHARS]).replace("\n", " ")) for role, content in found)
