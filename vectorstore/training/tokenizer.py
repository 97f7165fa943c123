"""The tokenizer of the built-in encoder: words by their frequency, traditional spelling read as simplified."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory

import jieba
import sentencepiece
from opencc import OpenCC
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

UNKNOWN = "[UNK]"
WORDS = 43_000  # rows in all; with 128 dimensions at two bytes this is 11 MB
CHARACTERS = 7_000  # always rows of their own, so that no Chinese text is without a vector
BASICS = "abcdefghijklmnopqrstuvwxyz0123456789"
HAN = "\u3400-\u9fff"
RUNS = Regex(f"[{HAN}]+|[a-z]+|[0-9]+")  # what is read at all: punctuation and other scripts carry no vector
SOURCE_CHARACTERS = 1_600_000  # counted per source: no source may set the word list alone
DICTIONARY_SHARE = 0.35  # weight of jieba's own frequencies: general words that the training text lacks
LONGEST_WORD = 12


def build_tokenizer(texts: Iterable[tuple[str, str]], *, size: int = WORDS) -> Tokenizer:
    """From (source, text): a unigram model whose best path is close to jieba's, without jieba when it is used."""
    normalizer = build_normalizer()
    counts = add_dictionary(count_words(texts, normalizer), normalizer)
    tokenizer = Tokenizer(models.Unigram(scored_words(counts, size), unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Split(RUNS, "removed", invert=True)
    return tokenizer


def build_normalizer() -> normalizers.Normalizer:
    return normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Precompiled(charsmap(simplified_characters())),
        ]
    )


def simplified_characters() -> dict[str, str]:
    """電 -> 电, for each single character whose simplified form is another single character."""
    simplify = OpenCC("t2s").convert
    table = {}
    for character in map(chr, range(0x3400, 0xA000)):
        simple = simplify(character)
        if simple != character and re.fullmatch(f"[{HAN}]", simple):
            table[character] = simple
    return table


def charsmap(table: dict[str, str]) -> bytes:
    """The table in sentencepiece's compiled form, one pass over the text at run time.

    Only sentencepiece's trainer writes that form, so a throw-away model is trained and its table taken out.
    """
    rules = "".join(f"{ord(left):X}\t{ord(right):X}\n" for left, right in table.items())
    model = io.BytesIO()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rules.tsv"
        path.write_text(rules, encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["一 二 三 四 五"]),
            model_writer=model,
            model_type="char",
            vocab_size=9,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(path),
            minloglevel=2,
        )
    specification = protobuf_field(model.getvalue(), 3)  # ModelProto.normalizer_spec
    return protobuf_field(specification, 2)  # NormalizerSpec.precompiled_charsmap


def protobuf_field(message: bytes, number: int) -> bytes:
    """The first length-delimited field with this number; enough of the format to do without its library."""
    position = 0
    while position < len(message):
        tag, position = varint(message, position)
        match tag & 7:
            case 0:
                _, position = varint(message, position)
            case 1:
                position += 8
            case 5:
                position += 4
            case 2:
                length, position = varint(message, position)
                if tag >> 3 == number:
                    return message[position : position + length]
                position += length
            case kind:
                raise ValueError(f"unexpected wire type {kind}")
    raise ValueError(f"no field {number}")


def varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


def count_words(texts: Iterable[tuple[str, str]], normalizer: normalizers.Normalizer) -> Counter[str]:
    read: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for source, text in texts:
        if read[source] >= SOURCE_CHARACTERS:
            continue
        read[source] += len(text)
        counts.update(countable(jieba.cut(normalizer.normalize_str(text), HMM=False)))
    return counts


def countable(words: Iterable[str]) -> Iterator[str]:
    """Only what the pre-tokenizer can hand over: one run of one kind."""
    run = re.compile(f"[{HAN}]+|[a-z]+|[0-9]+")
    return (word for word in words if run.fullmatch(word) and len(word) <= LONGEST_WORD)


def add_dictionary(counts: Counter[str], normalizer: normalizers.Normalizer) -> dict[str, float]:
    jieba.initialize()
    dictionary: Counter[str] = Counter()
    for word, frequency in jieba.dt.FREQ.items():
        if frequency:  # zero marks a mere beginning of words
            for simple in countable([normalizer.normalize_str(word)]):
                dictionary[simple] += frequency
    scale = DICTIONARY_SHARE * max(counts.total(), 1) / dictionary.total()
    return {word: counts[word] + scale * dictionary[word] for word in counts.keys() | dictionary.keys()}


def scored_words(counts: Mapping[str, float], size: int) -> list[tuple[str, float]]:
    """[UNK], then characters, letters and digits, then the most frequent words; scores are log frequencies."""
    singles: dict[str, float] = defaultdict(float)
    for word, count in counts.items():
        for character in word:
            if character not in BASICS:
                singles[character] += count
    always = [*BASICS, *(character for character, _ in by_frequency(singles)[:CHARACTERS])]
    words = [word for word, _ in by_frequency({w: c for w, c in counts.items() if len(w) > 1})]
    chosen = [*always, *words][: max(size - 1, len(always))]
    total = sum(counts.values())
    scores = [(word, round(log(max(counts.get(word, 0.0), 0.5) / total), 3)) for word in chosen]
    return [(UNKNOWN, 0.0), *scores]


def by_frequency(counts: Mapping[str, float]) -> list[tuple[str, float]]:
    """Most frequent first, ties in alphabetical order: the same text always gives the same list."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
