"""Do the documents answer this question at all? Decided before anything is shown."""

from __future__ import annotations

from assistant.extract import Candidate
from assistant.question import Question
from assistant.terms import Terms, joined

COVERAGE = 0.45  # of the question's terms, in the passage that answers and its headings


def unsupported(question: Question, terms: Terms, ranked: list[Candidate]) -> str:
    """Why a question is to be refused; "" when the documents support an answer."""
    if not ranked:
        return "没有找到相关段落"
    best = ranked[0]
    passage = best.hit.passage
    around = joined((passage.title, passage.date, *passage.headings, passage.text))
    if missing := [number for number in terms.numbers if number not in around]:
        return "文件中没有" + "、".join(missing)
    if terms.coverage(around) < COVERAGE:
        return "文件中没有" + "、".join(terms.missing(around)[:3])
    return ""
