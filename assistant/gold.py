"""Question sets: what is asked, and what a right answer holds. YAML is an association's own, JSONL the benchmarks'."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

STATUSES = ("answered", "refused", "clarify", "chat")
_FIELDS = tuple("id kind question history expect must_contain quotes section items protected".split())
_LONG = ("list", "section lookup", "列举", "章节", "概述")  # kinds whose right answer may be long
_SPANS = ("factoid", "list", "yesno", "lookup")  # benchmark types whose answer is a short string


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document that answers; as it stands, all of it."""

    document: str
    start: int = 0
    end: int = sys.maxsize


@dataclass(frozen=True, slots=True)
class Gold:
    """A question and what is right about it."""

    id: str
    kind: str
    question: str
    expect: tuple[str, ...]  # statuses, any of them right
    history: tuple[Mapping[str, str], ...] = ()
    scope: tuple[str, ...] | None = None  # the only documents to be searched
    must_contain: tuple[tuple[str, ...], ...] = ()  # all of them; of each, one wording
    quotes: tuple[str, ...] = ()  # verbatim
    places: tuple[Place, ...] = ()  # instead of quotes, in the benchmarks
    section: str = ""
    items: tuple[str, ...] = ()
    count: int = 0  # of items, where they are only counted
    protected: bool = False
    terse: bool = True  # an answer many times as long as the quotes is none


class BadQuestions(Exception):
    """A question file cannot be used. line: 0 when the mistake stands in none."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path, self.line, self.reason = path, line, reason

    def __str__(self) -> str:
        place = f"第 {self.line} 行有误" if self.line else "不能使用"
        return f"题目文件 {self.path} {place}：{self.reason}。"


class _Mistake(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason


def read_questions(path: Path) -> tuple[Gold, ...]:
    """At least one question, ids unique. Raises BadQuestions."""
    read = {".yaml": _from_yaml, ".yml": _from_yaml, ".jsonl": _from_jsonl}.get(path.suffix.lower())
    if read is None:
        raise BadQuestions(path, 0, "只认 .yaml 和 .jsonl 两种题目文件")
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise BadQuestions(path, 0, "文件不是 UTF-8 编码") from problem
    except OSError as problem:
        raise BadQuestions(path, 0, "文件不存在，或者无法读取") from problem
    except _Mistake as mistake:
        raise BadQuestions(path, mistake.line, mistake.reason) from mistake


def _unique(questions: list[tuple[int, Gold]]) -> tuple[Gold, ...]:
    """questions: each with the line it begins on."""
    if not questions:
        raise _Mistake(0, "里面没有题目")
    lines: dict[str, int] = {}
    for line, gold in questions:
        if gold.id in lines:
            raise _Mistake(line, f"编号“{gold.id}”与第 {lines[gold.id]} 行的题重复，请换一个")
        lines[gold.id] = line
    return tuple(gold for _, gold in questions)


# --- YAML: nodes rather than plain values, so that a mistake can be given its line ------------------------------------


def _from_yaml(text: str) -> tuple[Gold, ...]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise _Mistake(line, "不符合 YAML 格式，请检查缩进、冒号和引号") from problem
    except (yaml.YAMLError, RecursionError) as problem:
        raise _Mistake(0, "不符合 YAML 格式") from problem
    if root is None:
        raise _Mistake(0, "里面没有题目")
    if not isinstance(root, yaml.SequenceNode):
        raise _mistake(root, "题目应当一条条列出，每题以“- ”开头")
    return _unique([(node.start_mark.line + 1, _question(node)) for node in root.value])


def _question(node: yaml.Node) -> Gold:
    fields = _mapping(node, _FIELDS)
    for name in ("id", "kind", "question", "expect"):
        if name not in fields or not _texts(fields[name]):
            raise _mistake(node, f"这一题没有写 {name}")
    expect = _texts(fields["expect"])
    if wrong := [status for status in expect if status not in STATUSES]:
        raise _mistake(fields["expect"], f"expect 不能是“{wrong[0]}”，可用的有：{'、'.join(STATUSES)}")
    items = fields.get("items")
    count = int(items.value) if isinstance(items, yaml.ScalarNode) and items.value.isdecimal() else 0
    kind = _text(fields["kind"])
    gold = Gold(
        id=_text(fields["id"]),
        kind=kind,
        question=_text(fields["question"]),
        expect=expect,
        history=tuple(_turn(turn) for turn in _sequence(fields.get("history"), "history")),
        must_contain=tuple(_texts(wordings) for wordings in _sequence(fields.get("must_contain"), "must_contain")),
        quotes=_texts(fields.get("quotes")),
        section=_text(fields["section"]) if "section" in fields else "",
        items=() if count else _texts(items),
        count=count,
        protected=_truth(fields.get("protected")),
        terse=kind not in _LONG,
    )
    if expect == ("answered",) and not (gold.must_contain or gold.quotes or gold.items or gold.count):
        raise _mistake(node, "怎样算答对？请写 must_contain、quotes 或 items")
    if gold.protected and ("answered" not in expect or not gold.quotes):
        raise _mistake(node, "守护题要写 expect: answered 和应当引用的 quotes")
    return gold


def _turn(node: yaml.Node) -> Mapping[str, str]:
    turn = _mapping(node, ("role", "content"))
    if len(turn) < 2 or _text(turn["role"]) not in ("user", "assistant"):
        raise _mistake(node, "history 的每一项要有 role（user 或 assistant）和 content")
    return {"role": _text(turn["role"]), "content": _text(turn["content"])}


def _mapping(node: yaml.Node, known: tuple[str, ...]) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _mistake(node, "这里应当是“名称: 内容”的形式")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _text(key)
        if name not in known:
            raise _mistake(key, f"不认识“{name}”，可用的有：{'、'.join(known)}")
        if name in found:
            raise _mistake(key, f"“{name}”写了两遍")
        found[name] = value
    return found


def _sequence(node: yaml.Node | None, name: str) -> list[yaml.Node]:
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise _mistake(node, f"{name} 应当是一个列表，写成 [甲, 乙]，或者每行以“- ”开头")
    return list(node.value)


def _texts(node: yaml.Node | None) -> tuple[str, ...]:
    """One text or a list of them."""
    if node is None:
        return ()
    return tuple(_text(value) for value in (node.value if isinstance(node, yaml.SequenceNode) else [node]))


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise _mistake(node, "这里应当是一段文字")
    return str(node.value).strip()


def _truth(node: yaml.Node | None) -> bool:
    if node is not None and (not isinstance(node, yaml.ScalarNode) or node.value not in ("true", "false")):
        raise _mistake(node, "protected 只能是 true 或 false")
    return node is not None and node.value == "true"


def _mistake(node: yaml.Node, reason: str) -> _Mistake:
    return _Mistake(node.start_mark.line + 1, reason)


# --- JSONL: a benchmark's line, with the fields of those sets ---------------------------------------------------------


def _from_jsonl(text: str) -> tuple[Gold, ...]:
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    return _unique([(n, _line(n, line)) for n, line in lines])


def _line(n: int, line: str) -> Gold:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise _Mistake(n, "不是 JSON") from problem
    if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
        raise _Mistake(n, "应当是带有 question 的 JSON 对象")
    try:
        return _of_association(n, asked) if "must_contain" in asked else _of_benchmark(n, asked)
    except (TypeError, KeyError, AttributeError) as problem:
        raise _Mistake(n, "有的字段不是应有的样子") from problem


def _of_association(n: int, asked: dict[str, Any]) -> Gold:
    kind = str(asked.get("type", ""))
    if kind == "greeting/meta":
        return Gold(**_asked(n, asked), expect=("chat", "answered"), terse=False)
    if not asked["answerable"]:
        return Gold(**_asked(n, asked), expect=("refused",))
    return Gold(
        **_asked(n, asked),
        expect=("answered", "clarify") if kind == "ambiguous" else ("answered",),
        must_contain=tuple((needle,) for needle in _strings(asked["must_contain"])),
        quotes=_strings(asked.get("gold_quotes")),
        terse=kind not in _LONG,
    )


def _of_benchmark(n: int, asked: dict[str, Any]) -> Gold:
    if asked.get("type") == "unanswerable":
        return Gold(**_asked(n, asked), expect=("refused",))
    articles = tuple(Place(a["doc_id"], a["start"], a["end"]) for a in asked.get("gold_articles") or ())
    documents = tuple(Place(id) for id in _strings(asked.get("gold_doc_ids")))
    answers = _strings(asked.get("answers")) if asked.get("type") in _SPANS else ()
    return Gold(
        **_asked(n, asked),
        expect=("answered",),
        must_contain=(answers,) if answers else (),
        places=articles or documents,
        terse=False,
    )


def _asked(n: int, asked: dict[str, Any]) -> dict[str, Any]:
    """What both kinds of benchmark line have."""
    scope = asked.get("scope_doc_ids")
    return {
        "id": str(asked.get("qid", n)),
        "kind": str(asked.get("type", "")),
        "question": asked["question"],
        "history": tuple(turn for turn in asked.get("history") or () if isinstance(turn, dict)),
        "scope": None if scope is None else _strings(scope),
    }


def _strings(values: object) -> tuple[str, ...]:
    if values is not None and not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
        raise TypeError(values)
    return tuple(values or ())
