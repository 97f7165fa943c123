"""Questions put right with the documents' words, and right ones left alone."""

import random

import pytest

from assistant.assistant import Assistant
from assistant.explain import explain
from assistant.spelling import Change, Correction, corrected
from vectorstore.normalise import normalise
from vectorstore.sentences import sentences


@pytest.fixture(scope="module")
def right(generation):
    return lambda text: corrected(normalise(text), generation.lexicon, generation.grams.known)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("jishu zixun", "技术咨询"),
        ("JISHU ZIXUN", "技术咨询"),
        ("zhiliangyue", "质量月"),
        ("zhi liang yue", "质量月"),
        ("zhijian xiehui", "质检协会"),
        ("zhijian xiehui de zongzhi shi shenme", "质检协会的宗旨是什么"),
        ("可以提供 jishu zixun 吗", "可以提供技术咨询吗"),
    ],
)
def test_pinyin_is_read_as_the_documents_words(right, asked, meant):
    assert right(asked).text == meant


@pytest.mark.parametrize(
    "asked",
    [
        "what is the purpose of the association",
        "can you help me",
        "women",
        "iso gb/t 19001",
        "iso认证怎么做",
        "wto和qr是什么",
        "jishu of the association",
        "xian zai zen me ban",
    ],
)
def test_english_acronyms_and_pinyin_of_other_words_are_left_alone(right, asked):
    assert right(asked) == Correction(asked)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("质捡协会的宗旨是什么", "质检协会的宗旨是什么"),
        ("发展木标是什么", "发展目标是什么"),
        ("业物范围有哪些", "业务范围有哪些"),
        ("夜雾范围有哪些", "业务范围有哪些"),
        ("昌一书是谁发的", "倡议书是谁发的"),
        ("中国质量检验斜会在哪", "中国质量检验协会在哪"),
    ],
)
def test_a_character_that_only_sounds_right_is_put_right(right, asked, meant):
    assert right(asked).text == meant


@pytest.mark.parametrize(
    "asked",
    [
        "智能是什么",  # a word of its own, though it sounds like 职能
        "质协是什么",
        "中国质量协会的宗旨",
        "王建国是谁",
        "刘德华是会长吗",
        "我想离婚",
        "会费是多少钱",
        "哪场活动是谁组织的",
        "质量首负责任是什么意思",
        "志源科技是会员吗",  # 资源, 长期: what sounds alike stands nowhere beside 科, 集
        "长启集团参加了吗",
    ],
)
def test_a_right_question_is_not_changed(right, asked):
    assert right(asked) == Correction(asked)


def test_no_sentence_of_the_documents_is_ever_changed(right, generation):
    for document in generation.archive.documents():
        for start, end in sentences(document.text):
            said = normalise(document.text[start:end])[:200]
            assert right(said) == Correction(said)


def test_changes_are_told_exactly_as_typed_and_meant(right):
    found = right("请问质捡协会的jishu zixun")
    assert set(found.changes) == {Change("质捡", "质检"), Change("jishu zixun", "技术咨询")}
    assert found.text == "请问质检协会的技术咨询"


def test_putting_right_twice_is_putting_right_once(right, generation):
    """Over the documents' phrases with characters swapped for any of the same sound."""
    lexicon, chance = generation.lexicon, random.Random(1)
    changed = 0
    for passage in list(generation.archive.all_passages())[:20]:
        typed = list(normalise(passage.text)[:30])
        for i in chance.sample(range(len(typed)), min(3, len(typed))):
            if syllables := lexicon.read_as.get(typed[i]):
                typed[i] = chance.choice(lexicon.readings[syllables[0]])
        once = right("".join(typed))
        changed += bool(once.changes)
        assert right(once.text) == Correction(once.text)
        assert len(once.text) == len(typed)
    assert changed


def test_a_third_of_the_slips_or_more_are_mended_and_few_made_worse(right, generation):
    lexicon, chance = generation.lexicon, random.Random(2)
    common = set("".join(lexicon.vocabulary))
    words = [w for w, n in lexicon.vocabulary.items() if n >= 2 and lexicon.read_as.get(w[0]) and len(w) == 2]
    mended = worse = tried = 0
    for word in words:
        others = [c for c in lexicon.readings[lexicon.read_as[word[0]][0]] if c in common and c != word[0]]
        if not others or (typed := chance.choice(others) + word[1]) in lexicon.vocabulary:
            continue
        tried += 1
        got = right(f"什么叫{typed}").text
        mended += got == f"什么叫{word}"
        worse += got not in (f"什么叫{word}", f"什么叫{typed}")
    assert tried > 50 and mended > tried / 3 and worse < tried / 10


def test_an_answer_keeps_what_was_asked_and_tells_what_was_searched(assistant: Assistant):
    answer = assistant.answer("质捡协会的业物范围")
    assert answer.question == "质捡协会的业物范围" and answer.searched == "质检协会的业务范围"
    assert assistant.answer("业务范围有哪些").searched == "业务范围有哪些"


def test_the_turns_before_are_put_right_too_and_small_talk_is_not(assistant: Assistant):
    history = [{"role": "user", "content": "yewu fanwei 第三项"}]
    assert assistant.understood("下一项呢", history).searched == "业务范围第4项"
    assert assistant.understood("你好").searched == "你好"


def test_explaining_shows_corrections_and_aliases(generation):
    lines = list(explain("质捡协会的zongzhi", generation))
    assert "更正：质捡 → 质检" in lines and "更正：zongzhi → 宗旨" in lines
    assert "别名：质检协会 = 中国质量检验协会" in lines


def test_one_character_spelt_out_inside_a_word_is_read(right):
    assert right("倡yi书哪天发布的").text == "倡议书哪天发布的"
