"""Do the documents answer this question at all? Decided before anything is shown.

A logistic regression over what the best sentence and its passage hold of the question. Its weights were fitted on public
sets of answerable and unanswerable questions on encyclopaedia texts, never on the association's own: fitted on the one
set it separates the other (balanced accuracy .91 and .96 at 0, on samples of 500); the weights below come from both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from assistant.extract import Candidate
from assistant.question import Question
from assistant.terms import Terms, joined
from vectorstore.words import content_words

_WEIGHTS = {"passage": 1.9, "sentence": 2.2, "cosine": 3.8, "best cosine": 2.7, "spelling": 1.7, "pairs": 4.0}
_BIAS = -8.2
# The best of N passages fits by chance the better, the more there are: weighing one passage in N, log-odds lose ln N
# (the look-elsewhere effect). The constant puts the bar at 0, where both sets, of 588 and of 779 passages, were best
# separated. For a much smaller index it is an extrapolation that nothing has measured.
_CHANCE = 6.5
_STRICTEST = -1.0  # a bar at 0 refused a third of lay questions on 45,000 passages of statutes


def threshold(passages: int) -> float:
    """Evidence below which a question is refused, for an index of so many passages."""
    return min(_STRICTEST, math.log(max(passages, 1)) - _CHANCE)


def unsupported(question: Question, terms: Terms, ranked: Sequence[Candidate], passages: int) -> str:
    """Why a question is to be refused; "" when the documents support an answer. passages: how many the index holds."""
    if question.talk == "creation":
        return "不是查找类问题"
    if not ranked:
        return "没有找到相关段落"
    around = context(ranked[0])
    # A number to be affirmed or denied may well be another in the documents: those words are then the correction.
    if not question.polar and (missing := [number for number in terms.numbers if number not in around]):
        return "文件中没有" + "、".join(missing)
    if (
        _keywords(question)
        and terms.words
        and (subject := max(terms.words, key=lambda w: terms.words[w])) in terms.unknown
    ):
        return "文件中没有" + subject
    if evidence(terms, ranked) < threshold(passages):
        return "文件中没有" + "、".join(terms.missing(around)[:3])
    return ""


def _keywords(question: Question) -> bool:
    """Nothing but key words, as for a search box: 会费标准. Then the weightiest one must be in the documents."""
    return "".join(content_words(question.text)) == re.sub(r"[\W_]+", "", question.text)


def evidence(terms: Terms, ranked: Sequence[Candidate]) -> float:
    """Log-odds that the documents answer, as the fitted sets would have it."""
    best, around = ranked[0], context(ranked[0])
    features = {
        "passage": terms.coverage(around),
        "sentence": terms.coverage(best.words),
        "cosine": best.cosine,
        "best cosine": max(candidate.cosine for candidate in ranked),
        "spelling": terms.spelt(around),
        "pairs": terms.overlap(around),
    }
    return _BIAS + sum(_WEIGHTS[name] * value for name, value in features.items())


def context(candidate: Candidate) -> str:
    """The passage around a sentence with title, date and headings, normalised."""
    passage = candidate.hit.passage
    return joined((passage.title, passage.date, *passage.headings, passage.text))
