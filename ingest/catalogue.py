"""What people know about the documents and the texts do not say: catalogue.yaml, by path and title of the work."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

NAME = "catalogue.yaml"
STATUSES = ("现行", "已修订", "已废止")
TEXT_FIELDS = ("title", "kind", "date", "source", "status", "replaced_by", "file_number")


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """Facts about one work; "" leaves what the text says."""

    title: str = ""
    kind: str = ""
    date: str = ""
    source: str = ""
    status: str = ""
    replaced_by: str = ""  # path of the file that holds the newer version
    file_number: str = ""
    restore: tuple[str, ...] = ()  # lines taken for navigation that are text after all


@dataclass(frozen=True)
class CatalogueEntry:
    """One document: title of the work, as read from the text -> facts."""

    works: tuple[tuple[str, WorkEntry], ...] = ()

    def work(self, title: str) -> WorkEntry:
        return dict(self.works).get(title, WorkEntry())

    @property
    def restore(self) -> tuple[str, ...]:
        return tuple(line for _, work in self.works for line in work.restore)


Catalogue = Mapping[str, CatalogueEntry]


class CatalogueError(Exception):
    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path = path
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        return f"《{self.path.name}》第 {self.line} 行有误：{self.reason}。"


def read_catalogue(folder: Path) -> Catalogue:
    path = folder / NAME
    root = compose(path)
    if root is None:
        return MappingProxyType({})
    documents = Reader(path).mapping(root)
    return MappingProxyType(
        {unicodedata.normalize("NFC", name): Reader(path).document(node) for name, node in documents}
    )


def compose(path: Path) -> yaml.Node | None:
    """The nodes of a YAML file; None when there is no such file or nothing in it. Raises CatalogueError."""
    if not path.is_file():
        return None
    try:
        root: yaml.Node | None = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as problem:
        raise CatalogueError(path, 1, "文件不是 UTF-8 编码") from problem
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise CatalogueError(path, line, "不符合 YAML 格式，请检查缩进、冒号和引号") from problem
    except yaml.YAMLError as problem:
        raise CatalogueError(path, 1, "不符合 YAML 格式") from problem
    return root


class Reader:
    """Reads nodes rather than plain values, so that a mistake can be given its line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def document(self, node: yaml.Node) -> CatalogueEntry:
        return CatalogueEntry(tuple((title, self._work(work)) for title, work in self.mapping(node)))

    def mapping(self, node: yaml.Node) -> list[tuple[str, yaml.Node]]:
        if _is_empty(node):
            return []
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "这里应当是“名称: 内容”的形式")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key)
            if name in found:
                raise self._error(key, f"“{name}”重复")
            found[name] = value
        return list(found.items())

    def _work(self, node: yaml.Node) -> WorkEntry:
        texts: dict[str, str] = {}
        restore: tuple[str, ...] = ()
        for name, value in self.mapping(node):
            if name == "restore":
                restore = self.texts(value, "restore")
            elif name in TEXT_FIELDS:
                texts[name] = "" if _is_empty(value) else self._text(value)
            else:
                raise self._error(value, f"不认识“{name}”，可用的有：{'、'.join((*TEXT_FIELDS, 'restore'))}")
        return WorkEntry(restore=restore, **texts)

    def texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        if _is_empty(node):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, f"{what} 应当是一个列表，每行以“- ”开头")
        return tuple(self._text(value) for value in node.value)

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, "这里应当是一段文字")
        return str(node.value).strip()

    def _error(self, node: yaml.Node, reason: str) -> CatalogueError:
        return CatalogueError(self._path, node.start_mark.line + 1, reason)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"
