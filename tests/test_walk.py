"""Every route there is, enumerated by program, with whatever is no right to it: a new one is walked without anybody's help."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from itsdangerous import URLSafeTimedSerializer
from starlette.testclient import TestClient

from tests.front import HOME, PASSWORD, browser, built, open_site, routes_of, signed_in
from web.explanation import explanation
from web.login import COOKIE, needed_role, signing_key
from web.site import Site
from web.staff.proposals import Proposals
from web.users import Users

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
REFUSED = (401, 403, 404)
CANARY = "金丝雀会费"  # in everything that stands behind a login
NAMES = ("李四", "张三")
# What anybody may reach. Whatever is not here needs a login or is shut: a new route has to be thought about.
PUBLIC = frozenset(
    """/ /config /config/ /static/{path:path} /assets/{path:path} /favicon.ico /theme.css /robots.txt /manifest.json
    /gradio_api/queue/join /gradio_api/queue/data /gradio_api/run/{api_name} /gradio_api/run/{api_name}/
    /gradio_api/heartbeat/{session_hash} /gradio_api/startup-events /gradio_api/cancel /gradio_api/reset /gradio_api/reset/
    /gradio_api/theme.css /api/ask /api/documents /api/documents/{id:path} /api/{rest:path} /v1/chat/completions /v1/models
    /v1/{rest:path} /mcp /healthz /readyz /d /d/ /d/{id:path} /a/{key} /privacy /style.css /chat.js /embed.js /signin /signout
    """.split()
)
EVERYWHERE = ("/healthz", "/readyz")  # asked by machines that know only an address


@pytest.fixture(scope="module")
def site(assistant, tmp_path_factory) -> Iterator[Site]:
    site = open_site(assistant, tmp_path_factory.mktemp("site"))
    site.users.add("李四", "staff", PASSWORD)
    site.users.add("张三", "maintainer", PASSWORD)
    yield site
    site.records.close()


@pytest.fixture(scope="module")
def ids(site) -> dict[str, str]:
    """Something of each kind that has an id."""
    answer = site.assistant().answer(f"{CANARY}是多少？")
    number, other = (site.records.add(answer, explanation(answer, site.assistant())) for _ in range(2))
    Proposals(site.records.database).add("李四", "scope", {"question": f"{CANARY}是多少？"}, [])
    [proposal] = Proposals(site.records.database).all("open")
    return {
        "record": number,
        "shared": site.records.share(other, 3),
        "proposal": str(proposal.id),
        "document": site.assistant().generation.archive.document_ids[0],
        "generation": site.assistant().generation.name,
        "user": "李四",
    }


@pytest.fixture(scope="module")
def edge(site, ids):
    return built(site)


@pytest.fixture(scope="module")
def routes(edge) -> set[tuple[str, str]]:
    """(path, method), parameters as they are written."""
    found = set(routes_of(edge._app.routes))
    assert len(found) > 100 and {path.split("/")[1] for path, _ in found} >= {
        "staff",
        "maintain",
        "api",
        "v1",
        "a",
        "d",
    }
    return found


@pytest.fixture(scope="module")
def desks(routes) -> list[tuple[str, str]]:
    """(path, method) of those behind the login, with something in the place of each parameter."""
    found = {(filled(path, "7K3M9Q0A"), method) for path, method in routes if path.startswith(("/staff", "/maintain"))}
    assert {path.split("/")[1] for path, _ in found} == {"staff", "maintain"}
    assert all(needed_role(path) for path, _ in found)
    return sorted(found)


@pytest.fixture(scope="module")
def visitor(edge) -> Iterator[TestClient]:
    with browser(edge) as client:
        client.follow_redirects = False
        yield client


def filled(path: str, value: str) -> str:
    return re.sub(r"\{[^}]*\}", value, path)


def refused(client: TestClient, method: str, path: str, allowed=REFUSED, **headers: str) -> None:
    reply = client.request(method, HOME + path, headers={"origin": HOME, **headers})
    assert reply.status_code in allowed, (method, path, reply.status_code)
    assert not any(word in reply.text for word in (CANARY, "记录号", *NAMES)), (method, path)


def test_every_route_is_public_on_purpose_or_behind_the_login_or_shut(routes, visitor):
    for path, method in routes:
        if path in PUBLIC or needed_role(path):
            continue
        reply = visitor.request(method, HOME + filled(path, "x"), headers={"accept": "application/json"})
        assert reply.status_code == 404, (method, path, reply.status_code)
        assert method == "HEAD" or "没有这个页面" in reply.text


def test_without_a_login_no_method_leads_anywhere(desks, visitor):
    for path in sorted({path for path, _ in desks}):
        for method in METHODS:
            refused(visitor, method, path, (401,))


def test_nor_does_a_wrong_a_forged_an_ended_or_an_expired_login(desks, site, edge, visitor, monkeypatch):
    forger = URLSafeTimedSerializer(b"x" * 64, salt="login")
    own = URLSafeTimedSerializer(signing_key(site.settings.data), salt="device")
    with signed_in(edge, site, "maintainer", "王五") as left:
        ended = left.cookies[COOKIE]
        left.post("/signout")
    with signed_in(edge, site, "maintainer", "赵六") as gone:
        orphaned = gone.cookies[COOKIE]
    site.users.remove("赵六")
    with signed_in(edge, site, "maintainer", "张三") as someone:
        good = someone.cookies[COOKIE]
    forged = ["x", good[:-2], good[1:], good + "x", forger.dumps("x"), own.dumps("x"), "张三".encode().hex(), good.split(".")[0], "'; DROP TABLE users; --"]  # fmt: skip
    for cookie in (*forged, ended, orphaned):
        for path, method in desks:
            refused(visitor, method, path, (401,), cookie=f"{COOKIE}={cookie}")
    later = time.time() + 13 * 3600
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    for path, method in desks:
        refused(visitor, method, path, (401,), cookie=f"{COOKIE}={good}")


def test_staff_do_not_walk_into_what_is_the_maintainers(desks, edge, site, ids):
    with signed_in(edge, site, "staff", "李四") as staff:
        for path in sorted({path for path, _ in desks if path.startswith("/maintain")}):
            for method in METHODS:
                reply = staff.request(method, HOME + path)
                assert reply.status_code == 403 and CANARY not in reply.text, (method, path)
        for act in ("accept", "decline"):
            assert staff.post(f"/staff/proposals/{ids['proposal']}/{act}").status_code == 403
    assert Proposals(site.records.database).all("open")


@pytest.mark.parametrize("role", ["", "staff", "maintainer"])
def test_an_id_of_another_kind_opens_nothing(role, routes, ids, edge, site, visitor):
    """The number of a record where a shared link's key belongs, a user where a document does: all with all."""
    client = signed_in(edge, site, role) if role else visitor
    kinds = {"number": "record", "key": "shared", "id": "proposal", "id:int": "proposal", "id:path": "document"}
    wanted = [(path, method, kinds[found[1]]) for path, method in routes if (found := re.search(r"\{(number|key|id|id:int|id:path)\}", path)) and path in PUBLIC | {p for p, _ in routes if needed_role(p)}]  # fmt: skip
    assert {kind for _, _, kind in wanted} == {"record", "shared", "proposal", "document"}
    strange = ["../../../etc/passwd", "%2e%2e%2flogin.key", "0", "-1", "9" * 30, "%00", "%ff", "null"]
    for path, method, kind in wanted:
        for id in [*(quote(id, safe="") for other, id in ids.items() if other != kind), *strange]:
            reply = client.request(method, HOME + filled(path, id))
            assert reply.status_code in REFUSED, (method, path, id, reply.status_code)
            assert "root:" not in reply.text
            assert role or CANARY not in reply.text, "behind the login a refusal is said on the desk's own page"
    if role:
        client.close()


def test_another_host_name_leads_nowhere_on_any_route(routes, edge, site):
    with signed_in(edge, site, "maintainer", "张三") as someone:
        for path, method in routes:
            if path not in EVERYWHERE:
                headers = {"host": "evil.example", "x-forwarded-host": "127.0.0.1"}
                reply = someone.request(method, HOME + filled(path, "x"), headers=headers)
                assert reply.status_code == 421 and CANARY not in reply.text, (method, path)
        for host in ("", "evil@127.0.0.1", "127.0.0.1/staff", "127.0.0.1:1:2", "127.0.0.1 evil"):
            assert someone.get("/staff/", headers={"host": host}).status_code in (400, 421), host


def test_what_another_site_sends_does_nothing_on_any_route(routes, edge, site):
    with signed_in(edge, site, "maintainer", "张三") as someone:
        changing = [(filled(path, "x"), method) for path, method in routes if method not in ("GET", "HEAD")]
        assert len(changing) > 40
        for path, method in changing:
            hostile = [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "same-site"}]
            silent = [{"origin": "", "referer": ""}] if needed_role(path) or path in ("/signin", "/signout") else []
            for headers in (*hostile, *silent):
                assert someone.request(method, path, headers=headers).status_code == 403, (method, path, headers)
        del someone.headers["origin"]
        assert someone.post("/signout").status_code == 403, "silence is no origin"
        assert someone.get("/maintain/").status_code == 200


def test_the_door_for_programs_adds_no_other_path_and_has_the_same_edge_before_it(routes, assistant, tmp_path):
    pytest.importorskip("mcp", reason="the optional mcp library is absent: pip install -r requirements-mcp.txt")
    open_door = open_site(assistant, tmp_path, mcp=True)
    app = built(open_door)
    assert {path for path, _ in routes_of(app._app.routes)} <= {path for path, _ in routes} | {"/mcp"}
    with browser(app) as visitor:
        for method in METHODS:
            for path in ("/mcp", "/mcp/", "/mcp/x", "/%6Dcp", "/mcp/../staff/"):
                hostile = visitor.request(method, HOME + path, headers={"host": "evil.example"})
                assert hostile.status_code == 421, (method, path)
            refused(visitor, method, "/mcp/../staff/", (401,))
        assert visitor.post(HOME + "/mcp", headers={"origin": "https://evil.example"}).status_code == 403
    open_door.records.close()


SPELLINGS = (
    lambda path: "/" + path,
    lambda path: "/." + path,
    lambda path: path.replace("/s", "/%73", 1).replace("/m", "/%6D", 1),
    lambda path: path.replace("/s", "/%2573", 1).replace("/m", "/%256d", 1),
    lambda path: path.replace("/s", "/S", 1).replace("/m", "/M", 1),
    lambda path: "/" + path[1:].replace("/", "%2F"),
    lambda path: path.replace("/", ";x/", 2).removeprefix(";x"),
    lambda path: "/\\" + path[1:],
    lambda path: path.replace("staff", "staff%00").replace("maintain", "maintain%00"),
    lambda path: "/d/.." + path,
    lambda path: "/staff/.." + path,
    lambda path: path + "/",
)


def test_no_spelling_of_a_path_leads_in(desks, visitor):
    """Most are what they are meant for once they are decoded; the others lead nowhere at all."""
    for path in sorted({path for path, _ in desks}):
        for spelled in SPELLINGS:
            for method in ("GET", "POST"):
                refused(visitor, method, spelled(path), (*REFUSED, 400, 405))


def test_a_desk_without_the_edge_in_front_opens_for_nobody(desks, edge):
    with browser(edge._app) as inside:
        for path, method in desks:
            if path.count("/") > 1:
                assert inside.request(method, path).status_code == 401, path


def test_without_the_records_nobody_is_let_in(edge, site, monkeypatch):
    with signed_in(edge, site, "staff", "李四") as staff:
        monkeypatch.setattr(Users, "whose", lambda *_: (_ for _ in ()).throw(OSError("gone")))
        reply = staff.get("/staff/")
        assert reply.status_code == 503 and "记录库" in reply.text


def test_the_roles_of_paths():
    assert [needed_role(path) for path in ("/", "/d/staff", "/staff", "/maintain/x", "/staffing", "/a/staff")] == [
        None, None, "staff", "maintainer", None, None,
    ]  # fmt: skip
