"""Plans, histories and findings as a person reads them; colours only where they show."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from ingest.clauses import ClauseChange, WordDiff
from ingest.history import Entry
from ingest.impact import AnswerChange, Impact, Reply
from ingest.plan import DocumentChange, Plan
from ingest.versions import Versions

RED, GREEN, YELLOW, DIM, BOLD = "31", "32", "33", "2", "1"
AROUND = 16  # characters of unchanged words beside a change
SHOWN = 30  # of one kind; all of them with --json
_DOCUMENTS: Mapping[str, tuple[str, str]] = {
    "added": ("+ 新增", GREEN),
    "changed": ("~ 修改", YELLOW),
    "removed": ("- 移除", RED),
    "renamed": ("» 改名", YELLOW),
    "reread": ("· 重读", DIM),
}
_CLAUSES: Mapping[str, tuple[str, str]] = {
    "added": ("+ 新增", GREEN),
    "changed": ("~ 修改", YELLOW),
    "removed": ("- 删去", RED),
    "renumbered": ("# 改号", DIM),
}
_ANSWERS: Mapping[str, str] = {
    "refused": "不再回答",
    "answered": "能回答了",
    "reworded": "答法变了",
    "recited": "出处变了",
}
_FILES = {"skip": "跳过", "reject": "拒绝"}


class Ink:
    """Colours for a stream, or none: not a terminal, a terminal that has none, or NO_COLOR is set (no-color.org)."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        dumb = environment.get("TERM") == "dumb" or bool(environment.get("NO_COLOR"))
        self._on = stream.isatty() and not dumb

    def __call__(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._on and text and colour else text


def plan_lines(plan: Plan, ink: Ink) -> Iterator[str]:
    kinds = Counter[str](change.kind for change in plan.documents)
    clauses = Counter[str](clause.kind for change in plan.documents for clause in change.clauses)
    for change in plan.documents[:SHOWN]:
        yield from _document_lines(change, ink)
    yield from _rest(len(plan.documents), "个文件有变化")
    yield from _section(
        "未入库的文件", [f"{_FILES[f.status]}  {f.path}：{f.reason}" for f in plan.files if f.status in _FILES], ink
    )
    yield from _section("同一作品的不同版本", [_version_line(pair) for pair in plan.versions], ink)
    yield from _section(
        "几乎相同的文件", [f"{copy.one}  与  {copy.other}（{copy.alike:.0%} 相同）" for copy in plan.near_copies], ink
    )
    yield from _section(
        "疑似导航，不入库（误认的可在 catalogue.yaml 用 restore 恢复）",
        [f"{span.document}  {_clean(span.text)}" for span in plan.unindexed],
        ink,
    )
    yield from _section("请留意", plan.warnings, ink)
    yield ""
    if plan.nothing:
        yield ink(f"没有变化，索引 {plan.generation} 保持不变。", BOLD)
        return
    files = "，".join(f"{_DOCUMENTS[kind][0][2:]} {kinds[kind]}" for kind in _DOCUMENTS if kinds[kind]) or "文件不变"
    parts = "，".join(f"{_CLAUSES[kind][0][2:]} {clauses[kind]}" for kind in _CLAUSES if clauses[kind])
    yield ink(f"文件：{files}。" + (f"条款：{parts}。" if parts else ""), BOLD)
    yield f"入库后共 {plan.documents_after} 个文件、{plan.passages_after} 段，需计算 {plan.embeddings} 个向量。"
    yield "以上尚未执行。要执行，请运行：python -m ingest"


def _document_lines(change: DocumentChange, ink: Ink) -> Iterator[str]:
    mark, colour = _DOCUMENTS[change.kind]
    name = f"{change.old_document} → {change.document}" if change.kind == "renamed" else change.document
    yield ink(f"{mark}  {name}", colour) + f"  《{_clean(change.title)}》{change.passages} 段"
    for clause in change.clauses[:SHOWN]:
        yield "    " + _clause_line(clause, ink)
    yield from ("    " + line for line in _rest(len(change.clauses), "条有变化"))


def _clause_line(clause: ClauseChange, ink: Ink) -> str:
    mark, colour = _CLAUSES[clause.kind]
    label = clause.label or "（正文）"
    if clause.kind != "added" and clause.old_label != clause.label:
        label = f"{clause.old_label or '（正文）'} → {label}"
    line = ink(f"{mark}  {label}", colour)
    if clause.kind == "changed":
        return f"{line}  " + "".join(_diff(clause.words, ink))
    return line if clause.kind == "renumbered" else f"{line}  {_short(clause.text, 40)}"


def _diff(words: Sequence[WordDiff], ink: Ink) -> Iterator[str]:
    """Only what changed and a little around it; without colours [-…-]{+…+}, as git writes it."""
    for place, run in enumerate(words):
        text = _clean(run.text)
        if run.kind == "removed":
            yield ink(f"[-{text}-]", RED)
        elif run.kind == "added":
            yield ink(f"{{+{text}+}}", GREEN)
        elif len(text) <= 2 * AROUND:
            yield text
        else:
            head = "" if place == 0 else text[:AROUND]
            tail = "" if place == len(words) - 1 else text[-AROUND:]
            yield f"{head}…{tail}"


def _version_line(pair: Versions) -> str:
    older, newer = (
        f"{name}（{date or '日期不详'}）"
        for name, date in ((pair.older, pair.older_date), (pair.newer, pair.newer_date))
    )
    order = "已由新版取代" if pair.known_order else "分不出新旧，可在 catalogue.yaml 写明 date 或 status"
    return f"《{_clean(pair.title)}》{older}  与  {newer}：{pair.alike:.0%} 的条文相近，{order}"


def impact_lines(impact: Impact, ink: Ink) -> Iterator[str]:
    """Red only where a protected answer changes."""
    yield ""
    if not impact.before:
        yield ink("还没有可以比较的索引，答案无从对照。", BOLD)
        return
    found = f"{len(impact.changes)} 个会变" if impact.changes else "没有一个会变"
    yield ink(f"答案：问了验收题 {impact.acceptance} 道、近期问题 {impact.recent} 个，{found}。", BOLD)
    if impact.acceptance:
        yield f"  验收题通过：原来 {impact.passed_before}，入库后 {impact.passed_after}。"
    for change in impact.changes[:SHOWN]:
        yield from _answer_lines(change, ink)
    yield from _rest(len(impact.changes), "个答案会变")
    if impact.lost:
        yield ink(f"有 {len(impact.lost)} 道守护题失去引文，入库时会被拦下；确实要这样，请加 --force。", RED)


def _answer_lines(change: AnswerChange, ink: Ink) -> Iterator[str]:
    mark = "失去引文" if change.lost else _ANSWERS[change.kind]
    name = f"守护题 {change.id}  " if change.protected else f"{change.id}  " if change.id else ""
    yield ink(f"  {mark}  {name}{_clean(change.question)}", RED if change.protected else YELLOW)
    for heading, reply in (("原来", change.before), ("以后", change.after)):
        yield f"      {heading}：{_short(reply.text, 60)}  {_sources(reply)}".rstrip()


def _sources(reply: Reply) -> str:
    """《章程》第六条、第七条 等5处"""
    named = list(dict.fromkeys(f"《{_clean(source.title)}》{_clean(source.label)}" for source in reply.sources))
    return "、".join(named[:2]) + (f" 等{len(named)}处" if len(named) > 2 else "")


def _section(heading: str, lines: Sequence[str], ink: Ink) -> Iterator[str]:
    if lines:
        yield ""
        yield ink(f"{heading}（{len(lines)}）", BOLD)
        yield from (f"  {line}" for line in lines[:SHOWN])
        yield from ("  " + line for line in _rest(len(lines), "条"))


def _rest(number: int, what: str) -> Iterator[str]:
    if number > SHOWN:
        yield f"…… 共 {number} {what}，用 --json 看全部"


def _short(text: str, length: int) -> str:
    text = _clean(text)
    return text if len(text) <= length else text[:length] + "…"


def _clean(text: str) -> str:
    """On one line, and nothing that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def history_lines(entries: Sequence[Entry], ink: Ink) -> Iterator[str]:
    for entry in entries:
        mark = "*" if entry.current else " "
        yield ink(
            f"{mark} {entry.name}  {entry.created}  {entry.documents} 个文件  {entry.passages} 段  {entry.why}",
            BOLD if entry.current else "",
        )
