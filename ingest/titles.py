"""What a title says: the kind of a work; and a name for a work that carries no title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

SUBJECT_CHARS = 30  # of a name of ours: more is a sentence
COMPARED_HEADINGS = 200  # a name that heads the sections of a work shows in the first of them

_KINDS = (
    "章程 倡议书 倡议 通知 通知书 公告 通告 办法 规定 条例 细则 意见 意见书 建议书 决定 决议 提案 议案 简介 简况 规则 议事规则 规程 规范 "
    "制度 通报 函 邀请函 公报 纪要 报告 方案 计划 规划 纲要 准则 守则 公约 声明 宣言 批复 请示 命令 解释 修正案 标准 须知 指南 手册 总结 "
    "说明 承诺书 名单 公示 启事 倡议信 公开信 问答 解答 常见问题"
)
# Suffix of a title -> kind of work. The longest suffix wins.
KINDS = {kind: kind for kind in re.findall(r"\S+", _KINDS)} | {"法": "法律", "宪法": "法律", "法典": "法律"}
_KIND = re.compile("(" + "|".join(sorted(KINDS, key=len, reverse=True)) + ")$")
_AFTER_KIND = re.compile(r"(?:[（(【\[][^（）()【】\[\]]{1,30}[)）】\]])+$")

# A name ends here: what a work about an organisation is about.
ORGANISATION = re.compile(
    r"^[^\s，。,、:：]{2,30}?(?:协会|学会|商会|联合会|研究会|促进会|基金会|委员会|联盟|公司|集团|中心|研究院|研究所)"
)
# 是, 始于, 旨在 after a subject; 由 and 于 only where none of those stands.
_COPULA = re.compile(
    r"(?<![但于凡可还只就正也不都或若要])是(?!否)|(?:始|成立|创立|创建|创办|创刊|起源)于|旨在|系(?=[由指经一全依])|(?<!意)指|成立"
)
_WEAK_COPULA = re.compile(r"(?<![认作成因])为(?!了)|由|于")
_ASIDE = re.compile(r"[（(〔\[][^（）()〔〕\[\]]*[)）〕\]]")
_CLAUSE_END = re.compile(r"[，,。；;：:！!？?]")
_NAME_END = " \t\u3000\xa0,，、:：;；-—的"


def kind_of(title: str) -> str:
    """…协会章程（试行） -> 章程; "" when the title names no kind."""
    bare = title.strip().strip("〔〕《》")
    while shorter := _AFTER_KIND.sub("", bare):
        if shorter == bare:
            break
        bare = shorter
    found = _KIND.search(bare)
    return KINDS[found[1]] if found and len(bare) > len(found[1]) else ""


def subject(sentence: str) -> str:
    """中国“质量月”活动始于1978年,是… -> 中国“质量月”活动; the first clause when no predicate is found."""
    sentence = _ASIDE.sub("", sentence)
    clause = _CLAUSE_END.split(sentence, maxsplit=1)[0]
    head = clause[: SUBJECT_CHARS + 2]
    for predicate in (_COPULA, _WEAK_COPULA):
        found = next((m for m in predicate.finditer(head) if len(head[: m.start()].strip(_NAME_END)) >= 2), None)
        if found:
            return head[: found.start()].strip(_NAME_END)
    return clause[:SUBJECT_CHARS].strip(_NAME_END)


def common_name(headings: Sequence[str]) -> str:
    """中国质量检验协会 from 中国质量检验协会宗旨, 中国质量检验协会职能简介, 备注; "" when no two share one."""
    ordered = sorted(headings[:COMPARED_HEADINGS])  # in order, each shared beginning is shared by two neighbours
    shared = {shared_name(a, b) for a, b in pairwise(ordered)} - {""}
    return max(shared, key=lambda name: (sum(h.startswith(name) for h in ordered), len(name)), default="")


def shared_name(one: str, other: str) -> str:
    """The name two headings begin with, if it is long enough to be one and leaves both something of their own."""
    length = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length] if 4 <= length <= min(len(one), len(other)) - 2 else ""
