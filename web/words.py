"""What the desks say: Chinese stands in the templates, English here. What documents, questions and answers say is not here."""

from __future__ import annotations

from collections.abc import Callable

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
    # a record
    "记录": "Records",
    "还没有记录。": "No records yet.",
    "删除这条记录": "Delete this record",
    "删除后不能恢复。": "This cannot be undone.",
    # the maintainers' page
    "请在终端里更新文件：": "Documents are updated in a terminal:",
    "先看会改什么，再入库；不满意可以退回。": "See what would change, then index; you can roll back.",
}


def say_for(accepted: str | None) -> Say:
    """In the language a browser asks for, from its Accept-Language header."""
    english = strings_for(accepted).lang == "en"

    def say(chinese: str, **values: object) -> str:
        words = ENGLISH[chinese] if english else chinese
        return words.format(**values) if values else words

    return say
