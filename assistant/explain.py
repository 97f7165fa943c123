"""Why a question found what it found: tokens, what each leg put first, how they were fused, what the refusal saw."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.aliases import aliases
from assistant.assistant import Assistant
from assistant.extract import rank
from assistant.lookup import look_up
from assistant.question import understand
from assistant.spelling import corrected
from assistant.support import evidence, features, threshold, unsupported
from assistant.terms import context, terms_of
from vectorstore.generation import Generation
from vectorstore.passage import Hit
from vectorstore.search import leg_hits, search
from vectorstore.words import grams

_LEGS = {"words": "词语", "grams": "字组", "dense": "向量"}


def explain(asked: str, generation: Generation, *, limit: int = 5) -> Iterator[str]:
    """Lines for a terminal."""
    assistant, lexicon = Assistant(generation), generation.lexicon
    question = assistant.understood(asked)
    yield f"问题：{question.asked}"
    if not question.talk:
        right = corrected(understand(asked).text, lexicon, generation.grams.known)
        yield from (f"更正：{change.typed} → {change.meant}" for change in right.changes)
    yield f"查找：{question.searched}"
    if question.talk:
        yield f"寒暄：{question.talk}"
        return
    yield from (f"别名：{name} = {other}" for name, other in aliases(question.searched, lexicon))
    searched = assistant.sought(question)
    yield "词语：" + " ".join(lexicon.segmenter.words(searched))
    yield "字组：" + " ".join(grams(searched))
    draft = look_up(question, generation.archive)
    if draft is not None:
        yield f"按篇章结构回答：{draft.form}，{len(draft.statements)} 条"
    for leg, hits in leg_hits(generation, searched, limit=limit).items():
        yield f"\n{_LEGS[leg]}："
        yield from (f"  {hit.score:8.3f}  {_place(hit)}" for hit in hits)
    hits = search(generation, searched, limit=limit)
    yield "\n合并：      总分  词语  字组  向量  逐词"
    yield from (
        f"  {hit.score:8.3f} {hit.words:5.2f} {hit.grams:5.2f} {hit.dense:5.2f} {hit.near:5.2f}  {_place(hit)}"
        for hit in hits
    )
    terms, passages = terms_of(question, generation), generation.manifest.passages
    ranked = rank(question, terms, hits, generation.encoder)
    yield "\n用词及权重：" + " ".join(f"{word}={weight:.1f}" for word, weight in terms.words.items())
    for candidate in ranked[:3]:
        yield f"  {candidate.score:8.3f}  {candidate.words[:60]}"
    if ranked:
        missing = "、".join(terms.missing(context(ranked[0].hit.passage))) or "无"
        found = features(terms, ranked)
        yield "依据：" + "，".join(f"{name} {value:.2f}" for name, value in found.items())
        yield f"缺少：{missing}；合计：{evidence(found):.2f}（低于 {threshold(passages):.2f} 则不答）"
    yield "判断：" + (unsupported(question, terms, ranked, passages) or "可以回答")


def _place(hit: Hit) -> str:
    passage = hit.passage
    return f"《{passage.title}》{passage.label}  {' '.join(passage.text.split())[:40]}"
