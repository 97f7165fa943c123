"""One spelling for searching: passages and questions pass through the same function, what people see stays as printed.

Not done here: nothing is cut to a length (a question's limit is the asker's business), nothing is segmented.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC

NORMALISER = 1  # raised whenever the result changes for any text: an index remembers it and refuses another

# jieba is quadratic in a run of one unknown character: 100,000 of them take over a minute, 20 take nothing.
_RUN = re.compile(r"(.)\1{20,}", re.DOTALL)
_WHITE = dict.fromkeys(map(ord, "\t\n\r"))
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")  # 备 注, as headings are set
_HAN_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


@lru_cache(maxsize=1024)  # one question looks at the same few passages a hundred times
def normalise(text: str) -> str:
    """全国「質量月」 ＡＢＣ -> 全国「质量月」 abc; one space for white space but line ends, none inside
    Chinese (备 注 -> 备注), control and zero-width characters out."""
    text = unicodedata.normalize("NFKC", text)
    # Most text is printable, its white space single line ends, and looking at each character takes its time.
    if not (text.isprintable() or text.translate(_WHITE).isprintable()):
        text = "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))
    if "\n".join(text.split()) != text:
        text = _HAN_GAP.sub("", _LINES.sub("\n", _SPACES.sub(" ", text)))
    text = _RUN.sub(lambda match: match[1] * 20, text)
    return simplified(text).lower().strip()


def simplified(text: str) -> str:
    """Traditional to simplified, run of Han characters by run, and only where a character stands that simplified text never has.

    OpenCC works by phrase and damages simplified text (破坏土地 becomes 破坯土地), so such runs are left alone.
    """
    traditional, converter = _traditional()
    if traditional.isdisjoint(text):
        return text
    return _HAN_RUN.sub(lambda run: run[0] if traditional.isdisjoint(run[0]) else converter.convert(run[0]), text)


@cache
def _traditional() -> tuple[frozenset[str], OpenCC]:
    """The characters that OpenCC would change and GB 2312, the simplified standard, does not hold."""
    converter = OpenCC("t2s")
    han = [chr(code) for code in range(0x3400, 0xA000)]
    changed = converter.convert("\n".join(han)).split("\n")
    return frozenset(a for a, b in zip(han, changed, strict=True) if a != b and not _in_gb2312(a)), converter


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
