"""Follow-ups against their rewrites by hand: `python -m benchmarks.rewrite ../shared/bench/rewrite`.

No index: names are unknown, so this measures the rules of language alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.followup import stand_alone
from assistant.names import Names
from assistant.question import understand
from benchmarks.sets import Line, read_lines
from vectorstore.normalise import normalise

Rewrite = Callable[[Line], str]


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("用法：python -m benchmarks.rewrite 文件夹（内有 questions.jsonl）", file=sys.stderr)
        return 2
    questions = read_lines(Path(arguments[0]) / "questions.jsonl")
    ways: dict[str, Rewrite] = {
        "last utterance unchanged": _unchanged,
        "last two turns joined": _joined,
        "rules": _rules,
    }
    print("| | exact match | character F1 |\n| --- | ---: | ---: |")
    for name, way in ways.items():
        pairs = [(way(question), str(question["rewrite"])) for question in questions]
        exact = sum(_bare(said) == _bare(gold) for said, gold in pairs) / len(pairs)
        f1 = sum(character_f1(said, gold) for said, gold in pairs) / len(pairs)
        print(f"| {name} | {exact:.3f} | {f1:.3f} |")
    return 0


def character_f1(said: str, gold: str) -> float:
    """2·shared / (characters of both), characters counted as often as they stand; spelling evened out, punctuation left out."""
    a, b = _bare(said), _bare(gold)
    return 2 * (Counter(a) & Counter(b)).total() / (len(a) + len(b)) if a or b else 1.0


def _unchanged(question: Line) -> str:
    return str(question["question"])


def _joined(question: Line) -> str:
    return f"{question['history'][-1]['content']}{question['question']}"


def _rules(question: Line) -> str:
    understood = understand(question["question"], question["history"])
    return stand_alone(understood.text, understood.said, Names.of(()))


def _bare(text: str) -> str:
    return "".join(c for c in normalise(text) if c.isalnum())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
