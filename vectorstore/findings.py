"""What one document calls things: bodies, terms in quotation marks, definitions, headings.

Found when a document is read, kept as findings.json in the generation, so that a changed document is the only one that is
read again for it. What all of them together call things is the lexicon's.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vectorstore.normalise import normalise
from vectorstore.passage import Document
from vectorstore.words import FUNCTION_WORDS, whole_words

NAME = "findings.json"
# What kind of body a name ends with. 部, 局, 院 and the like by themselves end too many other words (内部, 全部, 法院).
BODIES = "协会 学会 总会 联合会 商会 促进会 研究会 基金会 理事会 委员会 总局 管理局 监督局 办公厅 办公室 宣传部 研究院 研究所 科学院".split()
_PLACES = "出版社 中心 集团 公司 大学 学院".split()  # too common to be known by a short form
_KINDS = sorted((*BODIES, *_PLACES), key=len, reverse=True)
_COMPANY = re.compile("..(?:有限(?:责任)?公司|集团)$")  # whatever stands before these, from a pause on, is the name
NATIONAL = ("中华人民共和国", "中国", "中华", "中共", "全国", "国家", "国务院")
# A run with one of these speaks of bodies in general.
_GENERAL = re.compile(
    r"有关|相关|各|等|其他|主管|部门|所属|下属|及其|以及|国务院[和或与及]|第[一二三四五六七八九十百千]+[条款项]|上级|本级|同级|县级|市级|省级|级以上|^行业协会|全国性|国家级|国家机关|国家标准|任何|依法|设立|本|该"
)
# 公司法 and 大学生 are no bodies.
_KIND = re.compile(f"(?:{'|'.join(_KINDS)})(?!法|条例|生|(?<=集团)(?:股份|有限|责任)*公司)")
RUN = re.compile(r"[\u3400-\u9fff]+(?:\([\u3400-\u9fff]{2,4}\)[\u3400-\u9fff]+)?")  # 安莉芳(中国)服装有限公司
_COLUMNS = re.compile(r"(?<=\S)(?:[ \u3000]{2,}|\t+)(?=\S)")  # what stands side by side is no one name
NAME_CHARS = 24
BEFORE = 64  # characters before a definition: more than a title in 《》, or a run, in which its full form is looked for
TERM_CHARS = 8
_TERM = re.compile(r"[\u3400-\u9fff]{3,8}")
_ENDS_IN_TERM = re.compile(r"[\u3400-\u9fff]{3}$")
_QUOTED = re.compile(r"[“\"「『]([\u3400-\u9fff]{2,8})[”\"」』]")
_JOINS = frozenset("的和与及或之是在为对")
_SHORT = r"[“\"「『《]?([^“”\"「」『』《》(),，。;:、\s]{2,20})[”\"」』》]?"
_DEFINED = re.compile(
    rf"[(,，]\s*(?:以下|下文|下)?(?:统|简|通)?(?:称|简称)(?:为|作)?\s*[:：]?\s*{_SHORT}(?:\s*(?:或者?|、)\s*{_SHORT})?\s*[),，。;]"
)
_MEANS = re.compile(
    r"本(?:办法|法|条例|规定|规则|章程|细则|标准|通知|决定)(?:中)?所称的?[“\"]?([\u3400-\u9fff]{2,12}?)[”\"]?[,，]?(?:是|系)?指([^。]{2,200})"
)
_OWN = re.compile(
    "[本该]?(?:办法|条例|规定|规则|细则|章程|通知|意见|方案|规划|公约|标准|法|决定|协定|协议|合同|附件)"
)  # means it in its own document alone


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one document. All text is normalised; numbers are occurrences."""

    names: Mapping[str, int] = field(default_factory=dict)  # bodies that a title, country or company form vouches for
    maybe: Mapping[str, int] = field(default_factory=dict)  # and those that nothing does
    quoted: Mapping[str, int] = field(default_factory=dict)  # terms in quotation marks
    meanings: Mapping[str, str] = field(default_factory=dict)  # 本办法所称X，是指…
    definitions: Sequence[tuple[str, str]] = ()  # a short form, and the characters before it: …总局(简称X)
    headings: Mapping[str, int] = field(default_factory=dict)  # and titles, of which a term may be left without a name


def found_in(document: Document) -> Findings:
    """Whatever decides this, the document apart, raises the FORMAT of a generation when it changes: findings are kept."""
    texts = [normalise(_COLUMNS.sub("，", passage.text)) for passage in document.passages]
    titles = [normalise(work.title).strip("〔〕《》") for work in document.works]
    headings = [*titles, *(normalise(section.heading) for section in document.sections)]
    names = Counter(name for heading in headings for name, _ in _mentions(heading))
    maybe: Counter[str] = Counter()
    for text in texts:
        for name, sure in _mentions(text):
            (names if sure else maybe)[name] += 1
    return Findings(
        names,
        maybe,
        Counter(term for text in texts for term in _QUOTED.findall(text) if is_term(term)),
        {term: meaning.strip(",，:： ") for text in texts for term, meaning in _MEANS.findall(text) if is_term(term)},
        [definition for text in texts for definition in _definitions(text)],
        Counter(
            heading for heading in headings if len(heading) <= NAME_CHARS + TERM_CHARS and _ENDS_IN_TERM.search(heading)
        ),
    )


def write_findings(findings: Mapping[str, Findings], folder: Path) -> None:
    """findings: by the id of their document; one line each."""
    lines = (f"{json.dumps(id, ensure_ascii=False)}: {_to_json(found)}" for id, found in findings.items())
    (folder / NAME).write_text("{\n" + ",\n".join(lines) + "\n}", encoding="utf-8")


def read_findings(folder: Path) -> dict[str, Findings]:
    """Raises OSError or ValueError when the file is missing or is none of ours."""
    found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return {id: Findings(**values) for id, values in found.items()}


def _to_json(found: Findings) -> str:
    values = {name: value for name in Findings.__slots__ if (value := getattr(found, name))}
    return json.dumps(values, ensure_ascii=False)


def _mentions(text: str) -> Iterator[tuple[str, bool]]:
    for run in RUN.finditer(text):
        after = 0  # the end of the name before
        for kind in _KIND.finditer(run[0]):
            candidate = run[0][max(after, kind.end() - NAME_CHARS) : kind.end()]
            start = _first_of_chain(candidate, max(candidate.rfind(country) for country in NATIONAL))
            if start >= 0 and _is_name(candidate[start:]):
                yield candidate[start:], True
                after = kind.end()
            elif not after and kind.end() <= NAME_CHARS and _is_name(candidate) and _one_body(candidate):
                if not text[max(run.start() - 1, 0) : run.start()].isdigit():  # 14日最高人民法院…
                    yield candidate, bool(_COMPANY.search(candidate))
                after = kind.end()


def _first_of_chain(candidate: str, start: int) -> int:
    """中华人民共和国国家…委员会 begins at the first of two countries side by side."""
    for country in NATIONAL:
        if start >= len(country) and candidate[:start].endswith(country):
            return start - len(country)
    return 0 if candidate[start - 1 : start] == "(" else start


def _is_name(text: str) -> bool:
    kind = kind_of(text)
    whole = text.count("(") == text.count(")")
    return len(text) >= len(kind) + 2 and whole and text not in NATIONAL and not _GENERAL.search(text)


def _one_body(text: str) -> bool:
    return not any(word in FUNCTION_WORDS for word in whole_words(text))


def kind_of(name: str) -> str:
    return next((kind for kind in _KINDS if name.endswith(kind)), "")


def is_term(text: str) -> bool:
    return bool(_TERM.fullmatch(text)) and _JOINS.isdisjoint(text)


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    for match in _DEFINED.finditer(text):
        if "称" in match[0]:
            before = text[max(match.start() - 2 * BEFORE, 0) : match.start()].rstrip()[-BEFORE:]
            yield from ((short, before) for short in match.groups() if short and not _OWN.fullmatch(short))
