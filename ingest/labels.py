"""Labels: how a document itself would name a clause, 第二章第六条（三）, 业务范围（七）, 首先·加快企业质量技术创新."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.lines import compact
from ingest.outline import Node
from ingest.titles import ORGANISATION


def label(path: Sequence[Node], names: Sequence[str]) -> str:
    """Marks follow what stands before them; words are set off by a dot."""
    found = ""
    for node in path:
        words = node.mark_label if node.mark_label and node.style != "colon" else ""
        found += words or ("·" if found else "") + _words(node, names)
    return found


def own_names(title: str) -> tuple[str, ...]:
    """What is left out at the head of a heading: the work's title, and the organisation it begins with."""
    bare = title.strip("〔〕《》")
    organisation = ORGANISATION.match(bare)
    names = {compact(bare), compact(organisation[0]) if organisation else ""} - {""}
    return tuple(sorted(names, key=len, reverse=True))


def _words(node: Node, names: Sequence[str]) -> str:
    words = compact(node.mark_label or node.heading).rstrip("：:")
    for name in names:
        rest = words.removeprefix(name).lstrip("的之·")
        if rest and rest != words:
            return rest
    return words.translate(str.maketrans("()", "（）"))
