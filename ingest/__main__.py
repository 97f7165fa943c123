"""`python -m ingest`: bring the index in line with the documents folder, and look at what is in it."""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from ingest.catalogue import CatalogueError
from ingest.check import CheckFailed, check, check_in_child
from ingest.lock import Busy
from ingest.pipeline import NothingToIngest, Report, ingest
from ingest.settings import IngestSettings
from vectorstore.archive import Archive
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import EncoderUnavailable, load_encoder
from vectorstore.generation import IndexMismatch, NoIndex, current
from vectorstore.passage import Document, Passage
from vectorstore.settings import BadSettings

DONE, REJECTED, USAGE, BUSY, MISMATCH, OBJECTED, DISK = range(7)
_MARKS = {"ingest": "入库", "unchanged": "未变", "removed": "移除", "skip": "跳过", "reject": "拒绝"}


def main(arguments: Sequence[str] | None = None) -> int:
    defaults = argparse.Namespace(command=None, documents=None, data=None, encoder=None, json=False, force=False)
    options = _parser().parse_args(arguments, defaults)
    try:
        return _COMMANDS[options.command or "apply"](options)
    except (BadSettings, CatalogueError, NothingToIngest, NoIndex, EncoderUnavailable) as problem:
        return _say(problem, USAGE)
    except Busy as problem:
        return _say(problem, BUSY)
    except IndexMismatch as problem:
        return _say(problem, MISMATCH)
    except (CheckFailed, DamagedIndex) as problem:
        return _say(problem, OBJECTED)
    except OSError as problem:  # full, read-only, not ours: whatever it is, nothing was switched
        place, reason = problem.filename or options.data or "data", problem.strerror or "空间不足或不可写"
        return _say(f"无法读写 {place}：{reason}。原有索引继续使用。", DISK)
    except sqlite3.OperationalError as problem:
        return _say(f"无法写入索引：{problem}。原有索引继续使用。", DISK)


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    # SUPPRESS: an option given before the command must not be overwritten by the default of the one after it.
    for flag, metavar, text in (
        ("--documents", "文件夹", "文件所在的文件夹（QA_DOCUMENTS）"),
        ("--data", "文件夹", "索引所在的文件夹（QA_DATA）"),
        ("--encoder", "模型", "编码模型（QA_ENCODER）"),
    ):
        shared.add_argument(flag, metavar=metavar, default=argparse.SUPPRESS, help=text)
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="标准输出只有一行 JSON")
    shared.add_argument("--force", action="store_true", default=argparse.SUPPRESS, help="全部重新读取和计算")
    parser = argparse.ArgumentParser("python -m ingest", description="把文件夹里的文件入库。", parents=[shared])
    commands = parser.add_subparsers(dest="command", metavar="命令")
    commands.add_parser("apply", parents=[shared], help="入库（不写命令时的默认动作）")
    commands.add_parser("passages", parents=[shared], help="逐行列出全部段落（JSON）")
    show = commands.add_parser("show", parents=[shared], help="查看一个文件：正文、篇目、大纲、未入库的部分")
    show.add_argument("id", help="文件在文件夹中的路径，或批量文件中的 doc_id")
    examine = commands.add_parser("check", parents=[shared], help="检查索引是否完好")
    examine.add_argument("name", nargs="?", help="索引名；不写则检查正在使用的")
    return parser


def _settings(options: argparse.Namespace) -> IngestSettings:
    return IngestSettings.read(documents=options.documents, data=options.data, encoder=options.encoder)


def _apply(options: argparse.Namespace) -> int:
    settings = _settings(options)
    report = ingest(
        settings.documents,
        settings.data,
        encoder=load_encoder(settings.encoder),
        passage_chars=settings.passage_chars,
        check=lambda folder: check_in_child(folder, settings.data, settings.encoder),
        progress=lambda text: print(text, file=sys.stderr, flush=True),
        force=options.force,
    )
    if options.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        _print_report(report)
    return REJECTED if report.rejected else DONE


def _print_report(report: Report) -> None:
    for file in report.files:
        print(f"  {_MARKS[file.status]}  {file.path}{'：' + file.reason if file.reason else ''}")
    done = (
        "索引无变化" if report.embedded == 0 and all(f.status != "ingest" for f in report.files) else "已切换到新索引"
    )
    print(
        f"{done} {report.generation}：{report.documents} 个文件，{report.passages} 段，新计算 {report.embedded} 段，用时 {report.seconds:.1f} 秒。"
    )


def _show(options: argparse.Namespace) -> int:
    archive = Archive.open(current(_settings(options).data) / "passages.db")
    document = archive.document(options.id)
    if document is None:
        return _say(f"没有找到文件：{options.id}。可用的有：{'、'.join(archive.document_ids[:10])}", USAGE)
    if options.json:
        print(json.dumps(asdict(document), ensure_ascii=False))
    else:
        _print_document(document)
    return DONE


def _print_document(document: Document) -> None:
    print(f"{document.id}（{len(document.text)} 字，{len(document.passages)} 段）")
    for work in document.works:
        print(
            f"\n《{work.title}》" + "　".join(part for part in (work.kind, work.date, work.source, work.status) if part)
        )
        depth: dict[int | None, int] = {None: 0}
        for section in (section for section in document.sections if section.work == work.number):
            depth[section.number] = depth[section.parent] + 1
            first = document.text[section.body : section.end].strip().split("\n")[0][:24]
            print(
                "  " * depth[section.number]
                + " ".join(part for part in (section.mark, section.heading or first) if part)
            )
    if document.unindexed:
        print("\n未入库的部分：")
    for span in document.unindexed:
        print(f"  {span.reason}  {span.start}–{span.end}  {document.text[span.start : span.end].strip()!r}")
    print("\n正文：\n" + document.text)


def _passages(options: argparse.Namespace) -> int:
    archive = Archive.open(current(_settings(options).data) / "passages.db")
    for passage in archive.all_passages():
        print(json.dumps(passage_json(passage), ensure_ascii=False))
    return DONE


def passage_json(passage: Passage) -> dict[str, object]:
    """{passage, document, source, title, label, headings, text, start, end}"""
    return {
        "passage": passage.id,
        "document": passage.document,
        "source": passage.source,
        "title": passage.title,
        "label": passage.label,
        "headings": passage.headings,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
    }


def _check(options: argparse.Namespace) -> int:
    settings = _settings(options)
    folder = settings.data / "generations" / Path(options.name).name if options.name else current(settings.data)
    check(folder, load_encoder(settings.encoder))
    print(f"索引 {folder.name} 完好。")
    return DONE


def _say(problem: object, code: int) -> int:
    print(problem, file=sys.stderr)
    return code


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "apply": _apply,
    "passages": _passages,
    "show": _show,
    "check": _check,
}

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends the program quietly
    sys.exit(main())
