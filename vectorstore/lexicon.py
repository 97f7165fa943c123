"""What the documents call things: organisations, terms, short forms, and every word with its sound.

Learned at ingest, kept as lexicon.json in the generation, asked when a question is put right. The only importer of
pypinyin, which is loaded (0.3 s, 57 MB) to learn and never to answer: the file holds all sounds that answering needs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

from vectorstore.dense import DamagedIndex
from vectorstore.findings import BODIES, NAME_CHARS, NATIONAL, RUN, Findings, is_term, kind_of
from vectorstore.normalise import normalise
from vectorstore.words import FUNCTION_WORDS, Segmenter, frequency, whole_words

NAME = "lexicon.json"
_SOCIETIES = frozenset("协会 学会 总会 联合会 商会 促进会 研究会 基金会 总局 管理局".split())  # speak for themselves
ALONE = 0.8  # share of the mentions of its kind from which on 协会 alone means the one body
CONTRACTION = 1e-6  # share of Chinese at large from which on a word is more than a contraction of another
USUAL = 2.0  # times that one word must be more usual than the next with the same contraction
MENTIONS = 3  # of a body that no title, country or company form vouches for
READINGS = 2  # of a character; a third is that of an old book
QUOTED = 2  # times that a term is set in quotation marks, from which on it is one
_TITLED = re.compile(r"《([^《》]{2,60})》$")


@dataclass(frozen=True)
class Lexicon:
    """The documents' own words. All text in it is normalised."""

    names: Mapping[str, int] = field(default_factory=dict)  # organisations, with their occurrences
    terms: Mapping[str, int] = field(default_factory=dict)  # set in quotation marks again and again
    headings: Mapping[str, int] = field(default_factory=dict)  # short ones, and titles
    short_forms: Mapping[str, str] = field(default_factory=dict)  # as the documents define them: short -> full
    meanings: Mapping[str, str] = field(default_factory=dict)  # 本办法所称X，是指…
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)  # as maintainers write them: full -> short
    vocabulary: Mapping[str, int] = field(default_factory=dict)  # words of two characters or more, with occurrences
    sounds: Mapping[str, str] = field(default_factory=dict)  # "zhi liang" -> its words, the most frequent first
    asking: Mapping[str, str] = field(default_factory=dict)  # "shen me" -> 什么: words that ask and join
    readings: Mapping[str, str] = field(default_factory=dict)  # "zhi" -> characters that may be read so

    @classmethod
    def read(cls, folder: Path) -> Lexicon:
        """Raises DamagedIndex."""
        try:
            return cls(**json.loads((folder / NAME).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise DamagedIndex(folder / NAME, "文件不存在") from None
        except (ValueError, TypeError) as problem:
            raise DamagedIndex(folder / NAME, "内容无法读取") from problem

    def write(self, folder: Path) -> None:
        """One entry a line, in an order that depends on the documents alone."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        (folder / NAME).write_text(json.dumps(fields, ensure_ascii=False, indent=0), encoding="utf-8")

    @cached_property
    def segmenter(self) -> Segmenter:
        """Knows names, terms and short forms as words. Not headings, nor what a work defines for itself: as whole words
        beside their parts these count double and drown the rest of a question (the words' R@1 of statutes by name and
        number fell from 66 to 64)."""
        short = (alias for aliases in self.aliases.values() for alias in aliases)
        learned = {*self.names, *self.terms, *self.short_forms, *self.aliases, *short}
        return Segmenter(word for word in learned if RUN.fullmatch(word) and "(" not in word)

    @cached_property
    def full_forms(self) -> Mapping[str, str]:
        """Short -> full, of definitions and aliases; what a maintainer wrote goes before."""
        return {**self.short_forms, **{short: full for full, shorts in self.aliases.items() for short in shorts}}

    @cached_property
    def words_in_all(self) -> int:
        return max(sum(self.vocabulary.values()), 1)

    def with_words(self, found: Mapping[str, int]) -> Lexicon:
        """The same with vocabulary and sounds. found: the search words of all passages, with their occurrences."""
        counts = {word: n for word, n in found.items() if len(word) >= 2 and not word.isdigit()}
        for word in (*self.full_forms, *self.headings, *self.meanings):
            counts[word] = max(counts.get(word, 0), 1)
        vocabulary = _ordered(counts)
        read = _Reader()
        sounds: dict[str, list[str]] = {}
        for word in vocabulary:
            if sound := read.word(word):
                sounds.setdefault(sound, []).append(word)
        return replace(
            self,
            vocabulary=vocabulary,
            sounds={sound: " ".join(sounds[sound]) for sound in sorted(sounds)},
            asking={sound: word for word in sorted(FUNCTION_WORDS, key=_rare_first) if (sound := read.word(word))},
            readings=read.characters(),
        )

    @cached_property
    def read_as(self) -> Mapping[str, tuple[str, ...]]:
        """Character -> syllables it may be read as."""
        found: dict[str, tuple[str, ...]] = {}
        for syllable, characters in self.readings.items():
            for character in characters:
                found[character] = (*found.get(character, ()), syllable)
        return found

    @cached_property
    def spelt(self) -> Mapping[str, tuple[str, ...]]:
        """Letters without spaces -> the sounds they may spell: xian -> "xian", "xi an"."""
        found: dict[str, tuple[str, ...]] = {}
        for sound in {**self.sounds, **self.asking}:
            letters = sound.replace(" ", "")
            found[letters] = (*found.get(letters, ()), sound)
        return found

    @cached_property
    def alike(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """Sounds by their first two syllables as dialects have them."""
        found: dict[tuple[str, str], list[str]] = {}
        for sound in self.sounds:
            first, second, *_ = sound.split()
            found.setdefault((dialect(first), dialect(second)), []).append(sound)
        return found

    def stands_for(self, short: str) -> str:
        """The organisation or term that a short form means; "" when the lexicon cannot be sure.

        质检协会 and 中国质检协会 stand for 中国质量检验协会: of each word of the name its first character at least, in order,
        the same kind of body last; what names the country or its place, and 行业, may be left out. 质量协会 leaves 检验 out and is another body;
        质协 is too short to tell. A kind alone (协会) means the one body of that kind that the documents speak of.
        """
        if short in self.full_forms:
            return self.full_forms[short]
        if short in self._alone:
            return self._alone[short]
        kind = kind_of(short)
        if len(short) < 3 or kind not in BODIES or short in self.names or frequency(short):
            return ""
        meant = [name for name in self._by_kind.get(kind, ()) if _abbreviates(short, self._parts[name])]
        return meant[0] if len(meant) == 1 else ""

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for name in self.names:
            found.setdefault(kind_of(name), []).append(name)
        return found

    @cached_property
    def _alone(self) -> Mapping[str, str]:
        alone: dict[str, str] = {}
        for kind, names in self._by_kind.items():
            most = max(names, key=lambda name: self.names[name])
            enough = max(MENTIONS, ALONE * sum(self.names[name] for name in names))
            if kind in _SOCIETIES and self.names[most] >= enough:
                alone[kind] = most
        return alone

    @property
    def meant_by_kind(self) -> frozenset[str]:
        """The bodies that a kind alone (协会) means."""
        return frozenset(self._alone.values())

    def contracted(self, short: str) -> str:
        """国标 -> 国家标准: the one word whose halves begin so, or the one that is far more usual; "" where none is, or where
        the short form is a word of its own (主人 is no 主管人员)."""
        if len(short) != 2 or short in self.vocabulary or frequency(short) > CONTRACTION:
            return ""
        usual = sorted(((self.vocabulary[w] * frequency(w), w) for w in self._halved.get(short, ())), reverse=True)
        clear = len(usual) == 1 or (len(usual) > 1 and usual[0][0] >= USUAL * usual[1][0])
        return usual[0][1] if clear else ""

    @cached_property
    def _halved(self) -> Mapping[str, tuple[str, ...]]:
        """Words of four characters by the first of each half, where both halves are words."""
        found: dict[str, tuple[str, ...]] = {}
        for word in self.vocabulary:
            if len(word) == 4 and frequency(word[:2]) and frequency(word[2:]):
                found[word[0] + word[2]] = (*found.get(word[0] + word[2], ()), word)
        return found

    @cached_property
    def _parts(self) -> Mapping[str, tuple[str, ...]]:
        return {name: _parts(name) for name in self.names}


def learn(documents: Sequence[Findings], aliases: Mapping[str, Sequence[str]]) -> Lexicon:
    """Names, terms and definitions of all documents; words and sounds come by with_words."""
    given = {
        normalise(full): tuple(normalise(short) for short in shorts)
        for full, shorts in aliases.items()
        if len(normalise(full)) >= 2
    }
    names = _names(documents, given)
    quoted = _sum(found.quoted for found in documents)
    meanings = {term: meaning for found in documents for term, meaning in found.meanings.items()}
    headings: Counter[str] = Counter()
    for heading, n in _sum(found.headings for found in documents).items():
        headings[_without_name(heading, names)] += n
    return Lexicon(
        names=names,
        terms=_ordered({term: n for term, n in quoted.items() if n >= QUOTED and term not in names}),
        headings=_ordered({heading: n for heading, n in headings.items() if is_term(heading)}),
        short_forms=_agreed(pair for found in documents for pair in _full_forms(found.definitions, names)),
        meanings=dict(sorted(meanings.items())),
        aliases=dict(sorted(given.items())),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        for word, n in each.items():
            total[word] += n
    return total


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


# --- names


def _names(documents: Sequence[Findings], aliases: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Organisations. A national body is known by its first word, a company by the pause before it, any body by a title;
    of others, a run from a pause on counts once it is read three times."""
    found = _sum(each.names for each in documents)
    maybe = _sum(each.maybe for each in documents)
    often = {name for name, n in maybe.items() if n >= MENTIONS and kind_of(name) in _SOCIETIES}
    found.update({name: n for name, n in maybe.items() if name in often or name in found})
    for name in aliases:
        if kind_of(name):
            found[name] = max(found[name], 1)
    return _ordered(found)


def _parts(name: str) -> tuple[str, ...]:
    """中国质量检验协会 -> 中国, 质量, 检验, 协会: long words of the dictionary taken apart into pairs."""
    kind = kind_of(name)
    country = next((country for country in NATIONAL if name.startswith(country)), "")
    body = name[len(country) : len(name) - len(kind)]
    parts: list[str] = []
    for word in whole_words(body):
        pairs = [word[i : i + 2] for i in range(0, len(word), 2)]
        parts += pairs if len(word) in (4, 6, 8) and all(frequency(pair) for pair in pairs) else [word]
    return (country, *parts, kind)


_PLACE = re.compile(r"(?:[\u3400-\u9fff]{1,5}?[省市县区州])+")


def _abbreviates(short: str, parts: Sequence[str]) -> bool:
    country, *body, kind = parts
    rest = short.removesuffix(kind)
    if country and rest.startswith(country):
        rest = rest[len(country) :]
    ways = [body, body[_words_of_place(body) :]]
    ways += [[word for word in way if word != "行业"] for way in ways]
    return bool(rest) and any(way and _drawn(rest, tuple(way)) for way in ways)


def _words_of_place(words: Sequence[str]) -> int:
    """青石, 市, 水产: 2, whatever the segmenter made of them; 0 when no place stands first, or nothing after it."""
    place = _PLACE.match("".join(words))
    ends = list(accumulate(map(len, words)))
    return ends.index(place.end()) + 1 if place and place.end() in ends[:-1] else 0


def _drawn(short: str, words: tuple[str, ...]) -> bool:
    """Is a short form made of the first character, or more, of every word in turn?"""
    if not words:
        return not short
    if not short or short[0] != words[0][0]:
        return False
    inner = iter(words[0])
    for taken, character in enumerate(short):
        if character not in inner:  # consumes the word up to the character
            return False
        if _drawn(short[taken + 1 :], words[1:]):
            return True
    return False


# --- terms and definitions


def _without_name(heading: str, names: Mapping[str, int]) -> str:
    """中国质量检验协会业务范围 -> 业务范围"""
    lengths = range(min(len(heading), NAME_CHARS), 3, -1)
    return next((heading[length:] for length in lengths if heading[:length] in names), heading)


def _full_forms(definitions: Iterable[tuple[str, str]], names: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """原国家质量监督检验检疫总局(简称原质检总局) -> (原质检总局, …) and (质检总局, 国家质量监督检验检疫总局)."""
    for short, before in definitions:
        full = _defined(short, before, names)
        if not full or full.endswith(short):
            continue  # 保险公司 for 独资保险公司 is the general word
        yield short, full
        if short[0] == full[0] == "原" and len(short) > 3:
            yield short[1:], full[1:]


def _agreed(definitions: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Short -> full, without those that two documents define in two ways."""
    found: dict[str, set[str]] = {}
    for short, full in definitions:
        found.setdefault(short, set()).add(full)
    return {short: full for short in sorted(found) for full in found[short] if len(found[short]) == 1}


def _defined(short: str, before: str, names: Mapping[str, int]) -> str:
    """What a definition's short form stands for: the name or title right before it, or the words it is drawn from."""
    if titled := _TITLED.search(before):
        return titled[1]
    if len(short) < 3 and frequency(short):
        return ""  # 企业, 公司: a word of its own, whatever it is to mean here
    run = re.split(r"[。;；,，、:：!?\s()《》“”\"]", before)[-1][-40:]
    named = [name for name in names if run.endswith(name)]
    former = "原" if short.startswith("原") else ""
    if named:
        longest = max(named, key=len)
        return former + longest if run.endswith(former + longest) else longest
    if run[-1:] != short[-1]:
        return ""
    drawn = [run[i:] for i, character in enumerate(run) if character == short[0] and _in_order(short, run[i:])]
    full = drawn[-1] if drawn else ""
    return full if len(full) >= len(short) + 2 and not re.search("[的或及]", full) else ""


def _in_order(short: str, text: str) -> bool:
    rest = iter(text)
    return all(character in rest for character in short)


# --- sounds


@cache
def dialect(syllable: str) -> str:
    """A syllable as those hear it who do not tell zh from z, ch from c, sh from s, n from l, -ng from -n."""
    for told, heard in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")):
        if syllable.startswith(told):
            syllable = heard + syllable[len(told) :]
            break
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


def _rare_first(word: str) -> tuple[float, str]:
    return frequency(word), word


class _Reader:
    """Toneless pinyin of words and characters. pypinyin is loaded when a reader is made."""

    def __init__(self) -> None:
        from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
        from pypinyin.contrib.tone_convert import to_normal

        self._plain = cache(lambda reading: to_normal(reading).replace("ü", "v"))
        self._phrases = PHRASES_DICT
        self._of = {
            chr(code): tuple(dict.fromkeys(map(self._plain, readings.split(","))))
            for code, readings in PINYIN_DICT.items()
            if 0x3400 <= code < 0xA000
        }

    def word(self, word: str) -> str:
        """质量 -> "zhi liang"; "" for a word that is not all Chinese."""
        if known := self._phrases.get(word):
            return " ".join(self._plain(character[0]) for character in known)
        readings = [self._of.get(character) for character in word]
        return " ".join(each[0] for each in readings if each) if all(readings) else ""

    def characters(self) -> dict[str, str]:
        """Every reading of the characters of GB 2312, which people type."""
        found: dict[str, list[str]] = {}
        for character, readings in self._of.items():
            try:
                character.encode("gb2312")
            except UnicodeEncodeError:
                continue
            for reading in readings[:READINGS]:
                found.setdefault(reading, []).append(character)
        return {reading: "".join(found[reading]) for reading in sorted(found)}
