"""From the passages found to a draft, without a language model: the documents' own sentences, in the shape that the question asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import exp

from assistant import strings
from assistant.aliases import unknown_societies
from assistant.answer import Draft, Form
from assistant.claims import DATES, Figure, claims, figures, opened, opened_body, stated, units_asked
from assistant.comparison import sides
from assistant.expected import (
    aim_of,
    aims,
    asks_of_a_body,
    attribute,
    bodies_asked,
    classed,
    clefts,
    defined,
    defines,
    kind_of_body,
    put_officially,
    says_what_it_is,
    wanted,
)
from assistant.extract import SENTENCE_CHARS, WEIGHED, Candidate, extract, rank
from assistant.itemised import itemised
from assistant.lookup import beginning_of
from assistant.naming import named_headings, named_works, target_of, without_lead_in, without_titles
from assistant.polar import affirmed
from assistant.question import Question
from assistant.series import GIVING, how_many_listed, listed, series
from assistant.shortname import short_name
from assistant.support import evidence, features, threshold, unsupported, would_be_said
from assistant.talk import said_again
from assistant.terms import ABOUT_THE_PAGE, NAMED, Terms, context, only_asks, terms_of
from assistant.verify import verdict
from assistant.wording import MANNERS, joins
from vectorstore.archive import Archive
from vectorstore.generation import Generation
from vectorstore.lexicon import Lexicon
from vectorstore.normalise import normalise
from vectorstore.passage import Hit
from vectorstore.search import search
from vectorstore.sentences import phrases
from vectorstore.words import content_words, importance, nominal

TELLING = 0.15  # importance from which on a missing word says why there is no answer
MISSING = 6  # words named; more would be a list, not a hint
SIDE = 0.5  # share of a side's words that a sentence, or the headings above it, must hold to speak of that side
NAMED_PLACE = 1.0  # log-odds that a sentence gains that stands where the question says
DEFINING = 2.0  # log-odds that a sentence gains that says what the term asked for is
STATING = 10.0  # log-odds that one gains which says outright what the subject is for
HOLDING = 10.0  # log-odds by which a sentence may fall short of the best, where that lacks the kind of thing asked for,
AS_MUCH = 0.5  # and share of the question's words, of those that the best holds
AGAIN = 1.5  # log-odds that one loses in a follow-up that the last reply has told already
NAMES = 2  # of bodies, in a sentence that tells which they are
PLACES = 3  # shown at most, when several state what is asked for
_TITLED = re.compile(r"《([^《》]{2,60})》")
_OPEN = re.compile(r"什么|啥|哪|谁|多少|何")
_WHY = re.compile("为什么|为啥|凭什么|怎么会|怎么还")
_QUOTED_CLAIM = re.compile(
    r"(?P<what>主题|口号|名称|全称|宗旨|原则|精神|目标|理念)(?:定为|定的是|就是|是|叫做?|为)[“\"](?P<said>[^“”\"]{2,40})[”\"]"
)
_SUM = re.compile(r"\d\s*[+*×÷^=]\s*\d")
SIDE_CHARS = 100  # of a section's own beginning, when two are compared
_FIGURE = re.compile(r"什么时[候间]|何时|哪一?年|几[月号时点]|多久|有?多少(?:[个家人名次])?|几[个家人名次]")
_WHERE = re.compile(
    r"(?:写|规定|提到|提及|出现|说|讲|记载|载明|明确)(?:过|了)?(?:在|于)?(?:文件|文中|原文|文章)?(?:的)?(?:哪[里儿]?|什么地方|何处)"
    r"|哪(?:一|个|几|份|篇|部)?(?:条|章|节|款|项|份?文件|篇|段|部分|里|儿|个地方)(?:里|中|内)?(?:有)?(?:提到|提及|规定|写|说|讲|要求|明确)"
    r"|出自|出处|原文在哪|依据是(?:什么|哪)"
)


def compose(question: Question, generation: Generation, hits: Sequence[Hit]) -> Draft:
    """A draft with no statements is a refusal."""
    if not _names_something(question.text):
        return Draft(())
    if (draft := short_name(question.text, hits)) is not None:
        return draft
    if unknown := _unknown_work(question.text, hits):
        return Draft((), why=strings.NO_WORK.format(name=unknown))
    if corrected := _quoted_otherwise(question, generation, hits):
        return corrected
    claimed = claims(question.text, question.polar or bool(_WHY.search(question.text)))
    asked = replace(question, text=opened(question.text, claimed))  # a wrong figure must not count as missing
    if question.polar:
        asked = replace(asked, text=opened_body(asked.text, generation.words.known))
    terms = terms_of(asked, generation)
    ranked = _named_first(asked, rank(asked, terms, hits, generation.encoder), generation.archive)
    ranked = _said_outright(asked.text, ranked, generation.lexicon)
    if question.leans:
        ranked = _raised(ranked, lambda candidate: said_again(question.said, candidate.words), -AGAIN)
    if question.polar and (subject := classed(asked.text)):  # what it is, is said where it is defined
        ranked = _raised(ranked, lambda candidate: defines(subject, candidate.words), STATING)
    announced = None if question.polar else itemised(asked, terms, ranked, generation.archive)
    best = ranked
    if not question.polar:  # a figure to be affirmed is asked of its own subject, whatever that sentence holds
        further = rank(asked, terms, hits[WEIGHED:], generation.encoder) if _lacking(asked, terms, ranked) else ()
        ranked = _holding_first(asked, terms, ranked, further)
    if (several := _several(asked, terms, ranked)) is not None:
        return several
    if choices := _subjects(question, ranked, generation):
        return Draft((), choices=choices)
    passages = generation.manifest.passages
    margin = round(evidence(features(terms, best)) - threshold(passages), 3) if best else None
    if not _told_outright(asked.text, best, generation.lexicon) and unsupported(asked, terms, best, passages, ranked):
        return Draft((), margin=margin)
    if not question.polar and (counted := listed(question.text, ranked, hits)) is not None:
        return replace(counted, margin=margin)
    if announced or (announced := None if question.polar else itemised(asked, terms, ranked, generation.archive)):
        return replace(announced, margin=margin)
    ranked = _giving_first(asked, _listing_first(asked, ranked))
    draft = extract(asked, terms, ranked)
    if _of_another(asked.text, draft, generation.lexicon):
        return Draft((), margin=margin)
    return replace(_shaped(question, claimed, draft, ranked), margin=margin)


def _quoted_otherwise(question: Question, generation: Generation, hits: Sequence[Hit]) -> Draft | None:
    """主题定为“甲”是为什么, when no passage says “甲”: what the documents say the theme is."""
    claim = _QUOTED_CLAIM.search(question.text)
    around = normalise("\n".join(hit.passage.indexed_text for hit in hits)) if claim else ""
    if not claim or claim["said"] in around:
        return None
    asked = f"{question.text[: claim.start()]}{claim['what']}是什么"
    draft = compose(replace(question, text=asked, read_as="", story=""), generation, hits)
    told = normalise("".join(statement.text for statement in draft.statements))
    return replace(draft, form="corrected", asked=f"“{claim['said']}”") if claim["what"] in told else None


def _said_outright(text: str, ranked: Sequence[Candidate], lexicon: Lexicon) -> Sequence[Candidate]:
    """Sentences gain whose form is that of the answer asked for: a definition, an aim, an attribute, names."""
    if term := defined(text):
        ranked = _raised(ranked, lambda candidate: defines(term, candidate.words), DEFINING)
    if kind_of_body(text) or asks_of_a_body(text):
        ranked = _raised(ranked, lambda candidate: says_what_it_is(candidate.words, sorted(lexicon.names)), STATING)
    if subject := aim_of(text):
        ranked = _raised(ranked, lambda candidate: aims(subject, candidate.words), STATING)
    if forms := [form for form in (clefts(text), attribute(text)) if form is not None]:
        ranked = _raised(ranked, lambda c: any(form.search(c.words) for form in forms), DEFINING)
    if bodies_asked(text):
        ranked = _raised(ranked, lambda candidate: sum(n in candidate.words for n in lexicon.names) >= NAMES, DEFINING)
    return ranked


def _told_outright(text: str, ranked: Sequence[Candidate], lexicon: Lexicon) -> bool:
    """Is it asked of what kind a body is, in words that only ask (性质, 官方), and said by the best sentence?"""
    asked = kind_of_body(text) or asks_of_a_body(text)
    return bool(asked and ranked) and says_what_it_is(ranked[0].words, sorted(lexicon.names))


def _names_something(text: str) -> bool:
    """关于……的, 根据, 通过, {{7*7}} and 1+1等于几 name nothing that could be looked for; a year does."""
    telling = [
        word
        for word in content_words(text)
        if word not in MANNERS and word != "第" and (not word.isdigit() or len(word) == 4)
    ]
    if _SUM.search(text):
        return any(map(nominal, telling))
    if telling == [text] and not text.isdigit():  # nothing but a verb that stands anywhere
        return nominal(text) or importance(text) >= TELLING
    return bool(telling)


def _of_another(text: str, draft: Draft, lexicon: Lexicon) -> bool:
    """Is the figure asked for given of another body alone? 总局2018年成立 does not say when the association was founded."""
    meant = [name for name in lexicon.names if name in text]
    units = units_asked(text)
    if not meant or not units:
        return False
    said = [normalise(statement.text) for statement in draft.statements]
    parts = [words[start:end] for words in said for start, end in phrases(words)]
    giving = [part for part in parts if units & {unit for _, unit in figures(part)}]
    others = [name for name in lexicon.names if not any(name in own or own in name for own in meant)]
    return bool(giving) and all(
        any(name in part for name in others) and not any(name in part for name in meant) for part in giving
    )


def _unknown_work(text: str, hits: Sequence[Hit]) -> str:
    """A work named in 《》 that none of the passages found comes from or mentions; "" when there is none."""
    named = _TITLED.findall(text)
    around = normalise("\n".join(hit.passage.indexed_text for hit in hits)) if named else ""
    return next((name for name in named if name not in around), "")


def _named_first(question: Question, ranked: Sequence[Candidate], archive: Archive) -> Sequence[Candidate]:
    """Sentences of the work or the section that the question names gain a little: 倡议书里… is not asked of the charter."""
    works = named_works(question.text, archive, None)
    headings = named_headings(without_titles(question.text, works), archive, works, None, alike=False)
    if len(headings) != 1 and len(works) != 1:
        return ranked
    target = target_of(*headings[0], archive) if len(headings) == 1 else None

    def meant(candidate: Candidate) -> bool:
        passage = candidate.hit.passage
        if target:
            section = target.section
            return passage.document == target.document.id and section.start <= candidate.start < section.end
        return (passage.document, passage.work) == (works[0].document, works[0].work.number)

    return _raised(ranked, meant, NAMED_PLACE)


def _raised(ranked: Sequence[Candidate], which: Callable[[Candidate], bool], gain: float) -> Sequence[Candidate]:
    """Some sentences gain in log-odds."""
    gained = [replace(c, score=c.score + gain, chance=c.chance * exp(gain)) if which(c) else c for c in ranked]
    return sorted(gained, key=lambda candidate: -candidate.score)


def _giving_first(question: Question, ranked: Sequence[Candidate]) -> Sequence[Candidate]:
    """A question for a figure needs a sentence that states one of its kind, rather than one that has it in a name."""
    units = units_asked(question.text)
    giving = [
        candidate
        for candidate in ranked
        if candidate.score >= ranked[0].score - GIVING and units & {unit for _, unit in stated(candidate.words)}
    ]
    return [*giving, *(candidate for candidate in ranked if candidate not in giving)]


def _lacking(question: Question, terms: Terms, ranked: Sequence[Candidate]) -> bool:
    """Is a kind of thing asked for that no sentence about it holds?"""
    return bool(ranked) and wanted(question.text) is not None and not _holding(question, terms, ranked, ranked)


def _holding_first(
    question: Question, terms: Terms, ranked: Sequence[Candidate], further: Sequence[Candidate]
) -> Sequence[Candidate]:
    """会长是谁 needs a sentence that names somebody, and speaks of what is asked about; none where the best does so already.
    further: candidates of hits that are not weighed for other questions.
    """
    holding = _holding(question, terms, ranked, ranked) or _holding(question, terms, ranked, further)
    return [*holding, *(candidate for candidate in ranked if candidate not in holding)]


def _holding(
    question: Question, terms: Terms, ranked: Sequence[Candidate], among: Sequence[Candidate]
) -> list[Candidate]:
    held = wanted(question.text)
    if held is None or not ranked:
        return []
    if held(ranked[0].words):
        return [ranked[0]]
    about = [word for word in terms.words if word not in terms.names and importance(word) >= TELLING] or [*terms.words]
    return [
        c
        for c in among
        if c.score >= ranked[0].score - HOLDING and held(c.words) and any(word in c.words for word in about)
        if terms.coverage(c.words) >= AS_MUCH * terms.coverage(ranked[0].words)
    ]


def _listing_first(question: Question, ranked: Sequence[Candidate]) -> Sequence[Candidate]:
    """哪三个 is answered by a series of three."""
    wanted = how_many_listed(question.text)
    if wanted is None:
        return ranked
    listing = [
        c
        for c in ranked
        if c.score >= ranked[0].score - GIVING and wanted in {len(found.members) for found in series(c.words)}
    ]
    return [*listing, *(candidate for candidate in ranked if candidate not in listing)]


def another_body(question: Question, generation: Generation, hits: Sequence[Hit]) -> Draft | None:
    """A refusal when the question names a society that no document does: 质协 is not 中国质量检验协会."""
    if question.english:  # the words that were found for it are no names
        return None
    named = unknown_societies(question.text, generation.lexicon)
    around = normalise("\n".join(hit.passage.indexed_text for hit in hits)) if named else ""
    unknown = next((name for name in named if name not in around), None)
    return Draft((), why=strings.NO_BODY.format(name=unknown)) if unknown else None


def missing_terms(question: Question, generation: Generation, hits: Sequence[Hit]) -> tuple[str, ...]:
    """会费多少钱？ -> 会费, when no document speaks of 会费; words that narrow nothing down (钱), or that no document would say
    (撒手不管), are not named.
    """
    unknown = [term for term in content_words(question.text) if not generation.words.known(term)]
    telling = [term for term in unknown if would_be_said(term)]
    near = normalise("\n".join(hit.passage.indexed_text for hit in hits)) if telling else ""
    return tuple(term for term in telling if term not in near)[:MISSING]


def _several(question: Question, terms: Terms, ranked: Sequence[Candidate]) -> Draft | None:
    """主题是什么, asked of nothing in particular: every place that states one, when there are several."""
    asked = [word for word in content_words(question.text) if word not in ABOUT_THE_PAGE and not only_asks(word)]
    if len(asked) != 1 or question.polar or not _OPEN.search(question.text):
        return None
    word = re.escape(asked[0])
    states = re.compile(rf"{word}(?:是|为|:|指|包括)|为[“\"「]?{word}|[”\"」]的?{word}")
    stating = [candidate for candidate in ranked if states.search(candidate.words)][:PLACES]
    if len(stating) < 2:
        return None
    stating.sort(key=lambda candidate: (candidate.hit.passage.document, candidate.start))
    drafts = [extract(question, terms, [candidate]) for candidate in stating]
    return Draft(tuple(statement for draft in drafts for statement in draft.statements), "several")


def _subjects(question: Question, ranked: Sequence[Candidate], generation: Generation) -> tuple[str, ...]:
    """什么时候成立的, said of nothing: the same of each of the works that stand nearest, where the talk names none either."""
    text = without_lead_in(question.text).rstrip("?!。")
    said = [word for word in content_words(_FIGURE.sub(" ", text)) if word not in MANNERS and not joins(word)]
    if question.said or question.english or generation.manifest.works > NAMED or not _FIGURE.search(text):
        return ()
    if not said or any(nominal(word) for word in said) or re.search(r"[a-z0-9《“\"]", text):
        return ()
    titles = dict.fromkeys(candidate.hit.passage.title.strip("〔〕") for candidate in ranked)
    return tuple(f"{title}{text}？" for title in titles)[:PLACES] if len(titles) > 1 else ()


def _shaped(question: Question, claimed: Sequence[Figure], draft: Draft, ranked: Sequence[Candidate]) -> Draft:
    wrong = _wrong(claimed, draft, ranked)
    if wrong:
        return replace(draft, form="corrected", asked="、".join(figure.said for figure in wrong))
    if question.polar and not question.english:  # what was put into Chinese word by word vouches for nothing
        return replace(draft, form=_said_so(question, draft))
    return replace(draft, form="where") if _WHERE.search(question.text) else draft


def _said_so(question: Question, draft: Draft) -> Form:
    """Yes only where the quotes carry the very statement that is asked about; no only where they negate it."""
    quotes = [quote for statement in draft.statements for quote in statement.quotes]
    around = {words for quote in quotes for words in (quote.passage.title.strip("〔〕"), *quote.passage.headings)}
    found = verdict(affirmed(question.text), [quote.text for quote in quotes], sorted(around))
    return "yes" if found.ok else "denied" if found.reason == "negation" else "plain"


def _wrong(claimed: Sequence[Figure], draft: Draft, ranked: Sequence[Candidate]) -> list[Figure]:
    """Figures that the question asserts and the quoted sentence gives otherwise: 3月 where it says 9月."""
    said = normalise("\n".join(statement.text for statement in draft.statements))
    units = {unit for _, unit in stated(said)} | {unit for _, unit in figures(said) if unit not in DATES}
    around = figures(context(ranked[0].hit.passage))
    return [figure for figure in claimed if (figure.value, figure.unit) not in around and figure.unit in units]


def compare(question: Question, generation: Generation, scope: Sequence[str] | None) -> Draft | None:
    """The best sentence on each of two things compared, or the one that speaks of both; None when one is not found."""
    compared = sides(question.text)
    if compared is None:
        return None
    named = [beginning_of(side, generation.archive, scope, SIDE_CHARS) for side in (compared.first, compared.second)]
    if all(named):
        return Draft(tuple(draft.statements[0] for draft in named if draft))
    chosen: list[tuple[Question, Candidate]] = []
    for side in (compared.first, compared.second):
        asked = replace(question, text=normalise(f"{side}{compared.aspect}"), said=())
        hits = search(generation, f"{put_officially(asked.text)} {asked.text}".strip(), limit=10, scope=scope)
        ranked = rank(asked, terms_of(asked, generation), hits, generation.encoder)
        other = compared.second if side == compared.first else compared.first
        speaking = [candidate for candidate in ranked if _speaks_of(side, candidate, other)]
        if not speaking:
            return None
        held = wanted(asked.text)
        found = next((candidate for candidate in speaking if held and held(candidate.words)), speaking[0])
        chosen.append((asked, found))
    places = {(c.hit.passage.id, c.start) for _, c in chosen}
    if len(places) == 1 and len(chosen[0][1].words) <= SENTENCE_CHARS:  # one sentence speaks of both
        chosen = chosen[:1]
    drafts = [_of_a_side(asked, candidate, generation) for asked, candidate in chosen]
    return Draft(tuple(dict.fromkeys(statement for draft in drafts for statement in draft.statements)))


def _of_a_side(asked: Question, candidate: Candidate, generation: Generation) -> Draft:
    """What one sentence says of a side; of a table its own row."""
    terms = terms_of(asked, generation)
    row = itemised(asked, terms, [candidate], generation.archive)
    return row if row and row.form == "plain" else extract(asked, terms, [candidate])


def _speaks_of(side: str, candidate: Candidate, other: str) -> bool:
    """Other than as a part of the other side's name: 常务理事会 is no 理事会."""
    words = candidate.words + normalise("".join(candidate.hit.passage.headings))
    return _share(side, words.replace(other, " ") if side in other else words) >= SIDE


def _share(side: str, said: str) -> float:
    wanted = {word: importance(word) for word in content_words(side)}
    total = sum(wanted.values())
    return sum(weight for word, weight in wanted.items() if word in said) / total if total else 0.0
