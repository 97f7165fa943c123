"""Who gets in, who does not, and how often somebody may guess."""

from __future__ import annotations

import re
import stat
import time
from urllib.parse import quote

import pytest
from sqlalchemy import select

import app as front_door
from tests.front import HOME, PASSWORD, browser, built, open_site, signed_in
from tests.test_chat import EVIL, harmless
from web import accounts, users
from web.login import COOKIE, DEVICE, PERIOD, TRIES, Login, TooManyTries, signing_key
from web.tables import users as table
from web.users import CannotAdd, Person, Users

FORM = {"origin": HOME, "accept": "text/html", "accept-language": "zh-CN"}


@pytest.fixture(scope="module")
def site(assistant, tmp_path_factory):
    site = open_site(assistant, tmp_path_factory.mktemp("site"))
    site.users.add("李四", "staff", PASSWORD)
    site.users.add("张三", "maintainer", PASSWORD)
    yield site
    site.records.close()


@pytest.fixture(scope="module")
def edge(site):
    return built(site)


@pytest.fixture
def fresh(site, tmp_path) -> Users:
    """Users of a database of their own."""
    other = open_site(site.assistant(), tmp_path)
    yield other.users
    other.records.close()


# --- users ----------------------------------------------------------------------------------------------------------


def test_a_password_is_kept_as_argon2_and_nothing_else(fresh, tmp_path):
    fresh.add("李四", "staff", PASSWORD)
    with fresh._database.read() as connection:
        kept = connection.execute(select(table.c.password)).scalar_one()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert kept.startswith("$argon2id$") and PASSWORD not in kept and PASSWORD.encode() not in files


def test_the_right_password_and_no_other_is_believed(fresh):
    fresh.add("李四", "staff", PASSWORD)
    assert fresh.check(" 李四 ", PASSWORD) == Person("李四", "staff")
    for name, password in [
        ("李四", PASSWORD[:-1]),
        ("李四", ""),
        ("王五", PASSWORD),
        ("", ""),
        ("\0", "x"),
        ("李四", "长" * 9999),
    ]:
        assert fresh.check(name, password) is None


def test_a_maintainer_may_what_staff_may_and_not_the_other_way():
    assert Person("a", "maintainer").may("staff") and not Person("a", "staff").may("maintainer")


def test_a_login_ends_with_its_time_its_user_its_password_or_its_log_out(fresh, monkeypatch):
    person = fresh.add("李四", "staff", PASSWORD)
    keys = [fresh.begin(person) for _ in range(2)]
    assert fresh.whose(keys[0]) == person == fresh.whose(keys[1]) and fresh.whose("x") is None
    fresh.end(keys[0])
    assert fresh.whose(keys[0]) is None and fresh.whose(keys[1])
    assert fresh.set_password("李四", PASSWORD + "!") and fresh.whose(keys[1]) is None
    monkeypatch.setattr(users, "LOGIN_HOURS", 0)
    assert fresh.whose(fresh.begin(person)) is None
    monkeypatch.setattr(users, "LOGIN_HOURS", 1)
    key = fresh.begin(person)
    assert fresh.remove("李四") and fresh.whose(key) is None and not fresh.remove("李四")


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("李" * 41, PASSWORD), ("a\nb", PASSWORD), ("李四", "short"), ("李四", "x" * 999)])  # fmt: skip
def test_what_cannot_be_a_user_is_said(fresh, name, password):
    with pytest.raises(CannotAdd, match=r"[名口]"):
        fresh.add(name, "staff", password)
    assert not fresh.any()


def test_a_name_is_taken_once_however_it_is_typed(fresh):
    fresh.add("ＡＢＣ", "staff", PASSWORD)
    with pytest.raises(CannotAdd, match="passwd"):
        fresh.add("ABC", "staff", PASSWORD)


def test_users_are_managed_at_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    user = ["user"]
    said = {}
    for name, line, code in [
        ("add", ["add", "李四", "--role", "staff", "--data", "d"], 0),
        ("again", ["add", "李四", "--role", "staff", "--data", "d"], 2),
        ("list", ["list", "--data", "d"], 0),
        ("passwd", ["passwd", "李四", "--data", "d"], 0),
        ("nobody", ["passwd", "王五", "--data", "d"], 1),
        ("remove", ["remove", "李四", "--data", "d"], 0),
        ("gone", ["remove", "李四", "--data", "d"], 1),
    ]:
        assert front_door.main(user + line) == code, name
        read = capsys.readouterr()
        said[name] = read.out + read.err
    assert re.search(r"口令 \S{19}（只显示这一次）", said["add"]) and "已有" in said["again"]
    assert said["list"] == "李四\t工作人员\n" and "没有名为 王五" in said["nobody"]


def test_a_password_may_be_typed(monkeypatch):
    typed = iter(["自己想的一个长口令", "自己想的一个长口令", "一", "二"])
    monkeypatch.setattr(accounts.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(accounts.getpass, "getpass", lambda prompt: next(typed))
    assert accounts._password() == ("自己想的一个长口令", False)
    with pytest.raises(CannotAdd, match="不一样"):
        accounts._password()


# --- logging in -----------------------------------------------------------------------------------------------------


def test_logging_in_opens_the_desk_and_logging_out_shuts_it(site, edge):
    with browser(edge) as visitor:
        door = visitor.get("/staff/?a=1", headers=FORM)
        assert door.status_code == 401 and "登录" in door.text and door.headers["cache-control"] == "no-store"
    with signed_in(edge, site, "staff", "李四") as staff:
        kept = dict(staff.cookies)
        page = staff.get("/staff/")
        assert page.status_code == 200 and "李四" in page.text and "/maintain/" not in page.text
        left = staff.post("/signout")
        assert left.status_code == 303 and COOKIE not in staff.cookies
        staff.cookies.update(kept)
        assert staff.get("/staff/").status_code == 401, "a cookie kept from before is worth nothing"


def test_the_cookie_is_for_this_site_alone_and_no_script(edge, site):
    with browser(edge) as visitor:
        said = visitor.post(
            "/signin", data={"name": "李四", "password": PASSWORD}, headers=FORM, follow_redirects=False
        )
        assert said.headers["location"] == "/staff/"
        for cookie in said.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie and re.search("samesite=(lax|strict)", cookie, re.I) and "Path=/" in cookie
            assert "Secure" not in cookie, "it would not come back over plain HTTP on this machine"
    secure = open_site(site.assistant(), site.settings.data, hosts="qa.example.cn", trusted_proxies="127.0.0.1")
    with browser(built(secure)) as visitor:
        headers = {"host": "qa.example.cn", "origin": "https://qa.example.cn", "x-forwarded-proto": "https"}
        said = visitor.post(
            "/signin", data={"name": "李四", "password": PASSWORD}, headers=headers, follow_redirects=False
        )
        assert said.status_code == 303 and all("Secure" in c for c in said.headers.get_list("set-cookie"))


def test_a_login_outlives_a_restart(site, edge):
    with signed_in(edge, site, "staff", "李四") as staff:
        cookies = dict(staff.cookies)
    with browser(built(open_site(site.assistant(), site.settings.data))) as again:
        again.cookies.update(cookies)
        assert again.get("/staff/", headers=FORM).status_code == 200


def test_the_key_is_readable_by_its_owner_alone(tmp_path):
    key = signing_key(tmp_path / "new")
    path = tmp_path / "new" / "login.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and len(key) == 64
    path.chmod(0o644)
    assert signing_key(tmp_path / "new") == key and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["login.key"]


def test_unknown_name_and_wrong_password_look_the_same_and_take_as_long(assistant, tmp_path):
    """At the cost that passwords have in earnest: OWASP's least, 19 MiB and two rounds."""
    assert users.DEAR.memory_cost >= 19 * 1024 and users.DEAR.time_cost >= 2 and users.DEAR.type.name == "ID"
    dear = open_site(assistant, tmp_path, hasher=users.DEAR)
    dear.users.add("李四", "staff", PASSWORD)
    replies, spent = {}, {"李四": [], "不认识": []}
    with browser(built(dear), "10.9.9.1") as visitor:
        for _ in range(4):
            for name in spent:
                began = time.process_time()  # what else this machine does is no difference between names
                replies[name] = visitor.post("/signin", data={"name": name, "password": "wrong password"}, headers=FORM)
                spent[name].append(time.process_time() - began)
    dear.records.close()
    assert replies["李四"].text == replies["不认识"].text and "用户名或口令不对" in replies["李四"].text
    known, unknown = (min(seconds) for seconds in spent.values())  # the least is what nothing else adds to
    assert 1 / 2 < known / unknown < 2


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil", "/d/", "/staff/\r\nX: y", "/staffx", ""])  # fmt: skip
def test_after_the_login_one_stays_on_this_site(edge, back):
    with browser(edge) as visitor:
        form = {"name": "李四", "password": PASSWORD, "back": back}
        assert visitor.post("/signin", data=form, headers=FORM, follow_redirects=False).headers["location"] == "/staff/"


def test_markup_in_names_is_only_text(edge, site):
    with signed_in(edge, site, "staff", f"<b onclick=x>{EVIL[:20]}") as staff:
        page = staff.get("/staff/").text
        assert "&lt;b onclick" in page and "<b onclick" not in page
    with browser(edge, "10.9.9.2") as visitor:
        page = visitor.get(f"/staff/{quote(EVIL, safe='')}", headers=FORM)
        assert page.status_code == 401 and harmless(page.text.replace('href="data:,"', ""))


# --- guessing -------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def guarded(fresh, monkeypatch):
    """A login whose passwords are checked in no time, and its clock."""
    fresh.add("李四", "staff", PASSWORD)
    monkeypatch.setattr(Users, "check", lambda self, name, password: Person("李四", "staff") if (name, password) == ("李四", PASSWORD) else None)  # fmt: skip
    clock = Clock()
    return Login(fresh, b"k" * 64, clock), clock


def guesses(login, clock, attempts):
    """How many of these (name, address) were looked at, one a tenth of a second."""
    looked_at = 0
    for name, address in attempts:
        clock.now += 0.1
        try:
            assert login.enter(name, "guess", address, {}) is None
            looked_at += 1
        except TooManyTries as problem:
            assert 0 < problem.wait <= PERIOD
    return looked_at


def test_a_thousand_guesses_are_ten_and_the_true_user_gets_in(guarded):
    login, clock = guarded
    assert guesses(login, clock, [("李四", "6.6.6.6")] * 1000) == TRIES
    assert login.enter("李四", PASSWORD, "10.0.0.1", {})


def test_a_thousand_names_from_one_address_are_ten(guarded):
    login, clock = guarded
    assert guesses(login, clock, [(f"用户{n}", "6.6.6.6") for n in range(1000)]) == TRIES


def test_a_thousand_guesses_from_twenty_addresses_are_ten_each(guarded):
    login, clock = guarded
    assert guesses(login, clock, [("李四", f"6.6.6.{n % 20}") for n in range(1000)]) == 20 * TRIES
    assert login.enter("李四", PASSWORD, "10.0.0.1", {})


def test_a_thousand_addresses_do_not_lock_out_a_browser_that_is_known(guarded):
    login, clock = guarded
    device = login.enter("李四", PASSWORD, "10.0.0.1", {})[1]
    assert guesses(login, clock, [("李四", f"6.6.{n % 250}.{n // 250}") for n in range(1000)]) == 300
    with pytest.raises(TooManyTries):
        login.enter("李四", PASSWORD, "10.0.0.2", {})
    assert login.enter("李四", PASSWORD, "10.0.0.2", {DEVICE: device})


def test_a_known_browser_has_ten_tries_too_and_only_for_its_own_name(guarded):
    login, _ = guarded
    device = {DEVICE: login.enter("李四", PASSWORD, "10.0.0.1", {})[1]}
    for _ in range(TRIES):
        assert login.enter("李四", "guess", "10.0.0.1", device) is None
    with pytest.raises(TooManyTries):
        login.enter("李四", PASSWORD, "10.0.0.1", device)
    for _ in range(TRIES):
        assert login.enter("王五", "guess", "6.6.6.6", device) is None
    with pytest.raises(TooManyTries):
        login.enter("王五", "guess", "6.6.6.6", device)


def test_after_five_minutes_one_may_try_again_and_success_costs_no_try(guarded):
    login, clock = guarded
    assert all(login.enter("李四", PASSWORD, "10.0.0.1", {}) for _ in range(50))
    assert guesses(login, clock, [("李四", "6.6.6.6")] * 20) == TRIES
    clock.now += PERIOD
    assert guesses(login, clock, [("李四", "6.6.6.6")] * 20) == TRIES


def test_over_http_too_many_tries_get_a_sentence(edge):
    with browser(edge, "10.9.9.3") as visitor:
        codes = [visitor.post("/signin", data={"name": "李四", "password": "guess"}, headers=FORM) for _ in range(12)]
        assert [reply.status_code for reply in codes] == [401] * 10 + [429] * 2
        assert "分钟后再试" in codes[-1].text and 0 < int(codes[-1].headers["retry-after"]) <= 300
    with browser(edge, "10.9.9.4") as other:
        assert other.post("/signin", data={"name": "李四", "password": PASSWORD}, headers=FORM, follow_redirects=False).status_code == 303  # fmt: skip
