"""What the desks say: Chinese stands in the templates, English here. What documents, questions and answers say is not here."""

from __future__ import annotations

from collections.abc import Callable

from web.maintain.words import ENGLISH as MAINTAIN
from web.strings import strings_for

Say = Callable[..., str]  # (Chinese, **values to put in) -> what is shown

ENGLISH: dict[str, str] = {
    # every desk page
    "工作台": "Desk",
    "页面": "Pages",
    "公开页面": "Public page",
    "更新文件": "Documents",
    "退出": "Log out",
    "工作人员": "staff",
    "维护人员": "maintainer",
    "正文": "Content",
    "跳到正文": "Skip to content",
    # logging in
    "登录": "Log in",
    "用户名": "Name",
    "口令": "Password",
    "这里只对工作人员开放，请登录。": "These pages are for staff. Please log in.",
    "用户名或口令不对。": "Name or password is wrong.",
    "试得太多了，请 {minutes} 分钟后再试。": "Too many tries. Please try again in {minutes} min.",
    "已退出。": "You are logged out.",
    "没有账号，或忘了口令，请找维护人员。": "No account, or forgot the password? Ask a maintainer.",
    # the list of records
    "核对": "Check",
    "待核对": "To be checked",
    "全部": "All",
    "没有答案": "No answer",
    "没把握": "Unsure",
    "读者说没帮助": "Not helpful",
    "正确": "Right",
    "有误": "Wrong",
    "{count} 条": "{count}",
    "已记下：": "Noted: ",
    "筛选": "Filter",
    "问题、回答里的字，或记录号": "Words of question or answer, or a record number",
    "引用的文件": "Document cited",
    "不限": "Any",
    "从": "From",
    "到": "Until",
    "查找": "Find",
    "没有要核对的了。": "Nothing left to be checked.",
    "没有这样的记录。": "No such records.",
    "翻页": "Pages",
    "上一页": "Previous page",
    "下一页": "Next page",
    "键盘：J 下一条，K 上一条，回车打开。": "Keys: J next, K previous, Enter opens.",
    "导出为表格（CSV）": "Export as CSV",
    # what was not answered
    "没答上的": "Unanswered",
    "{count} 次没有答案或读者说没帮助，按最接近的条目和意思归在一起，问得多的在前。": "{count} refusals and unhelpful answers, grouped by the nearest section and by likeness, the most asked first.",
    "没有没答上的问题。": "Nothing was left unanswered.",
    "没有接近的条目": "Near to no section",
    "{count} 次": "{count} times",
    "其中没有答案 {refused} 次，读者说没帮助 {disliked} 次": "{refused} refused, {disliked} not helpful",
    "文件中没有的词：": "Words no document holds: ",
    "现在的索引已能回答": "The present index answers it",
    "已提议": "Proposed",
    "已采纳": "Accepted",
    "还有 {count} 种问法": "{count} more wordings",
    "最接近的原文": "Nearest passages",
    "记录：": "Records: ",
    "提议": "Propose",
    "另一种叫法（别名）": "Another name (alias)",
    "文件里的全称": "Full name in the documents",
    "人们的叫法": "What people say",
    "提议加别名": "Propose the alias",
    "应当能答（验收题）": "Should be answered (acceptance question)",
    "问题": "Question",
    "应当引用的原文": "Words that should be quoted",
    "提议加验收题": "Propose the question",
    "不该由文件回答（范围之外）": "Out of scope",
    "提议记为范围之外": "Propose as out of scope",
    "等维护人员决定的提议": "Proposals that wait for a maintainer",
    "最近采纳的": "Accepted lately",
    "别名": "Alias",
    "验收题": "Acceptance question",
    "范围之外": "Out of scope",
    "采纳": "Accept",
    "谢绝": "Decline",
    "{person} 提议": "proposed by {person}",
    "{person} 采纳": "accepted by {person}",
    "采纳的进入待入库区，在“更新文件”里比较、入库之后生效。": "What is accepted waits under Documents and takes effect when it is compared and applied there.",
    "请把每一项都填上。": "Please fill in every field.",
    "只有维护人员能采纳或谢绝。": "Only a maintainer may accept or decline.",
    # a record
    "上一条与下一条": "Previous and next",
    "上一条": "Previous",
    "下一条": "Next",
    "键盘：J 下一条，K 上一条，1 正确，2 有误，O 看原文。": "Keys: J next, K previous, 1 right, 2 wrong, O opens the source.",
    "读者：": "Reader: ",
    "逐字摘自原文": "The document's own words",
    "不是逐字原文，已按规则核对": "Not verbatim; checked by rules",
    "没有": "None",
    "签核": "Sign",
    "哪里有误？": "What is wrong?",
    "答非所问": "Not what was asked",
    "引用不对": "Wrong source",
    "不完整": "Incomplete",
    "原文已过时": "The text is out of date",
    "文件里没有，不该回答": "Not in the documents; should have refused",
    "文件里有，应当回答": "In the documents; should have answered",
    "看不懂": "Hard to understand",
    "补充说明（可不填）": "Remark (optional)",
    "记为有误": "Mark as wrong",
    "撤销": "Take back",
    "现在再问": "Ask again now",
    "用现在的索引再问一遍，与当时对照": "Ask the present index and compare",
    "与当时完全一样。": "Exactly as it was.",
    "与当时不同。": "Different from then.",
    "再问的是：": "Asked again: ",
    "当时": "Then",
    "现在": "Now",
    "怎样找到的": "How it was found",
    "词语": "Words",
    "字组": "Pairs",
    "向量": "Vectors",
    "合并后": "Fused",
    "（现在用的是 {name}）": " (now serving {name})",
    "把握": "Margin",
    "按篇章结构回答，不估把握": "Answered by structure; none",
    "高于 0 则回答，越近 0 越没把握": "above 0 is answered; the nearer to 0, the less sure",
    "分享与删除": "Sharing and deletion",
    "删除这条记录": "Delete this record",
    "删除后不能恢复。": "This cannot be undone.",
    **MAINTAIN,
}


def say_for(accepted: str | None) -> Say:
    """In the language a browser asks for, from its Accept-Language header."""
    english = strings_for(accepted).lang == "en"

    def say(chinese: str, **values: object) -> str:
        words = ENGLISH[chinese] if english else chinese
        return words.format(**values) if values else words

    return say
