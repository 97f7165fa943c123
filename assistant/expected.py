"""What kind of thing an answer must hold: a year for 哪年, a telephone number for 电话, a person's name for 会长是谁.

A passage may share every word with a question and still lack the one thing asked for; then it does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vectorstore.numerals import NUMERAL
from vectorstore.words import may_name, nominal, surnamed, whole_words

_YEAR = re.compile(r"\d{4}|\d+年|[〇零二三四五六七八九十元][〇零一二三四五六七八九十]{0,3}年|世纪|年代")
_MONTH = re.compile(r"\d{1,2}月|[一二三四五六七八九十]{1,2}月|\d{4}-\d{1,2}|月底|季度")
_DAY = re.compile(r"\d{1,2}[日号]|[一二三四五六七八九十]{1,3}[日号]|\d{4}-\d{1,2}-\d{1,2}|周[一二三四五六日]|星期")
_MONEY = re.compile(
    r"[\d一二三四五六七八九十百千万]+(?:\.\d+)?[余多]?(?:万|亿)?(?:[美日港欧]?元|块|人民币)|免费|免收|无[须需][交缴]|不收|不[^,。;]{0,10}收取?[^,。;]{0,8}费"
    r"|\([万亿]?元[^()\n]{0,6}\)[^:;|\n]{0,20}:\d"  # a column of a table: 会费(元/年):2000
)
# A lone 一 counts only before a measure: 一家, but neither 每一名 nor 一般.
_NUMBER = re.compile(r"\d|[二三四五六七八九十百千万两]|(?<![每任])一(?=[一二三四五六七八九十百千万]|个?[家人名位])")
_TELEPHONE = re.compile(
    r"\d{3,4}-?\d{7,8}|1\d{10}|[48]00-?\d{3}-?\d{4}|(?<!\d)\d{4}-\d{4}(?!\d)|(?<!\d)(?:[2-8]\d{6,7}|12[1-9]\d{2}|9[56]\d{3})(?!\d)"
)
_ACCOUNT = re.compile(r"(?:\d[ -]?){12,}|开户行|户名")
_MAIL = re.compile(r"[\w.-]+@[\w.-]+")
_SITE = re.compile(r"https?:|www\.|[a-z0-9-]+\.(?:com|cn|org|net|gov)")
_ADDRESS = re.compile(r"[\u3400-\u9fff]{2}(?:[区县镇乡](?![域别分级间委长]|政府)|[路街弄巷邨])|\d+号|邮编")

_TIME = "(?:年|个月|月|季度?|周|星期|天|日|小时|分钟?|秒|届|世纪)"
_LASTING = re.compile(rf"(?:{NUMERAL}|半|[数多几两整])[余多来几]?个?(?:工作)?{_TIME}|永久|终身|长期|无限期")
_OFTEN = re.compile(
    rf"每[隔逢]?(?:{NUMERAL}|半)*个?{_TIME}|{NUMERAL}个?{_TIME}(?:[召举]?[开办行])?{NUMERAL}[次届期回遍]|定期|年度|历年|逐年"
)
_COUNTED = re.compile(
    r"多少(家|户|名|位|岁|届|期|章|节|页|字|批|台|辆|吨|层|亩|场|平方米|人次|公里)|几(岁|届|期|章|节|页)"
)
_MEASURES = {"名": "[人名位]", "位": "[人名位]"}
_COUNTS_WHAT = re.compile(r"(?:几|多少)(?:个|名|位|家|种|项|类|条|所|座|支|部|本|只)(?P<what>[\u3400-\u9fff]{2,8})")
_IS_COUNTED = re.compile(r"(?P<what>[\u3400-\u9fff]{2,16}?)(?:一共|总共|共)?有(?:几|多少)[个名位家人]\W*")
_NO_COUNT = re.compile(r"“[^”]*”|第?\d+(?:[年月日号]|-\d+-\d+)|第[一二三四五六七八九十百千]+")
_WHO_FOLLOWS = re.compile(r"(?:为|是|:|由)?\s*([\u3400-\u9fff]{2,4})(?=[,。;、\s(]|$)")
NEAR_A_NAME = 24  # characters between an office and who holds it: 会长为某公司董事长某某
BESIDE = 24  # characters between what is counted and its number
_HOW_MANY = re.compile(r"^(?!.*(?:分别|哪|什么|啥)).*(?:多少(?!时)|几(?:个|家|项|条|人|名|次|位|届|种|类|期|岁|元))")
_TITLED = re.compile(r"[\u3400-\u9fff]·[\u3400-\u9fff]|先生|女士|同志|博士|教授|[a-z]{3,}")

# A name asked for: 会刊叫什么名字. Whoever it is asked of may be called so in any words, and is not meant here.
_CALLED = re.compile(
    r"(?P<what>[会期校]刊|[学月周]报|杂志|栏目|公众号|会歌|吉祥物|领导|专家|嘉宾|讲师|主讲人?|代表|干事|委员|[\u3400-\u9fff]{1,2}[人者员师长])"
    r"(?:都|又|到底|具体)?(?:叫(?:什么|啥)名?字?|的?(?:名字|姓名|名称)(?:是|叫)(?:什么|啥|哪))(?!什么|啥)"
)
_A_NAME = re.compile(r"[“\"《][^”\"》]+[”\"》]|名为|叫做?|称为|命名|取名|全称|简称")

_Held = Callable[[str], bool]
_ROLE = r"[副总]?(?:会长|理事长|秘书长|主任|主席|负责人|法定代表人|法人代表|代表人|联系人|书记|局长|院长|校长|部长|处长|发言人|创始人|总经理|董事长)"
_WHOM_TO_ASK = re.compile(
    r"(?:找|联系)(?:谁|哪[位里儿])(?:问|咨询|联系|报名|\W|$)|(?:问|咨询)(?:谁|哪[位里儿])(?:\W|$)|跟谁联系|谁(?:负责|管)(?:联系|报名|咨询)"
)
_MONEY_ASKED = re.compile(
    r"多少(?:钱|元|奖金|补贴|补助|经费|罚款|押金|工资|[\u3400-\u9fff]{0,3}费(?!用?单位))|(?:费|费用|价钱)[^,。?]{0,4}(?:多少|几块)|什么价|啥价|几块钱|(?:费用?|价格|收费|金额|工资|会费|奖金|补贴|补助|经费|押金|罚款|票价)(?:是|有)?(?:多少|几)"
)
_WHO = re.compile(
    rf"(?P<role>{_ROLE})(?:的?(?:是|叫|姓|名字|姓名)*(?:谁|什么|啥)|(?:是|叫)?哪位)|(?P<chief>[\u3400-\u9fff]长)(?:是|叫)?哪位"
)
# An asking word, and what must then stand in the words around it; the first that fits counts.
_KINDS: tuple[tuple[re.Pattern[str], _Held], ...] = (
    (re.compile(r"(?:哪几位|哪位|哪些)(?:老师|专家|领导|嘉宾|讲师|教授)"), surnamed),
    (re.compile(r"哪一?年|何年|什么年份|哪个?年份"), lambda said: bool(_YEAR.search(said))),
    (re.compile(r"几月|哪个?月|何月|什么月份"), lambda said: bool(_MONTH.search(said))),
    (re.compile(r"几[号日]|哪一?天|何日|具体日期"), lambda said: bool(_DAY.search(said))),
    (re.compile(r"多大(?:岁数|年纪|年龄)|今年(?:几岁|多大)|年龄(?:是)?多[大少]"), lambda said: bool(re.search(r"出生|生于|现年|(?<!不超过)(?<!未满)\d+周?岁", said))),
    (_WHOM_TO_ASK, lambda said: bool(_TELEPHONE.search(said)) or "联系人" in said),
    (_MONEY_ASKED, lambda said: bool(_MONEY.search(said))),
    (re.compile(r"(?:电话|热线|传真|手机)(?:号码?)?(?:是|为)?(?:多少|几|什么)|(?:手机|电话)号码?|联系(?:电话|方式)|(?:怎么|如何|怎样)(?:才能)?(?:跟|和|与)?(?:你们|他们|协会)?联系|电话$|(?:哪个|什么)(?:电话|热线|号码)"), lambda said: bool(_TELEPHONE.search(said))),
    (re.compile(r"账号|帐号|卡号|开户行|[打汇转缴][^,。?]{0,6}(?:哪个|哪家|什么)(?:银行|账户)"), lambda said: bool(_ACCOUNT.search(said))),
    (re.compile(r"邮箱|电子邮件|email|e-mail"), lambda said: bool(_MAIL.search(said))),
    (re.compile(r"网址|域名"), lambda said: bool(_SITE.search(said))),
    (re.compile(r"(?:办公|通信|通讯|联系|详细|注册|单位)地址|^.{0,12}地址(?:是|在)?(?:什么|哪里?|哪儿|哪.路上?|多少)?$"), lambda said: bool(_ADDRESS.search(said))),
    (re.compile(r"(?:多久|多长时间|几[年月周天]|几个月|几个星期).{0,4}[一1][次期届回遍趟]|频率|频次|(?:一年|每年|一个?月|每月|一周|每周)[^,。?]{0,6}几[次回届趟]"), lambda said: bool(_OFTEN.search(said))),
    (re.compile(r"多久|多长时间"), lambda said: bool(_LASTING.search(said))),
    (_HOW_MANY, lambda said: bool(_NUMBER.search(said))),
)  # fmt: skip

_KIND_OF_BODY = re.compile(
    r"(?P<what>[\u3400-\u9fff]{0,20}?(?:会|团体|组织|单位|机构|中心|社团|你们))(?:到底|究竟)?(?:是|属于|算)(?:一?个|一家)?(?:什么|啥|哪种|哪类)"
    r"(?:样的?|性质的?|类型的?)?(?:组织|机构|单位|团体|性质(?!的))"
)
_OF_A_BODY = re.compile(
    r"(?:协会|学会|商会|联合会|促进会|研究会|基金会)(?:到底|究竟)?(?:是不是|是否是?|算不算|算是?|属于|是)(?:一?个|一家)?"
    r"(?:官方|政府|民间|事业|国家|公司|企业|营利|盈利|赚钱|私人|正规|合法|公益)"
)
_FORMERLY = re.compile(r"(?:以前|之前|原来|曾经|过去|最早|最初|原先).{0,4}(?:叫|名)|改名|更名|改成.{0,6}名")
_WHERE_HELD = re.compile(
    r"(?:在|去|到)?(?:什么地方|哪[里儿]|哪个(?:厅|地方|酒店|宾馆|会场|会议室))[,的]?(?:开|办|举[行办]|上课|报到|集合|召开)|(?:开会|会议|培训|报到|上课).{0,8}(?:在哪|什么地方|哪[里儿])"
)
_OFFICIALLY = (
    (_FORMERLY, "前身 原名 更名为"),
    (_WHERE_HELD, "地点 地址"),
    (_WHOM_TO_ASK, "联系人 电话"),
    (_OF_A_BODY, "社会团体 非营利性 法人"),
    (_MONEY_ASKED, "标准"),
    (_KIND_OF_BODY, "社会团体 非营利性 法人"),
)

# Whether something will be so in a time to come, 十年以后还有吗: only words that speak of that time can tell.
_AHEAD = re.compile(
    rf"(?=.*(?:[吗吧么]\W*$|会不会|能不能))(?:.*?(?P<span>{NUMERAL}+个?[年月天周])[以之]?后|.*?(?P<word>明年|后年|将来|未来))"
)
_CLAUSES = re.compile("[,，;；?!。]")
_OURSELVES = ("本团体", "本会", "本协会", "本学会", "本商会")
_BRACKETS = re.compile(r"[()\[\]{}【】]")
_QUOTES = re.compile("[“”\"'‘’「」]")
_AIM = re.compile(
    r"([\u3400-\u9fff“”\"]{2,16}?)(?:的|有)?(?:什么|啥|何)?(?:目的|用意|初衷|为了(?=什么|啥))(?:是|在于|何在|呢|有|什么|啥|\W|$)"
)
_OBJECT = re.compile(r"([\u3400-\u9fff]{2})的?(?:又|究竟|到底)?是?(?:什么|啥|谁|哪些?)")
_CLASSED = re.compile(
    r"(?P<what>[\u3400-\u9fff]{2,16}?)(?:到底|究竟)?(?:是不是|是否是?|算不算|算是?|属于|是)(?!什么|啥|谁|哪|怎|如何|由|在|从)"
    r"(?:一[个家种])?(?P<kind>[\u3400-\u9fff]{2,12}?)(?:[,，]?(?:对吧|对吗|是吗|是吧|对不对)|[吗吧呢啊])*"
)
_MENTIONED = re.compile(r"^.{0,10}(?:里面?|中|上|所)?(?:提到|提及|说到?|讲到?|写到?)的")
_ATTRIBUTE = re.compile(r"的([\u3400-\u9fff]{2,4}?)(?:又|到底|究竟)?(?:(?:是|为|叫)(?:什么|啥|哪)|呢\W*$|\W*$)")
_OFFICE = re.compile(
    r"(?P<what>[\u3400-\u9fff]{2,6}?)(?:按[\u3400-\u9fff]{1,4})?(?:应该|应当|要|是)?由?谁来?(?:当|担任|做|出任|兼任)"
)
_HOSTED = re.compile(
    r"(主办|承办|协办|举办)(?:单位|方)?的?(?:是|有)?(?:谁|哪)|(?:谁|哪[几两些一]?[个家]?(?:单位|机构|公司)?)(?:来|负责)?(主办|承办|协办|举办)"
)
_BODIES = re.compile(r"哪(?:些|[一几]?[个家])(?:企业|公司|单位|部门|机构|组织|协会|学会|大学|学校|医院|集团)")
_DEFINITION = re.compile(
    r"(?:请问|请|那么?)?(?:什么(?:是|叫做?)|何谓|何为|啥(?:是|叫)|解释一?下)(?P<a>.{2,20}?)(?:啊|呢|吗)?"
    r"|(?:请问|请|那么?)?(?P<b>.{2,20}?)(?:到底|究竟|具体)?(?:是什么(?:意思|东西|活动|概念|组织)?|是啥(?:意思)?|指(?:的是)?什么|的(?:定义|含义|意思)(?:是什么)?)"
)


def defined(question: str) -> str:
    """什么叫工匠精神 -> 工匠精神; "" when no definition is asked for."""
    asked = _DEFINITION.fullmatch(question.strip(" ?!。"))
    return _MENTIONED.sub("", next((part for part in asked.groups() if part), "")) if asked else ""


def classed(question: str) -> str:
    """协会是不是营利机构 -> 协会: what a question asks to be affirmed as one of a kind; "" when it asks for something else."""
    asked = _CLASSED.fullmatch(question.strip(" ?!。"))
    kind = whole_words(asked["kind"].rstrip("的")) if asked else []
    return asked["what"] if asked and kind and nominal(kind[-1]) else ""


def kind_of_body(question: str) -> str:
    """协会到底是个什么性质的组织 -> 协会; "" when something else is asked."""
    asked = _KIND_OF_BODY.search(question)
    return asked["what"] if asked else ""


def asks_of_a_body(question: str) -> bool:
    """协会是官方的吗, 协会是不是公司: told by what the documents say that it is."""
    return bool(_OF_A_BODY.search(question))


def says_what_it_is(said: str, names: Sequence[str]) -> bool:
    """Does a normalised sentence say of what kind a body is: 本团体是由…自愿组成的非营利性社会团体?"""
    called = "|".join(map(re.escape, (*names, *_OURSELVES)))
    form = rf"(?:{called})(?:\([^()]*\))?(?:是|系|为|(?:成立|由)[^。;]{{0,120}}[是系为])[^。;]{{2,200}}(?:组织|团体|法人|机构|社团|事业单位|企业)"
    return bool(re.search(form, said))


def defines(term: str, said: str) -> bool:
    """Does a normalised sentence say what a term is, rather than what is done with it?"""
    return bool(
        re.search(
            rf"(?:^|[,，。;；:：“]){re.escape(term)}[”\"]?(?:活动)?(?:[^,。;]{{0,4}}的)?(?:是(?!不)|指|即|系|始于|坚守|属于)",
            said,
        )
    )


def aim_of(question: str) -> str:
    """质量月的目的是什么 -> 质量月; "" when no aim is asked for."""
    asked = _AIM.search(question)
    return _QUOTES.sub("", asked[1]) if asked else ""


def aims(subject: str, said: str) -> bool:
    """Does a normalised sentence say what a subject is for? 全国“质量月”活动旨在…"""
    name = re.escape(subject[-4:] if subject.endswith("活动") else subject[-3:])
    return bool(re.search(rf"{name}[^,。;]{{0,6}}(?:旨在|是为了|目的(?:是|在于)|意在)", _QUOTES.sub("", said)))


def clefts(question: str) -> re.Pattern[str] | None:
    """工匠精神追求什么 -> 追求的是: how a text sets out the very thing; None when no verb's object is asked for."""
    asked = _OBJECT.search(question)
    return re.compile(rf"{asked[1]}的(?:则|就|也)?是") if asked else None


def attribute(question: str) -> re.Pattern[str] | None:
    """倡议书的主题是什么 -> 主题为…, 以…为主题: how a text gives an attribute; None when none is asked for."""
    if office := _OFFICE.search(question):  # 会长为本团体的法定代表人, 由会长担任法定代表人
        return re.compile(rf"(?:为|是|担任|兼任)(?:本[\u3400-\u9fff]{{1,3}}的?|协会的?)?{re.escape(office['what'])}")
    if held := _HOSTED.search(question):
        verb = held[1] or held[2]
        return re.compile(rf"{verb}(?:单位|方)?[:是为]|由[^,。;]{{2,40}}{verb}")
    asked = _ATTRIBUTE.search(question)
    if not asked:
        return None
    name = re.escape(asked[1])
    return re.compile(rf"{name}(?:是|为|:|即|包括)|为[“\"「]?{name}|[”\"」]的?{name}")


def bodies_asked(question: str) -> bool:
    """哪些企业, 哪几个部门: to be answered by names."""
    return bool(_BODIES.search(question))


def counted_noun(question: str) -> str:
    """有几个副会长, 副会长有几位 -> 副会长: what a normalised question wants counted; "" when nothing, or no plain noun, is."""
    return next((what for part in _CLAUSES.split(question) if (what := _counted_noun(part))), "")


def _counted_noun(question: str) -> str:
    first, last = _COUNTS_WHAT.search(question), _IS_COUNTED.fullmatch(question)
    if not _HOW_MANY.search(question) or (first and "的" in first["what"]) or not (first or last):
        return ""
    what = next(iter(whole_words(first["what"])), "") if first else whole_words(last["what"])[-1] if last else ""
    return what if len(what) > 1 and nominal(what) else ""


def _number_beside(what: str, said: str) -> bool:
    """34个相关部门 says how many 部门 there are; a year, or 3.15 in a name, does not."""
    if re.search(rf"{re.escape(what)}[^;。:]{{0,10}}:{NUMERAL}", said):  # a column of a table
        return True
    if re.search(rf"{NUMERAL}[余多]?[个项种类名位家条]?{re.escape(what)}", said):  # “四个意识”, in a name as well
        return True
    counted = re.compile(rf"{NUMERAL}[余多来几]*(?:[个名位人家种项类条所座支部本只]|{re.escape(what)})")
    return any(
        counted.search(sentence[max(0, at.start() - BESIDE) : at.end() + BESIDE])
        for sentence in re.split(r"[。;\n!?]", _NO_COUNT.sub(" ", said))
        for at in re.finditer(re.escape(what), sentence)
    )


def _holds_the_office(role: str, said: str) -> bool:
    """会长周若兰, 周若兰任会长: somebody is named beside the office; 会长办公会 is none."""
    for at in re.finditer(rf"{role}(?!办公会?|会议|单位|联席)", said):
        near = said[max(0, at.start() - NEAR_A_NAME) : at.end() + NEAR_A_NAME]
        follows = _WHO_FOLLOWS.match(said, at.end())  # by itself: 为顾明远 may be cut 为顾, 明远
        if surnamed(near) or _TITLED.search(near) or (follows and may_name(follows[1])):
            return True
    return False


def _named_beside(what: str, said: str) -> bool:
    """会刊《质量》 names a 会刊; a person is named by name alone, wherever."""
    near = [said[max(0, at.start() - BESIDE) : at.end() + BESIDE] for at in re.finditer(re.escape(what), said)]
    return any(surnamed(words) or _A_NAME.search(words) for words in near)


def put_officially(question: str) -> str:
    """What official texts call the kind of thing that a normalised question asks for: 会费交多少 -> 标准. "" for no such word."""
    return next((words for asked, words in _OFFICIALLY if asked.search(question)), "")


def wanted(question: str) -> _Held | None:
    """Does a stretch of normalised text hold a thing of the kind that a normalised question asks for? None when it asks for
    no kind that can be told by its form. Of several things asked for, the first.
    """
    question = _BRACKETS.sub("", question)
    parts = [question, *_CLAUSES.split(question)]
    return next((held for part in dict.fromkeys(parts) if (held := _wanted(part)) is not None), None)


def _wanted(question: str) -> _Held | None:
    if ahead := _AHEAD.match(question):
        return lambda said: (ahead["span"] or ahead["word"]) in said
    if counted := _COUNTED.search(question):  # 多少家: a number of another measure is no answer
        said_in = counted[1] or counted[2]
        number_of = re.compile(
            rf"(?<![每任各])(?<!{NUMERAL}){NUMERAL}(?:{NUMERAL}|[.,万亿余多来几])*周?(?:{_MEASURES.get(said_in, said_in)})"
        )
        return lambda said: bool(number_of.search(said))
    if what := _counted_noun(question):
        return lambda said: _number_beside(what, said) if what in said else bool(_NUMBER.search(said))
    if who := _WHO.search(question):
        return lambda said: _holds_the_office(who["role"] or who["chief"], said)
    if called := _CALLED.search(question):
        return lambda said: _named_beside(called["what"], said)
    return next((held for asked, held in _KINDS if asked.search(question)), None)


def lacks_what_is_asked(question: str, said: str) -> bool:
    """Does a normalised question ask for a kind of thing that these normalised words do not hold?"""
    held = wanted(question)
    return held is not None and not held(said)
