"""A question put right with the documents' own words: pinyin typed as letters, and characters that only sound right.

Sound-alikes follow the noisy channel (Kernighan, Church and Gale 1990): a run of the question is replaced by a word of
the documents that sounds the same when that makes the question so much likelier, word by word, that a slip of the input
method is the better explanation. How likely a word is, is learned from the documents and from Chinese at large.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product

from vectorstore.lexicon import Lexicon, dialect
from vectorstore.numerals import NUMERAL, number
from vectorstore.words import FUNCTION_WORDS, frequency

LONGEST = 12  # characters of a word looked up at once
# Log-probabilities of the ways to mistype a word. The input method offers the wrong word of the right sound; a dialect
# makes two sounds one. Set on training questions and passages, so that some 1 in 1,000 correct questions is changed.
SLIP = -5.0  # a word at all
CHARACTER = -2.0  # each wrong character
DIALECT = -4.0  # each wrong sound
HERE = 0.5  # what the documents say of a word's frequency, beside Chinese at large
OFTEN = 3  # times that a word is read, from which on it is no guess of the segmenter
OWN = 20  # times oftener than in Chinese at large, from which on a word is the documents' own
_UNKNOWN = 1e-8  # share of a character that neither knows

_ORDINAL = re.compile(rf"第{NUMERAL}*$")
_GRADE = re.compile(r"(?<![\da-z])([2-5二三四五])个?a(?![a-z0-9])")
_JOINING = FUNCTION_WORDS | {""}
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+(?:[ '’]+[a-z]+)*")
# English words that read as pinyin; all others hold a letter run that pinyin has not.
_ENGLISH = frozenset(
    """
    a an am ban bang banana bane bee bin bone bun can cane change china chin dance dang den dig ding dine done dune fan fang fee fen fun gang gene gun
    guide hang he hen here home hope hu huge hunger image juan juju june kin king lake lane language li ling line long machine made make male man
    manage mane me men mine name nine none note orange page pan panda pang pin pine ping range rang ran sage sale same sane sang see she shine shone
    shun sing song sun sung tan tang tape ten tone tune wage wake wan wane we women you yin yang
    """.split()
)


@dataclass(frozen=True, slots=True)
class Change:
    """What was typed, and the documents' word that was meant."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class Correction:
    text: str
    changes: tuple[Change, ...] = ()


def corrected(text: str, lexicon: Lexicon, seen: Callable[[str], bool]) -> Correction:
    """A normalised question put right. seen: does this pair of characters stand in any document?

    jishu zixun -> 技术咨询; 质捡协会 -> 质检协会. What is already right comes back as it is, and so does a text put right.
    """
    spelt = _without_letters(_graded(text, seen), lexicon)
    text, changes = spelt.text, list(spelt.changes)
    while (change := _slip(text, lexicon, seen)) and not _miscounts(text, *change):
        start, meant = change
        changes.append(Change(text[start : start + len(meant)], meant))
        text = text[:start] + meant + text[start + len(meant) :]
    return Correction(text, tuple(changes))


def _miscounts(text: str, start: int, meant: str) -> bool:
    """第十期 is no 第十七: a number that counts is left alone, and so is what it counts."""
    counts = meant.startswith("第") or _ORDINAL.search(text[:start])
    return bool(counts) and any(number(character) is not None for character in meant)


def _graded(text: str, seen: Callable[[str], bool]) -> str:
    """五a企业 -> aaaaa企业, where the documents write grades so."""

    def spelt_out(match: re.Match[str]) -> str:
        letters = "a" * (number(match[1]) or 0)
        return letters if seen(letters) and not seen(f"{len(letters)}a") else match[0]

    return _GRADE.sub(spelt_out, text)


# --- pinyin typed as letters


def _without_letters(text: str, lexicon: Lexicon) -> Correction:
    """Every run of Latin words that reads as words of the documents, each whole or not at all."""
    runs = list(_LATIN.finditer(text))
    read = [_read(run[0], lexicon) or _inside(text, run, lexicon) for run in runs]
    if not _HAN.search(text) and not all(read):
        return Correction(text)  # English
    changes = tuple(Change(run[0], meant) for run, meant in zip(runs, read, strict=True) if meant)
    for run, meant in reversed(list(zip(runs, read, strict=True))):
        if meant:
            before, after = text[: run.start()], text[run.end() :]
            before = before.rstrip(" ") if before.rstrip(" ")[-1:] and _HAN.match(before.rstrip(" ")[-1]) else before
            after = after.lstrip(" ") if _HAN.match(after.lstrip(" ")) else after
            text = before + meant + after
    return Correction(text, changes)


def _inside(text: str, run: re.Match[str], lexicon: Lexicon) -> str:
    """倡yi书 -> 议: one character of a word of the documents, spelt out between its others."""
    before, after = text[max(0, run.start() - 1) : run.start()], text[run.end() : run.end() + 1]
    if not (_HAN.fullmatch(before) and _HAN.fullmatch(after)):
        return ""
    meant = [c for c in lexicon.readings.get(run[0], "") if before + c + after in lexicon.vocabulary]
    return max(meant, key=lambda c: lexicon.vocabulary[before + c + after], default="")


def _read(typed: str, lexicon: Lexicon) -> str:
    """zhijian xiehui -> 质检协会; "" when some of it is no pinyin of the documents' words, or English."""
    pieces = re.split("[ '’]+", typed)
    if any(piece in lexicon.vocabulary for piece in pieces) or all(piece in _ENGLISH for piece in pieces):
        return ""
    letters, ends, position = "".join(pieces), set(), 0
    for piece in pieces:
        position += len(piece)
        ends.add(position)
    return _parsed(letters, ends, lexicon) if len(letters) >= 4 else ""


def _parsed(letters: str, ends: set[int], lexicon: Lexicon) -> str:
    """The fewest words, then the most frequent ones, that the letters spell; at least one of them the documents'."""
    best: list[tuple[int, float, bool, str] | None] = [(0, 0.0, False, ""), *[None] * len(letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6 * LONGEST), end):
            so_far = best[start]
            if so_far is None:
                continue
            for word, own in _spelt(letters, start, end, ends, lexicon):
                count = lexicon.vocabulary.get(word, 0)
                cost, weight = so_far[0] + (2 if own else 3), so_far[1] + math.log1p(count)
                found = (cost, weight, so_far[2] or own, so_far[3] + word)
                known = best[end]
                if known is None or (-found[0], found[1]) > (-known[0], known[1]):
                    best[end] = found
    whole = best[-1]
    return whole[3] if whole and whole[2] else ""


def _spelt(letters: str, start: int, end: int, ends: set[int], lexicon: Lexicon) -> Iterator[tuple[str, bool]]:
    """Words that letters[start:end] spell, and whether they are the documents': none whose syllable runs over a space."""
    for sound in lexicon.spelt.get(letters[start:end], ()):
        stops = set(accumulate(map(len, sound.split()), initial=start))
        if not all(stop in stops for stop in ends if start < stop < end):
            continue
        words = [word for word in lexicon.sounds.get(sound, "").split() if word not in FUNCTION_WORDS]
        if words:
            yield words[0], True
        elif sound in lexicon.asking:
            yield lexicon.asking[sound], False


# --- characters that sound right


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of Chinese of the question, and how likely it is up to each character and from each on."""

    text: str
    before: Sequence[float]
    after: Sequence[float]
    word_of: Sequence[str]  # the word of the likeliest reading that each character is in


def _slip(text: str, lexicon: Lexicon, seen: Callable[[str], bool]) -> tuple[int, str] | None:
    """The surest replacement: where, and the word that goes there."""
    best: tuple[float, int, str] | None = None
    for match in _HAN.finditer(text):
        if len(match[0]) < 2 or all(seen(match[0][i : i + 2]) for i in range(len(match[0]) - 1)):
            continue
        for run, start, meant, cost in _sound_alikes(match[0], lexicon, seen):
            end = start + len(meant)
            gain = run.before[start] + _log_share(meant, lexicon) + run.after[end] - run.before[-1] + cost
            if gain > (best[0] if best else 0):
                best = (gain, match.start() + start, meant)
    return best[1:] if best else None


def _sound_alikes(text: str, lexicon: Lexicon, seen: Callable[[str], bool]) -> Iterator[tuple[_Run, int, str, float]]:
    """Words of the documents that sound like a stretch of a run and may stand there; with the log-probability of the slip.

    The run is parted into words for the first that would fit: to few questions one does.
    """
    run: _Run | None = None
    strange = [not seen(text[i : i + 2]) for i in range(len(text) - 1)]
    heard = [lexicon.read_as.get(character, ()) for character in text]
    blurred = [{dialect(syllable) for syllable in syllables} for syllables in heard]
    for start in range(len(text) - 1):
        if not any(strange[start : start + LONGEST]):
            continue
        for sound in (s for pair in product(blurred[start], blurred[start + 1]) for s in lexicon.alike.get(pair, ())):
            syllables = sound.split()
            end = start + len(syllables)
            if end > len(text) or not any(strange[start : end - 1]):
                continue
            if any(dialect(s) not in blurred[i] for i, s in enumerate(syllables[2:], start + 2)):
                continue
            misheard = sum(s not in heard[i] for i, s in enumerate(syllables, start))
            for meant in lexicon.sounds[sound].split():
                wrong = [i for i in range(start, end) if text[i] != meant[i - start]]
                if not wrong or not all(any(strange[max(start, i - 1) : min(end - 1, i + 1)]) for i in wrong):
                    continue
                if not _is_word(meant, lexicon) or not _fits(text, start, meant, lexicon, seen):
                    continue
                run = run or _likeliest(text, lexicon)
                if _may_change(run, start, end, wrong, lexicon):
                    yield run, start, meant, SLIP + CHARACTER * len(wrong) + DIALECT * misheard


def _may_change(run: _Run, start: int, end: int, wrong: Sequence[int], lexicon: Lexicon) -> bool:
    """No wrong character, each beside another as nowhere in the documents, stands in a word that is theirs; a word of
    Chinese at large gives way to a longer one only: a wrong word that is a word cannot be mended safely. Some character
    is right, and words that only ask or join (哪支, 因, 的) are taken as they were typed."""
    right = end - start - len(wrong)
    joining = any(run.word_of[i] in FUNCTION_WORDS for i in (wrong if end - start > 2 else range(start, end)))
    if right < (2 if joining else 1):
        return False
    for i in wrong:
        word = run.word_of[i]
        if len(word) > 1 and (word in lexicon.vocabulary or end - start < 3):
            return False
    return True


def _fits(text: str, start: int, meant: str, lexicon: Lexicon, seen: Callable[[str], bool]) -> bool:
    """Does a word of two characters stand beside one of its neighbours in the documents too, or is it one of theirs?

    木蓝 in 木蓝属 is a word that they lack, no 木兰 mistyped. A longer word is seldom heard by chance, and words that ask or
    join (的, 是) stand beside any.
    """
    before, after = text[max(0, start - 1) : start], text[start + len(meant) : start + len(meant) + 1]
    beside = [pair for near, pair in ((before, before + meant[0]), (after, meant[-1] + after)) if near not in _JOINING]
    return len(meant) > 2 or not beside or any(seen(pair) for pair in beside) or _own(meant, lexicon)


def _own(word: str, lexicon: Lexicon) -> bool:
    """Read often in the documents, and far oftener than in Chinese at large: 质检."""
    count = lexicon.vocabulary[word]
    return count >= OFTEN and count / lexicon.words_in_all >= OWN * frequency(word)


def _is_word(word: str, lexicon: Lexicon) -> bool:
    """Not a guess of the segmenter: it is read often, or a dictionary or the documents vouch for it."""
    return (
        lexicon.vocabulary[word] >= OFTEN
        or frequency(word) > 0
        or word in lexicon.names
        or word in lexicon.terms
        or word in lexicon.headings
        or word in lexicon.meanings
        or word in lexicon.full_forms
    )


def _likeliest(text: str, lexicon: Lexicon) -> _Run:
    """The best way to part a run into words, by the words' own probabilities, from both ends."""
    size = len(text)
    edges = [
        (start, end, weight)
        for start in range(size)
        for end in range(start + 1, min(size, start + LONGEST) + 1)
        if (weight := _log_share(text[start:end], lexicon)) > -math.inf
    ]
    before, last = [0.0] + [-math.inf] * size, [0] * (size + 1)
    for start, end, weight in edges:
        if before[start] + weight > before[end]:
            before[end], last[end] = before[start] + weight, start
    after = [-math.inf] * size + [0.0]
    for start, end, weight in reversed(edges):
        after[start] = max(after[start], weight + after[end])
    word_of, end = [""] * size, size
    while end:
        word_of[last[end] : end] = [text[last[end] : end]] * (end - last[end])
        end = last[end]
    return _Run(text, before, after, word_of)


def _log_share(word: str, lexicon: Lexicon) -> float:
    """How likely a word is here; -inf for what is none."""
    here, anywhere = lexicon.vocabulary.get(word, 0), frequency(word)
    if here or anywhere or len(word) == 1:
        return math.log(HERE * here / lexicon.words_in_all + (1 - HERE) * anywhere or _UNKNOWN)
    return -math.inf
