"""`python -m assistant "问题"`: an answer in a terminal, a whole file of them, or why one came out as it did."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant import strings
from assistant.answer import Answer
from assistant.assistant import Assistant, open_assistant, open_model
from assistant.evaluate import Outcome, as_html, as_json, as_table, evaluate
from assistant.explain import explain
from assistant.generate import Model
from assistant.gold import BadQuestions, read_questions
from assistant.render import shown_pages
from assistant.settings import AssistantSettings
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import EncoderUnavailable
from vectorstore.generation import IndexMismatch, NoIndex
from vectorstore.settings import BadSettings
from vectorstore.threads import one_thread_for_products

DONE, USAGE, MISMATCH, OBJECTED = 0, 2, 4, 5


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_intermixed_args(arguments)
    one_thread_for_products()
    try:
        return _run(options)
    except (BadSettings, NoIndex, EncoderUnavailable, BadInput, BadQuestions) as problem:
        return _say(problem, USAGE)
    except IndexMismatch as problem:
        return _say(problem, MISMATCH)
    except DamagedIndex as problem:
        return _say(problem, OBJECTED)


class BadInput(Exception):
    """A file given on the command line cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"无法读取 {self.path}：{self.reason}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m assistant",
        description="根据已入库的文件回答问题。命令：explain 问题（为什么这样回答）；evaluate 题目文件（答得怎样）；"
        "settings（全部设置）。",
    )
    parser.add_argument(
        "words", nargs="*", metavar="问题", help="要问的问题，或 explain 问题，evaluate 题目文件，settings"
    )
    parser.add_argument("--json", action="store_true", help="标准输出只有一行 JSON")
    parser.add_argument("--history", type=Path, metavar="文件", help="此前的对话：JSON 列表，每项有 role 和 content")
    parser.add_argument("--scope", action="append", metavar="文件编号", help="只在这个文件里找，可以写多次")
    parser.add_argument("--data", metavar="文件夹", help="索引所在的文件夹（QA_DATA）")
    parser.add_argument("--encoder", metavar="模型", help="编码模型（QA_ENCODER）")
    parser.add_argument("--generation", metavar="索引名", help="用指定的索引，而不是当前的")
    parser.add_argument("--batch", type=Path, metavar="文件", help="一行一个问题的 JSON 文件")
    parser.add_argument("--out", type=Path, metavar="文件", help="与 --batch 一起用：答案写到这里")
    parser.add_argument("--extractive", action="store_true", help="只用原文句子作答，不用对话模型")
    parser.add_argument("--html", type=Path, metavar="文件", help="与 evaluate 一起用：报告写到这里")
    parser.add_argument(
        "--protected", action="store_true", help="与 evaluate 一起用：只问守护题，有失去出处的以 5 退出"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    command, *rest = options.words or [""]
    if command == "settings" and not rest:
        return _settings(options)
    settings = AssistantSettings.read(data=options.data, encoder=options.encoder)
    if options.batch and not options.out:
        return _say("--batch 要和 --out 一起用：答案写到哪个文件？", USAGE)
    if options.batch and not options.batch.is_file():
        raise BadInput(options.batch, "文件不存在。")
    if command == "evaluate" and len(rest) <= 1:
        return _evaluate(options, rest, settings)
    if options.batch:
        return _batch(options, _ready(settings, options.generation, _model(options, settings)))
    asked = " ".join(rest if command == "explain" and rest else options.words)
    if not options.words:
        return _say('请写上要问的问题，例如：python -m assistant "业务范围有哪些？"', USAGE)
    if command == "explain" and rest:
        for line in explain(asked, open_assistant(settings, options.generation).generation):
            print(line)
        return DONE
    assistant = open_assistant(settings, options.generation, _model(options, settings))
    *_, answer = assistant.answers(asked, _history(options.history), options.scope)
    print(json.dumps(answer.to_json(), ensure_ascii=False) if options.json else _readable(answer))
    return DONE


def _readable(answer: Answer) -> str:
    """The answer, its sources below, as a person reads them in a terminal."""
    lines = [answer.text]
    if answer.writer != "extractive":
        lines.append(f"\n{strings.BY_MODEL.format(model=answer.writer)}")
    for citation in answer.citations:
        passage = citation.passage
        facts = "，".join(fact for fact in (shown_pages(citation.pages), passage.date) if fact)
        place = f"《{passage.title}》{citation.label}" + (f"（{facts}）" if facts else "")
        quote = " ".join(citation.quote.text.split())
        lines.append(f"\n[{citation.number}] {place}\n    {quote}")
    if answer.status == "refused":
        for hit in answer.hits[:3]:
            lines.append(
                f"\n  · 《{hit.passage.title}》{hit.passage.label}\n    {' '.join(hit.passage.text.split())[:80]}"
            )
    lines += [f"\n（{notice}）" for notice in answer.notices]
    return "\n".join(lines).replace("《〔", "〔").replace("〕》", "〕")


def _history(path: Path | None) -> list[dict[str, str]]:
    if path is None:
        return []
    try:
        turns = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadInput(path, "不是可读的 JSON 文件。") from problem
    return _turns(turns)


def _turns(turns: Any) -> list[dict[str, str]]:  # noqa: ANN401 - whatever a JSON file holds
    return [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []


def _batch(options: argparse.Namespace, assistant: Assistant) -> int:
    """One answer a line, whatever the question holds; a line that is no question gets an answer with status error."""
    with (
        options.batch.open(encoding="utf-8", errors="replace") as lines,
        options.out.open("w", encoding="utf-8") as out,
    ):
        for n, answer in enumerate(_answers(assistant, (line for line in lines if line.strip())), 1):
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            if n % 500 == 0:
                print(f"已回答 {n} 题", file=sys.stderr, flush=True)
    return DONE


def _model(options: argparse.Namespace, settings: AssistantSettings) -> Model | None:
    """None where an index is asked about, not a model: protected questions guard one."""
    return None if options.extractive or options.protected else open_model(settings)


def _ready(settings: AssistantSettings, generation: str | None, model: Model | None) -> Assistant:
    """For many questions: what would be opened with the first is opened now, and what does not open is said once."""
    assistant = open_assistant(settings, generation, model)
    try:
        assistant.warm()
    except DamagedIndex as problem:
        print(f"{problem} 本次改用精确检索。", file=sys.stderr)
    return assistant


def _answers(assistant: Assistant, lines: Iterator[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        try:
            asked = json.loads(line)
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
            yield Answer(line.strip()[:80], "", "error", strings.FAILED).to_json()
            continue
        scope = asked.get("scope_doc_ids")
        *_, answer = assistant.answers(
            asked["question"], _turns(asked.get("history")), scope if isinstance(scope, list) else None
        )
        yield ({"qid": asked["qid"]} if "qid" in asked else {}) | answer.to_json()


def _evaluate(options: argparse.Namespace, files: list[str], settings: AssistantSettings) -> int:
    """0 whatever the figures are; with --protected 5 when a protected question lost its citation. With --batch that file too."""
    if not files:
        return _say("请写上题目文件，例如：python -m assistant evaluate documents/questions.yaml", USAGE)
    [name] = files
    questions = [gold for gold in read_questions(Path(name)) if gold.protected or not options.protected]
    assistant = _ready(settings, options.generation, _model(options, settings))
    outcomes = evaluate(assistant, questions, lambda text: print(text, file=sys.stderr, flush=True))
    generation = assistant.generation.name
    if options.batch:
        _batch(options, assistant)
    if options.html:
        try:
            options.html.write_text(as_html(outcomes, name, generation), encoding="utf-8")
        except OSError:
            return _say(f"报告写不到 {options.html}：请检查文件夹是否存在、能否写入。", USAGE)
    print(json.dumps(as_json(outcomes, name, generation), ensure_ascii=False) if options.json else as_table(outcomes))
    return _guarded(outcomes) if options.protected else DONE


def _guarded(outcomes: Sequence[Outcome]) -> int:
    for outcome in (lost := [outcome for outcome in outcomes if outcome.lost]):
        print(f"守护题失去出处：{outcome.gold.question}（{outcome.gold.id}）{outcome.why}", file=sys.stderr)
    return OBJECTED if lost else DONE


def _settings(options: argparse.Namespace) -> int:
    """Those of the pages too. This package must not know them, so that their own command is run."""
    flags = [f"--{name}={value}" for name in ("data", "encoder") if (value := getattr(options, name))]
    command = [sys.executable, "-m", "web.settings", *flags, *(["--json"] if options.json else [])]
    return subprocess.run(command, check=False).returncode


def _say(problem: object, code: int) -> int:
    print(problem, file=sys.stderr)
    return code


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends the program quietly
    sys.exit(main())
