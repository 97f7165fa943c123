"""What kind of thing an answer must hold: a year for 哪年, a telephone number for 电话, a person's name for 会长是谁.

A passage may share every word with a question and still lack the one thing asked for; then it does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vectorstore.numerals import NUMERAL, number
from vectorstore.words import surnamed

_YEAR = re.compile(r"\d{4}|\d+年|[〇零二三四五六七八九十元][〇零一二三四五六七八九十]{0,3}年|世纪|年代")
_MONTH = re.compile(r"\d{1,2}月|[一二三四五六七八九十]{1,2}月|\d{4}-\d{1,2}|月底|季度")
_DAY = re.compile(r"\d{1,2}[日号]|[一二三四五六七八九十]{1,3}[日号]|\d{4}-\d{1,2}-\d{1,2}|周[一二三四五六日]|星期")
_MONEY = re.compile(r"[\d一二三四五六七八九十百千万]+(?:\.\d+)?[余多]?(?:万|亿)?(?:[美日港欧]?元|块|人民币)|免费|不收")
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万两]")
_TELEPHONE = re.compile(r"\d{3,4}-?\d{7,8}|1\d{10}|\d{5,}")
_MAIL = re.compile(r"[\w.-]+@[\w.-]+")
_SITE = re.compile(r"https?:|www\.|[a-z0-9-]+\.(?:com|cn|org|net|gov)")
_ADDRESS = re.compile(r"[\u3400-\u9fff]{2}(?:[区县镇乡](?![域别分级间委长]|政府)|[路街弄巷邨])|\d+号|邮编")

_TITLED = re.compile(r"[\u3400-\u9fff]·[\u3400-\u9fff]|先生|女士|同志|博士|教授|[a-z]{3,}")

_Held = Callable[[str], bool]
_ROLE = r"(?:会长|理事长|秘书长|主任|主席|负责人|法定代表人|法人代表|代表人|联系人|书记|局长|院长|校长|部长|处长|发言人|创始人|总经理|董事长)"
# An asking word, and what must then stand in the words around it; the first that fits counts.
_KINDS: tuple[tuple[re.Pattern[str], _Held], ...] = (
    (re.compile(rf"{_ROLE}的?(?:是|叫|姓|名字|姓名)*(?:谁|哪位|什么)"), lambda said: surnamed(said) or bool(_TITLED.search(said))),
    (re.compile(r"哪一?年|何年|什么年份|哪个?年份"), lambda said: bool(_YEAR.search(said))),
    (re.compile(r"几月|哪个?月|何月|什么月份"), lambda said: bool(_MONTH.search(said))),
    (re.compile(r"几[号日]|哪一?天|何日|具体日期"), lambda said: bool(_DAY.search(said))),
    (re.compile(r"多少(?:钱|元|费)|(?:费用?|价格|收费|金额|工资|会费)是?(?:多少|几)"), lambda said: bool(_MONEY.search(said))),
    (re.compile(r"(?:电话|热线|传真|手机)(?:号码?)?(?:是|为)?(?:多少|几|什么)|联系(?:电话|方式)|电话$|(?:哪个|什么)(?:电话|热线|号码)"), lambda said: bool(_TELEPHONE.search(said))),
    (re.compile(r"邮箱|电子邮件|email|e-mail"), lambda said: bool(_MAIL.search(said))),
    (re.compile(r"网址|域名"), lambda said: bool(_SITE.search(said))),
    (re.compile(r"(?:办公|通信|通讯|联系|详细|注册|单位)地址|^.{0,12}地址(?:是|在)?(?:什么|哪里?|哪儿|哪.路上?|多少)?$"), lambda said: bool(_ADDRESS.search(said))),
    (re.compile(r"^(?!.*(?:分别|哪|什么|啥)).*(?:多少(?!时)|几(?:个|家|项|条|人|名|次|位|届|种|类|期|岁|元))"), lambda said: bool(_NUMBER.search(said))),
)  # fmt: skip

_DEFINITION = re.compile(
    r"(?:请问|请|那么?)?(?:什么(?:是|叫做?)|何谓|何为|啥(?:是|叫)|解释一?下)(?P<a>.{2,12}?)(?:啊|呢|吗)?"
    r"|(?:请问|请|那么?)?(?P<b>.{2,12}?)(?:到底|究竟|具体)?(?:是什么(?:意思|东西|活动|概念|组织)?|是啥(?:意思)?|指(?:的是)?什么|的(?:定义|含义|意思)(?:是什么)?)"
)
_SO_MANY = re.compile(
    rf"哪({NUMERAL}+)(?!年|月|日|天)|({NUMERAL}+)(?:个|大|项|条|句|种|点|类|方面|词|字)+.{{0,8}}(?:是|指|有|包括|分别).{{0,4}}(?:哪些|什么|啥)"
)
_SERIES = re.compile(r"[^,，、;；:：。“”\"（）()]+(?:、[^,，、;；:：。“”\"（）()]+)+|[“\"][^“”\"]+[”\"]")


def defined(question: str) -> str:
    """什么叫工匠精神 -> 工匠精神; "" when no definition is asked for."""
    asked = _DEFINITION.fullmatch(question.strip(" ?!。"))
    return next((part for part in asked.groups() if part), "") if asked else ""


def defines(term: str, said: str) -> bool:
    """Does a normalised sentence say what a term is, rather than what is done with it?"""
    return bool(
        re.search(
            rf"(?:^|[,，。;；:：“]){re.escape(term)}[”\"]?(?:活动)?(?:[^,。;]{{0,4}}的)?(?:是(?!不)|指|即|系|始于|坚守|属于)",
            said,
        )
    )


def how_many_listed(question: str) -> int | None:
    """三个转变是哪三个 -> 3; None when no number of things is asked for."""
    asked = _SO_MANY.search(question)
    return number(asked[1] or asked[2]) if asked else None


def series(said: str) -> set[int]:
    """How many members the series of a normalised text have: 创新、协调、绿色 -> 3."""
    return {
        len([part for part in re.split("[、,，;；]", found) if part.strip('“”" ')]) for found in _SERIES.findall(said)
    }


def lacks_what_is_asked(question: str, said: str) -> bool:
    """Does a normalised question ask for a kind of thing that these normalised words do not hold?"""
    for asked, held in _KINDS:
        if asked.search(question):
            return not held(said)
    return False
