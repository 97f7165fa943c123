"""Do the documents answer this question at all? Decided before anything is shown.

A logistic regression over what the best sentence and its passage hold of the question. Its coefficients stand in
refusal.json with the command that made them and how well they separate sets they never saw.

The best of N passages fits by chance the better, the more there are: weighing one passage in N, log-odds lose ln N (the
look-elsewhere effect). The bar is that of the sets' indexes, of some 600 passages, and lies lower for smaller ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from math import log
from pathlib import Path

from assistant.expected import classed, counted_noun, lacks_what_is_asked
from assistant.extract import Candidate
from assistant.question import Question
from assistant.terms import Terms, context
from vectorstore.formal import formal
from vectorstore.normalise import normalise
from vectorstore.numerals import NUMERAL, number
from vectorstore.words import content_words, importance, nominal, proper

SURE = 0.997  # chance of no answer above which the reader's certainty says nothing more
BAR = -1.5  # below the best separation of the sets by what costs them least: people's own words share less with a text
BAR_AT = 600  # passages
TELLING = 0.15  # importance from which on a word tells what is asked
LACKING = 3  # such words that the documents lack, when they hold none
_SUPPOSES = re.compile("要是|如果|假如|假设|万一|的话|倘若")
# What was before now, or is to come: a document that tells of no such time does not answer. 去年 needs a year at least.
_PAST = re.compile(r"(?P<year>去年|前年|上个?月|上周)|[上下]一?[届次期]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LIMITS = frozenset("上限 下限 限制 要求 规定 说法 讲究 门槛 优惠 区别 好处 说明".split())  # asked whether there is one
_EDITION = re.compile(rf"\d{{4}}年度|第{NUMERAL}+[届期批]")
_OPEN = re.compile("什么|啥|哪|谁|多少|几|怎|如何")
_PUT = re.compile(
    r"(?:一般|大概|具体)?(?:是|有|为|要|收)?(?:什么|啥|多少|哪些|几)(?:钱|元)?[呢呀啊]?[?？]?$"
)  # asks for what is named before it
NEXT_TO_NOTHING = 0.1  # of the weight of a question's words
MOSTLY = 0.5  # of the weight of key words that a passage holds: then it is about them, whatever one of them is called
COEFFICIENTS = Path(__file__).with_name("refusal.json")


def unsupported(
    question: Question, terms: Terms, ranked: Sequence[Candidate], passages: int, shown: Sequence[Candidate] = ()
) -> str:
    """Why a question is to be refused; "" when the documents support an answer. passages: how many the index holds.
    shown: the candidates in the order in which they are to be quoted, where that is another.
    """
    if question.talk == "creation":
        return "不是查找类问题"
    if not ranked:
        return "没有找到相关段落"
    around = context(ranked[0].hit.passage)
    # A number to be affirmed or denied may well be another in the documents: those words are then the correction.
    dotless = around.replace(".", "")  # 315 is 3.15
    supposed = _SUPPOSES.search(question.text)  # 要是10月份才加入: a case, which a rule for others may cover
    wanting = [number for number in terms.numbers if not supposed or len(number) == len("2018")]
    if not question.polar and (missing := [number for number in wanting if number.replace(".", "") not in dotless]):
        return "文件中没有" + "、".join(missing)
    if not question.polar and (edition := _EDITION.search(question.text)) and not _speaks_of(edition[0], around):
        return "文件中没有" + edition[0]
    if (subject := _subject(question, terms)) in terms.unknown and terms.coverage(around) < MOSTLY:
        return "文件中没有" + subject
    if _nothing_held(terms, around):
        return "文件中没有" + "、".join(terms.missing(around)[:3])
    if _nothing_but_the_subject(terms):
        return "文件中没有" + "、".join(sorted(terms.unknown)[:3])
    sought = _asked_whether(question, terms) or counted_noun(question.text)
    if len(sought) > 1 and sought in terms.unknown and (would_be_said(sought) or not _anything_told(terms)):
        return "文件中没有" + sought
    if (past := _PAST.search(question.text)) and not (past[0] in around or (past["year"] and _YEAR.search(around))):
        return "文件中没有" + past[0]
    said = (*(c.words for c in (*shown[:1], *ranked[:3])), normalise(ranked[0].hit.passage.text))
    if lacks_what_is_asked(question.text, "\n".join(said)):
        return "原文没有写明所问的内容"
    if evidence(features(terms, ranked)) < threshold(passages):
        return "文件中没有" + "、".join(terms.missing(around)[:3])
    return ""


def would_be_said(word: str) -> bool:
    """Would official texts say this word, if they spoke of the thing? 会费 and 入会 they would, 撒手不管 and 打下手 hardly."""
    if len(word) == 1:  # 退 stands in 退还, which is another word
        return False
    return importance(word) >= TELLING and (nominal(word) or formal(word))


def _speaks_of(edition: str, around: str) -> bool:
    """第八届 is 第8届."""
    return edition in around or _valued(edition) in {_valued(found[0]) for found in _EDITION.finditer(around)}


def _valued(edition: str) -> str:
    return re.sub(rf"{NUMERAL}+", lambda match: str(number(match[0])), edition)


def _anything_told(terms: Terms) -> bool:
    """Do the documents hold any telling word of a question beside whom or what it is about?"""
    held = (word for word in terms.words if word not in terms.unknown and word not in terms.names)
    return any(importance(word) >= TELLING and not proper(word) for word in held)


def _nothing_held(terms: Terms, around: str) -> bool:
    """Does the passage hold next to nothing of a question, of which the documents lack two key words, or have no pair? What
    it is like, the encoder and the reader may say, but not that it answers.
    """
    held = terms.coverage(around)
    lacking = [word for word in terms.unknown if would_be_said(word)]
    return held < NEXT_TO_NOTHING and len(lacking) >= 2 or not (held or terms.overlap(around) or terms.spelt(around))


def _nothing_but_the_subject(terms: Terms) -> bool:
    """Do the documents hold nothing of a question but whom or what it is about, and lack word after word of it?"""
    lacking = [word for word in terms.unknown if would_be_said(word)]
    held = [w for w in terms.words if w not in terms.unknown and w not in terms.names and not w.isdigit()]
    return len(lacking) >= (LACKING if held else 2) and not any(importance(word) >= TELLING for word in held)


def _asked_whether(question: Question, terms: Terms) -> str:
    """协会提供住宿吗 -> 住宿: what is asked whether is said last; "" when something else is asked.

    Whether something is of a kind (协会是慈善机构吗) is told by what the documents say it is, in whatever words.
    """
    if not question.polar or not terms.words or _OPEN.search(question.text) or classed(question.text):
        return ""
    asked = [word for word in terms.words if word not in _LIMITS]
    return max(asked or terms.words, key=lambda word: question.text.rfind(word) + len(word))


def _subject(question: Question, terms: Terms) -> str:
    """The weightiest of nothing but key words, as for a search box: 会费标准. Put as a question (会费标准是什么, 电话号码是多少) the last
    of them, which says of what kind the thing is, may be another in the documents. "" when more is said than key words.
    """
    bare = re.sub(r"[\W_]+", "", question.text)
    named = _PUT.sub("", bare)
    words = content_words(named)
    if not words or "".join(words) != named:
        return ""
    asked = words if named == bare else words[:-1]
    return max((word for word in asked if word in terms.words), key=lambda word: terms.words[word], default="")


def features(terms: Terms, ranked: Sequence[Candidate]) -> dict[str, float]:
    """What the decision rests on; ranked must not be empty."""
    best, around = ranked[0], context(ranked[0].hit.passage)
    return {
        "passage": terms.coverage(around),
        "sentence": terms.coverage(best.words),
        "cosine": best.cosine,
        "best cosine": max(candidate.cosine for candidate in ranked),
        "spelling": terms.spelt(around),
        "pairs": terms.overlap(around),
        "reader": log(1 - min(best.unanswered, SURE)),
        "reader anywhere": log(1 - min(min(candidate.unanswered for candidate in ranked), SURE)),
    }


def threshold(passages: int) -> float:
    """Evidence below which a question is refused, for an index of so many passages."""
    return BAR + min(0.0, log(max(passages, 1) / BAR_AT))


def evidence(found: Mapping[str, float]) -> float:
    """Log-odds that the documents answer."""
    weights, bias = _coefficients()
    return bias + sum(weight * found[name] for name, weight in weights.items())


@cache
def _coefficients() -> tuple[dict[str, float], float]:
    read = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return read["weights"], read["bias"]
