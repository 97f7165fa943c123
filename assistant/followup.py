"""A follow-up made into a question that stands alone, by rules of Chinese and the names an index knows; no model.

The turns are walked oldest first, with two things kept in mind: what the talk is about, and the last thing the user asked.
它几月办 has its pronoun replaced, 几月办 its subject put in front, 那媒体呢 is set into the last question. A question
with a subject of its own is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.names import PHRASE, Names, Weight, guessed
from assistant.wording import STEP
from vectorstore.numerals import NUMERAL, number
from vectorstore.words import FUNCTION_WORDS, content_words, nominal, proper, whole_words

SAID = 500  # characters of a turn that are read
# Weight of a question's nouns from which on it has a subject of its own, and of words before a pronoun from which on
# that points back to them. Chosen on half of two public sets: one whose questions need their talk, one whose do not.
SUBJECT = 0.2
LADEN = 0.75
TAKES_OVER = 0.5  # weight of a run of nouns from which on a new question is about it, not about the subject so far
PHRASE_CHARS = 16  # a longer run is no name of a thing

Turn = tuple[str, str]  # role (user or assistant), content

_STOP = r"[,，。.!！?？;；、~…\s]"
_OPENING = re.compile(
    r"^(?:(?:[嗯恩哦噢喔啊哇哎唉诶嘿哈呢]+|ok|是[吗的啊呀]|这样|原来(?:如此|是这样)|真的|对|好|行|可以|没错|当然|不错|挺好|太好|真好|知道|明白|了解|懂|谢谢[你您]?|多谢|感谢|收到|那么?|然后"
    rf"|另外|对了|请问|请教一?下|(?:我?想|再|顺便)?问一?下)[啊呀吧呢哦哈嘛啦了的吗]*{_STOP}+)+"
)
# A new subject, said to be one.
_ANOTHER = re.compile(
    rf"(?:好[的吧]?|行|嗯|那)?{_STOP}*(?:先?不(?:说|聊|谈|管|问)(?:这个?|它|那个?)(?:了|吧)?|换个(?:话题|问题)(?:吧|问)?|说点别的吧?|问点别的吧?|(?:对了|另外|顺便|还有|再)+{_STOP}*(?:再|另外|顺便)?(?:请)?问(?:一?下|个事儿?|个问题)?){_STOP}+"
)
_THEN = re.compile(
    r"^(?:那么|然后|所以|还有|请问|那(?![个些里边儿位次天年时本部种项条座家首篇场所件份款届期章节处片是]))+"
)
# 你知道…, 能帮我查一下…: what is asked stands behind.
_FRAME = re.compile(
    r"^[你您]?(?:我?想(?:问|知道|了解|查)一?下?|能不能|能否|能|可以|可否|麻烦|请|帮我|给我|替我|告诉我?|知不知道|知道|清楚|了解|有没有|查一?下|查查|说一?下|说说|看一?下"
    r"|介绍一?下|讲讲|一下)+"
)
_KNOWN = re.compile(
    rf"(?:那?[你您])?(?:知道|认识|听说过?|有没有听说过|[看读玩听吃去用]过|喜欢|了解|觉得|讨厌)([^,，。?？!！]+?)(?:这[个本部首种].{{1,2}})?(?:[吗嘛么不吧]|怎么样|如何|是谁|是什么)?{_STOP}*"
)
_ASKED = re.compile(
    r"什么时[候间]|啥时[候间]|为什么|为啥|什么|多(?:长|少|久|大|高|远|重|宽)(?:时间|钱)?|怎么样?|怎样|如何|啥|哪(?:里|儿|些|个|位|年|天|几)?|几(?:点|时|月份?|号|年|个|岁)?|谁|有没有"
    r"|([\u3400-\u9fff])不\1"
)
# A verb that lacks its object: 你看过吗
_OBJECT = re.compile(rf"([你您]\w{{0,3}}(?:过|喜欢|知道|认识|了解|同意))((?:[吗嘛么]|没有?|不)?{_STOP}*)")
_WHOLE = re.compile(
    r"《[^》]+》|「[^」]+」|“[^”]+”|\"[^\"]+\"|^(?:请问)?(?:什么是|何谓|何为)"
)  # names its subject by its form
_ASKED_NOUN = re.compile(rf"(?:什么|哪些|多少|几|啥)[\u3400-\u9fff]{{2}}|{_ASKED.pattern}")
_QUESTION = re.compile(_ASKED.pattern + r"|[?？吗呢么]|是否")
_PERSON = re.compile(
    r"(?<![其吉维])(?:它们|它家?|他们?|她们?)(?![人国乡])(?:(?:自己|本身)|(?:这|那)(?:里|儿|边)(?!面))?"
)
_PLACE = re.compile(
    r"(?:这|那)(?:里|儿|边)(?:面|边|头)|这里|那里|这儿|那儿|这边|那边|此处|此地|该处|(?<=[在去到从])[这那](?=[\u3400-\u9fff])(?![个些种位次天年时本部项条座家首篇场所件份款届期章节处片])"
)
_OWNER = re.compile(r"([\u3400-\u9fff]{2,12})的(?=有|是|都|多少|几|哪|怎|\W|$)")
_ACCORDING = re.compile("(?:按照?|根据|依照?)(?:有关|相关)?(?:规定|要求|章程|制度)|规定|起码|至少|最多|一般|通常")
_GOES_ON = re.compile(r"^(?:那|还|再|又|然后|前面|后面|具体|其中|最后)|还(?:有|要|能|说|提|得|关系)")
_SIDE = re.compile(r"[这那](?:边|头|块儿?|方面)(?!的呢|呢)")
_ITS = re.compile(r"(?<![与尤极及如由])其(?![他它中实次余间])")
_INSIDE = re.compile(r"(?:(?<![\u3400-\u9fff])|(?<=[在从去到道解]))(?:里面|里边|里头|其中)")
_THIS = re.compile(
    r"(?:(?:这|那)一?[个些部本种项条座家位首篇场所件份款届期章节处片次笔]?|(?<!应)该|(?<![因如从为彼由据在])此)"
)
_NOT_A_THING = frozenset(
    "时候 时间 时 月 年 天 周 样 样子 问题 情况 方面 意思 原因 话 次 点 边 会 刻 外 前 后 间 事 事情 期间 阶段 季度 地步 程度".split()
)
_BARE = re.compile(
    r"(?:(?:这|那)[个些部本种项条座家位首篇场所件份款届]?)(?=[的是呢吗在有,，?？。!！]|怎|什|谁|哪|多|几|何|为|$)"
)
# 青梧的呢, with or without what was asked before said again: ,有哪几家
_FRAGMENT = re.compile(
    rf"(?:那么?|还有|然后|如果是|换成|至于)*(.{{1,20}}?)(?:方面|[这那][边头])?的?呢"
    rf"(?:[,，](?:那?又?是|都?有|叫|做|要)?(?:哪[些几]?[个家项条种位]?|什么|啥|多少|几[个家项条种位]|谁|怎么样?|如何)(?:名字?|呢|啊|的)*)?{_STOP}*"
)
# 不对吧,不是3600家嘛: the last question again, put as what is doubted.
_DOUBT = re.compile(
    rf"(?:不对吧?|不会吧|不是吧|真的吗?|确定吗?|你确定|搞错了吧|等等|诶|咦|[,，])*(?:难道|应该|我记得|我听说)?(?:不是|是)(?P<figure>{NUMERAL}+[\u3400-\u9fff]{{1,3}}?)(?:吗|嘛|么|吧){_STOP}*"
)
_ORDINAL = re.compile(rf"第({NUMERAL}+)(项|条|款|点|章|节|编|部分|个|届|次|名|期|批|类|种|级|等)?")
_TIMES = (
    re.compile(r"\d{4}年?|[去今明前后]年"),
    re.compile(r"(?:\d{1,2}|[上下]个?)月份?"),
    re.compile(r"\d{1,2}[日号]|[昨今明后前]天"),
)
_AMOUNT = re.compile(
    rf"(?:超过|不到|不足|少于|多于|低于|高于)?{NUMERAL}+[万亿千百]?(?:元|块钱?|岁|天|年|个月|人|家|个|级)?(?:以上|以下|以内)?"
)
_HOW_MANY = re.compile(r"(?:多少|几)(?:[个家项条种位名次年月天岁人元章](?![\u3400-\u9fff]?月))?")
_WHEN = re.compile("以前|之前|过去|从前|现在|目前|如今|后来|将来|今后|未来|当时|当初")
_COUNT = re.compile(rf"{_ORDINAL.pattern}|(?:多少|几)[项条款点章节]")
_WHERE = re.compile(r"^是|位于|地处|坐落|在(?!于)|[距离由从属含]|(?<!附)近|地址|毗邻|紧[挨邻]|通用")
_BESIDE = re.compile(r"(?:边上?|附近|周边|旁边?)(?:的|有|就是)?$")
# What is asked for is itself a thing, so that the reply may name the next subject: 附近还有什么景点
_WHICH = re.compile(
    r"哪[个些位家种部本项座所]|哪几|有什么|有啥|什么(?!时[候间]|地方|意思|样|原因|内容)[\u3400-\u9fff]{2}|谁|别的|其[他它]|推荐|还有|有没有"
)
# Asks for more of the same. No word of it begins another: a run of them can be read in one way only.
_AGAIN = re.compile(
    r"(?:那|还有|然后|为什么|为啥|怎么回事|什么|具体|详细|举例|举[几个些]*例子?|真的|继续|接着|能不能|能|可以|再|说|点|一|些|下|别的|其他|其它|吗|呢|的|呀|啊|\W)+"
)
# Asks where the last answer stands, or for its words.
_SOURCE = re.compile(
    r"(?:那|有|没有|这|这个|这句话?|这话|是|在|从|出自|出处|依据|根据|原文|原话|写|说|规定|提到|怎么|如何|哪里|哪儿|哪|第几|一|个|条|项|章|节|段|份|篇|部分|文件|里|中|什么|地方|的|呢|吗|了|\W)+"
)
_NAMES_SOURCE = re.compile("出自|出处|依据|根据|原文|原话|写|规定|提到")
_REST = re.compile(
    r"(?:那|还有|有|其[他它余]|别的|剩下|剩余|全部|所有|都|列出?来?|说|看|一?下|几?[项条]|哪些|什么|是|的|呢|吗|\W)+"
)
# What is asked for with how it is asked for: 有哪些企业, 多少家企业
_ASKED_FOR = r"(?:有|是)?(?:哪些|哪几[个家项条位名]|多少[个家项条位名]?|几[个家项条位名]|什么)"
_LISTED = re.compile(r"(?:都|一共|总共)?(?:有|是|包括|分)?(?:哪些|哪几[条项个点款]|几[条项个点款]|多少[条项个点款])")
_TOWARDS = re.compile(r"(?P<how>对于?|向|给|跟|和|与|为)(?P<whom>[\u3400-\u9fff]{2,8})")


@dataclass(frozen=True, slots=True)
class _Talk:
    """Where a conversation stands."""

    subject: str = ""  # what it is about
    question: str = ""  # what the user last asked, made to stand alone
    named: tuple[str, ...] = ()  # the names the user used, oldest first
    before: str = ""  # what it was about when the user last asked: the reply may have named another thing


def stand_alone(text: str, turns: Sequence[Turn], names: Names, weight: Weight = guessed) -> str:
    """The question as it would be put without the turns before; the text itself when it needs none of them.

    text: normalised. turns: role and normalised content, oldest first, as untrusted as the text. weight: how much a word narrows
    down what is meant, 0…1.
    """
    return _rewritten(text, _talk_of(turns, names, weight), names, weight)


def _talk_of(turns: Sequence[Turn], names: Names, weight: Weight) -> _Talk:
    talk = _Talk()
    for role, said in turns:
        said = said[:SAID]
        if role == "user":
            talk = replace(_asked(said, talk, names, weight), named=(*talk.named, *names.found(said)))
            talk = replace(talk, before=talk.subject)
        elif role == "assistant":
            talk = replace(talk, subject=_introduced(said, talk, names))
    return talk


def leans(text: str, turns: Sequence[Turn], names: Names, weight: Weight = guessed) -> bool:
    """Does a question say too little by itself, so that it is asked of what the turns before were about?"""
    talk = _talk_of(turns, names, weight)
    if _GOES_ON.search(text) or _rewritten(text, talk, names, weight) != text:
        return True
    return not _complete(text, _Talk(), names, weight)


def _rewritten(text: str, talk: _Talk, names: Names, weight: Weight) -> str:
    if (another := _ANOTHER.match(text)) and another.end() < len(text):
        return text[another.end() :]
    text = _without_sides(text)
    if not talk.subject:
        lacking = talk.question and talk.question not in text and not _complete(text, talk, names, weight)
        return f"{talk.question} {text}" if lacking else text
    return (
        _doubted(text, talk)
        or _of_the_source(text, talk)
        or _stepped(text, talk)
        or _in_place(text, talk, names)
        or _with_antecedent(text, talk, names, weight)
        or (text if _complete(text, talk, names, weight) else _with_subject(text, talk, names))
    )


def _without_sides(text: str) -> str:
    """雇主这边有什么要求 -> 雇主有什么要求: 这边 right after a noun points at nothing said before."""
    for match in _SIDE.finditer(text):
        before = whole_words(_THEN.sub("", text[: match.start()]))
        stands = before and len(before[-1]) > 1 and before[-1] not in FUNCTION_WORDS
        if stands and text[: match.start()].endswith(before[-1]):
            return text[: match.start()] + text[match.end() :]
    return text


def _complete(text: str, talk: _Talk, names: Names, weight: Weight) -> bool:
    """Has a question a subject of its own: a name, or nouns of some weight?"""
    if (talk.subject and talk.subject in text) or _spoken_of(text, names) or _WHOLE.search(text):
        return True
    said = _ACCORDING.sub(" ", _ASKED.sub(" ", _OPENING.sub("", text)))
    return _heavy(said, weight) >= SUBJECT or any(proper(word) for word in whole_words(said))


def _heavy(said: str, weight: Weight) -> float:
    return sum(weight(word) for word in content_words(said) if nominal(word))


def _asked(said: str, talk: _Talk, names: Names, weight: Weight) -> _Talk:
    """The talk after a turn of the user's: about a name that it speaks of, else about what a new question is about."""
    if not _QUESTION.search(said) and not STEP.fullmatch(said):
        # Where nothing is known by name, a statement may name the subject all the same.
        new = _spoken_of(said, names) or talk.subject or ("" if names.known else _phrase(said, weight))
        return _Talk(new, talk.question or said)
    question = _rewritten(said, talk, names, weight)
    found = talk.subject if talk.subject in names.found(said) else _spoken_of(said, names)
    if (
        found
        and (_PERSON.search(said) or _ITS.search(said))
        and re.search(rf"(?:[它他她们家]的?|其){re.escape(found)}", said)
    ):
        found = talk.subject  # 它的宗旨 still speaks of 它
    owners = [name for name in names.found(said) if re.search(f"{re.escape(name)}的?{re.escape(found)}", said)]
    found = owners[0] if found and owners else found  # 协会的宗旨 speaks of 协会
    if found or (talk.subject and talk.subject in question):
        return _Talk(found or talk.subject, question[:SAID])
    asking = re.split(_STOP, question.rstrip("?？。!！ "))[-1]
    new = _phrase(asking if talk.subject else question, weight)
    if not talk.subject or (question == said and _heavy(new, weight) >= TAKES_OVER):
        return _Talk(new, question)
    return _Talk(talk.subject, question)


def _spoken_of(said: str, names: Names) -> str:
    """The last name in a text, but for one that merely says where something is: 位于颐和园内 is not about 颐和园."""
    for clause in reversed(re.split(_STOP, said)):
        for name in reversed(names.found(clause)):
            before = clause[: clause.rindex(name)]
            if _QUESTION.search(clause) or _BESIDE.search(before) or not _WHERE.search(before):
                return name
    return ""


def _introduced(said: str, talk: _Talk, names: Names) -> str:
    """The subject after a reply: a name in it, if it is the only one and the question asked for such a thing."""
    found = [name for name in dict.fromkeys(names.found(said)) if name not in talk.question and name != talk.subject]
    asks = _QUESTION.search(re.split(_STOP, said.rstrip("?？ "))[-1])
    if found and (not talk.subject or asks or (len(found) == 1 and _WHICH.search(talk.question))):
        return _spoken_of(said, names) or talk.subject
    return talk.subject


def _phrase(text: str, weight: Weight) -> str:
    """What a question asks about, 你知道百年孤独吗 -> 百年孤独, or its weightiest run of nouns."""
    known = _KNOWN.fullmatch(_OPENING.sub("", text))
    if known and 2 <= len(known[1]) <= PHRASE_CHARS and not _ASKED.search(known[1]):
        return known[1]
    said = _FRAME.sub("", _THEN.sub("", _OPENING.sub("", text)))
    runs: list[list[str]] = [[]]
    for part in re.split(rf"{_ASKED.pattern}|[\W_]+", said):
        at = 0
        for word in whole_words(part or ""):
            start = part.find(word, at)
            if start != at or not nominal(word) or word.isdigit():
                runs.append([])
            if nominal(word) and not word.isdigit():
                runs[-1].append(word)
            at = start + len(word)
        runs.append([])
    best = max(runs, key=lambda run: sum(map(weight, run)))
    joined = "".join(best)
    return joined if sum(map(weight, best)) >= PHRASE and len(joined) <= PHRASE_CHARS else ""


def _doubted(text: str, talk: _Talk) -> str:
    """不是3600家嘛, after 发倡议的企业有多少 -> 发倡议的企业有3600家吗"""
    doubt, asked = _DOUBT.fullmatch(text), _HOW_MANY.search(talk.question)
    if not doubt or not asked:
        return ""
    return f"{talk.question[: asked.start()]}{doubt['figure']}{talk.question[asked.end() :].rstrip('?？。!！呢啊')}吗"


def _of_the_source(text: str, talk: _Talk) -> str:
    """原文怎么写的, after 协会能制定团体标准吗: asked of the same thing."""
    bare = _OPENING.sub("", text) or text
    if not talk.question or not _SOURCE.fullmatch(bare) or not _NAMES_SOURCE.search(bare):
        return ""
    return f"{talk.question.rstrip('?？。!！')},{bare}"


def _stepped(text: str, talk: _Talk) -> str:
    """再下一项呢 after 业务范围第二项讲什么 -> 业务范围第3项讲什么"""
    step, ordinal = STEP.fullmatch(text), _ORDINAL.search(talk.question)
    if not step or not ordinal or (value := number(ordinal[1])) is None:
        return ""
    value += -1 if (step["way"] or step["on"] or "下") in "上前" else 1
    unit = ordinal[2] or step["unit"] or step["next"] or "项"
    return _ORDINAL.sub(f"第{value}{unit}", talk.question, count=1)


def _in_place(text: str, talk: _Talk, names: Names) -> str:
    """那媒体呢: the last question with what is of its kind replaced."""
    fragment = _FRAGMENT.fullmatch(text)
    if not fragment or _ASKED.search(fragment[1]) or _PERSON.search(text) or _PLACE.search(text):
        return ""
    new, last = fragment[1].removesuffix("的"), talk.question
    if (towards := _TOWARDS.fullmatch(new)) and (
        was := re.search(rf"{towards['how'][0]}于?[\u3400-\u9fff]+?(?=提|说|讲|有|做|的|应|要|来|$)", last)
    ):
        return last[: was.start()] + new + last[was.end() :]
    if _WHEN.fullmatch(new):  # 现在呢, after 协会以前归谁管; else nobody knows what of that time is asked
        return _WHEN.sub(new, last, count=1) if _WHEN.search(last) else ""
    for kind in (_ORDINAL, *_TIMES, _AMOUNT):
        if kind.fullmatch(new):
            if kind.search(last):
                return kind.sub(lambda _: new, last, count=1)
            return f"{_counted(talk, names)}{new}" if kind is _ORDINAL else f"{new}{last}"
    if new in names.known:
        if talk.subject in last and talk.subject in names.known:
            return last.replace(talk.subject, new, 1)
        return ""
    if f"{new}的呢" in text and (owner := _OWNER.search(last)):  # 青梧的呢, after 白鹭的有哪些
        word = whole_words(owner[1])[-1]
        return last[: owner.end(1) - len(word)] + new + last[owner.end(1) :]
    if all(nominal(word) for word in whole_words(new)):
        return _of_its_kind(new, talk)
    parallel = _parallel(new, last)
    return parallel or (f"{new}的{last}" if f"{new}的呢" in text and last and not _REST.fullmatch(text) else "")


def _parallel(new: str, last: str) -> str:
    """争先做到的呢, after 率先做到哪几条: what ends alike gives way; "" where nothing does."""
    for start in range(1, len(new) - 1):
        at = last.find(new[start:])
        if at >= start and len(new) - start >= 2:
            return last[: at - start] + new + last[at + len(new) - start :]
    return ""


def _asked_otherwise(text: str, last: str) -> str:
    """有哪些企业, after 倡议书有多少家企业参加: the last question, that of the same thing; "" when it asked for another."""
    asked = re.fullmatch(rf"{_ASKED_FOR}([\u3400-\u9fff]{{2,6}}?)[呢吗啊]?{_STOP}*", text)
    before = asked and re.search(rf"{_ASKED_FOR}{re.escape(asked[1])}", last)
    return last[: before.start()] + text.rstrip("?？。!！呢") + last[before.end() :] if before else ""


def _counted(talk: _Talk, names: Names) -> str:
    """What 第三项 is an item of: what the last question asked the list of, or the last name in it."""
    if (asked := _LISTED.search(talk.question)) and len(head := talk.question[: asked.start()]) >= 2:
        return next((name for name in names.found(head) if head.endswith(name)), head)
    return (names.found(talk.question) or [talk.subject])[-1]


def _of_its_kind(new: str, talk: _Talk) -> str:
    """消费者 in the last question gives way to 媒体; where it asks for an attribute of the subject, 门票, that one does."""
    tail = next(reversed(whole_words(talk.subject)), "")
    if len(tail) > 1 and new[-1] == tail[-1] and talk.subject in talk.question:  # 秘书长呢, after 协会会长是谁
        return talk.question.replace(talk.subject, talk.subject.removesuffix(tail) + new, 1)
    if len(talk.subject) > 2 and new[-2:] == talk.subject[-2:] and talk.subject in talk.question:
        return talk.question.replace(talk.subject, new, 1)  # 中小企业呢, after 骨干企业要做什么
    rest = _ASKED_NOUN.sub(" ", talk.question.replace(talk.subject, " ", 1))
    nouns = [w for w in content_words(rest) if nominal(w) and not w.isdigit() and w not in _NOT_A_THING]
    if not nouns or (
        len(nouns) == 1 and re.search(f"{re.escape(talk.subject)}的?{re.escape(nouns[0])}", talk.question)
    ):
        return f"{talk.subject}的{new}呢"
    alike = [word for word in nouns if word[-1] == new[-1]] or nouns
    return talk.question.replace(
        _run_ending(talk.question, alike[-1]) if new.endswith(alike[-1]) else alike[-1], new, 1
    )


def _run_ending(text: str, noun: str) -> str:
    """副会长单位一年会费多少, 单位 -> 副会长单位: the run of nouns that one ends."""
    run = noun
    for word in reversed(whole_words(text[: text.find(noun)])):
        if len(word) < 2 or not nominal(word) or word.isdigit() or f"{word}{run}" not in text:
            break
        run = word + run
    return run


def _with_antecedent(text: str, talk: _Talk, names: Names, weight: Weight) -> str:
    """它的主题是什么 -> 质量月的主题是什么; "" when there is no pronoun, or one that points back inside the question."""
    found = _pointing(text, talk)
    if not found:
        return ""
    start, end, instead = found
    before = text[:start]
    *clauses, clause = re.split(_STOP, before)
    outside = clause[-1:] in ("在", "离", "比", "跟")  # 天池也在它附近吗
    if not outside and _complete(clause, talk, names, weight):
        return text
    if any(_spoken_of(clause, names) for clause in clauses) or (not outside and _heavy(before, weight) >= LADEN):
        return text
    head, rest = _THEN.sub("", _OPENING.sub("", before)), text[end:]
    if talk.subject in rest:
        return text
    if any(rest.removeprefix("的").startswith(name) for name in names.found(rest)[:1]):
        return head + rest.removeprefix("的")  # 它的宗旨 names a section of the index: no need to say whose
    return head + instead + rest


def _pointing(text: str, talk: _Talk) -> tuple[int, int, str] | None:
    """Where a pronoun stands, and what is to stand there."""
    subject = talk.subject
    for pattern, instead in (
        (_PERSON, subject),
        (_ITS, f"{subject}的"),
        (_INSIDE, f"{subject}里面"),
        (_PLACE, subject),
    ):
        if match := pattern.search(text):
            if match[0] == "其中":
                instead = f"{subject}中"
            elif pattern is _PLACE and match[0][-1] in "面边头" and len(match[0]) > 2:
                instead = f"{subject}里面"
            return match.start(), match.end(), instead
    for match in _THIS.finditer(text):
        noun = next(iter(whole_words(text[match.end() :])), "")
        noun = noun.rstrip("里中上内") or noun  # 这笔钱里
        if not noun or not text.startswith(noun, match.end()) or noun in _NOT_A_THING or not nominal(noun):
            continue
        if match[0] == "那" or (match[0] == "这" and len(noun) < 2):  # 那门票呢: 那 only joins
            continue
        if noun[-1] in text[: match.start()]:  # 《…》一词后,该词普遍被采用
            continue
        end = match.end() + len(noun)
        if re.search(f"{re.escape(subject)}的?{re.escape(noun)}", talk.question):
            return match.start(), end, f"{subject}的{noun}"
        return match.start(), end, next((name for name in reversed(talk.named) if name.endswith(noun)), subject)
    if match := _BARE.search(text):
        return match.start(), match.end(), subject
    return None


def _with_subject(text: str, talk: _Talk, names: Names) -> str:
    """几月办 -> 质量月几月办, 你知道地址吗 -> 你知道质量月的地址吗"""
    bare = _OPENING.sub("", text) or text
    if (ordinal := _ORDINAL.search(talk.question)) and _REST.fullmatch(bare):
        return f"{talk.question[: ordinal.start()].rstrip('的')}有哪些"
    if talk.question and _AGAIN.fullmatch(bare):
        return f"{talk.question.rstrip('?？。!！')},{bare}"
    if asked_otherwise := _asked_otherwise(bare, talk.question):
        return asked_otherwise
    clauses = re.split(rf"(?<={_STOP})(?!{_STOP}|$)", bare)
    asking = next((i for i in reversed(range(len(clauses))) if _QUESTION.search(clauses[i])), len(clauses) - 1)
    clause = _THEN.sub("", clauses[asking]) or clauses[asking]
    if bound := _OBJECT.fullmatch(clause):
        return "".join((*clauses[:asking], bound[1], talk.subject, bound[2], *clauses[asking + 1 :]))
    frame = _FRAME.match(clause)
    head = frame[0] if frame and len(frame[0]) < len(clause.rstrip("?？。!！吗呢")) else ""
    rest = clause[len(head) :]
    first = next(iter(whole_words(rest)), "")
    joint = "的" if first and rest.startswith(first) and nominal(first) else ""
    subject = _counted(talk, names) if _COUNT.search(rest) else _of_the_same(rest, talk)
    return "".join((*clauses[:asking], head, subject, joint, rest, *clauses[asking + 1 :]))


def _of_the_same(asked: str, talk: _Talk) -> str:
    """哪天发的, after 倡议书是谁发的 -> 倡议书, whomever the reply named: a verb said again is said of the same thing."""
    verbs = [word for word in content_words(_ASKED.sub(" ", asked)) if not nominal(word)]
    return talk.before if talk.before and any(verb in talk.question for verb in verbs) else talk.subject
