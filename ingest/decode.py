"""Bytes to text: which encoding a file is in, or that nobody can tell.

A byte order mark says it; strict UTF-8 is hardly ever met by chance; between GB18030, Big5 and UTF-16 without a mark, the
one under which the bytes are the more probable Chinese wins. GB18030 accepts almost any bytes, so what wins is still
refused when it reads like another language's encoding, or when the runner-up is nearly as probable.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections import Counter
from functools import cache

SAMPLE_CHARS = 20_000  # of each candidate; more tell nothing new
STRANGE_SHARE = 0.01  # control, private-use and unassigned characters above this share: no text in that encoding
MARGIN = 4.0  # natural log of how much more probable the winner must be
FOREIGN_LETTERS = 8  # fewer say nothing
PLAIN_SHARE = 0.75  # of bytes that are plain letters, above which UTF-16 is a misreading
WORD_CHARS = 8  # of a Korean word, at most on average: between words stand spaces
PROBABLE = -12.0  # natural log of a character's share, on average: UTF-16 without a mark must read like running text

_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The 600 most frequent characters of general Chinese (by jieba's dictionary), and how those are written traditionally.
_FREQUENT = (
    "一是人了不在有大中国和为这上他个地年来我会以到时要出的生学说道民家子也成行下们于后就发自之对得主长可过天作分方用多你着部能市等业全里工公经本都而高政法面门动日进区事代那去心小同北定开产前其军还然起种所"
    "如现理机体表力好外与文当两实重新三么只山水关明从化平建又制南内西没此将员名手最东头者月间无安看见各城十相但已些正口通想度加第她合院物性战由位常点海意场武使次二向治因立数样身情入原问把路被并利石老教万知"
    "级量任江及应省资委务元美特期世湖回系比气汉总展电科金先声提品设或义王社很统处四首共马形己儿司太目基领队直计别女权话少流命至报米给打变果书清活几州华解议更称程今决张导术府才保交放管结师便走达族反再题色五"
    "京河接条规式县白它改风光运信受什组听布百济党指论强做取技黄神选记斯真却职号界件花类何眼兵传带空干农边据集联古广完质阳难增历史专官每住商即步认车台林必死游举线言皇土团收考求德叫近备研争非具李众连调感转笑"
    "革该持始英克士尔让拉思根格造较际亲单朝红型价校约器字段周亚深候则功属积快图火千准究往极育装许参半令吃观鱼精办像帝八复影告远群包整构料随划算象容示投势热值夫网望源息语股铁断派速怎需片爱律纪支早况病境证编"
    "越局推满且列觉服双未居除乐企引标确织初青志率项飞球节察龙响药站施均消客失轻存低甚般击曾防请离落显罗营足素视护副食创余照兴占巴虽洲村费易试星木黑左宝置跟央识维采六底宫房音环案批切斗富乡另倒若按查故突责严"
)
_FREQUENT_TRADITIONAL = (
    "國爲這個來會時學說們於後發對長過業裏經門動進區開產軍還種現機體與當兩實麼關從內沒將員東頭間無見戰點場數樣問並萬級應資務氣漢總電聲設義統處馬兒領隊計別權話報給變書幾華議稱決張導術結師達題條規縣風運組聽濟"
    "黨論強黃選記卻職號類傳帶幹農邊據聯廣質陽難歷專認車臺遊舉線團備爭衆連調轉該爾讓較際親單紅價約亞則屬積圖準極裝許參喫觀魚辦復遠羣構隨劃勢熱網語鐵斷愛紀況證編滿覺雙樂標確織項飛節龍響藥輕擊請離顯羅營視護創"
    "餘興佔雖費試寶識維採宮環鬥鄉責嚴裡群啟"
)
# Another language's encoding, its own letters, and the share of the letters they must be.
_FOREIGN = (
    ("euc-kr", "\uac00", "\ud7a3", 0.9),
    ("euc-jp", "\u3041", "\u30fe", 0.3),
    ("shift-jis", "\u3041", "\u30fe", 0.3),
)
_PUNCTUATION = "，。、；：？！“”‘’（）《》〈〉【】〔〕—…·　"


class NoEncoding(Exception):
    """reason: what a person can do about it, in Chinese, without a full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decode(data: bytes) -> str:
    """The text without byte order mark. Raises NoEncoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _sound(_strictly(data, encoding))
    if b"\0" not in data:
        try:
            return _sound(data.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return _sound(_most_probable(data))


def _most_probable(data: bytes) -> str:
    legacy, wide = ("gb18030", "big5"), ("utf-16-le", "utf-16-be")
    candidates = wide if b"\0" in data else legacy + wide
    found = sorted(
        ((_log_probability(text[:SAMPLE_CHARS]), encoding, text) for encoding in candidates if (text := _try(data, encoding))),
        reverse=True,
    )  # fmt: skip
    if not found:
        raise NoEncoding("不是文本文件" if b"\0" in data else "文字编码无法识别，请另存为 UTF-8")
    (best, encoding, text), others = found[0], found[1:]
    if any(best - score < MARGIN and other != text for score, _, other in others):
        raise NoEncoding("文字太少，分不清是哪种文字编码，请另存为 UTF-8")
    if encoding in wide and best < PROBABLE * min(len(text), SAMPLE_CHARS) and not _is_all_han(text, data):
        raise NoEncoding("不是文本文件，或文字编码无法识别")
    if _is_foreign(data) or (encoding in legacy and _is_latin(text, encoding)):
        raise NoEncoding("文字编码不是中文的，请另存为 UTF-8")
    return text


def _try(data: bytes, encoding: str) -> str:
    """Strictly; cp950 for what Microsoft and Hong Kong added to Big5."""
    for name in ("big5", "cp950", "big5hkscs") if encoding == "big5" else (encoding,):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return ""


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        raise NoEncoding("文字编码与文件开头的标记不符") from problem


def _sound(text: str) -> str:
    if strange_share(text) > STRANGE_SHARE:
        raise NoEncoding("不是文本文件，或文字编码无法识别")
    if text.count("\ufffd") > STRANGE_SHARE * len(text) or _is_misread(text):
        raise NoEncoding("文字是乱码，请从原文件重新保存")
    if text.isascii() and any(_is_wrapped(text[:SAMPLE_CHARS], encoding) for encoding in ("hz", "utf-7")):
        raise NoEncoding("文字编码是邮件用的旧式编码，请另存为 UTF-8")
    return text


def _is_misread(text: str) -> bool:
    """Chinese that somebody before us read in a wrong encoding and saved so: 绗竴鏉, µÚÒ»Ìõ, ç¬¬ä¸€."""
    lines = [line for line in text[:SAMPLE_CHARS].splitlines() if 2 * sum(c > "\x7f" for c in line) > len(line) > 3]
    for read_as, was in (("gb18030", "utf-8"), ("latin-1", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "gb18030")):
        if 2 * sum(_reads(line.strip(), read_as, was) for line in lines) > len(lines):
            return True
    return False


def _is_wrapped(text: str, encoding: str) -> bool:
    """Chinese written in plain letters, as old mail has it: ~{5ZR;Ly~}, +eyxOAGdh-."""
    try:
        inside = text.encode().decode(encoding, "ignore")
    except UnicodeError:
        return False
    return 2 * sum("\u4e00" <= c <= "\u9fff" for c in inside) > len("".join(inside.split()))


def _reads(line: str, read_as: str, was: str) -> bool:
    try:
        return any("\u4e00" <= c <= "\u9fff" for c in line.encode(read_as).decode(was))
    except UnicodeError:
        return False


def strange_share(text: str) -> float:
    """Of control, private-use and unassigned characters."""
    strange = sum(count for c, count in Counter(text).items() if _is_strange(c))
    return strange / max(len(text), 1)


def _is_strange(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Co", "Cn", "Cs"} and character not in "\t\n\r\f\v\x85\x1a"


# How probable a text is: one character at a time, by kind


def _log_probability(text: str) -> float:
    kinds = _kinds()
    return sum(count * (kinds.get(c) or _rare(c)) for c, count in Counter(text).items())


@cache
def _kinds() -> dict[str, float]:
    """Natural log of a character's share in running Chinese, for characters a text is likely to hold."""
    found = dict.fromkeys(_level_one("gb2312", range(0xB0, 0xD8)) | _level_one("big5", range(0xA4, 0xC7)), -10.6)
    found |= dict.fromkeys(_FREQUENT + _FREQUENT_TRADITIONAL, -7.2)
    found |= dict.fromkeys(_PUNCTUATION, -5.1)
    found |= dict.fromkeys(map(chr, range(0x20, 0x7F)), -6.5) | dict.fromkeys("\t\n\r\f", -6.5)
    return found


def _rare(character: str) -> float:
    if _is_strange(character):
        return -25.0
    return -15.7 if "\u3400" <= character <= "\u9fff" else -14.0 if character < "\U00010000" else -18.0


@cache
def _level_one(encoding: str, leads: range) -> frozenset[str]:
    """The part of a character set that its makers gave to characters in common use."""
    pairs = (bytes((lead, trail)) for lead in leads for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    return frozenset("".join(pair.decode(encoding, "ignore") for pair in pairs))


# Other languages


def _is_foreign(data: bytes) -> bool:
    """Korean or Japanese: their encodings are valid GB18030, and Chinese characters come out."""
    for encoding, first, last, share in _FOREIGN:
        text = _try(data, encoding)[:SAMPLE_CHARS]
        letters = [c for c in text if c.isalpha() and c > "\x7f"]
        own = sum(first <= c <= last for c in letters)
        spaced = encoding != "euc-kr" or WORD_CHARS * text.count(" ") >= own
        if len(letters) >= FOREIGN_LETTERS and own >= share * len(letters) and spaced:
            return True
    return False


def _is_all_han(text: str, data: bytes) -> bool:
    """Rare characters, but nothing else; two plain letters read as one character of UTF-16 look like that too."""
    han = sum("\u4e00" <= c <= "\u9fff" for c in text[:SAMPLE_CHARS])
    plain = sum(0x20 <= byte < 0x7F for byte in data[: 2 * SAMPLE_CHARS])
    return han >= 0.9 * min(len(text), SAMPLE_CHARS) and plain <= PLAIN_SHARE * min(len(data), 2 * SAMPLE_CHARS)


def _is_latin(text: str, encoding: str) -> bool:
    """Café in Latin-1: single accented letters among plain ones, each swallowing the one behind it."""
    text = " " + text[:SAMPLE_CHARS]
    places = [i for i, c in enumerate(text) if c > "\x7f"]
    swallowed = sum(text[i].encode(encoding, "ignore")[-1:].isalpha() and text[i - 1] < "\x7f" for i in places)
    return bool(places) and any(c.isalpha() for c in text if c < "\x7f") and swallowed > 0.9 * len(places)
