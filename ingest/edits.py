"""Changes to the YAML files beside the documents, made as a person would: remarks, order and quotes stay."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from ingest.catalogue import TEXT_FIELDS


def with_fact(catalogue: str, path: str, work: str, field: str, value: str) -> str:
    """catalogue.yaml that says this of a work; value "": that says nothing of it. field: one of TEXT_FIELDS."""
    if field not in TEXT_FIELDS:
        raise ValueError(field)
    root = _mapping(catalogue)
    facts = _below(_below(root, path), work)
    if value:
        facts[field] = value
    else:
        facts.pop(field, None)
    return _written(root)


def with_restored(catalogue: str, path: str, work: str, line: str) -> str:
    """catalogue.yaml that puts back a line that was taken for navigation."""
    root = _mapping(catalogue)
    facts = _below(_below(root, path), work)
    lines = facts.get("restore")
    if not isinstance(lines, CommentedSeq):
        lines = facts["restore"] = CommentedSeq()
    if line not in lines:
        lines.append(line)
    return _written(root)


def with_alias(aliases: str, full: str, shorts: Sequence[str]) -> str:
    """aliases.yaml in which people call it so, and not otherwise; no shorts: the name goes."""
    root = _mapping(aliases)
    if shorts:
        listed = CommentedSeq(shorts)
        listed.fa.set_flow_style()
        root[full] = listed
    else:
        root.pop(full, None)
    return _written(root)


def with_question(questions: str, fields: Mapping[str, object]) -> str:
    """questions.yaml with one more question at its end."""
    block = io.StringIO()
    yaml = _yaml()
    yaml.indent(mapping=2, sequence=2, offset=0)  # as questions.yaml has its list
    yaml.dump([dict(fields)], block)
    return f"{questions.rstrip()}\n{block.getvalue()}" if questions.strip() else block.getvalue()


def _mapping(text: str) -> CommentedMap:
    found = _yaml().load(text)
    return found if isinstance(found, CommentedMap) else _after(text)


def _after(text: str) -> CommentedMap:
    """Nothing but remarks: they stay at the head."""
    root = CommentedMap()
    if text.strip():
        root.yaml_set_start_comment("\n".join(line.removeprefix("#").strip() for line in text.strip().splitlines()))
    return root


def _below(root: CommentedMap, key: str) -> CommentedMap:
    found = root.get(key)
    if not isinstance(found, CommentedMap):
        found = root[key] = CommentedMap()
    return found


def _written(root: CommentedMap) -> str:
    out = io.StringIO()
    _yaml().dump(root, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 10_000  # no line is folded that a person has not folded
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
