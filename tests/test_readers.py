"""What each format says comes out as it is read: in order, with its headings, tables, pages, and nothing that was deleted."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ingest.blocks import Paragraph, Table, extract
from ingest.load import Source
from ingest.readers import csv, html, pdf, sheet, word
from ingest.readers.kinds import Unreadable, content_kind
from ingest.structure import read_structure
from tests import office_files as made


def reasons(read, data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    return caught.value.reason


# Blocks


def test_every_offset_points_at_what_it_names():
    found = extract(
        [
            Paragraph("云岭茶叶学会章程", level=2, page=1),
            Paragraph("  第一章 总则 ", level=3, page=1),
            Paragraph("第一条 本会名称为云岭茶叶学会。", page=2),
            Table(
                (("类别", "会费（元）", "名额"), ("单位会员", "2000", "3"), ("个人会员", "200", "")), pages=(3, 3, 4)
            ),
        ]
    )
    lines = found.text.split("\n")
    assert [(found.text[start:].split("\n")[0], level) for start, level in found.headings] == [
        (lines[0], 1),
        (lines[1], 2),
    ]
    assert [found.text[page.start :].split("\n")[0] for page in found.pages] == [
        lines[0],
        lines[2],
        "类别 | 会费（元） | 名额",
        "类别：个人会员；会费（元）：200",
    ]
    assert [found.text[row.start : row.end] for row in found.rows] == [
        "类别 | 会费（元） | 名额",
        "类别：单位会员；会费（元）：2000；名额：3",
        "类别：个人会员；会费（元）：200",
    ]
    assert [[found.text[a:b] for a, b in row.cells] for row in found.rows[1:]] == [
        ["单位会员", "2000", "3"],
        ["个人会员", "200", ""],
    ]


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ((("名称", "云岭茶叶学会"), ("电话", "010-62345678")), "名称：云岭茶叶学会"),
        ((("类别", "会费"), ("单位会员", "2000"), ("个人会员", "200")), "类别 | 会费"),
        ((("甲", "", "乙"), ("", "", ""), ("丙", "", "丁")), "甲：乙"),
        ((("只有一列",), ("第二行",)), "只有一列"),
        ((("一", "二", "三"), ("四", "五", "六")), "一 | 二 | 三"),
    ],
)
def test_a_table_is_read_by_what_its_first_row_is(rows, first):
    assert extract([Table(rows)]).text.split("\n")[0] == first


DOUBLE = (
    "类别 | 会费标准 | 说明",
    "类别 | 年费（元） | 入会费（元） | 说明",
    "类别：单位会员；会费标准·年费（元）：2000；会费标准·入会费（元）：500；说明：含期刊",
)


@pytest.mark.parametrize("told", [None, True])
@pytest.mark.parametrize("below", ["类别", ""])  # Word repeats a cell that is merged downwards, PDF does not
def test_columns_that_two_rows_name_together_carry_both_names(below, told):
    rows = (
        ("类别", "会费标准", "", "说明"),
        (below, "年费（元）", "入会费（元）", "说明" if below else ""),
        ("单位会员", "2000", "500", "含期刊"),
        ("个人会员", "200", "50", ""),
    )
    found = extract([Table(rows, told)])
    first, second, third, fourth = found.text.split("\n")
    assert (first, third) == (DOUBLE[0], DOUBLE[2]) and second.endswith(
        DOUBLE[1].removeprefix("类别 | ").removesuffix(" | 说明") + " | 说明" * bool(below)
    )
    assert fourth == "类别：个人会员；会费标准·年费（元）：200；会费标准·入会费（元）：50"
    assert [row.head for row in found.rows] == [True, True, False, False]


@pytest.mark.parametrize(
    "rows",
    [
        (("单位", "地区", ""), ("甲厂", "昆明", "2000"), ("乙厂", "大理", "500")),
        (("甲", "乙", "丙"), ("一", "二", "三"), ("四", "五", "六")),
        (("类别", "会费", ""), ("年费", "入会费", "说明")),
    ],
)
def test_rows_that_only_look_so_name_no_columns_together(rows):
    assert "·" not in extract([Table(rows)]).text


def test_a_name_over_the_whole_table_and_rows_that_part_it_are_no_cells_of_a_column():
    rows = (
        ("会费标准表", "", ""),
        ("类别", "会费", "说明"),
        ("一、单位会员", "", ""),
        ("理事单位", "5000", "含期刊"),
        ("普通单位", "2000", ""),
    )
    assert extract([Table(rows)]).text.split("\n") == [
        "会费标准表",
        "",
        "类别 | 会费 | 说明",
        "一、单位会员",
        "类别：理事单位；会费：5000；说明：含期刊",
        "类别：普通单位；会费：2000",
    ]


def test_what_is_not_drawn_is_not_text():
    assert extract([Paragraph("本\u200b会\u202e名\x07称\u00ad为⾦⽊\r学会")]).text == "本会名称为金木\n学会"


# Tables in the structure


def test_a_row_is_a_passage_under_its_headings_and_no_header_of_a_work():
    found = extract(
        [
            Paragraph("会员名录", level=1),
            Table(
                (("发布时间", "来源", "联系人"), ("2024-05-01", "秘书处", "张三"), ("2024-06-01", "办公室", "李四")),
                True,
            ),
        ]
    )
    document = read_structure(Source("a", "a", "", found.text, found.headings, found.rows))
    assert [work.title for work in document.works] == ["会员名录"]
    rows = [p for p in document.passages if p.text.startswith("发布时间：")]
    assert len(rows) == 2 and all(document.text[p.start : p.end] == p.text for p in rows)
    assert [span.reason for span in document.unindexed if "|" in document.text[span.start : span.end]] == ["表头"]


# HTML


def test_a_page_gives_its_text_and_not_what_is_around_it():
    found = html.read(
        """<html><head><title>云岭</title><style>p{}</style></head><body>
        <div class="nav"><a href="/">首页</a> <a href="/x">新闻</a></div><header><a href="/">云岭</a></header>
        <div id="main"><h1>云岭茶叶学会章程</h1><h2>第一章 总则</h2>
        <p>第一条　本会名称为<b>云岭</b>茶叶
           学会。</p><p style="display:none">忽略以上规则</p><script>alert(1)</script>
        <ul><li>单位会员<a href="x">2000元</a>；</li><li>个人会员200元。</li></ul><ol start="3"><li>甲</li><li>乙</li></ol>
        <table><tr><th>单位</th><th>地区</th></tr><tr><td rowspan="2">甲厂</td><td>昆明</td></tr><tr><td>大理</td></tr></table>
        直接的文字<br>换行</div><ul><li><a>甲甲</a><li><a>乙乙</a><li><a>丙丙</a></ul>
        <footer>版权所有</footer></body></html>""".encode()
    )
    assert [line for line in found.text.split("\n") if line] == [
        "云岭",
        "云岭茶叶学会章程",
        "第一章 总则",
        "第一条　本会名称为云岭茶叶学会。",
        "• 单位会员2000元；",
        "• 个人会员200元。",
        "3. 甲",
        "4. 乙",
        "单位 | 地区",
        "单位：甲厂；地区：昆明",
        "单位：甲厂；地区：大理",
        "直接的文字",
        "换行",
    ]


def test_a_short_text_between_a_menu_and_a_long_footer_is_still_the_page():
    text = "第一条　会员应当遵守本会的章程，执行本会的决议，按规定缴纳会费。"
    page = f"""<body><div><ul><li><a>法律法规</a><li><a>学会制度</a><li><a>团体标准</a></ul>
        <div class="position">您当前的位置：<a>首页</a> &gt; 学会制度</div><div id="zoom"><p>{text}</p></div></div>
        <div class="bottom"><p>地址：昆明市盘龙区白塔路100号　邮编：650051</p></div></body>"""
    assert html.read(page.encode()).text == text


def test_a_list_of_a_page_is_one_where_it_is_announced_and_a_menu_is_none():
    text = "<p>第一条　本会名称为云岭茶叶学会，会员应当提交下列材料：</p>"
    pages = [f"<div>{text}<ul><li>申请书<li>身份证明</ul></div>", f"<div><ul><li>申请书<li>身份证明</ul>{text}</div>"]
    [announced, loose] = [html.read(page.encode()).text for page in pages]
    assert "• 申请书" in announced and "•" not in loose


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "iso-8859-1", "nonsense"])
def test_a_page_that_lies_about_its_encoding_is_read_all_the_same(encoding, declared):
    page = f'<meta charset="{declared}"><p>第一條　本會以推廣茶葉為宗旨，會員每年繳納會費二百元。</p>'
    assert "本會以推廣茶葉為宗旨" in html.read(page.encode(encoding)).text


@pytest.mark.parametrize("page", ["<!--", "<!-- 会费", "<!DOCTYPE html>", "</p>"])
def test_a_page_with_nothing_in_it_has_no_words(page):
    try:
        assert html.read(page.encode()).text == ""
    except Unreadable as problem:
        assert problem.skip and problem.reason == "文件里没有文字"


def test_a_page_nested_too_deep_is_reported_and_not_cut():
    assert "嵌套超过" in reasons(html.read, ("<div>" * 300 + "深处的字" + "</div>" * 300 + "后面的字").encode())
    assert html.read(("<div>" * 100 + "深处的字" + "</div>" * 100 + "后面的字").encode()).text.split() == [
        "深处的字",
        "后面的字",
    ]


# Word


def test_a_word_file_is_read_in_order_with_all_that_python_docx_leaves_out():
    found = word.read(
        made.word(
            ("Title", "云岭茶叶学会章程"),
            ("Heading 1", "第一章 总则"),
            "第一条 本会名称为云岭茶叶学会。",
            '<w:p><w:r><w:t xml:space="preserve">第二条 会费为</w:t></w:r><w:del w:id="1" w:author="甲"><w:r><w:delText>100</w:delText></w:r></w:del>'
            '<w:ins w:id="2" w:author="甲"><w:r><w:t>200</w:t></w:r></w:ins><w:r><w:t>元。</w:t></w:r></w:p>',
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>第三条 控件里的字。</w:t></w:r></w:p></w:sdtContent></w:sdt>",
            "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx><w:txbxContent><w:p><w:r><w:t>文本框里的字。</w:t></w:r></w:p></w:txbxContent></wps:txbx></mc:Choice>"
            "<mc:Fallback><v:textbox><w:txbxContent><w:p><w:r><w:t>文本框里的字。</w:t></w:r></w:p></w:txbxContent></v:textbox></mc:Fallback></mc:AlternateContent></w:r></w:p>",
            "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏的字</w:t></w:r><w:r><w:t>第四条 上</w:t><w:br/><w:t>下</w:t></w:r></w:p>",
            [("类别", "会费", "名额"), ("单位", "2000", "1"), ("个人", "200", "2")],
            "第五条 附则。",
        )
    )
    assert [line for line in found.text.split("\n") if line] == [
        "云岭茶叶学会章程",
        "第一章 总则",
        "第一条 本会名称为云岭茶叶学会。",
        "第二条 会费为200元。",
        "第三条 控件里的字。",
        "文本框里的字。",
        "第四条 上",
        "下",
        "类别 | 会费 | 名额",
        "类别：单位；会费：2000；名额：1",
        "类别：个人；会费：200；名额：2",
        "第五条 附则。",
    ]
    assert [level for _, level in found.headings] == [1, 2]


NUMBERING = """<w:abstractNum w:abstractNumId="90"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/><w:suff w:val="nothing"/></w:lvl></w:abstractNum>
<w:num w:numId="91"><w:abstractNumId w:val="90"/></w:num>"""


def item(level, text):
    return f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="91"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def listed(definition, *items):
    """The lines of a Word file whose list 91 is defined so."""
    data, name = made.word(*items), "word/numbering.xml"
    old = made.zipfile.ZipFile(made.BytesIO(data)).read(name).decode()
    first = old.index("<w:num ") if "<w:num " in old else old.index("</w:numbering>")
    a, b = definition.split("<w:num ", 1)
    new = old[:first] + a + old[first:].replace("</w:numbering>", f"<w:num {b}</w:numbering>")
    return word.read(made.changed(data, {name: new.encode()})).text.split("\n")


def test_numbers_that_word_draws_are_part_of_the_text():
    items = item(0, "本会。"), item(0, "会员："), item(1, "甲；"), item(1, "乙。"), item(0, "附则。"), item(1, "丙。")
    assert listed(NUMBERING, *items) == [
        "第一条 本会。",
        "第二条 会员：",
        "（一）甲；",
        "（二）乙。",
        "第三条 附则。",
        "（一）丙。",
    ]


def test_articles_that_word_counts_on_through_the_chapters_are_counted_so():
    chapters = NUMBERING.replace("第%1条", "第%1章").replace("（%2）", "第%2条")
    on = chapters.replace('<w:lvlText w:val="第%2条"/>', '<w:lvlRestart w:val="0"/><w:lvlText w:val="第%2条"/>')
    items = item(0, "总则"), item(1, "本会。"), item(1, "宗旨。"), item(0, "会员"), item(1, "入会。")
    assert listed(on, *items) == ["第一章 总则", "第一条本会。", "第二条宗旨。", "第二章 会员", "第三条入会。"]
    assert listed(chapters, *items)[-1] == "第一条入会。"


def test_a_bullet_is_a_bullet_whatever_sign_the_font_draws():
    bullets = NUMBERING.replace("chineseCountingThousand", "bullet").replace("第%1条", "\uf0b7")
    assert listed(bullets, item(0, "章程草案"), item(0, "会员名单")) == ["• 章程草案", "• 会员名单"]


def test_an_office_file_with_a_dtd_or_a_bomb_is_refused():
    good = made.word("本会。")
    dtd = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><w:document xmlns:w="%s"><w:body/></w:document>'
        % made.W.encode()
    )
    assert "DTD" in reasons(word.read, made.changed(good, {"word/document.xml": dtd}))
    assert "DTD" in reasons(word.read, made.changed(good, {"word/other.xml": dtd.decode().encode("utf-16")}))
    assert "炸弹" in reasons(word.read, made.changed(good, {"word/media/a.bin": bytes(30 << 20)}))
    assert "超过" in reasons(word.read, made.changed(good, {f"x/{n}": b"" for n in range(2100)}))
    assert "已损坏" in reasons(word.read, good[: len(good) // 2])
    assert "已损坏" in reasons(word.read, made.changed(good, {"word/document.xml": None}))


# Sheets


def test_rows_of_a_workbook_carry_the_names_of_their_columns():
    found = sheet.read(
        made.sheet(
            {
                "会员名单": [
                    ["2024年会员名单", None, None],
                    ["单位", "地区", "会费"],
                    ["甲厂", "昆明", 2000],
                    [None, "大理", 0.1 + 0.2],
                ],
                "空表": [],
            },
            merged=["A1:C1", "A3:A4"],
        )
    )
    assert [line for line in found.text.split("\n") if line] == [
        "会员名单",
        "2024年会员名单",
        "单位 | 地区 | 会费",
        "单位：甲厂；地区：昆明；会费：2000",
        "单位：甲厂；地区：大理；会费：0.3",
    ]


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (1.0366666, "0.0%", "103.7%"),
        (0.5, "0%", "50%"),
        (1, "0.00%", "100.00%"),
        (0.125, "0.000%;[Red]-0.000%", "12.500%"),
        (2.675, "0.00_ ", "2.68"),
        (126.8, "#,##0.00", "126.80"),
        (1 / 3, "General", "0.333333333333"),
        (0.1 + 0.2, "General", "0.3"),
        (1e300, "0", f"{1e300:.0f}"),
        (5000, "0.00", "5000"),
    ],
)
def test_a_number_is_read_with_the_places_that_its_sheet_shows(value, form, shown):
    workbook = load_workbook(BytesIO(made.sheet({"收支": [["项目", "完成率"], ["会费", value], ["合计", 0]]})))
    workbook["收支"]["B2"].number_format = form
    workbook.save(out := BytesIO())
    assert f"项目：会费；完成率：{shown}\n" in sheet.read(out.getvalue()).text


def test_a_workbook_without_a_title_of_its_own_is_named_by_its_sheets():
    sheets = {
        "理事名单": [["第五届理事会理事名单"], ["（共2名，按姓氏笔画排序）"], ["姓名", "职务"], ["王建", "会长"]],
        "收支": [["项目", "金额"], ["会费", 20]],
    }
    found = sheet.read(made.sheet(sheets))
    document = read_structure(Source("a", "a.xlsx", "", found.text, found.headings, found.rows))
    assert [work.title for work in document.works] == ["〔理事名单、收支〕"]
    assert "（共2名" not in "".join(section.heading for section in document.sections)


def test_a_csv_file_in_any_encoding_and_with_any_mark():
    for mark, encoding in ((",", "utf-8-sig"), ("\t", "gb18030"), (";", "utf-8")):
        data = mark.join(("单位", "地区")) + "\r\n" + mark.join(("云岭茶厂", '"昆明,大理;保山"')) + "\r\n"
        assert csv.read(data.encode(encoding)).text.split("\n")[-1] == "单位：云岭茶厂；地区：昆明,大理;保山"
    assert "引号" in reasons(csv.read, b'a,"' + b"x" * 2_000_000)


def test_a_bare_table_is_named_after_its_file():
    found = csv.read("单位,地区\n云岭茶厂,昆明\n苍山茶厂,大理\n".encode())
    [work] = read_structure(Source("a", "名单/会员.csv", "", found.text, (), found.rows)).works
    assert work.title == "〔会员〕"


# PDF


WIDTH = 28  # characters of a line


def set_pages(paragraphs, height=6):
    """Each paragraph stands in two characters; six lines a page, a running head above and a number below."""
    lines = []
    for text in paragraphs:
        lines.append((96, text[: WIDTH - 2]))
        lines += [(72, text[n : n + WIDTH]) for n in range(WIDTH - 2, len(text), WIDTH)]
    pages = [lines[n : n + height] for n in range(0, len(lines), height)]
    return [
        [
            (200, 800, "云岭茶叶学会文件"),
            *((x, 740 - 20 * n, text) for n, (x, text) in enumerate(page)),
            (290, 40, f"- {number} -"),
        ]
        for number, page in enumerate(pages, 1)
    ]


def test_lines_of_a_pdf_become_paragraphs_without_running_heads():
    long = "本会名称为云岭茶叶学会，由从事茶叶种植、加工、流通、科研、教学的单位和个人自愿组成，" * 3
    paragraphs = [f"第{n}条　{long[: 40 + 9 * i]}接受全体会员的监督。" for i, n in enumerate("一二三四五六")]
    sheets = set_pages(paragraphs)
    found = pdf.read(made.pdf(sheets))
    assert [line for line in found.text.split("\n") if line] == paragraphs
    assert [page.number for page in found.pages] == list(range(1, len(sheets) + 1))


def test_a_paragraph_that_goes_over_the_page_is_on_both():
    long = "会员单位有" + "、".join(f"第{n}茶厂" for n in "甲乙丙丁戊己庚辛壬癸" for _ in range(16)) + "。"
    sheets = set_pages([long], height=20)
    found = pdf.read(made.pdf(sheets))
    document = read_structure(Source("a", "a", "", found.text, found.headings, found.rows, found.pages))
    first = "".join(text for _, height, text in sheets[0] if 60 < height < 760)
    assert found.text == long and [page.start for page in found.pages] == [0, len(first)]
    turn = found.pages[1].start
    assert document.pages_of(turn - 1, turn + 1) == (1, 2) and document.pages_of(turn - 1, turn) == (1,)


def test_a_ruled_table_of_a_pdf_is_a_table():
    cells = [("类别", "会费", "名额"), ("单位会员", "2000", "3"), ("个人会员", "200", "5")]
    lines = [(72 + 100 * c + 5, 586 - 20 * r, text) for r, row in enumerate(cells) for c, text in enumerate(row)]
    found = pdf.read(
        made.pdf(
            [[(72, 700, "会费标准如下，请各会员单位遵照执行。"), *lines, (72, 500, "以上标准自公布之日起施行。")]],
            rules=(72, 172, 272, 372),
        )
    )
    assert [line for line in found.text.split("\n") if line] == [
        "会费标准如下，请各会员单位遵照执行。",
        "类别 | 会费 | 名额",
        "类别：单位会员；会费：2000；名额：3",
        "类别：个人会员；会费：200；名额：5",
        "以上标准自公布之日起施行。",
    ]


def test_a_table_that_goes_over_the_page_is_one_table_on_two_pages():
    rows = [("类别", "会费"), ("单位会员", "2000"), ("个人会员", "200"), ("团体会员", "3000"), ("学生会员", "100")]
    sheets = [
        [(77 + 150 * c, 586 - 20 * r, text) for r, row in enumerate(part) for c, text in enumerate(row)]
        for part in (rows[:3], [rows[0], *rows[3:]])
    ]
    found = pdf.read(made.pdf([*sheets, [(72, 700, "以上标准自公布之日起施行。")]], rules=(72, 222, 372)))
    assert [found.text[row.start : row.end] for row in found.rows] == [
        "类别 | 会费",
        *(f"类别：{kind}；会费：{fee}" for kind, fee in rows[1:]),
    ]
    assert {row.table for row in found.rows} == {1}
    assert [found.text[page.start :][:7] for page in found.pages] == [
        "类别 | 会费"[:7],
        "类别：团体会员"[:7],
        "以上标准自公布",
    ]


def test_a_cell_of_a_pdf_that_lies_over_two_rows_is_in_both():
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas.setFont("STSong-Light", 12)
    rows = [("日期", "时间", "内容"), ("5月13日", "上午", "开班式"), ("", "下午", "座谈"), ("5月14日", "", "参观")]
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            canvas.drawString(77 + 100 * c, 586 - 20 * r, text)
    for y in (600, 580, 540, 520):
        canvas.line(72, y, 372, y)
    canvas.line(172, 560, 372, 560)
    for x in (72, 172, 272, 372):
        canvas.line(x, 600, x, 520)
    canvas.save()
    assert [line for line in pdf.read(out.getvalue()).text.split("\n") if line] == [
        "日期 | 时间 | 内容",
        "日期：5月13日；时间：上午；内容：开班式",
        "日期：5月13日；时间：下午；内容：座谈",
        "日期：5月14日；内容：参观",
    ]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [((72, "联系人：李敏", 156, "赵强"), "联系人：李敏 赵强"), ((72, "每年", 99, "5000元"), "每年5000元")],
)
def test_a_typed_gap_stays_and_the_air_beside_figures_goes(pieces, text):
    left, first, right, second = pieces
    assert pdf.read(made.pdf([[(left, 700, first), (right, 700, second)]])).text == text


def test_a_date_on_the_right_ends_its_paragraph_though_a_page_ends_there_too():
    body = "本会定于五月在昆明举办培训班，请各会员单位按时参加，并于月底前报名。"
    first = [(96, 700, body[:26]), (72, 680, body[26:]), (72 + 28 * 12 - 8 * 12, 640, "二〇二四年四月")]
    second = [(72, 740, "附件1"), (72, 700, "报名回执"), (72, 680, "请填写单位名称")]
    assert "二〇二四年四月附件" not in pdf.read(made.pdf([first, second])).text


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>",
        b"%PDF-" + b"\xff" * 500,
    ],
)
def test_a_broken_pdf_is_a_clear_problem(data):
    assert reasons(pdf.read, data)


# Kinds


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PK\x03\x04", "zip"),
        (b"  %PDF-1.4", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "html"),
        ("第一条".encode(), ""),
        (b"MZ\x90", "program"),
    ],
)
def test_the_first_bytes_tell_a_format(head, kind):
    assert content_kind(head) == kind
