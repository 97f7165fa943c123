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


@pytest.mark.parametrize("said", ["垃圾", "你是傻逼吗", "真是个废物东西", "fuck you"])
def test_an_insult_is_answered_calmly(said):
    assert understand(said).talk == "abuse"


@pytest.mark.parametrize("said", ["垃圾分类怎么管", "假冒伪劣骗子企业怎么举报", "有病的职工怎么办"])
def test_a_question_with_a_hard_word_in_it_is_no_insult(said):
    assert understand(said).talk is None


@pytest.mark.parametrize("said", ["宗旨是什么", "工作精神是什么？", "质量月怎么办", "这么多项都是什么"])
def test_asking_what_is_not_asking_whether(said):
    assert not understand(said).polar


@pytest.mark.parametrize("said", ["会出刊物么", "倡议书是2019年发布的吗？", "协会是不是社团法人", "能不能入会"])
def test_asking_whether_is(said):
    assert understand(said).polar


@pytest.mark.parametrize("said", ["业务范围有哪些？", "你好，业务范围有哪些", "协会写过什么倡议书"])
def test_a_question_about_documents_is_one(said):
    assert understand(said).talk is None


def test_the_turns_of_both_sides_are_at_hand():
    history = [
        {"role": "user", "content": "質量月是什麼"},
        {"role": "assistant", "content": "……"},
        {"role": "user", "content": "几月份办"},
    ]
    question = understand("搞这个是为了什么", history)
    assert question.said == (("user", "质量月是什么"), ("assistant", "......"), ("user", "几月份办"))
    assert question.turns == ("质量月是什么", "几月份办")


def test_what_is_no_turn_is_passed_over():
    broken = [{"role": "user"}, {"role": "user", "content": None}, {"content": "无"}]
    assert understand("宗旨是什么", broken).searched == "宗旨是什么"


def test_a_very_long_question_is_cut():
    question = understand("质量检验" * 30_000)
    assert question.cut and len(question.text) == MAX_CHARS


def test_a_long_story_is_cut_to_what_it_asks():
    story = "我是新来的文员,这两天在整理材料,领导让我写一页介绍,同事说你们网站上都有,所以想请教一下,质量月的主题和时间到底是在哪份文件里写的"
    asked = understand(story).text
    assert asked.endswith("质量月的主题和时间到底是在哪份文件里写的") and "文员" not in asked
    assert understand(story).asked == story


def test_passages_are_looked_for_with_the_whole_story():
    story = "我们公司去年买了一台检测设备,用了不到三个月就坏了,卖家一直推脱,后来连电话也不接了,我们已经付了全部货款,这种情况下我该怎么办"
    question = understand(story)
    assert "检测设备" not in question.text and "检测设备" in question.sought
    assert sorted(question.sought.replace("\n", ",").split(",")) == sorted(story.split(","))
    assert understand("业务范围有哪些").sought == "业务范围有哪些"


def test_a_short_question_keeps_all_its_clauses():
    assert understand("业务范围第七项,是什么").text == "业务范围第七项,是什么"


def test_who_says_you_means_the_one_body_whose_documents_these_are(assistant):
    assert assistant.understood("你们的宗旨是什么").text == "中国质量检验协会的宗旨是什么"
    assert assistant.understood("贵协会能办培训吗").text == "中国质量检验协会能办培训吗"
    assert assistant.understood("你们这里有什么文件").text == "你们这里有什么文件"


def test_a_question_of_which_the_documents_hold_nothing_but_the_subject_is_refused(assistant):
    assert assistant.answer("2018年质量月的启动仪式是在哪个城市哪个会场办的").status == "refused"
