"""Does a quote carry a statement that is not its own words? Rules, no model: whatever cannot be traced is not said.

Each clause of the statement is laid along the quotes (`alignment`). What the statement adds, drops or moves is then judged:
an addition must be a small word, one of the same meaning, or moved from where it may be moved; what is dropped must take
nothing with it that turns the rest around (不, 不得, 可以, 部分, an amount's 以上).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.alignment import Pair, align
from assistant.atoms import Atom, Reading, Word, read
from vectorstore.normalise import normalise

Reason = Literal[
    "verbatim",  # the quotes' own words
    "supported",
    "empty",  # no words, or no quote
    "label",  # names another article, item or work than the quotes are from
    "name",  # a title or a quoted term that the quotes lack
    "number",
    "date",
    "comparison",  # 以上 for 以下, or one of them left out
    "negation",
    "modality",
    "quantifier",
    "join",  # 和 for 或
    "order",  # the quotes' words, but in another's place
    "attached",  # said of something else in the quotes
    "added",  # not in the quotes
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """May the statement be shown? If not, why, and the words it failed for; if so, the words of the quotes it rests on."""

    ok: bool
    reason: Reason
    evidence: str = ""


# What may be added without saying more.
_LIGHT = frozenset(
    """
    的 了 着 过 得 地 是 为 在 于 由 被 把 将 对 对于 向 从 自 自从 以 而 其 其中 该 此 这 那 这些 这个 等 等等 之 所 也 就 则 都 还 且 上 中 里 时 进行 予以 加以
    给予 实施 包括 包含 分别 具体 即 也就是 也就是说 属于 称 称为 有关 相关 方面 情况 下 此外 另外 同时 和 与 及 以及 例如 如 若 若是 如果 有 具有 工作 活动 事项
    主要 并 并且 而且 到 来 去 后 者 人 会 它 他们 它们 即是 指 是指 系指 就是 一 个 种 项 性 做 开展 作为 方式 通过 起 从而 但 但是 的话 那么 可 以 及其 目前 分为 因此
    """.split()
) - {"后", "人", "因此", "会", "可"}
# What may stand in a clause before the words taken from it: how, not who.
_ADVERBS = frozenset(
    """
    着力 大力 切实 积极 努力 不断 进一步 充分 有效 共同 依法 及时 全面 深入 更加 真正 扎实 严格 广泛 加快 持续 紧紧 适时 首先 同时 另外 此外 主动 自觉 必要 合力 一律 均 也 还
    应 应当 必须 可以 可 不得 须 要 并 并且 且 而且 又 但 但是 则 即 其 该 此 这 我们 他们 它们 我 本 自己 上述 前款 分别 已 已经 曾 正在 将 会 能 能够 才 方 就 都 再 仍 特别
    中国 全国 我国 本法 本条例 本办法 本规定 本团体 本会 本协会 尤其 谨此 特此 其中 例如 包括 所 以及 或者 和 与 及 或
    """.split()
)
_ADVERBIAL = re.compile(
    r"(?:在|于|自|从|经|按照?|依照?|根据|依据|对于?|为了?|通过|以|把|将|向|当|因|除|如果|若|凡|未经|违反|有|没|无|是)"
)
_TIMED = re.compile(r"^(?:在|于|自|从|每|截至|到|根据|依据|按照|依照|经|通过)|(?:时|前|后|期间|之日|中|下|内|以来|起)$")
_FRONTED = ("对于", "把", "将", "就")
_LEAD = re.compile(
    r"^(?:(?:根据|依据|按照|依照|按|据)(?P<on>[^,;。]{1,80}?)的?(?:有关|相关)?(?:规定|要求|内容|说明|表述|介绍)?[,:]"
    r"|(?P<by>《[^》]+》[^,;。:]{0,40}?)(?:中)?(?:明确|还|也)?(?:规定|指出|提出|明确|载明|写明|称)[,:]?)"
)
_BARE = re.compile(r"[\W_]+")
_ONES = frozenset("个种项名家位份件类人")
_AGENT = ("由", "被")
_COPULAS = ("是", "为", "系")
_CONDITION = ("的", "时", "后")
_CLOSED = ("的", "时", "后", "外", "下", "前", "之")
_WHY: dict[str, Reason] = {"not": "negation", "ban": "negation", "modal": "modality", "scope": "quantifier"}
_WRONG: dict[str, Reason] = {"amount": "number", "date": "date", "mark": "label"}
_SHORT = re.compile(r"\((?:以下)?(?:简称|称)(?:为|:)?[“\"]?([^)”\"]{2,20})[”\"]?\)")


def judge(text: str, quotes: Sequence[str], context: Sequence[str] = ()) -> Verdict:
    """Is this so, by these quotes alone? context: titles, headings, labels and dates of where the quotes stand, which may
    supply a lead-in (根据《章程》第六条，) and the subject, nothing else."""
    said = normalise(text)
    around = [normalise(part) for part in context if part]
    source = "\n".join(normalise(quote) for quote in quotes)
    led = _lead_in(said, source, around)
    if isinstance(led, Verdict):
        return led
    said, source = led
    statement, quote = read(_SHORT.sub(r"\1", said)), read(_SHORT.sub(r"\1", source))
    if not statement.atoms or not quote.atoms:
        return Verdict(False, "empty")
    if missing := _unnamed(said, source, around, quote):
        return Verdict(False, "name", missing)
    return _Case(statement, quote, "\n".join(around)).verdict()


def _lead_in(said: str, source: str, around: Sequence[str]) -> tuple[str, str] | Verdict:
    """The statement without its lead-in, and the source cut down to the item it names; a verdict where it names a wrong one."""
    match = _LEAD.match(said)
    if match is None or _bare(match[0]) in _bare(source):
        return said, source
    body = match["on"] or match["by"]
    titles = re.findall(r"《([^》]+)》", body)
    known = _bare("\n".join((*around, source)))
    if any(_bare(title) not in known for title in titles):
        return Verdict(False, "label", match[0])
    place = re.sub(r"《[^》]+》", "", body)
    reading = read(place)
    marks = [atom.value for atom in reading.atoms if atom.kind == "mark"]
    if not titles and not marks and _bare(place) not in _bare("\n".join(around)):
        return said, source  # 按照规定的程序，… is no lead-in
    rest = said[match.end() :]
    cited = [atom.value for part in around for atom in read(part).atoms if atom.kind == "mark"]
    cited += [atom.value for line in source.split("\n") for atom in read(line).atoms[:1] if atom.kind == "mark"]
    for mark in marks:
        if mark in cited:
            continue
        source = _item(source, mark)
        if not source:
            return Verdict(False, "label", match[0])
    words = [word.text for word in reading.words if word.text not in _LIGHT]
    if any(word not in "\n".join((*around, source)) and word not in ("规定", "要求") for word in words):
        return Verdict(False, "label", match[0])
    return rest, source


def _item(source: str, mark: str) -> str:
    """The item of this mark in a text: from its mark to the next one; "" where there is none."""
    places = [
        (match.start(), read(match[0]).atoms[0].value)
        for match in re.finditer(r"\([〇零一二三四五六七八九十0-9]{1,4}\)", source)
    ]
    for n, (start, value) in enumerate(places):
        if value == mark:
            return source[start : places[n + 1][0] if n + 1 < len(places) else len(source)]
    return ""


def _unnamed(said: str, source: str, around: Sequence[str], quote: Reading) -> str:
    """The first title or quoted term of a statement that stands neither in the quotes nor in what they are from."""
    known = _bare("\n".join((source, *around)))
    for name in re.findall(r"《([^《》]+)》|“([^“”]+)”|「([^「」]+)」", said):
        if _bare("".join(name)) not in known and not _holds(quote.atoms, read("".join(name)).atoms):
            return "".join(name)
    return ""


def _holds(atoms: Sequence[Atom], run: Sequence[Atom]) -> bool:
    keys = [atom.key for atom in run]
    return any([atom.key for atom in atoms[j : j + len(keys)]] == keys for j in range(len(atoms) - len(keys) + 1))


def _bare(text: str) -> str:
    return _BARE.sub("", text)


@dataclass(frozen=True)
class _Case:
    """A statement beside its quotes."""

    statement: Reading
    quote: Reading
    around: str

    def verdict(self) -> Verdict:
        chains: list[list[Pair]] = []
        previous = -1
        for clause in self._clauses:
            chains.append(self._filled(clause, align(clause, self.quote, previous)))
            previous = chains[-1][-1][1] if chains[-1] else previous
        taken = {j for chain in chains for _, j in chain}
        for n, (clause, chain) in enumerate(zip(self._clauses, chains, strict=True)):
            problem = (
                self._additions(clause, chain)
                or self._turned(clause, chain, chains[:n], taken)
                or self._seams(chain, n)
            )
            if problem:
                return problem
        if problem := self._unconditional(chains):
            return problem
        covered = sorted(taken)
        if not covered:
            return Verdict(False, "added", self.statement.text)
        atoms = self.quote.atoms
        return Verdict(True, "supported", self.quote.text[atoms[covered[0]].start : atoms[covered[-1]].end])

    @cached_property
    def _clauses(self) -> list[list[tuple[int, Atom]]]:
        found: dict[int, list[tuple[int, Atom]]] = defaultdict(list)
        for i, atom in enumerate(self.statement.atoms):
            found[atom.clause].append((i, atom))
        return list(found.values())

    def _filled(self, clause: list[tuple[int, Atom]], chain: list[Pair]) -> list[Pair]:
        """Single signs of the gaps that stand between the same neighbours on both sides."""
        if not chain:
            return chain
        atoms, found = self.quote.atoms, list(chain)
        ends = [*chain[1:], (clause[-1][0] + 1, len(atoms))]
        first, last = self._first(chain[0][1]), self._last(chain[-1][1])
        for (i, j), (i2, j2) in zip([(clause[0][0] - 1, first - 1), *chain], [chain[0], *ends], strict=True):
            position = j + 1
            for k in range(i + 1, i2):
                for p in range(position, min(j2, last + 1)):
                    if atoms[p].key == self.statement.atoms[k].key:
                        found.append((k, p))
                        position = p + 1
                        break
        return sorted(found)

    def _first(self, j: int) -> int:
        """The first sign of the clause of a sign of the quote."""
        while j > 0 and self.quote.atoms[j - 1].clause == self.quote.atoms[j].clause:
            j -= 1
        return j

    def _last(self, j: int) -> int:
        while j + 1 < len(self.quote.atoms) and self.quote.atoms[j + 1].clause == self.quote.atoms[j].clause:
            j += 1
        return j

    # What the statement says beyond the chain ---------------------------------------------------------------------

    def _additions(self, clause: list[tuple[int, Atom]], chain: list[Pair]) -> Verdict | None:
        on = dict(chain)
        clause_end = clause[-1][0] + 1
        for i, atom in clause:
            if i in on:
                theirs = self.quote.atoms[on[i]]
                if atom.kind == "amount" and atom.bound != theirs.bound:
                    return Verdict(False, "comparison", self._said(i, i + 1))
                continue
            if atom.kind in ("amount", "date", "mark") and not self._carried_along(i, clause, chain, on):
                one = atom.kind == "amount" and atom.value[:1] == "1" and atom.value[1:] in _ONES
                if one and not self._counted(i, chain):
                    continue
                return Verdict(False, _WRONG[atom.kind], self._said(i, i + 1))
        loose = [
            word
            for word in self.statement.words
            if clause[0][0] <= word.first < clause_end and not self._covered(word, on)
        ]
        for block in self._blocks(loose):
            first, last = block[0].first, block[-1].last
            if self._moved(first, last, clause, chain, on):
                continue
            for word in block:
                if word.text in _LIGHT or self._small(word) or self._supplied(word, clause, chain):
                    continue
                if self._moved(word.first, word.last, clause, chain, on) or self._manner(word, chain):
                    continue
                known = word.text in self.quote.text
                return Verdict(False, "order" if known else "added", word.text)
        return None

    def _carried_along(self, i: int, clause: list[tuple[int, Atom]], chain: list[Pair], on: dict[int, int]) -> bool:
        """Has a date moved as a whole, or an amount with the words it belongs to (自收到之日起六十日内)?"""
        first = last = i
        while first > clause[0][0] and first - 1 not in on:
            first -= 1
        while last < clause[-1][0] and last + 1 not in on:
            last += 1
        if last > first and self._moved(first, last + 1, clause, chain, on):
            return True
        mine, theirs = self.statement.atoms, self.quote.atoms
        if mine[i].kind != "date" or not chain:
            return False
        whole = [k for k, atom in clause if (atom.start, atom.end) == (mine[i].start, mine[i].end)]
        if any(k in on for k in whole):
            return False
        used, near = {j for _, j in chain}, {theirs[j].clause for _, j in chain}
        near |= {n for n in (min(near) - 1, max(near) + 1) if self._only_date(n)}
        loose = [j for j, atom in enumerate(theirs) if atom.kind == "date" and atom.clause in near and j not in used]
        keys = [mine[k].key for k in whole]
        return any([theirs[j].key for j in loose[n : n + len(keys)]] == keys for n in range(len(loose))) and not any(
            theirs[j].value[-1] == mine[i].value[-1] and theirs[j].key != mine[i].key for j in loose
        )

    def _only_date(self, clause: int) -> bool:
        atoms = [atom for atom in self.quote.atoms if atom.clause == clause]
        return bool(atoms) and all(atom.kind == "date" or atom.value in ("于", "的") for atom in atoms)

    def _small(self, word: Word) -> bool:
        """Signs that are judged by what they do (`_turned`)."""
        atoms = self.statement.atoms[word.first : word.last]
        return all(atom.kind in ("ban", "modal", "scope", "join", "not", "bound") for atom in atoms)

    def _covered(self, word: Word, on: dict[int, int]) -> bool:
        """All signs of a word found, and near together: 质检 in 质量检验."""
        places = [on[i] for i in range(word.first, word.last) if i in on]
        if len(places) < word.last - word.first:
            return False
        return places[-1] - places[0] <= 2 * len(places) + 4

    def _manner(self, word: Word, chain: list[Pair]) -> bool:
        """共同, 依法, 切实 may stand anywhere in their clause."""
        near = {self.quote.atoms[j].clause for _, j in chain}
        return word.text in _ADVERBS and any(
            other.text == word.text and self.quote.atoms[other.first].clause in near for other in self.quote.words
        )

    def _blocks(self, loose: Sequence[Word]) -> Iterator[list[Word]]:
        block: list[Word] = []
        for word in loose:
            if block and word.first != block[-1].last:
                yield block
                block = []
            block.append(word)
        if block:
            yield block

    def _counted(self, i: int, chain: list[Pair]) -> bool:
        """Has the quote an amount of the same unit where the statement says 一个?"""
        before = max((j for k, j in chain if k < i), default=-1)
        after = min((j for k, j in chain if k > i), default=len(self.quote.atoms))
        unit = self.statement.atoms[i].value[1:]
        return any(atom.kind == "amount" and atom.value.endswith(unit) for atom in self.quote.atoms[before + 1 : after])

    def _supplied(self, word: Word, clause: list[tuple[int, Atom]], chain: list[Pair]) -> bool:
        """A subject out of the title or a heading, before all that the quote says."""
        return word.text in self.around and (not chain or word.first < chain[0][0]) and clause[0][0] <= word.first

    def _moved(
        self, first: int, last: int, clause: list[tuple[int, Atom]], chain: list[Pair], on: dict[int, int]
    ) -> bool:
        """Do these signs stand together in the quote, beside the chain, in a place that a sentence may give up?"""
        if not chain:
            return False
        atoms, mine = self.quote.atoms, self.statement.atoms
        keys = [atom.key for atom in mine[first:last]]
        near = {atoms[j].clause for _, j in chain}
        near |= {n - 1 for n in near} | {n + 1 for n in near}
        used = {j for _, j in chain}
        for j in self.quote.places.get(keys[0], ()):
            end = j + len(keys)
            if atoms[j].clause not in near or [atom.key for atom in atoms[j:end]] != keys or used & set(range(j, end)):
                continue
            said = self._said(first, last)
            if _TIMED.search(said):
                return True
            if self._fronted(first, last, j, end, clause, on):
                return True
        return False

    def _fronted(
        self, first: int, last: int, j: int, end: int, clause: list[tuple[int, Atom]], on: dict[int, int]
    ) -> bool:
        """对产品进行监督 = 监督产品, 由理事会批准 = 理事会批准, 印发的意见 = 意见印发: the roles stay where they were."""
        theirs, mine = self.quote.atoms, self.statement.atoms
        opens, closes = self._first(j), end > self._last(j)  # the clause of the quote that held the words
        was = theirs[j - 1].value if j else ""
        follows = theirs[end].value if end < len(theirs) else ""
        now = mine[first - 1].value if first > clause[0][0] else ""
        then = mine[last] if last <= clause[-1][0] else None
        before, after = on.get(first - 1, -1), on.get(last, -1)
        if was in _FRONTED and before >= end and theirs[before].clause == theirs[j].clause:
            return True  # 对X进行V -> VX, X being the words
        if now in _FRONTED and any(on.get(k) == j - 1 for k in range(last, clause[-1][0] + 1)):
            return True  # VX -> 对X进行V
        if opens < after < j and theirs[after - 1].value in _FRONTED:
            return True  # 对X进行V -> VX, V being the words
        if then is None:
            return follows in _AGENT  # X由Y批准 -> Y批准X
        if then.value in _AGENT and closes:
            return True  # Y批准X -> X由Y批准
        if then.value == "的" and closes and 0 <= on.get(last + 1, -1) < j:
            return True  # 意见印发 -> 印发的意见
        # 保存记录不少于六年 -> 记录至少保存6年
        return then.kind == "amount" and j == opens and any(on.get(k) == end for k in range(clause[0][0], first))

    # What the statement leaves out, or says the other way -----------------------------------------------------------

    def _turned(
        self, clause: list[tuple[int, Atom]], chain: list[Pair], earlier: Sequence[list[Pair]], taken: set[int]
    ) -> Verdict | None:
        """Negations, duties and quantities that were put in, left out or exchanged."""
        if not chain:
            return None
        atoms, mine = self.quote.atoms, self.statement.atoms
        on, used = dict(chain), {j for _, j in chain}
        put = [(i, atom) for i, atom in clause if i not in on and atom.kind in _WHY]
        gone: list[int] = []
        for (i, j), (i2, j2) in self._gaps(clause, chain):
            new = [mine[k] for k in range(i + 1, i2) if k not in on]
            old = [p for p in range(j + 1, j2) if p not in used]
            for p in old:
                if atoms[p].kind not in _WHY or (p in taken and p < chain[0][1]):
                    continue
                same = next((n for n, (k, atom) in enumerate(put) if atom.key == atoms[p].key and i < k < i2), None)
                if same is not None:
                    del put[same]
                else:
                    gone.append(p)
            joins = {atom.value for atom in new if atom.kind == "join"}
            lost = {atoms[p].value for p in old if atoms[p].kind == "join"}
            if ("或" in joins and "和" in lost and "或" not in lost) or (
                "和" in joins and "或" in lost and "和" not in lost
            ):
                return Verdict(False, "join", self._said(i + 1, i2))
        said_before = {self.statement.atoms[i].key for pairs in earlier for i, _ in pairs}
        for i, atom in put:
            moved = next((p for p in gone if atoms[p].key == atom.key and atom.kind == "ban"), None)
            if moved is not None:
                gone.remove(moved)
                continue
            return Verdict(False, _WHY[atom.kind], self._said(i, i + 1))
        for p in gone:
            elided = p < chain[0][1] and atoms[p].kind in ("modal", "ban") and atoms[p].key in said_before
            if self._matters(p, used) and not elided:
                return Verdict(False, _WHY[atoms[p].kind], self.quote.text[atoms[p].start : atoms[p].end])
        return None

    def _gaps(self, clause: list[tuple[int, Atom]], chain: list[Pair]) -> Iterator[tuple[Pair, Pair]]:
        """Neighbours in the chain, and its ends with those of the clauses around them."""
        yield (clause[0][0] - 1, self._first(chain[0][1]) - 1), chain[0]
        yield from zip(chain, chain[1:], strict=False)
        yield chain[-1], (clause[-1][0] + 1, self._last(chain[-1][1]) + 1)

    def _matters(self, p: int, used: set[int]) -> bool:
        """Is something kept that this sign of the quote governs?"""
        atoms = self.quote.atoms
        atom = atoms[p]
        after = next((q for q in range(p + 1, len(atoms)) if q in used), None)
        if after is None or atoms[after].clause != atom.clause:
            return False
        if atom.kind in ("not", "scope"):
            if atom.kind == "scope" and atom.value in ("全部", "最"):
                return False
            nearest = p + 1
            while nearest < after and atoms[nearest].value in ("的", "有", "是", "经"):
                nearest += 1
            return nearest == after
        return atoms[after - 1].value not in _CLOSED or after == p + 1

    # Where the chain leaves one clause of the quote for another ------------------------------------------------------

    def _seams(self, chain: list[Pair], n: int) -> Verdict | None:
        """Words put together that the quotes do not say of one another."""
        atoms = self.quote.atoms
        for (_, j), (i2, j2) in zip(chain, chain[1:], strict=False):
            if j2 == j + 1:
                continue
            if atoms[j].clause != atoms[j2].clause:
                start = self._first(j2)
                tail = self._content(j + 1, self._last(j) + 1)
                copula = self.statement.atoms[i2 - 1].value in _COPULAS and atoms[j2 - 1].value in (
                    "的",
                    "等",
                )  # X是……的Y
                if self._opening(start, j2) and self._unsaid(start, j2, i2) and not copula:
                    return Verdict(False, "attached", self._said(i2, i2 + 1))
                if tail and (head := self._opening(self._first(j), self._anchor(chain, j))):
                    return Verdict(False, "attached", head)
            if atoms[j2].kind == "amount" and self._rival(j + 1, j2, atoms[j2]):
                return Verdict(False, "number", self._said(i2, i2 + 1))
        start, first = self._first(chain[0][1]) if chain else 0, chain[0][1] if chain else 0
        if n and chain and self._stands(start, first):
            return Verdict(False, "attached", self.quote.text[atoms[start].start : atoms[first].start])
        return None

    def _unconditional(self, chains: Sequence[list[Pair]]) -> Verdict | None:
        """A condition (……的，) of one sentence before a consequence that in the quotes follows from another condition."""
        atoms, part = self.quote.atoms, self.quote.sentences
        taken = {j for chain in chains for _, j in chain}
        for clause, chain, after in zip(self._clauses, chains, chains[1:], strict=False):
            if clause[-1][1].value not in _CONDITION or not chain or not after:
                continue
            begins = self._first(after[0][1])
            if part[chain[-1][1]] == part[after[0][1]] or begins == 0 or part[begins - 1] != part[begins]:
                continue
            if self.quote.keys[max(0, begins - len(clause)) : begins] == [atom.key for _, atom in clause]:
                continue
            if atoms[begins - 1].value in _CONDITION and not taken & set(range(self._first(begins - 1), begins)):
                return Verdict(False, "attached", self._said(clause[0][0], clause[-1][0] + 1))
        return None

    def _anchor(self, chain: list[Pair], j: int) -> int:
        """The first sign of the chain in the clause of j."""
        return min(q for _, q in chain if self.quote.atoms[q].clause == self.quote.atoms[j].clause)

    def _rival(self, start: int, end: int, amount: Atom) -> bool:
        unit = re.sub(r"^[\d.]+", "", amount.value)
        return any(
            atom.kind == "amount" and re.sub(r"^[\d.]+", "", atom.value) == unit for atom in self.quote.atoms[start:end]
        )

    def _content(self, start: int, end: int) -> str:
        """The telling words of a stretch of the quote, run together; "" for none."""
        words = [word.text for word in self.quote.words if start <= word.first and word.last <= end]
        return "".join(word for word in words if word not in _LIGHT and word not in _ADVERBS)

    def _unsaid(self, start: int, end: int, before: int) -> bool:
        """Has a stretch of the quote a telling word that the statement has not said so far?"""
        if self.quote.atoms[end - 1].kind == "join":
            return False
        so_far = self.statement.text[: self.statement.atoms[before].start]
        words = [word.text for word in self.quote.words if start <= word.first and word.last <= end]
        return any(word not in so_far for word in words if word not in _LIGHT and word not in _ADVERBS)

    def _opening(self, start: int, end: int) -> str:
        """The first telling word of a stretch of the quote; "" for none, or where it only says how, when or on what ground."""
        for word in self.quote.words:
            if start <= word.first and word.last <= end and word.text not in _ADVERBS:
                if _ADVERBIAL.match(word.text):
                    return ""
                if word.text not in _LIGHT:
                    return word.text
        return ""

    def _stands(self, start: int, end: int) -> bool:
        """Is what stands before the words taken a subject of its own that the statement does not name?"""
        if end <= start or self.quote.atoms[end - 1].kind == "join":
            return False
        opening = self._opening(start, end)
        return bool(opening) and opening not in self.statement.text

    def _said(self, first: int, last: int) -> str:
        atoms = self.statement.atoms
        if first >= last:
            return ""
        return self.statement.text[atoms[first].start : atoms[last - 1].end]
