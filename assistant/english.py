"""A question in English, put into the documents' own Chinese words: enough to find and to quote, not to be proud of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import log

from vectorstore.glosses import Glosses, stems

KNOWN = 0.6  # share of the question's words that the documents must have a word for
FITS = 0.3  # how well that word must fit: with the last sense of a word of one character anything could be said
SIDE_BY_SIDE = 1.5  # what two words gain that the documents set side by side
# What is asked, and how Chinese asks it; the first that fits counts.
_ASKING = (
    (re.compile(r"\bhow much\b(?=.*\b(?:cost|fees?|dues|pay|price|charge|money)\b)"), "多少钱"),
    (re.compile(r"\bhow (?:many|much)\b|\bnumber of\b"), "有多少"),
    (
        re.compile(r"\b(?:when|(?:what|which) (?:year|date|month|day)) .*\b(?:start|begin|began|since)"),
        "从什么时候开始",
    ),
    (re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|month|day|time)\b"), "是什么时候"),
    (re.compile(r"\bwho(?:se|m)?\b"), "是谁"),
    (re.compile(r"\bwhere\b"), "在哪里"),
    (re.compile(r"\bwhy\b"), "为什么"),
    (re.compile(r"\b(?:list|what are|which are|name (?:all|the))\b"), "有哪些"),
    (re.compile(r"\bwhat\b|\bwhich\b|\bhow\b|\bdescribe\b|\bexplain\b|\btell\b|\bdefine\b"), "是什么"),
    (re.compile(r"^(?:is|are|was|were|do|does|did|can|could|may|must|has|have|will|should)\b"), "吗"),
)
_ASKS = re.compile(
    r"\b(?:how|many|much|number|when|what|which|year|date|who|whose|whom|where|why|list|name|all|tell|me|describe|explain|please|there|"
    r"you|your|i|we|our|they|their|can|could|may|must|will|should|any|some)\b"
)
_BEGIN = re.compile(r"\b(?:start(?:ed|s)?|beg[aiu]n|begins)\b")
_COUNTED = re.compile(r"\bhow (?:many|much) ([a-z]+)\b")
_OF = re.compile(r"\b([a-z]+) of (?:the |a |an )?([a-z]+)\b")
_HYPHENED = re.compile(r"\b([a-z]+)-([a-z]+)\b")
# Signs of programs, commands and paths: their words ask for nothing.
_CODE = re.compile(
    r"[{}<>=*\\|$`]|__|(?:^|\s)/\w|^(?:select|insert|update|delete|drop|create|alter|union)\b.*\b(?:from|into|table|where|set|values)\b"
)
_PIECES = re.compile(r"[a-z]+|\d+(?:\.\d+)?")


def in_chinese(text: str, glosses: Glosses, counts: Mapping[str, int], meets: Callable[[str], bool]) -> str:
    """The question in words of the documents; "" when too few of its own are among them.

    text: normalised. counts: occurrences of the documents' words. meets: do two characters stand side by side in the
    documents? Of several words for one, those win that fit, that are frequent, and that stand side by side.
    """
    if _CODE.search(text):
        return ""
    asking = next((said for asked, said in _ASKING if asked.search(text)), "")
    choices: list[dict[str, float]] = []
    asked = known = 0
    text = _HYPHENED.sub(lambda word: _joined(word, glosses), text)
    text = _BEGIN.sub(" ", text) if asking.endswith("开始") else text
    counted = _COUNTED.search(text)
    rest = text.replace(counted[1], " ", 1) if counted else text
    for said in (rest, counted[1] if counted else ""):  # what is counted stands last: 倡议有多少企业
        before = len(choices)
        for piece in _PIECES.findall(_ASKS.sub(" ", _OF.sub(r"\2 \1", said))):
            if piece[0].isdigit():
                choices.append({f"{piece}年" if len(piece) == 4 else piece: 1.0})
                continue
            for stem in stems(piece):
                asked += 1
                if words := glosses.get(stem):
                    known += max(words.values()) >= FITS
                    choices.append({word: fit * log(1 + counts.get(word, 1)) for word, fit in words.items()})
    if known == 0 or known < KNOWN * asked:
        return ""
    path = _path(choices, meets)
    return "".join((*dict.fromkeys(path[:before]), asking, *path[before:]))


def _joined(word: re.Match[str], glosses: Glosses) -> str:
    """non-profit -> nonprofit, where that is a word of the glosses; apart where it is not."""
    whole = word[1] + word[2]
    return whole if any(stem in glosses for stem in stems(whole)) else f"{word[1]} {word[2]}"


def _path(choices: Sequence[Mapping[str, float]], meets: Callable[[str], bool]) -> tuple[str, ...]:
    """One word of each choice, the best in all (Viterbi 1967)."""
    best: dict[str, tuple[float, tuple[str, ...]]] = {"": (0.0, ())}
    for words in choices:
        best = {
            word: max(
                (score + weight + SIDE_BY_SIDE * bool(last and meets(last[-1] + word[0])), (*path, word))
                for last, (score, path) in best.items()
            )
            for word, weight in words.items()
        }
    return max(best.values())[1]
