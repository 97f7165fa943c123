"""The tree of real and invented texts, and the laws every parse keeps."""

from __future__ import annotations

import json
import os
import random
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.catalogue import CatalogueEntry, WorkEntry
from ingest.load import Source, load
from ingest.structure import PASSAGE_CHARS, read_structure
from vectorstore.passage import Document

ROOT = Path(__file__).parent.parent
SEED = ROOT / "documents" / "caqi-quality-month-2018.txt"
CAPTURES = sorted((Path(__file__).parent / "captures").iterdir())
SHARED_LAWS = "QA_TEST_LAWS"  # a folder with corpus.jsonl and articles.jsonl

EIGHTEEN = "一二三四五六七八九十"
HAN = [*EIGHTEEN, *("十" + n for n in EIGHTEEN[:8])]


def parse(text: str, title: str = "", entry: CatalogueEntry | None = None, **options: int) -> Document:
    return read_structure(Source(id="文.txt", path="文.txt", title=title, text=text), entry, **options)


def parse_file(path: Path) -> Document:
    [source] = load(path, path.parent)
    assert isinstance(source, Source)
    return read_structure(source)


def seed_text() -> str:
    return SEED.read_text(encoding="utf-8")


def labels(document: Document, work: int) -> list[str]:
    return [section.label for section in document.sections if section.work == work]


def obeys_the_laws(document: Document, limit: int = PASSAGE_CHARS) -> None:
    text = document.text
    covered = [0] * len(text)
    for stretch in [*document.passages, *document.unindexed]:
        for i in range(stretch.start, stretch.end):
            covered[i] += 1
    for passage in document.passages:
        assert passage.text == text[passage.start : passage.end]
        assert 0 < len(passage.text) <= limit
        assert passage.text == passage.text.strip()
    assert all(a.end <= b.start for a, b in pairwise(document.passages))
    assert all(a.end <= b.start for a, b in pairwise(document.unindexed))
    assert all(count == 1 for character, count in zip(text, covered, strict=True) if not character.isspace())
    assert len({passage.id for passage in document.passages}) == len(document.passages)
    assert [section.number for section in document.sections] == list(range(len(document.sections)))
    assert [work.number for work in document.works] == list(range(len(document.works)))
    for section in document.sections:
        work = document.works[section.work]
        assert work.start <= section.start <= section.body <= section.end <= work.end
        if section.parent is not None:
            parent = document.sections[section.parent]
            assert parent.number < section.number
            assert parent.start <= section.start and section.end <= parent.end and parent.work == section.work
    by_parent: dict[tuple[int, int | None], list] = {}
    for section in document.sections:
        by_parent.setdefault((section.work, section.parent), []).append(section)
    for siblings in by_parent.values():
        assert all(a.end <= b.start for a, b in pairwise(siblings))
    for passage in document.passages:
        holding = [s for s in document.sections if s.start <= passage.start and passage.end <= s.end]
        innermost = max(holding, key=lambda s: s.number, default=None)
        assert passage.section == (innermost.number if innermost else None)
        assert passage.label == (innermost.label if innermost else "")


# The association's own text


def test_the_seed_is_three_works():
    works = parse_file(SEED).works
    assert [(w.title, w.kind, w.date, w.source) for w in works] == [
        ("〔中国“质量月”活动〕", "", "", ""),
        ("2018年全国“质量月”企业质量诚信倡议书", "倡议书", "2018-09-02", "中国质量检验协会"),
        ("〔中国质量检验协会〕", "", "", ""),
    ]


def test_the_proposal_has_three_parts_with_their_points():
    document = parse_file(SEED)
    parts = [s for s in document.sections if s.work == 1 and s.parent is None]
    assert [(s.kind, s.mark, s.heading) for s in parts] == [
        ("heading", "首先", "我们共同倡议率先做到"),
        ("heading", "同时", "我们倡议企业界争先做到"),
        ("heading", "另外", "我们倡议全社会努力做到"),
    ]
    points = [[s.heading for s in document.sections if s.parent == part.number] for part in parts]
    assert [len(found) for found in points] == [6, 3, 3]
    assert points[0][2] == "加快企业质量技术创新"
    assert points[1][0] == "弘扬工匠精神,推动质量提升"
    assert "首先·加快企业质量技术创新" in labels(document, 1)
    assert [p.label for p in document.passages if p.work == 1][:4] == [
        "",
        "",
        "",
        "首先",
    ]  # the line of date and source first


def test_the_association_has_its_sections_and_eighteen_items():
    document = parse_file(SEED)
    items = [f"业务范围（{n}）" for n in HAN]
    assert labels(document, 2) == ["宗旨", "职能简介", "业务范围", *items, "备注"]
    passages = [p for p in document.passages if p.label in items]
    assert [p.label for p in passages] == items
    assert all(p.headings == ("中国质量检验协会业务范围",) and p.date == "" for p in passages)
    assert passages[6].text.startswith("(七)推行先进的质量检验检测")
    assert [s.ordinal for s in document.sections if s.kind == "item"] == list(range(1, 19))


@pytest.mark.parametrize(
    "line",
    ["您当前的位置：首页 > 政策文件", "您的位置：首页>学会制度", "欢迎访问云岭茶叶学会网站！ 设为首页 | 加入收藏"],
)
def test_what_pages_have_above_a_text_is_navigation(line):
    page = parse(
        f"{line}\n\n云岭茶叶学会会员管理办法\n\n第一条　会员分为单位会员和个人会员。\n\n第二条　会员应当缴纳会费。\n"
    )
    [span] = [span for span in page.unindexed if span.reason == "疑似导航"]
    assert page.text[span.start : span.end] == line and page.title == "云岭茶叶学会会员管理办法"


def test_the_name_of_a_column_between_navigation_and_a_title_is_no_work():
    page = parse(
        "您当前的位置：首页 > 政策文件\n\n政策文件\n\n云岭茶叶学会会员管理办法\n\n发布时间：2022-03-15　来源：秘书处\n\n"
        "第一条　会员分为单位会员和个人会员。\n\n第二条　会员应当缴纳会费。\n"
    )
    assert [work.title for work in page.works] == ["云岭茶叶学会会员管理办法"]
    assert "政策文件" in [page.text[span.start : span.end] for span in page.unindexed if span.reason == "疑似导航"]


def test_navigation_is_listed_and_never_in_a_passage():
    document = parse_file(SEED)
    crumbs = [document.text[s.start : s.end] for s in document.unindexed if s.reason == "疑似导航"]
    assert crumbs[:2] == ["质量月标识", "国家"] and crumbs[-2:] == ["Baidu", "map"] and len(crumbs) == 9
    assert not any(crumb in p.text.splitlines() for crumb in crumbs for p in document.passages)


def test_what_the_catalogue_restores_is_text_again():
    entry = CatalogueEntry(
        (("〔中国质量检验协会〕", WorkEntry(title="协会简介", date="2020", restore=("Baidu", "map"))),)
    )
    document = parse(seed_text(), entry=entry)
    obeys_the_laws(document)
    assert document.works[2].title == "协会简介" and document.works[2].date == "2020"
    assert labels(document, 2)[0] == "宗旨"
    assert any("Baidu" in p.text for p in document.passages)
    assert document.digest != parse(seed_text()).digest


# The same text in other words and another order


def seed_blocks() -> tuple[str, dict[str, str]]:
    """Everything before the sections of the association, and those sections by their names."""
    text = seed_text()
    head, tail = text[: text.index("中国质量检验协会宗旨")], text[text.index("中国质量检验协会宗旨") :]
    bodies = re.split(
        r"\n*(中国质量检验协会宗旨|中国质量检验协会职能简介|中国质量检验协会业务范围|备 注)\n\n",
        "\n" + tail[: tail.index("\n\n\nBaidu")],
    )[1:]
    return head, dict(zip(bodies[::2], bodies[1::2], strict=True))


WORDS = {
    "宗旨": "使命",
    "职能简介": "主要工作",
    "业务范围": "工作领域",
    "备 注": "说 明",
    "中国质量检验协会": "华夏品鉴联合会",
    "首先,我们": "第一方面,我们",
    "同时,我们": "第二方面,我们",
    "另外,我们": "第三方面,我们",
}
SYNONYMS = [
    {},
    WORDS,
    WORDS
    | {
        "首先,我们": "其一,我们",
        "同时,我们": "再者,我们",
        "另外,我们": "最后,我们",
        "中国质量检验协会": "大同质量学会",
    },
]
STYLES = {
    "(一)": lambda n: (f"({HAN[n]})", f"（{HAN[n]}）"),
    "1.": lambda n: (f"{n + 1}.", f"{n + 1}"),
    "1. ": lambda n: (f"{n + 1}. ", f"{n + 1}"),
    "一、": lambda n: (f"{HAN[n]}、", HAN[n]),
    "1、": lambda n: (f"{n + 1}、", f"{n + 1}"),
    "（1）": lambda n: (f"（{n + 1}）", f"（{n + 1}）"),
    "1)": lambda n: (f"{n + 1})", f"{n + 1}）"),
    "①": lambda n: (chr(ord("①") + n), chr(ord("①") + n)),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("words", SYNONYMS)
@pytest.mark.parametrize("order", range(4))
def test_other_words_order_and_marks_give_the_same_tree(words, order, style):
    head, bodies = seed_blocks()
    for n, mark in enumerate(HAN):
        bodies["中国质量检验协会业务范围"] = bodies["中国质量检验协会业务范围"].replace(
            f"({mark})", STYLES[style](n)[0], 1
        )
    names = list(bodies)
    random.Random(order).shuffle(names)
    text = head + "\n\n".join(f"{name}\n\n{bodies[name]}" for name in names) + "\n\n\nBaidu\nmap\n"
    for old, new in words.items():
        text = text.replace(old, new)

    def said(word):
        for old, new in words.items():
            word = word.replace(old, new)
        return word.replace(" ", "")

    document = parse(text)
    obeys_the_laws(document)
    assert [w.title for w in document.works] == [
        "〔中国“质量月”活动〕",
        "2018年全国“质量月”企业质量诚信倡议书",
        said("〔中国质量检验协会〕"),
    ]
    marks = [said(mark)[: -len("我们")].rstrip(",") for mark in ("首先,我们", "同时,我们", "另外,我们")]
    assert [s.mark for s in document.sections if s.work == 1 and s.parent is None] == marks
    assert sum(s.kind == "point" for s in document.sections) == 12
    expected = []
    for name in names:
        section = said(name.removeprefix("中国质量检验协会"))
        expected.append(section)
        if name.endswith("业务范围"):
            expected += [section + STYLES[style](n)[1] for n in range(18)]
    assert labels(document, 2) == expected
    assert [s.ordinal for s in document.sections if s.kind == "item"] == list(range(1, 19))


def test_an_introduction_moved_to_the_end_leaves_the_name_in_the_headings():
    head, bodies = seed_blocks()
    cut = head.index("中国质量检验协会是由")
    text = head[:cut] + "\n\n".join(f"{n}\n\n{b}" for n, b in bodies.items()) + "\n\n" + head[cut:]
    document = parse(text)
    assert document.works[2].title == "〔中国质量检验协会〕"
    assert labels(document, 2)[:3] == ["宗旨", "职能简介", "业务范围"]


CRUMBS = r"(?<=\n)(质量月标识|国家|认可与[^\n]*|质量发展局[^\n]*|产品质量安全[^\n]*)\n"
SECTION_LINE = r"(?m)^(中国质量检验协会(?:宗旨|职能简介|业务范围)|备 注)$"
SETTINGS = {
    "no blank lines": lambda text: re.sub(r"\n+", "\n", text),
    "two blank lines": lambda text: text.replace("\n\n", "\n\n\n\n"),
    "no blank line above headings": lambda text: re.sub(
        r"\n\n(?=中国质量检验协会[^\n，,。]{2,4}\n|备 注\n)", "\n", text
    ),
    "no blank line below headings": lambda text: re.sub(SECTION_LINE + r"\n\n", r"\1\n", text),
    "headings in Markdown": lambda text: re.sub(SECTION_LINE, r"## \1", text),
    "blank lines in navigation": lambda text: re.sub(CRUMBS, r"\1\n\n", text).replace("Baidu\nmap", "Baidu\n\nmap"),
    "blank lines in the list": lambda text: re.sub(r"\n(?=\s*\([一二三四五六七八九十]+\))", "\n\n", text),
    "indented": lambda text: re.sub(r"(?m)^(?=\S)", "\u3000\u3000", text),
    "spaces at line ends": lambda text: text.replace("\n", " \u3000\n"),
    "no repeated title": lambda text: re.sub(r"坚持质量第一  大力提升质量\n\n[^\n]*\n\n", "", text),
    "no fields": lambda text: text.replace("时间:2018-09-02 来源:中国质量检验协会\n\n", ""),
    "no introduction": lambda text: re.sub(r"中国质量检验协会是由[^\n]*\n\n", "", text),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_another_setting_of_the_same_lines_gives_the_same_tree(setting):
    original, document = parse(seed_text()), parse(SETTINGS[setting](seed_text()))
    obeys_the_laws(document)
    assert [w.title for w in document.works] == [w.title for w in original.works]
    assert [(s.work, s.kind, s.label) for s in document.sections] == [
        (s.work, s.kind, s.label) for s in original.sections
    ]
    assert sum(s.reason == "疑似导航" for s in document.unindexed) == 9


def test_a_work_that_names_itself_nowhere_is_named_by_its_sections():
    text = "宗旨\n\n按照“服务会员”的原则，团结各方，推动行业发展。\n\n职责\n\n组织交流，开展培训，编制标准。\n\n备 注\n\n二〇二〇年更名。"
    assert parse(text).works[0].title == "〔宗旨、职责、备注〕"


# Invented captures


def test_a_charter_between_menus_and_the_notice_after_it():
    document = parse_file(Path(__file__).parent / "captures" / "society-of-tea.txt")
    assert [(w.title, w.kind, w.date, w.source) for w in document.works] == [
        ("云岭茶叶学会章程", "章程", "2019-06-08", ""),
        ("关于举办2024年春茶审评培训班的通知", "通知", "2024-03-11", "云岭茶叶学会"),
    ]
    assert labels(document, 0) == [
        *("第一章", "第一章第一条", "第一章第二条", "第一章第三条", "第二章", "第二章第四条"),
        *(
            "第二章第四条（一）",
            "第二章第四条（二）",
            "第二章第四条（二）1",
            "第二章第四条（二）2",
            "第二章第四条（三）",
        ),
        *("第二章第五条", "第二章第五条（一）", "第二章第五条（二）", "第二章第五条之一", "第三章", "第三章第六条"),
    ]
    assert labels(document, 1) == ["一", "二", "二1", "二2", "二3", "三", "三（一）", "三（二）"]
    fourth = next(p for p in document.passages if p.label == "第二章第四条")
    assert fourth.text.endswith("第三条规定的宗旨，是开展上述业务的准则。")
    assert [p.text for p in document.passages if p.work == 1][-1].startswith("特此通知。")
    crumbs = [document.text[s.start : s.end] for s in document.unindexed if s.reason == "疑似导航"]
    assert crumbs == [
        "首页",
        "关于学会",
        "学会动态",
        "上一篇：关于召开年会的通知",
        "下一篇：无",
        "分享到微信",
        "返回顶部",
    ]


def test_an_association_with_headings_set_close_to_their_text():
    document = parse_file(Path(__file__).parent / "captures" / "bridge-alliance.txt")
    assert [(w.title, w.date, w.source) for w in document.works] == [
        ("〔江海桥梁建设联盟〕", "", ""),
        ("关于发布《桥梁养护自律公约》的公告", "2021-11-05", "江海日报"),
    ]
    assert labels(document, 0) == ["使命", "主要职责", "主要职责1", "主要职责2", "主要职责3", "主要职责4", "说明"]
    assert labels(document, 1) == [
        *("第一", "第一·守住安全底线", "第一·按时完成巡检"),
        *("第二", "第二·公平参与竞争", "第二·共享养护经验"),
    ]
    assert document.passages[-1].label == ""  # the signature belongs to no part


def test_markdown_with_contents_bold_articles_and_two_titles():
    document = parse_file(Path(__file__).parent / "captures" / "reading-federation.md")
    assert [(w.title, w.kind, w.date) for w in document.works] == [
        ("南屏读书会联合会章程（试行）", "章程", "2015-09-20"),
        ("关于评选年度好书的公告", "公告", "2020-12-01"),
    ]
    assert labels(document, 0) == [
        *("目录", "第一章", "第一章第一条", "第一章第二条", "第二章", "第二章第一节", "第二章第一节第三条"),
        *(
            "第二章第一节第三条（一）",
            "第二章第一节第三条（二）",
            "第二章第一节第三条（三）",
            "第二章第二节",
            "第二章第二节第四条",
        ),
    ]
    assert labels(document, 1) == ["一", "二", "二（一）", "二（二）"]


# Rules one at a time


def test_a_reference_to_an_article_is_not_an_article():
    text = "第一条 甲。\n\n第二条 乙。\n\n第一条、第二条所称乙，指丙。\n\n第二条规定的丙，适用于丁。\n\n第三条 戊。"
    assert labels(parse(text), 0) == ["第一条", "第二条", "第三条"]


def test_a_section_named_like_one_of_another_chapter_is_no_line_of_contents():
    chapters = "\n".join(
        f"第{n}章 {name}\n第一节 一般规定\n第{2 * k + 1}条 {name}应当依法。\n第二节 附则\n第{2 * k + 2}条 {name}另行规定。"
        for k, (n, name) in enumerate((("一", "借阅"), ("二", "归还")))
    )
    contents = "目录\n第一章 借阅\n第一节 一般规定\n第二节 附则\n第二章 归还\n第一节 一般规定\n第二节 附则\n"
    expected = [f"第{n}章第{m}节第{2 * k + j}条" for k, n in enumerate("一二") for j, m in ((1, "一"), (2, "二"))]
    for text in (chapters, contents + chapters):
        found = [label for label in labels(parse(text, title="图书馆规则"), 0) if "条" in label]
        assert found == expected


def test_list_marks_over_articles_are_headings():
    text = "一、借阅\n第一条 凭证借阅。\n第二条 借阅不收费：\n（一）成年人；\n（二）儿童。\n二、归还\n第三条 按期归还。\n三、附则\n第四条 本规则施行。"
    found = parse(text, title="图书馆规则").passages
    assert [passage.label for passage in found] == ["一第一条", "一第二条", "二第三条", "三第四条"]
    assert [passage.headings for passage in found] == [("一、借阅",), ("一、借阅",), ("二、归还",), ("三、附则",)]


def test_a_long_article_is_cut_at_its_items_and_keeps_its_number():
    items = "\n\n".join(f"（{n}）{'负责会员服务的有关工作，' * 6}直至完成；" for n in HAN[:9])
    document = parse(
        f"# 章程\n\n## 第一章 总则\n\n第一条 秘书处的职责：\n\n{items}\n\n第二条 本章程施行。", passage_chars=200
    )
    obeys_the_laws(document, 200)
    pieces = [p for p in document.passages if p.label.startswith("第一章第一条")]
    assert len(pieces) > 3 and all(p.text[-1] in "；：" for p in pieces)


def test_a_year_or_a_decimal_is_no_list_mark():
    document = parse("3.15活动每年举行。\n\n1.2亿元用于奖励。\n\n2018年起施行。\n\n5、只有这一行。")
    assert document.sections == ()


def test_a_heading_may_begin_with_a_year_after_its_mark():
    report = parse(
        "工作报告\n\n一、2023年工作回顾\n2023年，学会发布团体标准4项。\n\n二、会员情况\n"
        "截至2023年底，学会共有会员54家，名单见下表：\n云岭茶厂是会员。\n\n三、2024年工作计划\n2024年，学会将做好以下工作：\n"
        "（一）召开会员大会；\n（二）举办培训班。\n"
    )
    headings = [section.heading for section in report.sections if section.kind == "heading"]
    assert headings == ["2023年工作回顾", "会员情况", "2024年工作计划"]
    assert labels(report, 0)[-2:] == ["三（一）", "三（二）"]


def test_a_salutation_or_a_lead_in_is_no_heading():
    text = "各有关单位：\n\n现将有关事项通知如下：\n\n一、时间另行通知。\n\n二、地点在北京。"
    document = parse(text)
    assert labels(document, 0) == ["一", "二"]


def test_names_below_a_colon_or_a_heading_are_no_navigation():
    text = "理事会选举产生了新一届负责人，全体会员表示祝贺。\n\n当选的单位有：\n\n东方公司\n南方公司\n北方公司\n\n会议号召全体会员向他们学习，共同进步。"
    document = parse(text)
    assert not any(s.reason == "疑似导航" for s in document.unindexed)
    assert any("南方公司" in p.text for p in document.passages)


@pytest.mark.parametrize(
    "text",
    [
        "床前明月光\n疑是地上霜\n\n举头望明月\n低头思故乡",
        "甲公司\n\n乙公司\n\n丙公司",
        "只有一行",
        "姓名 职务\n张三 会长\n李四 秘书长",
    ],
)
def test_where_every_line_is_short_nothing_is_navigation(text):
    document = parse(text)
    obeys_the_laws(document)
    assert "".join(p.text for p in document.passages).split() == text.split()


def test_an_encyclopaedia_paragraph_is_one_passage_under_its_title():
    document = parse("龙井茶是中国名茶之一，产于杭州。清明前采摘的称明前茶。", title="龙井茶")
    assert [(p.title, p.label, p.headings) for p in document.passages] == [("龙井茶", "", ())]


def test_one_endless_line_is_cut_in_reasonable_time():
    for text in ("质" * 1_000_000, "#" * 100_000, "第" + "一 " * 50_000, "甲乙\n" * 50_000, "首先，我们：\n" * 5_000):
        started = time.process_time()
        document = parse(text)
        assert time.process_time() - started < 10  # some two seconds when linear
        assert max(len(p.text) for p in document.passages) <= PASSAGE_CHARS


# Laws


@pytest.mark.parametrize("path", [SEED, *CAPTURES], ids=lambda path: path.name)
@pytest.mark.parametrize("limit", [40, 120, 500])
def test_every_character_is_in_one_place(path, limit):
    [source] = load(path, path.parent)
    document = read_structure(source, passage_chars=limit)
    obeys_the_laws(document, limit)
    assert document == read_structure(source, passage_chars=limit)


LINES = st.sampled_from(
    [
        *(
            "",
            "",
            "",
            "第一章 总则",
            "第二章 会员",
            "第一条 本会名称为甲。",
            "第二条 乙：",
            "第二条规定的丙。",
            "（一）丁；",
            "（二）戊。",
        ),
        *(
            "1. 己。",
            "2. 庚。",
            "一、会议安排",
            "二、其他",
            "首先，我们倡议：",
            "备 注",
            "甲协会宗旨",
            "国家",
            "首页",
            "时间:2018-09-02 来源:某报",
        ),
        *(
            "# 某某通知",
            "## 小节",
            "<!-- 注",
            "-->",
            "---",
            "特此通知。",
            "甲协会",
            "2024年5月1日",
            "附件：表",
            "  缩进的一行\u3000",
            "\u200b",
            "## ",
        ),
        *(
            "按照有关要求，甲协会组织会员单位开展活动，推动行业进步，取得了良好的社会效果，受到各方面的一致好评。",
            "加强领导。" + "各单位要高度重视，" * 8 + "落实到位。",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    lines=st.lists(st.one_of(LINES, st.text(max_size=60)), max_size=40),
    title=st.sampled_from(["", "甲协会"]),
    limit=st.sampled_from([20, 80, 500]),
)
def test_any_lines_keep_the_laws(lines, title, limit):
    document = parse("\n".join(lines), title=title, passage_chars=limit)
    obeys_the_laws(document, limit)


@pytest.mark.shared
def test_articles_of_statutes_stand_where_the_reference_has_them():
    folder = os.environ.get(SHARED_LAWS)
    if not folder:
        pytest.skip(f"set {SHARED_LAWS} to a folder with corpus.jsonl and articles.jsonl to check whole statutes")
    with open(Path(folder) / "corpus.jsonl", encoding="utf-8") as file:
        laws = {law["doc_id"]: law for law in map(json.loads, file)}
    sample = set(random.Random(0).sample(sorted(laws), 60))
    right = total = 0
    with open(Path(folder) / "articles.jsonl", encoding="utf-8") as file:
        for reference in map(json.loads, file):
            if reference["doc_id"] not in sample:
                continue
            law = laws[reference["doc_id"]]
            document = parse(law["text"], law["title"])
            obeys_the_laws(document)
            starts = {p.start: p for p in document.passages}
            for _, start, end, _ in reference["articles"]:
                total += 1
                right += start in starts and starts[start].end <= end
    assert right / total >= 0.99
