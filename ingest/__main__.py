"""`python -m ingest`: bring the index in line with the documents folder, and look at what is in it."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from ingest.backup import backup
from ingest.catalogue import CatalogueError
from ingest.check import CheckFailed, CheckingChild, check_in_child, check_protected
from ingest.health import examine
from ingest.history import NoSuchGeneration, clear_leftovers, earlier, history, served_name
from ingest.impact import Impact, impact
from ingest.lock import Busy, only_writer
from ingest.overlay import Laid, forget, laid_over, must_be_writable, take_in
from ingest.pipeline import NothingToIngest, Reading, Report, candidate, ingest, read_folder
from ingest.plan import plan
from ingest.purge import NothingToPurge, purge
from ingest.settings import IngestSettings
from ingest.terminal import GREEN, RED, Ink, history_lines, impact_lines, plan_lines
from ingest.waiting import Refused
from vectorstore.archive import Archive
from vectorstore.build import NoSpace
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import Encoder, EncoderUnavailable, load_encoder
from vectorstore.generation import IndexMismatch, Manifest, NoIndex, current, must_match, switch
from vectorstore.passage import Document, Passage
from vectorstore.settings import BadSettings
from vectorstore.threads import one_thread_for_products

DONE, REJECTED, USAGE, BUSY, MISMATCH, OBJECTED, DISK = range(7)
_MARKS = {"ingest": "入库", "unchanged": "未变", "removed": "移除", "skip": "跳过", "reject": "拒绝"}


def main(arguments: Sequence[str] | None = None) -> int:
    defaults = argparse.Namespace(
        command=None, documents=None, data=None, encoder=None, json=False, force=False, waiting=False
    )
    options = _parser().parse_args(arguments, defaults)
    one_thread_for_products()
    try:
        return _COMMANDS[options.command or "apply"](options)
    except (
        BadSettings,
        CatalogueError,
        NothingToIngest,
        NothingToPurge,
        NoSuchGeneration,
        NoIndex,
        EncoderUnavailable,
        Refused,
    ) as problem:
        return _say(problem, USAGE)
    except Busy as problem:
        return _say(problem, BUSY)
    except IndexMismatch as problem:
        return _say(problem, MISMATCH)
    except (CheckFailed, DamagedIndex) as problem:
        return _say(problem, OBJECTED)
    except NoSpace as problem:
        return _say(problem, DISK)
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
    shared.add_argument(
        "--force", action="store_true", default=argparse.SUPPRESS, help="全部重新读取和计算；受保护的问题失去引文也不拦"
    )
    parser = argparse.ArgumentParser("python -m ingest", description="把文件夹里的文件入库。", parents=[shared])
    commands = parser.add_subparsers(dest="command", metavar="命令")
    take = commands.add_parser("apply", parents=[shared], help="入库（不写命令时的默认动作）")
    commands.add_parser("passages", parents=[shared], help="逐行列出全部段落（JSON）")
    show = commands.add_parser("show", parents=[shared], help="查看一个文件：正文、篇目、大纲、未入库的部分")
    show.add_argument("id", help="文件在文件夹中的路径，或批量文件中的 doc_id")
    look = commands.add_parser("plan", parents=[shared], help="看看入库会改变什么，不写任何东西")
    look.add_argument("--impact", action="store_true", help="再看哪些答案会变：先在旁边建好新索引，问完验收题就删去")
    look.add_argument("--recent", type=Path, metavar="文件", help="与 --impact 一起用：一行一个近期问题的 JSON 文件")
    for command in (take, look):
        command.add_argument("--waiting", action="store_true", help="连同网页上收下、还没有入库的文件和改动")
    back = commands.add_parser("rollback", parents=[shared], help="退回更早的索引")
    back.add_argument("name", nargs="?", default="", help="索引名；不写则退回上一个")
    commands.add_parser("history", parents=[shared], help="列出保留着的索引")
    commands.add_parser("check", parents=[shared], help="检查索引、编码模型、磁盘、权限、时钟和字体")
    clean = commands.add_parser("purge", parents=[shared], help="从所有保留着的索引中清除一个文件")
    clean.add_argument("id", help="文件在文件夹中的路径，或批量文件中的 doc_id")
    save = commands.add_parser("backup", parents=[shared], help="把正在使用的索引存成一个 tar 文件")
    save.add_argument("file", type=Path, help="备份文件，如 backup.tar 或 backup.tar.gz")
    return parser


def _settings(options: argparse.Namespace) -> IngestSettings:
    return IngestSettings.read(documents=options.documents, data=options.data, encoder=options.encoder)


def _apply(options: argparse.Namespace) -> int:
    settings = _settings(options)
    before = served_name(settings.data)
    if options.waiting:
        must_be_writable(settings.documents)
    encoder = _for_children(settings)
    with _documents(options, settings) as laid, CheckingChild(encoder) as child:

        def check(folder: Path) -> None:
            child.check(folder)
            if not options.force:
                check_protected(folder, laid.folder, settings.data, encoder)

        report = ingest(
            laid.folder,
            settings.data,
            encoder=load_encoder(settings.encoder),
            passage_chars=settings.passage_chars,
            begin=child.begin,
            check=check,
            progress=_progress,
            force=options.force,
            keep=settings.keep,
        )
        if options.waiting:
            take_in(laid, settings.documents, settings.data, settings.keep)
    if options.json:
        _print_json(report)
    else:
        _print_report(report, before)
    return REJECTED if report.rejected else DONE


def _documents(options: argparse.Namespace, settings: IngestSettings) -> AbstractContextManager[Laid]:
    """The documents folder, or what it becomes with what waits."""
    if options.waiting:
        return laid_over(settings.documents, settings.data)
    return nullcontext(Laid(settings.documents, (), (), ()))


def _for_children(settings: IngestSettings) -> str:
    """The encoder as a process that runs in another folder can find it."""
    return str(Path(settings.encoder).resolve()) if Path(settings.encoder).is_dir() else settings.encoder


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print_json(value: Any) -> None:  # noqa: ANN401 - a dataclass, or a list of them
    print(json.dumps(asdict(value) if is_dataclass(value) else [asdict(entry) for entry in value], ensure_ascii=False))  # type: ignore[arg-type]


def _plan(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if options.recent and not options.recent.is_file():
        return _say(f"无法读取 {options.recent}：文件不存在。", USAGE)
    encoder = load_encoder(settings.encoder)
    # Only what is built aside needs the folder for itself.
    with _documents(options, settings) as laid, only_writer(settings.data) if options.impact else nullcontext():
        reading = read_folder(laid.folder, settings.data, settings.passage_chars, _progress, force=options.force)
        found = plan(reading, encoder)
        answers = _impact(options, settings, laid.folder, reading, encoder) if options.impact else None
    if options.json:
        print(json.dumps(asdict(found) | ({"impact": asdict(answers)} if answers else {}), ensure_ascii=False))
    else:
        ink = Ink(sys.stdout)
        for line in (*plan_lines(found, ink), *(impact_lines(answers, ink) if answers and not found.nothing else ())):
            print(line)
    if answers and answers.lost:
        return OBJECTED
    return REJECTED if any(file.status == "reject" for file in found.files) else DONE


def _impact(
    options: argparse.Namespace, settings: IngestSettings, documents: Path, reading: Reading, encoder: Encoder
) -> Impact:
    before = served_name(settings.data)
    if reading.changes_nothing(encoder):
        return Impact(before, 0, 0, 0, 0, ())
    clear_leftovers(settings.data)
    with candidate(settings.data, reading, encoder, _progress) as folder:
        return impact(
            before,
            folder,
            documents=documents,
            data=settings.data,
            encoder=_for_children(settings),
            recent=options.recent,
            progress=_progress,
        )


def _rollback(options: argparse.Namespace) -> int:
    settings = _settings(options)
    encoder = load_encoder(settings.encoder)
    with only_writer(settings.data):
        before, folder = current(settings.data).name, earlier(settings.data, options.name)
        manifest = Manifest.read(folder)
        must_match(manifest, encoder)
        check_in_child(folder, _for_children(settings))
        switch(settings.data, folder.name)
    if options.json:
        print(json.dumps({"generation": folder.name, "before": before}))
    else:
        print(f"已退回 {folder.name}：{manifest.documents} 个文件，{manifest.passages} 段。原来的 {before} 仍然保留。")
        print("文件夹没有改动；下次运行 python -m ingest 会再按文件夹的内容入库。")
    return DONE


def _history(options: argparse.Namespace) -> int:
    settings = _settings(options)
    current(settings.data)
    entries = history(settings.data, settings.keep)
    if options.json:
        _print_json(entries)
    else:
        for line in history_lines(entries, Ink(sys.stdout)):
            print(line)
    return DONE


def _purge(options: argparse.Namespace) -> int:
    settings = _settings(options)
    done = purge(
        settings.data,
        options.id,
        encoder=load_encoder(settings.encoder),
        check=lambda folder: check_in_child(folder, _for_children(settings)),
        progress=_progress,
    )
    if done.source:
        forget(settings.data, done.source)
    if options.json:
        _print_json(done)
        return DONE
    for pair in done.generations:
        print(f"  {pair.old} 已换成不含它的 {pair.new}" if pair.new else f"  {pair.old} 里没有别的内容，已删除")
    for name in done.unreadable:
        print(f"  {name} 无法打开，已删除")
    print(f"已从 {len(done.generations)} 个索引中清除 {done.document}。")
    if done.source and (settings.documents / done.source).exists():
        print(f"文件夹里还有 {done.source}，下次入库会再次收入；不想要请先移走它。")
    print("备份文件和问答记录里的引文不在此列。")
    return DONE


def _backup(options: argparse.Namespace) -> int:
    settings = _settings(options)
    done = backup(settings.data, settings.documents, options.file)
    if options.json:
        _print_json(done)
    else:
        print(
            f"已备份索引 {done.generation} 到 {done.file}（{done.bytes / 1e6:.1f} MB）。原文文件只列了清单，请另行备份。"
        )
        print(f"恢复：tar -xf {done.file} -C 空的数据文件夹，再启动。")
    return DONE


def _print_report(report: Report, before: str) -> None:
    for file in report.files:
        print(f"  {_MARKS[file.status]}  {file.path}{'：' + file.reason if file.reason else ''}")
    done = "索引无变化" if report.generation == before else "已切换到新索引"
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
            f"\n《{work.title}》"
            + "　".join(p for p in (work.kind, work.file_number, work.date, work.source, work.status) if p)
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
    for document in archive.documents():
        for passage in document.passages:
            pages = document.pages_of(passage.start, passage.end)
            print(json.dumps(passage_json(passage, pages), ensure_ascii=False))
    return DONE


def passage_json(passage: Passage, pages: Sequence[int]) -> dict[str, object]:
    """{passage, document, source, title, label, headings, text, start, end, pages}"""
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
        "pages": pages,
    }


def _check(options: argparse.Namespace) -> int:
    settings = _settings(options)
    findings = examine(settings.data, settings.documents, settings.encoder)
    ink = Ink(sys.stdout)
    if options.json:
        _print_json(findings)
    else:
        for finding in findings:
            verdict = ink("正常", GREEN) if finding.ok else ink("问题", RED)
            print(f"{verdict}  {finding.name}：{finding.said}" + (f"  {finding.remedy}" if finding.remedy else ""))
    return DONE if all(finding.ok for finding in findings) else OBJECTED


def _say(problem: object, code: int) -> int:
    print(problem, file=sys.stderr)
    return code


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "apply": _apply,
    "passages": _passages,
    "show": _show,
    "check": _check,
    "plan": _plan,
    "rollback": _rollback,
    "history": _history,
    "purge": _purge,
    "backup": _backup,
}

if __name__ == "__main__":
    gc.disable()  # what an ingest makes it needs to its end: to look for rings in it took a tenth of the time and freed nothing
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends the program quietly
    os.nice(19)  # who is asking a question on this machine goes first
    sys.exit(main())
