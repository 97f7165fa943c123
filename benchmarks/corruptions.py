"""`python -m benchmarks.corruptions`: what verification catches of statements made false, and what it lets pass of true ones.

Sentences of documents/ and of a law corpus are changed by operators that know nothing of how verification works. An
operator returns None where a sentence offers it nothing to change. Every choice is drawn from a seed, so that two runs agree.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.verify import verdict
from benchmarks.sets import DOCUMENTS
from vectorstore.numerals import number
from vectorstore.sentences import clauses, phrases, sentences
from vectorstore.words import importance, whole_words

SENTENCE_CHARS = range(16, 240)  # shorter ones say too little to corrupt, longer ones are lists
EACH = 40  # statements an operator makes at most of one corpus
CAUGHT, ALARMS = 0.95, 0.05  # what is promised: caught at least, false alarms at most


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence, the sentence after it in its paragraph ("" for none), and the clause, title and label it stands under."""

    sentence: str
    following: str
    clause: str
    title: str
    label: str
    neighbour: str  # the next clause, "" for none
    neighbour_label: str


@dataclass(frozen=True, slots=True)
class Case:
    """A statement with the words it is said to rest on."""

    text: str
    quote: str
    context: tuple[str, ...]
    true: bool
    verbatim: bool
    operator: str


@dataclass(frozen=True, slots=True)
class Row:
    """How many statements of one operator verification kept, of how many, with up to three that it judged wrongly."""

    operator: str
    true: bool
    verbatim: bool
    count: int
    kept: int
    wrong: tuple[str, ...]

    @property
    def right(self) -> int:
        return self.kept if self.true else self.count - self.kept


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sources to change, and from all of them what an invention is made of."""

    sources: tuple[Source, ...]
    names: tuple[str, ...]
    phrases: tuple[str, ...]
    nouns: tuple[str, ...]


Operator = Callable[[Source, Corpus, random.Random], str | None]

_NAME = re.compile(
    r"《[^《》]{3,20}》|(?:国务院|人民|行政|主管|监督|质量|检验|财政|税务|公安|教育|卫生|标准化|县级以上|省级|市级|地方|市场|管理|工业|信息化)*"
    r"(?:政府|部门|机关|法院|检察院|委员会|协会|机构|总局)|(?<=、)[\u4e00-\u9fff]{2,12}(?:公司|集团)"
)
_AMOUNT = re.compile(
    r"(?<![第统万十百千零〇一二三四五六七八九\d.])(\d+|[二三四五六七八九十][一二三四五六七八九十百]*)"
    r"(年|个月|日|天|个工作日|万元|元|倍|人|名|次|项|周岁|余家|个)"
)
_VERBS = (
    "负责 监督 管理 组织 领导 委托 批准 引导 督促 支持 责令 通知 告知 审批 指导 追求 重视 崇尚 关心 保护 提供 承担 制定 收集 检查 报告 "
    "审查 申请 处理 使用 建立 提高 促进 推动 落实 维护 加强 开展 规定 履行 购买 销售 生产 取得 处以 作出".split()
)
_NEGATIONS = ("不", "未", "不得", "没有", "不能", "未经", "禁止", "并非")
_MODALS = {
    "应当": "可以",
    "可以": "应当",
    "必须": "可以",
    "不得": "可以",
    "有权": "应当",
    "鼓励": "要求",
    "一般": "必须",
    "要": "可以",
}
_COMPARED = {"以上": "以下", "以下": "以上", "以内": "以上", "之前": "之后", "以前": "以后", "不少于": "不超过"} | {
    "不超过": "不少于",
    "不低于": "不高于",
    "至少": "至多",
    "超过": "不足",
    "高于": "低于",
    "内": "后",
}
_QUANTIFIERS = {"全部": "部分", "所有": "部分", "任何": "部分", "一切": "某些", "各": "个别", "主要": "全部"} | {
    "部分": "全部",
    "多数": "少数",
    "每": "个别",
    "其他": "所有",
    "有关": "所有",
}


def number_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    def other(match: re.Match[str]) -> str:
        value = number(match[1]) or 1
        changed = rng.choice([value + 1, value + 10, max(1, value - 1) if value > 1 else 7, value * 10])
        return f"{changed}{match[2]}" if match[1].isdigit() else f"{_han(changed)}{match[2]}"

    return _one(_AMOUNT, other, source.sentence, rng)


def unit_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    units = {"年": "个月", "个月": "日", "日": "个月", "天": "年", "个工作日": "个月", "万元": "元", "元": "万元"}
    units |= {
        "倍": "成",
        "人": "户",
        "名": "家",
        "次": "年",
        "项": "万元",
        "周岁": "个月",
        "余家": "余人",
        "个": "万个",
    }
    return _one(_AMOUNT, lambda match: match[1] + units[match[2]], source.sentence, rng)


def date_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    date = re.compile(r"(\d{4})年|(\d{1,2})月(?:(\d{1,2})日)?")

    def other(match: re.Match[str]) -> str:
        if match[1]:
            return f"{int(match[1]) + rng.choice((-10, -1, 1, 2))}年"
        return f"{int(match[2]) % 12 + 1}月" + (f"{match[3]}日" if match[3] else "")

    return _one(date, other, source.sentence, rng)


def neighbour_cited(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """The sentence itself; `_false` gives it the neighbour's words as its quote."""
    return source.sentence if source.neighbour and source.sentence not in source.neighbour else None


def label_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    if not source.neighbour_label or source.neighbour_label == source.label:
        return None
    return f"根据{source.neighbour_label}，{source.sentence}"


def swapped(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """The word before a verb and the word after it change places, in one phrase: 企业追求质量 -> 质量追求企业."""
    places = []
    for a, b in phrases(source.sentence):
        said = source.sentence[a:b]
        words = whole_words(said)
        for i in range(1, len(words) - 1):
            left, verb, right = words[i - 1 : i + 2]
            joined = left + verb + right
            if verb in _VERBS and left != right and len(left) > 1 and len(right) > 1 and joined in source.sentence:
                if (
                    right in _VERBS
                    or left in _VERBS
                    or {left, right} & {"应当", "可以", "不得", "依法", "必须", "有关"}
                ):
                    continue
                places.append((joined, right + verb + left))
    return _replaced(source.sentence, places, rng)


def negated(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    words = set(whole_words(source.sentence))
    places = [(word, f"不{word}") for word in (*_VERBS, "应当", "可以", "是", "具有", "属于") if word in words]
    return _replaced(source.sentence, places, rng)


def negation_dropped(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    words = whole_words(source.sentence)
    places = [(a + b, a.removeprefix("未").removeprefix("不") + b) for a, b in _pairs(words) if a in _NEGATIONS[:2]]
    places += [(a + b, "经" + b if a == "未经" else b) for a, b in _pairs(words) if a in _NEGATIONS[2:]]
    return _replaced(source.sentence, places, rng)


def modality_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    words = whole_words(source.sentence)
    return _replaced(source.sentence, [(a, b) for a, b in _MODALS.items() if a in words], rng)


def comparison_turned(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    places = [(a, b) for a, b in _COMPARED.items() if len(a) > 1 and a in source.sentence]
    places += [(f"{unit}内", f"{unit}后") for unit in ("日", "年", "月") if f"{unit}内" in source.sentence]
    return _replaced(source.sentence, places, rng)


def name_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    found = [name for name in _NAME.findall(source.sentence) if len(name) > 3]
    others = _foreign(corpus.names, source, rng)
    if not found or not others:
        return None
    old = rng.choice(found)
    new = next((name for name in others if (name[0] == "《") == (old[0] == "《") and old not in name), None)
    return source.sentence.replace(old, new, 1) if new else None


def clause_invented(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    added = _foreign(corpus.phrases, source, rng)
    return f"{source.sentence.rstrip('。；;，, ')}，{rng.choice(('', '并', '同时'))}{added[0]}。" if added else None


def item_added(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    marks = [match.start() for match in re.finditer("、", source.sentence)]
    others = _foreign(corpus.nouns, source, rng)
    if not marks or not others:
        return None
    at = rng.choice(marks)
    return f"{source.sentence[:at]}、{others[0]}{source.sentence[at:]}"


def quantifier_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    words = whole_words(source.sentence)
    places = [(a, b) for a, b in _QUANTIFIERS.items() if a in words]
    places = places or [
        (w, rng.choice(("全部", "部分", "少数", "所有")) + w) for w in words if w in ("企业", "单位", "部门", "人员")
    ]
    return _replaced(source.sentence, places, rng)


def shortened(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """Without a phrase in the middle that only says how, when or on what ground."""
    parts = [source.sentence[a:b] for a, b in phrases(source.sentence)]
    places = [
        i
        for i in range(1, len(parts) - 1)
        if re.match(r"(?:在|按照|根据|依照|依据|通过|为了?|以|自|从|经)", parts[i])
        and not re.search("[不未无非]", parts[i])
        and parts[i].endswith(("，", ","))
    ]
    if not places:
        return None
    at = rng.choice(places)
    return "".join(parts[:at] + parts[at + 1 :])


def item_dropped(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """A、B、C和D -> A、C和D."""
    found = re.finditer(r"(?<=、)[^、，,；;：:。和及与或等（）()“”]{2,8}、", source.sentence)
    items = [item for item in found if not _in_quotes(source.sentence, item.start())]
    if not items:
        return None
    item = rng.choice(items)
    return source.sentence[: item.start()] + source.sentence[item.end() :]


def clause_dropped(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """Without one of three or more parts between semicolons."""
    parts = [source.sentence[a:b] for a, b in clauses(source.sentence)]
    if len(parts) < 3:
        return None
    at = rng.randrange(1, len(parts) - 1)
    return "".join(parts[:at] + parts[at + 1 :])


def merged(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """Two neighbouring sentences with one subject: the second time it is left out, or the two are joined by a word."""
    first, second = source.sentence.rstrip("。；; "), source.following.rstrip("。；; ")
    if len(second) < 8 or second[0] in "(（“《" or len(first) + len(second) > SENTENCE_CHARS.stop:
        return None
    shared = 0
    while shared < min(len(first), len(second)) and first[shared] == second[shared]:
        shared += 1
    subject = "".join(_leading(whole_words(first[:40]), first[:shared]))
    if len(subject) >= 2:
        return f"{first}，{second[len(subject) :]}。"
    return f"{first}；同时，{second}。"


def numeral_rewritten(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """十八项 -> 18项, 18项 -> 十八项, 三万元 -> 30000元."""

    def other(match: re.Match[str]) -> str:
        value = number(match[1]) or 0
        if match[2] == "年" and value > 1000:
            return match[0]  # a year is written digit by digit: date_rewritten
        if match[2] == "万元" and rng.random() < 0.3:
            return f"{value * 10000}元"
        return f"{_han(value)}{match[2]}" if match[1].isdigit() and value < 10000 else f"{value}{match[2]}"

    return _one(_AMOUNT, other, source.sentence, rng)


def percent_rewritten(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    def figure(match: re.Match[str]) -> str:
        value = number(match[1])
        return f"{value}%" if value else match[0]

    return _different(source.sentence, re.sub(r"百分之([一二三四五六七八九十]+)(?!点)", figure, source.sentence))


def date_rewritten(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """2018年9月2日 -> 2018-09-02, 2018年9月 -> 二〇一八年九月."""
    said = re.sub(
        r"(\d{4})年(\d{1,2})月(\d{1,2})日", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", source.sentence
    )
    if said == source.sentence:
        digits = "〇一二三四五六七八九"
        said = re.sub(
            r"(\d{4})年(?:(\d{1,2})月)?",
            lambda m: "".join(digits[int(d)] for d in m[1]) + "年" + (f"{_han(int(m[2]))}月" if m[2] else ""),
            source.sentence,
        )
    return _different(source.sentence, said)


def time_moved(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """主管部门应当自收到申请之日起十五日内作出决定 -> 自收到申请之日起十五日内，主管部门应当作出决定."""
    for a, b in phrases(source.sentence):
        said = source.sentence[a:b]
        match = re.match(
            r"([^，,]{2,20}?)((?:应当|可以|必须)?)((?:自(?!治)|从|在|于)[^，,；;。的]{2,24}?(?:之日起[^，,；;。的]{1,8}内|日内|\d年(?![\d一-十])|\d月(?![\d一-十])))([^，,；;。]{3,}.*)",
            said,
        )
        if match and not re.search(r"[并或对向由将]$|[自从在于]", match[1]):
            return f"{source.sentence[:a]}{match[3]}，{match[1]}{match[2]}{match[4]}{source.sentence[b:]}"
    return None


def carried_out(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """对产品质量进行监督 -> 监督产品质量; 进行监督 -> 监督."""
    said = re.sub(
        r"(?<![针面])对(?!于|外)([^对，,；;。、的应可]{2,12})(?:进行|予以|加以|实施)([^，,；;。、的和或]{2})(?=[，,；;。]|$)",
        r"\2\1",
        source.sentence,
    )
    if said == source.sentence:
        said = re.sub(r"(?<!组织)进行(?=[^，,；;。、的]{2}[，,；;。])", "", source.sentence, count=1)
    return _different(source.sentence, said)


def led_in(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    if not source.label:
        return None
    lead = rng.choice(
        ("根据《{title}》{label}，", "《{title}》{label}规定，", "按照{label}的规定，", "依据《{title}》，")
    )
    return lead.format(title=source.title, label=source.label) + source.sentence


def copula_changed(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    said = re.sub(r"本(?:法|条例|办法|规定)所称的?([^，,]{2,12})，?是指", r"\1即", source.sentence)
    said = re.sub(r"(?<!任何)旨在", "的目的是", said) if said == source.sentence else said
    said = re.sub(r"^([^，,：:]{2,16})(?:包括|有)：", r"\1是：", said) if said == source.sentence else said
    return _different(source.sentence, said)


def reworded(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """One or two small words for others of the same meaning."""
    same = {"应当": "应", "以及": "和", "按照": "依照", "或者": "或", "有关": "相关", "提升": "提高", "推进": "推动"}
    same |= {
        "具有": "拥有",
        "作出": "做出",
        "给予": "予以",
        "可以": "可",
        "如果": "若",
        "但是": "但",
        "开展": "进行",
        "必须": "须",
    }
    same |= {"为了": "为", "对于": "对", "并且": "并", "依据": "根据", "协助": "帮助", "举行": "举办", "告知": "通知"}
    words = whole_words(source.sentence)
    found = [
        (a, b) for a, b in same.items() if a in words and not _in_quotes(source.sentence, source.sentence.index(a))
    ]
    said = source.sentence
    for old, new in rng.sample(found, min(2, len(found))):
        said = said.replace(old, new, 1)
    return _different(source.sentence, said)


def quoted(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    return source.sentence


def run_quoted(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """A run of phrases, as the writer without a model cuts a long sentence."""
    parts = phrases(source.sentence)
    if len(parts) < 2:
        return None
    left = rng.randrange(len(parts))
    right = rng.randrange(left, len(parts))
    said = source.sentence[parts[left][0] : parts[right][1]].rstrip("，,；;：:、 ")
    return said if len(said) > 5 else None


def wide(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    """The same words in full-width signs."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in source.sentence)


def gapped(source: Source, corpus: Corpus, rng: random.Random) -> str | None:
    parts = phrases(source.sentence)
    if len(parts) < 3:
        return None
    return source.sentence[slice(*parts[0])] + "……" + source.sentence[slice(*parts[-1])]


FALSE: dict[str, Operator] = {
    "number": number_changed,
    "unit": unit_changed,
    "date": date_changed,
    "wrong clause": neighbour_cited,
    "wrong label": label_changed,
    "swapped": swapped,
    "negation added": negated,
    "negation removed": negation_dropped,
    "modality": modality_changed,
    "comparison": comparison_turned,
    "name": name_changed,
    "addition": clause_invented,
    "item added": item_added,
    "quantifier": quantifier_changed,
}
TRUE: dict[str, Operator] = {
    "shortened": shortened,
    "item dropped": item_dropped,
    "clause dropped": clause_dropped,
    "merged": merged,
    "numeral": numeral_rewritten,
    "percent": percent_rewritten,
    "date as figures": date_rewritten,
    "time moved": time_moved,
    "进行": carried_out,
    "lead-in": led_in,
    "即/是": copula_changed,
    "small words": reworded,
}
VERBATIM: dict[str, Operator] = {"sentence": quoted, "run": run_quoted, "wide signs": wide, "gap": gapped}


def cases(corpus: Corpus, *, seed: int = 0, each: int = EACH) -> list[Case]:
    """Up to `each` statements of every operator, as many verbatim true ones as others."""
    rng = random.Random(seed)
    found = [case for name, operator in FALSE.items() for case in _made(name, operator, corpus, rng, each)]
    true = [case for name, operator in TRUE.items() for case in _made(name, operator, corpus, rng, each)]
    share = -(-len(true) // len(VERBATIM))
    copies = [case for name, operator in VERBATIM.items() for case in _made(name, operator, corpus, rng, share)]
    return found + true + copies[: len(true)]


def _made(name: str, operator: Operator, corpus: Corpus, rng: random.Random, each: int) -> Iterator[Case]:
    order = list(corpus.sources)
    rng.shuffle(order)
    made = 0
    for source in order:
        text = operator(source, corpus, rng)
        if not text:
            continue
        quote, title, label = source.sentence, source.title, source.label
        if name in ("wrong clause",):
            quote, label = source.neighbour, source.neighbour_label
        elif name == "merged":
            quote = source.clause
        elif rng.random() < 0.3:
            quote = source.clause  # a whole clause as the quote gives a false statement more to hide behind
        if name in FALSE and name != "negation removed" and _plain(text) in _plain(quote):
            continue  # by chance what the clause says elsewhere
        yield Case(text, quote, (title, label), name not in FALSE, name in VERBATIM, name)
        made += 1
        if made == each:
            return


def measure(found: Sequence[Case]) -> list[Row]:
    """A row an operator, in the order in which they come."""
    rows: dict[str, Row] = {}
    for case in found:
        row = rows.get(case.operator) or Row(case.operator, case.true, case.verbatim, 0, 0, ())
        judged = verdict(case.text, [case.quote], case.context)
        wrong = row.wrong
        if judged.ok is not case.true and len(wrong) < 3:
            wrong += (f"{case.text}  ←  {case.quote}  [{judged.reason} {judged.evidence}]",)
        rows[case.operator] = replace(row, count=row.count + 1, kept=row.kept + judged.ok, wrong=wrong)
    return list(rows.values())


def rates(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Share of the false caught; share of the true dropped; the same of the true that are not verbatim."""
    false = [row for row in rows if not row.true]
    true = [row for row in rows if row.true]
    loose = [row for row in true if not row.verbatim]
    return (
        sum(row.right for row in false) / sum(row.count for row in false),
        1 - sum(row.kept for row in true) / sum(row.count for row in true),
        1 - sum(row.kept for row in loose) / sum(row.count for row in loose),
    )


def read_documents(folder: Path = DOCUMENTS) -> Corpus:
    """The paragraphs of the published texts; an item's mark is its label."""
    found: list[Source] = []
    for path in sorted(folder.glob("*.txt")):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        paragraphs = [line for line in lines if len(line) >= SENTENCE_CHARS.start]
        labels = [_mark(line) for line in paragraphs]
        for i, paragraph in enumerate(paragraphs):
            after = paragraphs[i + 1] if i + 1 < len(paragraphs) else ""
            found += _sources(paragraph, path.stem, labels[i], after, labels[i + 1] if after else "")
    return _corpus(found)


def read_laws(folder: Path, *, seed: int = 0, documents: int = 120) -> Corpus:
    """Articles of some statutes of a folder with corpus.jsonl and articles.jsonl (number, start, end of each)."""
    rng = random.Random(seed)
    with (folder / "corpus.jsonl").open(encoding="utf-8") as texts, (folder / "articles.jsonl").open() as places:
        pairs = list(zip(map(json.loads, texts), map(json.loads, places), strict=True))
    found: list[Source] = []
    for law, marked in rng.sample(pairs, min(documents, len(pairs))):
        articles = [law["text"][start:end].strip() for _, start, end, *_ in marked["articles"]]
        for article, after in zip(articles, articles[1:] + [""], strict=False):
            if len(article) <= 600:
                found += _sources(article, law["title"], _mark(article), after, _mark(after))
    rng.shuffle(found)
    return _corpus(found[:6000])


def _sources(clause: str, title: str, label: str, after: str, after_label: str) -> Iterator[Source]:
    body = re.sub(
        r"^(?:第[^\s条]{1,9}条(?:之[一二三四五六七八九十]+)?|[（(][一二三四五六七八九十]+[)）])\s*", "", clause
    )
    said = [body[a:b] for a, b in sentences(body)]
    for sentence, following in zip(said, [*said[1:], ""], strict=True):
        if len(sentence) in SENTENCE_CHARS:
            yield Source(sentence, following, clause, title, label, after, after_label)


def _mark(clause: str) -> str:
    match = re.match(r"第[^\s条]{1,9}条(?:之[一二三四五六七八九十]+)?|[（(][一二三四五六七八九十]+[)）]", clause)
    return match[0] if match else ""


def _corpus(sources: Sequence[Source]) -> Corpus:
    names = {name for source in sources for name in _NAME.findall(source.sentence) if len(name) > 3}
    parts = {source.sentence[a:b].rstrip("，,；;。 ") for source in sources for a, b in phrases(source.sentence)}
    words = {word for source in sources for word in whole_words(source.sentence)}
    return Corpus(
        tuple(sources),
        tuple(sorted(names)),
        tuple(sorted(part for part in parts if 8 <= len(part) <= 30)),
        tuple(sorted(word for word in words if 2 <= len(word) <= 4 and not word.isascii() and importance(word) > 0.3)),
    )


def _one(pattern: re.Pattern[str], other: Callable[[re.Match[str]], str], text: str, rng: random.Random) -> str | None:
    found = list(pattern.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    return _different(text, text[: match.start()] + other(match) + text[match.end() :])


def _replaced(text: str, places: Sequence[tuple[str, str]], rng: random.Random) -> str | None:
    if not places:
        return None
    old, new = rng.choice(list(places))
    return _different(text, text.replace(old, new, 1))


def _different(text: str, said: str) -> str | None:
    return said if said != text else None


def _in_quotes(text: str, at: int) -> bool:
    """Quoted words are nobody's to change."""
    return any(text.count(a, 0, at) > text.count(b, 0, at) for a, b in ("“”", "《》"))


def _foreign(pool: Sequence[str], source: Source, rng: random.Random) -> list[str]:
    """Some of a corpus's own words that this clause does not hold."""
    return [said for said in rng.sample(pool, min(20, len(pool))) if said not in source.clause]


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(words, words[1:], strict=False)


def _leading(words: Sequence[str], shared: str) -> Iterator[str]:
    """The words that fit into the shared beginning."""
    length = 0
    for word in words:
        length += len(word)
        if length > len(shared):
            return
        yield word


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def _han(value: int) -> str:
    """18 -> 十八, 120 -> 一百二十; below 10,000."""
    digits, said, gap = "零一二三四五六七八九", "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            said += ("零" if gap and said else "") + digits[digit] + name
        gap = not digit and bool(said)
    return said.removeprefix("一") if 10 <= value < 20 else said or "零"


def table(rows: Sequence[Row]) -> str:
    lines = ["| statements | operator | n | right | share |", "| --- | --- | --: | --: | --: |"]
    for row in rows:
        kind = "false" if not row.true else "true, verbatim" if row.verbatim else "true, reworded"
        lines.append(f"| {kind} | {row.operator} | {row.count} | {row.right} | {row.right / row.count:.3f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.corruptions", description="测量核对环节：错句拦下多少，真句误拦多少。"
    )
    parser.add_argument("--laws", type=Path, metavar="文件夹", help="法律题集：其中有 corpus.jsonl 和 articles.jsonl")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", type=int, default=EACH, metavar="句数", help="每种改法至多多少句")
    parser.add_argument("--wrong", action="store_true", help="列出判断有误的句子")
    options = parser.parse_args(arguments)
    corpora = {"documents": read_documents()}
    if options.laws and (options.laws / "corpus.jsonl").is_file():
        corpora["laws"] = read_laws(options.laws, seed=options.seed)
    elif options.laws:
        print(f"跳过法律（skipped）：{options.laws} 里没有 corpus.jsonl。")
    kept = True
    for name, corpus in corpora.items():
        found = cases(corpus, seed=options.seed, each=options.each)
        started = time.process_time()
        rows = measure(found)
        taken = 1000 * (time.process_time() - started) / len(found)
        caught, alarms, loose = rates(rows)
        kept &= caught >= CAUGHT and alarms <= ALARMS
        print(f"\n## {name}\n\n{table(rows)}\n")
        print(f"caught {caught:.3f}, false alarms {alarms:.3f} (reworded {loose:.3f}), {taken:.2f} ms a statement")
        if options.wrong:
            print("\n".join(f"  {row.operator}: {wrong}" for row in rows for wrong in row.wrong))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
