"""Is an answer right, and how good are its parts? Pure functions of a gold question and an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from assistant.answer import Answer
from assistant.gold import Gold, Place
from vectorstore.numerals import number

SAID = {"answered": "回答", "refused": "说没有", "clarify": "反问", "chat": "应酬", "error": "出错"}
_TENS = re.compile("[一二三四五六七八九]?十[一二三四五六七八九]?")
_DATE = re.compile(r"(\d{4})年0?(\d{1,2})月0?(\d{1,2})日|(\d{4})-0?(\d{1,2})-0?(\d{1,2})")
_NOTE = re.compile(r"\[\d+\]")
_MARK = re.compile(r"[（(][^（）()]+[）)]$")
_CLAUSE = re.compile(r"[，,、；;：:。！？!?…\n]+")
PART = 6  # characters of a quote that a citation of a part of it must hold
MANY, ENOUGH = 4, 240  # characters: longer than so many times the quotes, and than this, is a dump and no answer


def judge(gold: Gold, answer: Answer) -> str:
    """Why an answer is wrong, in Chinese; "" when it is right.

    The status must be one that is expected. What is answered must then hold every `must_contain` (十八 is 18, 2018年9月2日
    is 2018-09-02; a number must not touch another digit), cite one of the quotes (`cited`; where a benchmark gives no
    words and no quotes: any passage of the gold documents or articles), name the section in a label or the text, list
    every item, and not be longer than both 240 characters and four times the quotes. On the association sets of the
    benchmarks this agrees with their score.py.
    """
    if answer.status not in gold.expect:
        return f"应当{'或'.join(SAID[status] for status in gold.expect)}，实际{SAID[answer.status]}"
    if answer.status == "chat":
        return "" if squeezed(answer.text) else "什么也没有说"
    if answer.status != "answered":
        return ""
    for fault in (_lacks(gold, answer), _uncited(gold, answer), _incomplete(gold, answer), _dumps(gold, answer)):
        if fault:
            return fault
    return ""


def _lacks(gold: Gold, answer: Answer) -> str:
    missing = [words for words in gold.must_contain if not any(within(wording, answer.text) for wording in words)]
    return "缺少：" + "、".join("／".join(words[:3]) for words in missing) if missing else ""


def _uncited(gold: Gold, answer: Answer) -> str:
    if gold.quotes and not cited(gold, answer):
        return "没有引到应引的原话"
    if not (gold.quotes or gold.must_contain) and gold.places:
        quotes = [citation.quote for citation in answer.citations]
        if not any(_inside(q.passage.document, q.start, q.end, gold.places) for q in quotes):
            return "引的不是应引的文件"
    named = [answer.text, *(citation.label for citation in answer.citations)]
    if gold.section and not any(squeezed(gold.section) in squeezed(name) for name in named):
        return f"没有指明{gold.section}"
    return ""


def _incomplete(gold: Gold, answer: Answer) -> str:
    parts = items(gold, answer)
    if parts is None or parts[1] == 1:
        return ""
    return "清单不全" if gold.count else "清单不全，缺：" + "、".join(_unlisted(gold, answer))


def _dumps(gold: Gold, answer: Answer) -> str:
    said, length = len(squeezed(answer.text)), sum(len(squeezed(quote)) for quote in gold.quotes)
    return f"太长：{said}字，应引的原话{length}字" if gold.terse and said > max(MANY * length, ENOUGH) else ""


def cited(gold: Gold, answer: Answer) -> bool:
    """Does some citation overlap a gold quote: do they share 12 characters in a row, or half of the quote if that is less?"""
    quotes = [squeezed(citation.quote.text) for citation in answer.citations]
    for words in map(squeezed, gold.quotes):
        need = min(len(words), max(6, min(12, len(words) // 2)))
        runs = [words[i : i + need] for i in range(max(1, len(words) - need + 1))]
        if any(run in quote for quote in quotes for run in runs):
            return True
    return False


def kept_its_citation(gold: Gold, answer: Answer) -> bool:
    """What is asked of a protected question: answered, with a citation that holds one of its quotes word for word, or is
    a part of one. An overlap would not do: 每年一千元 and 每年两千元 overlap.
    """
    if answer.status != "answered":
        return False
    wanted = [squeezed(quote) for quote in gold.quotes]
    given = [squeezed(citation.quote.text) for citation in answer.citations]
    return any(w in g or (len(g) >= PART and g in w) for w in wanted for g in given)


def rank(places: Sequence[Place], answer: Answer) -> int:
    """Of the first hit that overlaps a gold place, from 1; 0 when none of the ten best does."""
    for n, hit in enumerate(answer.hits[:10], 1):
        if _inside(hit.passage.document, hit.passage.start, hit.passage.end, places):
            return n
    return 0


def _inside(document: str, start: int, end: int, places: Sequence[Place]) -> bool:
    return any(document == place.document and start < place.end and end > place.start for place in places)


def citations(answer: Answer) -> tuple[float, float] | None:
    """(precision, recall) after ALCE (Gao et al. 2023, section 3.3), with containment in place of the entailment model.

    Quotes *carry* a text when each of its clauses (what stands between marks of punctuation, squeezed) stands in one of
    them. Recall: the share of statements that have citations and are carried by them together. Precision: the share of
    citations, statement by statement, whose statement is carried and which are not irrelevant; irrelevant is a citation
    that does not carry the statement alone while the statement's other citations carry it without this one.
    None for an answer without statements. Words of the source in another order or sense count as carried.
    """
    if not answer.statements:
        return None
    carried, right, given = 0, 0, 0
    for statement in answer.statements:
        quotes = [quote.text for quote in statement.quotes]
        given += len(quotes)
        if not _carry(quotes, statement.text):
            continue
        carried += 1
        right += sum(_carry([q], statement.text) or not _carry(quotes[:i] + quotes[i + 1 :], statement.text) for i, q in enumerate(quotes))  # fmt: skip
    return (right / given if given else 0.0), carried / len(answer.statements)


def _carry(quotes: Sequence[str], text: str) -> bool:
    sources = [squeezed(quote) for quote in quotes]
    clauses = [clause for part in _CLAUSE.split(text) if (clause := squeezed(part))]
    return bool(clauses) and all(any(clause in source for source in sources) for clause in clauses)


def items(gold: Gold, answer: Answer) -> tuple[float, float] | None:
    """(precision, recall) of a list; None for a question that asks for none or that was not answered.

    Items given as marks, （一）: those at the end of the cited labels against those of the gold list. Items given as
    words: recall is the share that stands in the text, precision the share of statements that hold one of them. Items
    only counted: the number of statements stands for those listed.
    """
    if answer.status != "answered" or not (gold.items or gold.count):
        return None
    if gold.count:
        listed, right = len(answer.statements), min(gold.count, len(answer.statements))
        return (right / listed if listed else 0.0), right / gold.count
    recall = 1 - len(_unlisted(gold, answer)) / len(gold.items)
    if _by_mark(gold):
        marks, wanted = _cited_marks(answer), set(map(squeezed, gold.items))
        return (len(marks & wanted) / len(marks) if marks else 0.0), recall
    texts = [statement.text for statement in answer.statements]
    right = sum(any(within(item, text) for item in gold.items) for text in texts)
    return (right / len(texts) if texts else 0.0), recall


def _unlisted(gold: Gold, answer: Answer) -> list[str]:
    if _by_mark(gold):
        marks = _cited_marks(answer)
        return [item for item in gold.items if squeezed(item) not in marks]
    return [item for item in gold.items if not within(item, answer.text)]


def _by_mark(gold: Gold) -> bool:
    return all(_MARK.fullmatch(item) for item in gold.items)


def _cited_marks(answer: Answer) -> set[str]:
    """（十八） of 业务范围（十八）, squeezed to 18."""
    found = (_MARK.search(citation.label) for citation in answer.citations)
    return {squeezed(mark[0]) for mark in found if mark}


def length(gold: Gold, answer: Answer) -> float | None:
    """Characters said for each character of the gold quotes; None where the answer may be long or there are no quotes."""
    if answer.status != "answered" or not gold.terse or not gold.quotes:
        return None
    return len(squeezed(answer.text)) / sum(len(squeezed(quote)) for quote in gold.quotes)


# --- texts as they are compared ---------------------------------------------------------------------------------------


def squeezed(text: str) -> str:
    """《通知》发布于 2018年9月2日[1]，共十八项。 -> 通知发布于201892共18项: width, case, marks and punctuation out."""
    return "".join(c for c in _DATE.sub(_iso, _spelt(text, "")) if c.isalnum())


def within(needle: str, text: str) -> bool:
    """A date in any spelling; a number that touches no other digit (18 is not in 2018); else the squeezed words."""
    if date := _DATE.fullmatch(_spelt(needle, "")):
        return any(_iso(found) == _iso(date) for found in _DATE.finditer(_spelt(text, " ")))
    if not (words := squeezed(needle)).isdigit():
        return words in squeezed(text)
    return re.search(rf"(?<!\d){re.escape(_spaced(needle).strip())}(?!\d)", _spaced(text)) is not None


def _spaced(text: str) -> str:
    """Every sign that is no letter or digit becomes one space, so that neighbouring numbers stay apart."""
    return re.sub(r"[^\w]+", " ", _spelt(text, " "))


def _spelt(text: str, note: str) -> str:
    """Width, case and tens alike; `note` in place of citation marks."""
    text = _NOTE.sub(note, unicodedata.normalize("NFKC", text).lower())
    return _TENS.sub(lambda match: str(number(match[0])), text)


def _iso(match: re.Match[str]) -> str:
    year, month, day = (part for part in match.groups() if part is not None)
    return f"{year}-{int(month)}-{int(day)}"
