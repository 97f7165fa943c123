"""Follow-ups that ask for more of the last answer: 还有呢, 为什么, 后来呢. What was said already is no answer to them."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant import strings
from assistant.answer import Draft
from assistant.question import Question
from vectorstore.normalise import normalise

# As they stand once made to stand alone: 质量月后来呢; 质量月是哪一年开始的,还有呢.
_AND_THEN = re.compile(
    r"[^,，?？]{1,16}?(?P<said>(?:后来|现在|以前|之前|过去|从前|目前|如今|将来|今后|未来|当时|当初|接下来|之后)(?:呢|怎么样了?|如何了?))\W*"
)
_MORE = re.compile(
    r"(?P<asked>.+),(?:那么?)?(?:还有|然后|接着|继续|其[他它]|别的|再)(?:呢|吗|别的|其[他它]的?|什么|说|点|一|些|\W)*"
)
_WHY = re.compile(r".+,(?:那么?)?(?:为什么|为啥|为何|什么原因|怎么回事)[呢啊呀]?\W*")
_REASON = re.compile(
    r"因为|由于|因此|所以|为了|旨在|目的|原因|以便|为此|出于|鉴于|缘于|之所以|(?:^|[,。;])为[^,。;]{4,},"
)


def first_asked(question: Question) -> Question:
    """质量月是哪一年开始的,还有呢 -> 质量月是哪一年开始的; any other question as it is."""
    more = _MORE.fullmatch(question.text) if question.said else None
    return replace(question, text=more["asked"]) if more else question


def beyond(question: Question, draft: Draft) -> Draft:
    """The draft, or a refusal that says why when it does not go beyond the last reply though that is asked."""
    if not question.said:
        return draft
    if bare := _AND_THEN.fullmatch(question.text):
        return Draft((), why=strings.SAY_MORE.format(asked=bare["said"]))
    if not draft.statements:
        return draft
    reply = next((said for role, said in reversed(question.said) if role == "assistant"), "")
    said = [normalise(statement.text).rstrip("。") for statement in draft.statements]
    told = any(text in reply for text in said)
    if told and _MORE.fullmatch(question.text):
        return Draft((), why=strings.NO_MORE, margin=draft.margin)
    if _WHY.fullmatch(question.text) and (told or not any(_REASON.search(text) for text in said)):
        return Draft((), why=strings.NO_REASON, margin=draft.margin)
    return draft
