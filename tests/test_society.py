"""An association with a charter, rules for its fees, a notice and a page about itself: what its members ask, answered."""

from collections.abc import Iterator

import pytest

from assistant.assistant import Assistant

CHARTER = """# 青石市茶艺协会章程

（2024年3月1日会员大会通过）

## 第一章 总则

第一条 本团体的名称为青石市茶艺协会。

第二条 本团体由从事茶艺的单位和个人自愿组成，是全市性、行业性、非营利性的社会团体。

## 第二章 业务范围

第三条 本团体的业务范围是：

（一）举办茶艺展演；

（二）培训茶艺师；

（三）编印会刊《青石茶话》。

## 第三章 会员

第四条 申请加入本团体的单位，应当具备下列条件：

（一）拥护本团体的章程；

（二）依法登记满一年；

（三）有固定的营业场所。

第五条 会员违反本章程的，由理事会决定给予下列处分：

（一）警告；

（二）暂停会员权利；

（三）除名。

会员对处分决定不服的，可以向监事会申诉。

第六条 理事会每年召开两次会议。会长为本团体的法定代表人。
"""
FEES = """青石市茶艺协会会费办法

第一条 会费按年度收取，标准如下：

会员类别        会费标准（元/年）
会长单位        9000
副会长单位      5000
普通单位会员    800

第二条 会员退会的，已交纳的会费不予退还。

第三条 有下列情形之一的，可以申请减交或者免交会费：

（一）遭受自然灾害的；

（二）停业满三个月的。
"""
PROPOSAL = """清茶待客倡议书

全市茶馆：

为了让客人喝得放心，我们倡议：

一、明码标价。茶叶的品种和价格写在茶单上，不临时加价。

二、洁净茶具。每次使用以后消毒。

三、礼貌待客。不强拉客人消费。

青石市茶艺协会
2024年5月1日
"""
RESULT = """关于公布星级茶馆评定结果的公告

经评定，现将结果公布如下。

一、AAA级茶馆

青石市听雨茶馆
青石市半山茶社
松风茶业有限公司

二、AA级茶馆

青石市渡口茶馆
青石市南门茶馆

三、有关要求

评定结果有效期为三年。

青石市茶艺协会
2024年9月1日
"""
ABOUT = """青石市茶艺协会
设为首页 | 加入收藏 | 会员登录
首页 协会概况 通知公告 会员之窗 联系我们
当前位置：首页 > 协会概况 > 协会简介
协会简介

青石市茶艺协会成立于2011年6月8日，现任会长为云上茶业公司董事长周若兰，专职秘书长为顾明远。协会现有单位会员126家。

业务范围
（一）茶艺展演和比赛；
（二）茶艺师培训；
（三）会刊编印；
（四）对外交流。

联系我们
地址：青石市湖滨路18号  邮编：619000
联系电话：0899-55667788

上一篇：没有了  下一篇：组织机构
【打印本页】【关闭窗口】
友情链接：青石市民政局 | 青石市商务局
版权所有：青石市茶艺协会  青ICP备00000000号
"""


@pytest.fixture(scope="module")
def society(build, tmp_path_factory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("society")
    (place / "documents").mkdir()
    for name, text in {
        "章程.md": CHARTER,
        "会费.txt": FEES,
        "倡议书.txt": PROPOSAL,
        "简介.txt": ABOUT,
        "公告.txt": RESULT,
    }.items():
        (place / "documents" / name).write_text(text, "utf-8")
    generation = build(place / "documents", place / "data")
    yield Assistant(generation)
    generation.close()


def said(society: Assistant, question: str, *turns: str) -> str:
    history = [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 4, turns, strict=False)]
    return society.answer(question, history).text


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("会员违规了会怎么处分，有哪几种", ["警告", "暂停会员权利", "除名"]),
        ("单位想加入要具备哪些条件", ["拥护本团体的章程", "依法登记满一年", "有固定的营业场所"]),
        ("什么情况下可以少交会费，有哪几种情形", ["遭受自然灾害的", "停业满三个月的"]),
    ],
)
def test_what_a_lead_in_announces_comes_whole_and_counted(society, question, items):
    answer = society.answer(question)
    assert answer.form == "list" and len(answer.statements) == len(items)
    assert all(item in statement.text for item, statement in zip(items, answer.statements, strict=True))
    assert f"共{len(items)}项" in answer.text and len(answer.citations) == len(items)


def test_the_points_of_a_proposal_are_numbered_listed_and_counted(society):
    assert said(society, "倡议书第二条倡议说的是什么").startswith("二、洁净茶具")
    assert said(society, "倡议书有哪几条倡议").startswith("《清茶待客倡议书》共3项：\n一、明码标价")
    assert said(society, "倡议书一共多少条").startswith("《清茶待客倡议书》共3项：一")
    assert said(society, "倡议书倒着数第一条是什么").startswith("三、礼貌待客")


def test_an_item_of_a_section_that_two_works_have_is_asked_back_for(society):
    answer = society.answer("业务范围第二项是什么")
    assert answer.status == "clarify" and len(answer.choices) == 2
    told = {society.answer(choice).text.split("[")[0] for choice in answer.choices}
    assert told == {"（二）培训茶艺师", "（二）茶艺师培训"}
    assert "（四）对外交流" in said(society, "业务范围第四项是什么"), "only one of them has so many"


def test_one_before_and_one_after_are_found_however_they_are_asked_for(society):
    turns = ("章程第五条讲什么", "会员违反本章程的，由理事会决定给予下列处分。")
    assert said(society, "上一条说的是什么", *turns).startswith("第四条")
    assert said(society, "它后面那一条是啥", *turns).startswith("第六条")


def test_who_holds_an_office_is_told_by_the_sentence_that_names_somebody(society):
    assert "周若兰" in said(society, "协会现在会长是谁啊")
    assert "顾明远" in said(society, "秘书长叫什么名字")
    assert society.answer("监事会主席叫什么名字").status == "refused"


def test_a_name_that_is_not_given_is_not_made_up_for(society):
    assert "《青石茶话》" in said(society, "会刊叫什么名字")
    assert society.answer("茶艺师培训的讲师叫什么名字").status == "refused"
    assert society.answer("章程一共几页").status == "refused"


@pytest.mark.parametrize(("who", "sum_"), [("副会长单位", "5000"), ("普通单位会员", "800"), ("会长单位", "9000")])
def test_a_row_of_a_table_set_with_spaces_is_told_under_the_names_of_its_columns(society, who, sum_):
    answer = society.answer(f"{who}一年要交多少会费")
    names, row = (statement.text for statement in answer.statements)
    assert names == "会员类别　会费标准（元/年）" and row == f"{who}　{sum_}"


@pytest.mark.parametrize("question", ["会费一年交多少", "会费标准是多少", "会费是怎么定的，有哪几档"])
def test_where_no_row_is_meant_the_table_comes_whole(society, question):
    answer = society.answer(question)
    assert [statement.text.split("　")[1] for statement in answer.statements] == ["9000", "5000", "800"]
    assert answer.text.startswith("《青石市茶艺协会会费办法》第一条：会员类别　会费标准（元/年），共3项：")


def test_a_word_that_no_official_text_would_say_is_no_sign_that_they_say_nothing(society):
    answer = society.answer("犯了错被协会逮住，会挨哪几种处分，兜底的最狠一招是啥")
    assert answer.status == "answered" and "除名" in answer.text
    assert society.answer("协会的公积金和停车费分别怎么报销").status == "refused"


def test_what_is_doubted_is_asked_once_more_and_corrected(society):
    answer = society.answer(
        "不对吧，不是300家吗",
        [{"role": "user", "content": "协会有多少家单位会员"}, {"role": "assistant", "content": "126家。"}],
    )
    assert answer.searched == "协会有300家单位会员吗" and answer.form == "corrected" and "126家" in answer.text


def test_one_of_a_kind_gives_way_to_another_with_or_without_asking_again(society):
    turns = ("协会会长是谁", "周若兰。")
    assert "顾明远" in said(society, "秘书长呢，叫啥", *turns)
    assert "5000" in said(society, "那副会长单位呢", "会长单位一年要交多少会费", "9000元。")


def test_another_subject_is_taken_up_as_one(society):
    answer = society.answer("先不说这个了，理事会多久开一次会", [{"role": "user", "content": "会费多少"}])
    assert answer.searched == "理事会多久开一次会" and "两次" in answer.text


def test_a_menu_pasted_along_with_a_page_is_no_work_of_its_own(society):
    archive = society.generation.archive
    document = archive.document("简介.txt")
    assert len(document.works) == 1
    left_out = {document.text[span.start : span.end] for span in document.unindexed if span.reason == "疑似导航"}
    assert {"青石市茶艺协会", "【打印本页】【关闭窗口】", "设为首页 | 加入收藏 | 会员登录"} <= left_out
    fields = next(passage for passage in document.passages if "湖滨路" in passage.text)
    assert fields.label == "联系我们" and "ICP" not in fields.text


@pytest.mark.parametrize("question", ["AAA级茶馆有哪些", "评上3A的茶馆都有哪些", "三A级茶馆是哪几家"])
def test_names_under_a_heading_are_a_list_too(society, question):
    answer = society.answer(question)
    assert [statement.text for statement in answer.statements] == [
        "青石市听雨茶馆",
        "青石市半山茶社",
        "松风茶业有限公司",
    ]
    assert answer.text.startswith("AAA级茶馆共3项：")


@pytest.mark.parametrize("said_", ["在吗在吗，有人不", "在吗？你能帮我查点啥", "你好，在吗"])
def test_several_words_of_greeting_are_a_greeting(society, said_):
    assert society.answer(said_).status == "chat"


def test_two_things_asked_for_side_by_side_are_both_told(society):
    text = said(society, "会长单位跟普通单位会员的会费各是多少")
    assert "9000" in text and "800" in text


def test_a_follow_up_is_drawn_to_where_the_talk_has_been(society):
    turns = ("会员退会退钱吗", "会员退会的，已交纳的会费不予退还。")
    asked_on = society.answer(
        "遇上灾害呢，能少交吗", [{"role": "user", "content": turns[0]}, {"role": "assistant", "content": turns[1]}]
    )
    assert asked_on.hits[0].passage.source == "会费.txt"


def test_what_the_last_reply_told_is_not_told_again(society):
    turns = ("协会现在会长是谁", "现任会长为云上茶业公司董事长周若兰，专职秘书长为顾明远。")
    told = said(society, "还有多少家单位会员", *turns)
    assert "126家" in told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("章程第四条列的条件，最后一项是啥", "有固定的营业场所"),
        ("章程第五条的最后一项", "除名"),
        ("业务范围第三项呢，就是章程里的", "《青石茶话》"),
    ],
)
def test_the_last_of_an_articles_items_is_found(society, question, told):
    assert told in said(society, question)


def test_another_years_edition_is_not_in_the_documents(society):
    assert society.answer("2023年度的AAA级茶馆是哪几家").status == "refused"


@pytest.mark.parametrize("question", ["去年评上AAA级的茶馆是哪几家", "上一届会长是谁", "茶艺展演上个月办了几场"])
def test_a_time_before_that_no_document_tells_of_is_not_answered_from_another(society, question):
    answer = society.answer(question)
    assert answer.status == "refused" or "2024" in "".join(hit.passage.date for hit in answer.hits[:1])


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("协会成立多长时间了", "2011年"),
        ("协会到底是个什么性质的组织", "非营利性"),
        ("你们协会是官方的吗", "非营利性"),
        ("会长有年龄上限吗", ""),
    ],
)
def test_it_is_told_in_the_documents_words_whatever_words_ask(society, question, told):
    answer = society.answer(question)
    assert told in answer.text and (answer.status == "answered") is bool(told)


def test_a_step_by_a_bare_word_is_a_step_too(society):
    turns = ("章程第四条是什么", "……", "下一条", "……")
    assert said(society, "那下一条呢", *turns).startswith("第六条")


def test_a_longer_name_of_another_body_is_not_the_shorter_one(society):
    text = said(society, "AAA级茶馆和AA级茶馆各有哪些")
    assert "青石市听雨茶馆" in text


@pytest.mark.parametrize("question", ["第三届茶艺展演是什么时候办的", "下一届理事会什么时候选", "茶艺师一年考几次"])
def test_an_edition_or_a_frequency_that_is_not_there_is_not_answered(society, question):
    assert society.answer(question).status == "refused"


def test_what_stands_under_a_heading_that_says_what_it_is_comes_whole(build, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "须知.txt").write_text(
        "入会须知\n\n一、申请材料\n\n（一）单位会员\n\n    1. 入会申请表一份，加盖公章；\n    2. 营业执照复印件一份；\n    3. 会员代表照片两张。\n\n"
        "（二）个人会员\n\n    1. 个人申请表一份；\n    2. 身份证复印件一份。\n\n"
        "二、办理流程\n\n提交申请后，秘书处在十日内答复。\n\n三、主办与承办\n\n主办单位：青石市商务局\n承办单位：青石市茶艺协会\n",
        "utf-8",
    )
    generation = build(tmp_path / "documents", tmp_path / "data")
    answer = Assistant(generation).answer("单位想入会，要准备哪些材料")
    assert answer.form == "list" and len(answer.statements) == 3 and "照片" in answer.text
    assert "青石市茶艺协会" in Assistant(generation).answer("这事是谁承办的").text
    generation.close()
