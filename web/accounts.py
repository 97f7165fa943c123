"""`python app.py user …`: who may log in."""

from __future__ import annotations

import argparse
import getpass
import sys

from sqlalchemy.exc import SQLAlchemyError

from web.database import Database, short
from web.settings import WebSettings
from web.users import ROLES, CannotAdd, Role, Users, new_password

DONE, NO_SUCH, UNUSABLE = 0, 1, 2
TITLES = {"staff": "工作人员", "maintainer": "维护人员"}


def add_commands(parser: argparse.ArgumentParser) -> None:
    user = parser.add_subparsers(dest="command", metavar="user").add_parser("user", help="谁可以登录")
    acts = user.add_subparsers(dest="act", required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", default=argparse.SUPPRESS, help="索引与记录所在的文件夹（QA_DATA）")
    add = acts.add_parser("add", parents=[data], help="建立账号，口令由您输入；直接回车则替您生成")
    add.add_argument("name")
    add.add_argument("--role", choices=ROLES, required=True, help="staff 核对回答；maintainer 还能更新文件")
    for act, told in (("passwd", "换口令，已登录的都要重新登录"), ("remove", "删除账号")):
        acts.add_parser(act, parents=[data], help=told).add_argument("name")
    acts.add_parser("list", parents=[data], help="列出账号")


def run(settings: WebSettings, act: str, name: str, role: Role) -> int:
    """The exit code. Raises RecordsUnavailable."""
    database = Database.open(settings.records_database)
    users = Users(database)
    try:
        if act == "add":
            return _add(users, name, role)
        if act == "passwd":
            return _passwd(users, name)
        if act == "remove":
            return _told(users.remove(name), f"已删除 {name}。", name)
        for person in users.all():
            print(f"{person.name}\t{TITLES[person.role]}")
        return DONE
    except CannotAdd as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    except (SQLAlchemyError, OSError) as problem:
        print(f"记录库无法写入：{short(problem)}", file=sys.stderr)
        return UNUSABLE
    finally:
        database.close()


def _add(users: Users, name: str, role: Role) -> int:
    password, made = _password()
    person = users.add(name, role, password)
    print(f"已建立{TITLES[role]} {person.name}。{f'口令 {password}（只显示这一次）' if made else ''}")
    return DONE


def _passwd(users: Users, name: str) -> int:
    password, made = _password()
    done = f"已换口令。{f'新口令 {password}（只显示这一次）' if made else ''}"
    return _told(users.set_password(name, password), done, name)


def _password() -> tuple[str, bool]:
    """A password, and whether it was made here: nobody is asked for one where nobody sits."""
    if not sys.stdin.isatty():
        return new_password(), True
    typed = getpass.getpass("口令（直接回车则替您生成）：")
    if not typed:
        return new_password(), True
    if getpass.getpass("再输一次：") != typed:
        raise CannotAdd("两次输入的口令不一样。")
    return typed, False


def _told(found: bool, done: str, name: str) -> int:
    print(done if found else f"没有名为 {name} 的用户。", file=sys.stdout if found else sys.stderr)
    return DONE if found else NO_SUCH
