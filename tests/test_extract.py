"""The writer's choice of sentences, the reader behind it, and the recipe of both."""

import json
import lzma

import numpy as np
import pytest

from assistant.extract import CLAUSES_CHARS, SENTENCE_CHARS, extract, rank
from assistant.question import understand
from assistant.reader import Inputs, Lexicon, Reader, classes, inputs
from assistant.scorer import FEATURES, WEIGHTS
from assistant.terms import terms_of
from vectorstore.encoder import load_encoder
from vectorstore.search import search

QUESTIONS = [
    "质量月从哪一年开始？",
    "倡议书是谁发出的？",
    "企业应当怎样对待售后服务？",
    "为什么要弘扬工匠精神",
    "協會的宗旨是什麼",
    "2019年呢",
    "quality",
]
TEXTS = {
    "灯塔": "灯塔建于1873年，由一位荷兰工程师设计。塔身高二十一米，用花岗岩砌成。灯塔在战争中受损，1951年重修。"
    "守塔人轮班值守，每班两人。如今灯塔改为航海博物馆，每周一闭馆。",
    "码头": "码头有三个泊位。货船每天清晨靠岸。码头由港务局管理，电话公布在门口。",
}
ASKED = [
    ("灯塔是哪一年建成的？", "1873年"),
    ("灯塔的设计者是谁？", "荷兰工程师"),
    ("塔身用什么材料砌成？", "花岗岩"),
    ("博物馆什么时候不开放？", "每周一闭馆"),
    ("码头由谁管理？", "港务局"),
]


def ranked(generation, asked):
    question = understand(asked)
    terms = terms_of(question, generation)
    hits = search(generation, question.searched, limit=10)
    return question, terms, rank(question, terms, hits, generation.encoder)


@pytest.fixture(scope="module")
def harbour(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "documents").mkdir()
    for title, text in TEXTS.items():
        (folder / "documents" / f"{title}.txt").write_text(f"{title}\n\n{text}\n", encoding="utf-8")
    opened = build(folder / "documents", folder / "data")
    yield opened
    opened.close()


@pytest.mark.parametrize("asked", QUESTIONS)
def test_statements_are_at_most_two_verbatim_runs_in_the_order_of_the_document(generation, asked):
    question, terms, candidates = ranked(generation, asked)
    draft = extract(question, terms, candidates)
    assert 1 <= len(draft.statements) <= 2
    for statement in draft.statements:
        (quote,) = statement.quotes
        assert (
            statement.text == quote.text == quote.passage.text[quote.start - quote.passage.start :][: len(quote.text)]
        )
        assert quote.passage.start <= quote.start < quote.end <= quote.passage.end
        assert len(statement.text) <= max(SENTENCE_CHARS, CLAUSES_CHARS)
    places = [(s.quotes[0].passage.document, s.quotes[0].start) for s in draft.statements]
    if len({document for document, _ in places}) == 1:
        assert places == sorted(places)


@pytest.mark.parametrize("asked", QUESTIONS)
def test_the_chances_of_all_sentences_add_up_to_one_and_fall_from_first_to_last(generation, asked):
    _, _, candidates = ranked(generation, asked)
    chances = [candidate.chance for candidate in candidates]
    assert sum(chances) == pytest.approx(1)
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= candidate.unanswered <= 1 for candidate in candidates)


def test_the_same_question_gets_the_same_sentences_twice(generation):
    first, again = (ranked(generation, QUESTIONS[0])[2] for _ in range(2))
    assert [(c.start, c.score) for c in first] == [(c.start, c.score) for c in again]


@pytest.mark.parametrize(("asked", "answer"), ASKED)
def test_the_sentence_that_answers_comes_first_though_all_are_about_the_same(harbour, asked, answer):
    _, _, candidates = ranked(harbour, asked)
    assert answer in candidates[0].words


def test_nothing_found_gives_no_sentence(generation):
    question = understand("质量月从哪一年开始？")
    assert rank(question, terms_of(question, generation), [], generation.encoder) == []


LONG = "、".join(
    f"{place}分会会长{name}" for place in "东西南北中" for name in ("赵大海", "钱二山", "孙三石", "李四林")
)


@pytest.mark.parametrize(
    ("listed", "whole"),
    [
        (f"出席的有{LONG}、北区分会秘书长周五湖、{LONG}。", False),
        (f"不得出席的有{LONG}、北区分会秘书长周五湖、{LONG}。", True),  # cut, it would say the contrary
    ],
)
def test_of_a_list_longer_than_is_shown_the_part_that_answers_is_shown_unless_a_word_before_turns_it(
    build, tmp_path, listed, whole
):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "名单.txt").write_text(f"名单\n\n{listed}\n", encoding="utf-8")
    opened = build(tmp_path / "documents", tmp_path / "data")
    try:
        question, terms, candidates = ranked(opened, "北区分会的秘书长是谁")
        [statement] = extract(question, terms, candidates).statements
    finally:
        opened.close()
    assert "秘书长周五湖" in statement.text and statement.text in listed
    assert statement.text.count("（") == statement.text.count("）")
    assert (len(statement.text) > SENTENCE_CHARS) == whole


@pytest.fixture(scope="module")
def reader(encoder):
    return Reader.open(encoder=encoder)


def test_a_reading_is_a_distribution_over_the_words_and_no_answer(reader):
    (reading,) = reader.read("灯塔是哪一年建成的？", [TEXTS["灯塔"]], ["灯塔"])
    whole = reading.within(0, len(TEXTS["灯塔"]))
    assert whole + reading.none == pytest.approx(1, abs=1e-4)
    start, end, chance = reading.best(0, len(TEXTS["灯塔"]))
    assert 0 < chance <= 1
    assert "1873" in TEXTS["灯塔"][start:end]


def test_tokens_are_runs_of_the_text_in_order(reader):
    text = "《戰國無雙》（ω-force）\n 開發於１９９８年。"
    tokens = reader.lexicon.tokens(text, 100)
    assert "".join(text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)) == text.replace(" ", "")
    assert list(tokens.starts) == sorted(tokens.starts)


def test_traditional_spelling_is_read_as_simplified(reader):
    simple, traditional = (reader.lexicon.tokens(text, 100).ids for text in ("电脑无法开机", "電腦無法開機"))
    assert simple.tolist() == traditional.tolist()


def test_an_empty_passage_and_an_empty_question_have_no_answer(reader):
    assert reader.read("灯塔", [""], [""])[0].none == 1
    assert reader.read("", ["灯塔建于1873年。"], [""])[0].none == 1
    assert reader.read("灯塔", [""], [""])[0].best(0, 0)[2] == 0


def write_rows(path, rows):
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    texts = {f"灯塔{n}": TEXTS["灯塔"].replace("1873", str(1800 + n)) + f"编号为{n}。" for n in range(30)}
    write_rows(folder / "passages.jsonl.xz", [["cmrc_train", title, text] for title, text in texts.items()])
    rows = [
        ["cmrc_train", f"{title}是哪一年建成的？", text, answer := f"{1800 + n}年", text.index(answer)]
        for n, (title, text) in enumerate(texts.items())
    ]
    write_rows(folder / "reader.jsonl.xz", rows)
    return folder


def test_a_tiny_training_gives_a_reader_whose_sums_are_those_of_the_training(data, tmp_path):
    torch = pytest.importorskip("torch")
    from assistant.training.__main__ import frequent_characters, main
    from assistant.training.data import read_corpus
    from assistant.training.train import Network, Task, joined

    out = tmp_path / "reader"
    assert main(["--data", str(data), "--out", str(out), "--steps", "2", "--batch", "4"]) == 0
    assert "--steps 2" in (out / "README.md").read_text(encoding="utf-8")
    encoder = load_encoder("builtin")
    lexicon = Lexicon(encoder)
    corpus = read_corpus(data, encoder)
    assert corpus.trained and corpus.kept
    assert not {example.window for example in corpus.trained} & {example.window for example in corpus.kept}
    kinds = torch.from_numpy(classes(lexicon, frequent_characters(corpus)))
    network = Network(torch.from_numpy(lexicon.units), kinds, len(frequent_characters(corpus))).eval()
    with np.load(out / "weights.npz") as file:
        for name, weight in network.w.items():
            weight.data = torch.from_numpy(file[name].astype(np.float32)).reshape(weight.shape)
    tasks = [given(lexicon, asked) for asked, _ in ASKED[:2]]
    with torch.no_grad():
        start, end = network(joined([Task(one, -1, -1) for one in tasks]))
    reader = Reader.open(out, encoder)
    for n, (starting, ending) in enumerate(reader.chances(tasks)):
        assert np.allclose(starting, torch.softmax(start[n], 0)[: len(starting)].numpy(), atol=1e-4)
        assert np.allclose(ending, torch.softmax(end[n], 0)[: len(ending)].numpy(), atol=1e-4)


def given(lexicon, asked) -> Inputs:
    text = TEXTS["灯塔"] if "灯塔" in asked else TEXTS["码头"]
    return inputs(lexicon, lexicon.tokens(asked, 64), lexicon.tokens(text, 600), lexicon.tokens("灯塔", 64))


def test_missing_training_data_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    pytest.importorskip("torch")
    from assistant.training.__main__ import main

    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "model")]) == 2
    assert "passages.jsonl.xz is missing" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_the_fitted_weights_are_those_of_the_features():
    assert tuple(json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]) == FEATURES


def test_fitting_finds_the_feature_that_tells_the_right_sentence():
    pytest.importorskip("torch")
    from assistant.training.scorer import Sentences, cross_validated, fit

    random = np.random.default_rng(1)
    lists = []
    for _ in range(40):
        rows = random.random((6, 3))
        lists.append(Sentences(rows, np.arange(6) == rows[:, 1].argmax()))
    weights = fit(lists)
    assert weights[1] > 5 * max(abs(weights[0]), abs(weights[2]))
    assert cross_validated(lists) > 0.9
