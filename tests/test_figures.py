"""How much is asked, how well it is answered, what is cited: counted rightly and drawn where it belongs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.front import built, open_site, signed_in
from tests.test_chat import EVIL, harmless
from web.database import stamp
from web.explanation import explanation
from web.staff.figures import figures
from web.staff.plots import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, lined, nice, stacked
from web.tables import records as table


@pytest.fixture(scope="module")
def site(assistant, tmp_path_factory):
    site = open_site(assistant, tmp_path_factory.mktemp("site"))
    for question, days, liked in [
        ("宗旨是什么？", 0, True), ("宗旨是什么？", 0, False), ("会费多少钱？", 0, None), ("会费多少钱？", 3, False), ("你好", 0, None), ("宗旨是什么？", 40, None),
    ]:  # fmt: skip
        answer = replace(assistant.answer(question), milliseconds={"total": 10.0 * (days + 1)})
        number = site.records.add(answer, explanation(answer, assistant))
        if liked is not None:
            site.records.feedback(number, liked)
        with site.records.database.write() as connection:
            then = stamp(datetime.now(UTC) - timedelta(days=days))
            connection.execute(update(table).where(table.c.number == number).values(created=then))
    yield site
    site.records.close()


def counted(site, days=30):
    return figures(site.records.database, site.assistant().generation.archive, "", days)


def test_questions_are_counted_by_day_and_greetings_are_none(site):
    found = counted(site, 14)
    assert len(found.days) == 14 and found.asked == 4
    today, before = found.days[-1], found.days[-4]
    assert (today.asked, today.refused, today.liked, today.disliked) == (3, 1, 1, 1)
    assert (before.asked, before.refused, before.disliked, before.median) == (1, 1, 1, 40.0)
    assert found.days[0].median is None and found.refused == 50.0 and found.disliked == pytest.approx(200 / 3)


def test_sections_are_used_or_not_and_never_both(site):
    found = counted(site)
    assert found.used[0].count == 2 and "宗旨" in found.used[0].name and found.used[0].link.startswith("/d/")
    used = {section.name for section in found.used}
    assert found.unused and not used & {section.name for section in found.unused}
    assert any("业务范围（七）" in section.name for section in found.unused)


def test_a_longer_span_holds_what_is_older(site):
    assert counted(site, 90).asked == counted(site, 30).asked + 1


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=90))
def test_every_bar_and_dot_stands_inside_the_drawing(values):
    names = [str(n) for n in range(len(values))]
    plot = stacked(names, [("a", [a for a, _ in values]), ("b", [b for _, b in values])])
    for bar in plot.bars:
        assert bar.x >= LEFT and bar.x + bar.width <= WIDTH + 0.1
        assert bar.y >= TOP - 0.2 and bar.y + bar.height <= HEIGHT - BOTTOM + 0.2
    for line in lined(names, [("a", [a if a % 3 else None for a, _ in values])]).lines:
        assert len(line.dots) == sum(bool(a % 3) for a, _ in values)
        assert all(LEFT <= x <= WIDTH and TOP - 0.2 <= y <= HEIGHT - BOTTOM + 0.2 for x, y, _ in line.dots)


@given(st.floats(0, 1e9))
def test_the_axis_ends_at_a_round_number_above(value):
    assert nice(value) >= value and nice(value) <= max(4, value * 2.5)


def test_days_without_a_value_break_the_line():
    [line] = lined(["1", "2", "3", "4", "5"], [("a", [1, 2, None, 3, 4])]).lines
    assert len(line.pieces) == 2 and len(line.dots) == 4


def test_the_pages_show_the_figures_and_what_each_leg_finds(site):
    with signed_in(built(site), site, "staff") as staff:
        page = staff.get("/staff/figures?days=14").text
        assert (
            page.count("<svg") >= 3
            and page.count('role="img"') == 3
            and "4 次提问" in page
            and "没有答案 50.0%" in page
        )
        assert "最近 30 天" in staff.get("/staff/figures?days=nonsense").text
        before = site.records.database
        found = staff.get("/staff/search?q=工匠精神彰显的是什么").text
        assert all(leg in found for leg in ("合并后", "词语", "字组", "向量", "把握")) and 'class="score"' in found
        with before.read() as connection:
            assert not connection.execute(table.select().where(table.c.question.like("%工匠%"))).all(), "not recorded"
        for path in (f"/staff/search?q={EVIL[:40]}", "/staff/search", "/staff/figures"):
            page = re.sub(
                r'<link rel="icon"[^>]*>|<script defer src="/staff/desk[^>]*></script>', "", staff.get(path).text
            )
            assert harmless(page)
