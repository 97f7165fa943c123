"""What people call a body or a term that the texts call otherwise: aliases.yaml, full name -> short ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ingest.catalogue import CatalogueError, Reader, compose

NAME = "aliases.yaml"
SHORTEST = 2  # characters: one stands in too many other words

Aliases = Mapping[str, tuple[str, ...]]


def read_aliases(folder: Path) -> Aliases:
    """In the order of the names, so that moving a line changes nothing. Raises CatalogueError, with the line."""
    path = folder / NAME
    root = compose(path)
    if root is None:
        return {}
    reader = Reader(path)
    found: dict[str, tuple[str, ...]] = {}
    taken: dict[str, str] = {}
    for full, node in reader.mapping(root):
        found[full] = tuple(dict.fromkeys(reader.texts(node, "别名")))
        for name in (full, *found[full]):
            if len(name) < SHORTEST:
                raise CatalogueError(path, node.start_mark.line + 1, f"“{name}”太短，至少要 {SHORTEST} 个字")
        for short in found[full]:
            if taken.setdefault(short, full) != full:
                reason = f"“{short}”既指“{taken[short]}”又指“{full}”，只能留一处"
                raise CatalogueError(path, node.start_mark.line + 1, reason)
    return dict(sorted(found.items()))
