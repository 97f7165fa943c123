import pytest

from assistant.question import MAX_CHARS, understand


@pytest.mark.parametrize("said", ["你好", "您好！", "hello", "在吗？", "早上好啊"])
def test_a_greeting_is_a_greeting(said):
    assert understand(said).talk == "greeting"


@pytest.mark.parametrize("said", ["你是谁？", "你能回答什么问题", "怎么用", "what can you do?"])
def test_asking_what_the_assistant_can_do_is_no_question_about_documents(said):
    assert understand(said).talk == "about"


@pytest.mark.parametrize("said", ["", "   ", "？？？", "……", "\u200b", "😀"])
def test_nothing_asked_is_empty(said):
    assert understand(said).talk == "empty"


@pytest.mark.parametrize("said", ["帮我写一首关于秋天的诗", "讲个笑话", "给我写段代码"])
def test_being_asked_to_make_something_is_out_of_scope(said):
    assert understand(said).talk == "creation"


@pytest.mark.parametrize("said", ["业务范围有哪些？", "你好，业务范围有哪些", "协会写过什么倡议书"])
def test_a_question_about_documents_is_one(said):
    assert understand(said).talk is None


def test_the_turn_before_is_joined_and_turns_that_say_little_reach_further_back():
    history = [
        {"role": "user", "content": "质量月是什么"},
        {"role": "assistant", "content": "……"},
        {"role": "user", "content": "几月份办"},
    ]
    assert understand("搞这个是为了什么", history).searched == "质量月是什么 几月份办 搞这个是为了什么"


def test_what_is_no_turn_is_passed_over():
    broken = [{"role": "user"}, {"role": "user", "content": None}, {"content": "无"}]
    assert understand("宗旨是什么", broken).searched == "宗旨是什么"


def test_a_very_long_question_is_cut():
    question = understand("质量检验" * 30_000)
    assert question.cut and len(question.text) == MAX_CHARS
