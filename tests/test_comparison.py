import pytest

from assistant.comparison import Sides, sides


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("宗旨和职能有什么区别?", Sides("宗旨", "职能", "")),
        ("企业负责人与主管人员在责任上有什么不同", Sides("企业负责人", "主管人员", "责任")),
        ("工作精神跟工作风尚的内容有何不同", Sides("工作精神", "工作风尚", "内容")),
        ("消费者和新闻媒体分别要做什么", Sides("消费者", "新闻媒体", "")),
        ("宗旨和职能是不是一样的?", Sides("宗旨", "职能", "")),
        ("宗旨和职能一样吗", Sides("宗旨", "职能", "")),
        ("比较一下宗旨同职能的差异", Sides("宗旨", "职能", "")),
    ],
)
def test_the_two_things_compared_are_told_apart(question, found):
    assert sides(question) == found


@pytest.mark.parametrize("question", ["和谐社会有什么不同", "业务范围有哪些", "不同的意见怎么处理", "有什么区别", ""])
def test_a_question_with_one_thing_compares_none(question):
    assert sides(question) is None
