from assistant.columns import in_one_line, rows_in

TABLE = """标准如下：

类别        标准（元/年）     说明
会长单位    9000             一家
单位会员                     暂不收取，2025年起另定
个人会员    100

其余另行规定。
"""


def test_a_row_is_said_under_the_names_that_stand_above_its_cells():
    rows = rows_in(TABLE)
    said = [row.said for _, row in sorted(rows.items())]
    assert said == [
        "类别:会长单位;标准（元/年）:9000;说明:一家",
        "类别:单位会员;说明:暂不收取，2025年起另定",
        "类别:个人会员;标准（元/年）:100",
    ]
    assert all(TABLE[start:].startswith(("会长", "单位", "个人")) for start in rows)


def test_lines_that_only_stand_in_columns_are_no_table():
    assert not rows_in("张三    李四\n王五    赵六\n")
    assert not rows_in("发布时间：2025-01-20  来源：秘书处\n")
    assert not rows_in("")


def test_cells_are_shown_a_space_apart():
    assert in_one_line("会长单位        9000\t一家") == "会长单位　9000　一家"


def test_a_table_of_markdown_is_one_too():
    table = "| 类别 | 会费（元） | 名额 |\n| --- | --- | --- |\n| 会长单位 | 9000 | 10 |\n| 个人会员 | 100 | 无 |\n"
    said = [row.said for _, row in sorted(rows_in(table).items())]
    assert said == ["类别:会长单位;会费（元）:9000;名额:10", "类别:个人会员;会费（元）:100;名额:无"]
    assert in_one_line("| 会长单位 | 9000 | 10 |") == "会长单位　9000　10"


def test_a_lead_in_with_a_gap_after_its_number_names_no_columns():
    text = "第三条  会费标准如下：\n\n类别      标准（元/年）\n会长单位    9000\n个人会员    100\n"
    assert [row.first for _, row in sorted(rows_in(text).items())] == ["会长单位", "个人会员"]
