"""The login of readers: over every route of the application, none answers without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from assistant import Assistant, Config, server
from assistant.web.session import ASKER_COOKIE, COOKIE, GUESSES, READER_COOKIE, is_session, new_session
from index import Index
from tests.assistant.serving import served
from tests.conftest import needs_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

READER = "rahasia-para-pembaca"
OPERATOR = "rahasia-para-pengelola"
ASKER = "rahasia-para-penanya"
CONFIG = Config(reader_token=READER, operator_token=OPERATOR)
ROLES = Config(reader_token=READER, asker_token=ASKER, operator_token=OPERATOR)
OPEN = {
    "/api/health/live",
    "/api/health/ready",
    *(f"/web/{name}" for name in "tanya.css tanya.js archive.css login.js mark.svg newsreader.woff2".split()),
}


@pytest.fixture(scope="module")
def built(index: Index, assistant: Assistant) -> Iterator[tuple[Any, FastAPI]]:
    """The application as it is served, and the routes inside."""
    yield from _built(index, assistant, CONFIG)


@pytest.fixture(scope="module")
def in_roles(index: Index, assistant: Assistant) -> Iterator[tuple[Any, FastAPI]]:
    """The same with a token for each role."""
    yield from _built(index, assistant, ROLES)


def _built(index: Index, assistant: Assistant, config: Config) -> Iterator[tuple[Any, FastAPI]]:
    made: list[FastAPI] = []

    def remembered(*args: Any, **options: Any) -> FastAPI:
        made.append(FastAPI(*args, **options))
        return made[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(server, "FastAPI", remembered)
        yield server.create_app(index, assistant, config), made[0]


@pytest.fixture(scope="module")
def app(built: tuple[Any, FastAPI]) -> Any:
    """The application as it is served."""
    return built[0]


def visitor(app: Any, peer: str = "10.1.2.3", **headers: str) -> TestClient:
    """Somebody at an address of their own, so that nobody's wrong tokens count for another."""
    return TestClient(app, "http://localhost", client=(peer, 50000), headers=headers)


def routes(of: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and address of every route there is, those of mounted applications and of Gradio too."""
    for route in of.routes:
        # FastAPI keeps what was included as one entry, which knows its routes with their whole addresses.
        inner = getattr(route, "effective_candidates", None)
        if isinstance(route, Mount):
            yield from routes(route, prefix + route.path)
        elif inner is not None:
            for one in inner():
                yield from ((method, prefix + one.path) for method in sorted(one.methods or {"GET"}))
        else:
            for method in sorted(getattr(route, "methods", None) or {"GET"}):
                yield method, prefix + route.path


def test_no_route_answers_without_a_login(built: tuple[Any, FastAPI]) -> None:
    """401 everywhere, 404 where Gradio's routes are closed to everyone; nothing of the archive in any of them."""
    app, inner = built
    found = set(routes(inner))
    assert {("GET", "/api/search"), ("POST", "/v1/chat/completions"), ("GET", "/metrics")} <= found
    assert {("GET", "/"), ("GET", "/archive"), ("GET", "/docs"), ("GET", "/openapi.json")} <= found
    assert ("POST", "/gradio_api/queue/join") in found
    client = visitor(app)
    for method, path in sorted(found):
        address = path.replace("{article_id:path}", "ferry-1").replace("{name}", "chat.js")
        answer = client.request(method, address, json={} if method == "POST" else None)
        if address in OPEN:
            continue
        assert answer.status_code == 401 or (answer.status_code == 404 and "gradio" not in answer.text), (method, path)
        assert "Kazakhstan" not in answer.text
        assert "Feri Nusa" not in answer.text


@pytest.mark.parametrize(
    "path", "/ /archive /overview /docs /article/ferry-1 /metrics /nowhere /openapi.json /v1/models".split()
)
def test_a_browser_gets_the_sign_in_page(app: Any, path: str) -> None:
    """Under the address that was asked for, in both languages, with nothing that needs a login."""
    answer = visitor(app, accept="text/html", **{"accept-language": "id"}).get(path)
    assert (401, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert 'lang="id" data-language="id"' in answer.text
    assert answer.text.count("data-login") == 1
    assert 1 == answer.text.count('<link rel="icon"')
    assert "Feri Nusa" not in answer.text


@needs_browser
def test_signing_in_with_a_browser(app: Any, browser: Browser) -> None:
    """A wrong token is said so, the right one shows the page that was asked for, and the next visit needs none."""
    with served(app) as address, browser.new_context(locale="id-ID") as context:
        page = context.new_page()
        page.goto(f"{address}/archive?order=title")
        page.fill("[name=token]", "tebakan-yang-keliru")
        page.keyboard.press("Enter")
        page.get_by_text("Token itu salah.").wait_for()
        page.fill("[name=token]", READER)
        page.keyboard.press("Enter")
        page.locator("#list").wait_for()
        assert page.url.endswith("/archive?order=title")
        response = page.goto(f"{address}/overview")
        assert response is not None
        assert 200 == response.status


def test_what_the_sign_in_page_needs_is_open(app: Any) -> None:
    """And that the server runs, for whoever watches it."""
    assert [200] * len(OPEN) == [visitor(app).get(path).status_code for path in sorted(OPEN)]


READ = ["/", "/archive", "/article/ferry-1", "/api/articles/ferry-1", "/api/health", "/v1/models", "/docs"]


@pytest.mark.parametrize("token", [READER, OPERATOR])
def test_either_token_reads(app: Any, token: str) -> None:
    """As a bearer, and as the cookie that it is exchanged for."""
    bearer = visitor(app, authorization=f"Bearer {token}")
    assert [200] * len(READ) == [bearer.get(path).status_code for path in READ]
    browser = visitor(app)
    assert 204 == browser.post("/api/session", headers={"authorization": f"Bearer {token}"}).status_code
    assert [200] * len(READ) == [browser.get(path).status_code for path in READ]
    assert 204 == browser.delete("/api/session").status_code
    browser.cookies.clear()  # as a browser does that was told to forget them
    assert 401 == browser.get("/archive").status_code


def test_no_proxy_keeps_what_a_token_opened(app: Any, index: Index, assistant: Assistant) -> None:
    """Pages and answers are for one visitor; the program's files, and an archive that everyone reads, are for all."""
    reader = visitor(app, authorization=f"Bearer {READER}")
    for path in [*READ, "/overview", "/openapi.json", "/nowhere"]:
        headers = reader.get(path).headers
        assert "private, no-store" == headers["cache-control"], path
        assert {"cookie", "authorization"} <= set(headers["vary"].lower().replace(" ", "").split(","))
    assert "public" in visitor(app).get("/web/tanya.css").headers["cache-control"]
    asking = visitor(server.create_app(index, assistant, Config(asker_token=ASKER, operator_token=OPERATOR)))
    asking.headers["authorization"] = f"Bearer {ASKER}"
    assert "private, no-store" == asking.get("/v1/models").headers["cache-control"]
    assert "cache-control" not in asking.get("/api/articles").headers


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({"x-forwarded-proto": "http", "origin": "http://localhost"}, False),
        ({"x-forwarded-proto": "https"}, True),
        ({"x-forwarded-proto": "HTTPS, http"}, True),
        ({"origin": "https://localhost"}, True),
    ],
)
def test_a_cookie_that_came_by_https_goes_by_https_alone(app: Any, headers: dict[str, str], secure: bool) -> None:
    """Also where a proxy ends it, which speaks plain HTTP with us."""
    for token in (READER, OPERATOR):
        answer = visitor(app).post("/api/session", headers={**headers, "authorization": f"Bearer {token}"})
        assert 204 == answer.status_code
        assert secure is ("; secure" in answer.headers["set-cookie"].lower())


def test_no_two_sessions_are_the_same() -> None:
    """Two who sign in within the same second are told apart in the audit, and each session is one."""
    sessions = {new_session(READER) for _ in range(50)}
    assert 50 == len(sessions)
    assert all(is_session(one, READER) and not is_session(one, OPERATOR) for one in sessions)
    until, name, signature = sessions.pop().split(".")
    assert not is_session(f"{until}.{name}x.{signature}", READER)
    assert not is_session(f"{until}.{signature}", READER)


def test_a_visitor_with_many_addresses_guesses_no_more(app: Any) -> None:
    """Of IPv6 a provider gives each of its customers 2 to the 64 of them."""
    for number in range(GUESSES):
        guesser = visitor(app, f"2001:db8:1:2:{number:x}::7", authorization="Bearer salah-sekali")
        assert 401 == guesser.get("/archive").status_code
    assert 429 == visitor(app, "2001:db8:1:2::99", authorization=f"Bearer {READER}").get("/archive").status_code
    assert 200 == visitor(app, "2001:db8:1:3::99", authorization=f"Bearer {READER}").get("/archive").status_code


def test_a_reader_does_not_write(app: Any) -> None:
    """Neither with the token nor with its cookie, from this machine either, nor with one put under another name."""
    body = {"text": "Pasar Seroja ramai."}
    for headers in (
        {"authorization": f"Bearer {READER}"},
        {"cookie": f"{READER_COOKIE}={new_session(READER)}"},
        {"cookie": f"{COOKIE}={new_session(READER)}; {READER_COOKIE}={new_session(READER)}"},
    ):
        client = visitor(app, "127.0.0.1", **headers)
        assert 401 == client.post("/api/articles", json=body).status_code
        assert 401 == client.post("/api/rebuild").status_code
        assert 401 == client.get("/api/feedback").status_code
        assert 401 == client.get("/metrics").status_code


def test_a_cookie_of_another_token_opens_nothing(app: Any) -> None:
    """Nor one that was made up."""
    for value in (new_session("rahasia-yang-lain-lagi"), "9999999999.0", "", new_session(OPERATOR)):
        assert 401 == visitor(app, cookie=f"{READER_COOKIE}={value}").get("/archive").status_code


def test_guesses_are_counted_on_every_route(app: Any) -> None:
    """Ten wrong ones from an address, and not even the right one is looked at there for a while; elsewhere it is."""
    guesser = visitor(app, "10.9.9.9")
    paths = ["/", "/v1/models", "/article/ferry-1", "/api/search", "/docs"] * (GUESSES // 5)
    told = [
        guesser.get(path, headers={"authorization": f"Bearer guess{n}"}).status_code for n, path in enumerate(paths)
    ]
    assert [401] * GUESSES == told
    assert 429 == guesser.get("/", headers={"authorization": f"Bearer {READER}"}).status_code
    assert 200 == visitor(app, authorization=f"Bearer {READER}").get("/").status_code


def test_without_an_operator_token_the_readers_is_still_asked(index: Index, assistant: Assistant) -> None:
    """On this machine too; and an empty bearer is no token."""
    app = server.create_app(index, assistant, Config(reader_token=READER))
    for bearer in ("", "Bearer ", "Bearer salah-sekali-salah"):
        assert 401 == visitor(app, "127.0.0.1", authorization=bearer).get("/api/articles").status_code
    client = visitor(app, "127.0.0.1")
    assert 204 == client.post("/api/session", headers={"authorization": f"Bearer {READER}"}).status_code
    assert 200 == client.get("/api/articles").status_code


# ---- three roles --------------------------------------------------------------------------------------------------

WRITES = {"/api/articles", "/api/rebuild", "/api/upload", "/api/fetch"}
READS = {
    *("/archive", "/overview", "/docs", "/openapi.json", "/article/ferry-1", "/web/chat.js", "/api/search"),
    *("/api/articles", "/api/articles/ferry-1", "/api/health", "/api/health/live", "/api/health/ready", "/api/session"),
    *WRITES,
    "/metrics",
}
ASKS = {"/", "/api/ask", "/api/verify", "/api/follow-ups", "/api/feedback", "/v1/models", "/v1/chat/completions"}


def _bearing(app: Any, token: str, peer: str = "10.1.2.3") -> TestClient:
    return visitor(app, peer, authorization=f"Bearer {token}")


def test_every_route_belongs_to_a_role(in_roles: tuple[Any, FastAPI]) -> None:
    """A reader gets what is listed here and is forbidden the rest, whatever it is; who asks gets through everywhere."""
    app, inner = in_roles
    found = sorted(set(routes(inner)))
    assert {("POST", "/api/ask"), ("POST", "/api/verify"), ("GET", "/api/follow-ups"), ("GET", "/")} <= set(found)
    assert {("POST", "/gradio_api/queue/join"), ("POST", "/v1/chat/completions")} <= set(found)
    reader, asker = _bearing(app, READER), _bearing(app, ASKER)
    read: set[str] = set()
    for method, path in found:
        address = path.replace("{article_id:path}", "ferry-1").replace("{name}", "chat.js")
        answer = reader.request(method, address, json={} if method == "POST" else None)
        if answer.status_code == 404 and address not in READS:
            assert path.startswith("/gradio_api/") or path not in ASKS  # closed to everyone
        elif address in READS:
            read.add(address)
            assert answer.status_code not in (403, 500), (method, path)
        else:
            assert 403 == answer.status_code, (method, path)
            assert 401 == visitor(app).request(method, address).status_code, (method, path)
    assert read == READS
    for address in ("/", "/v1/models", "/archive"):
        assert 200 == asker.get(address).status_code
    assert 200 == asker.post("/api/ask", json={"question": "Siapa?"}).status_code
    assert 200 == asker.post("/api/verify", json={"text": "Feri Nusa Tambo tenggelam."}).status_code


def test_who_asks_does_not_write(in_roles: tuple[Any, FastAPI]) -> None:
    """Neither with the token nor with its cookie, under any name; the operator does all three."""
    app, _ = in_roles
    session = new_session(ASKER)
    for headers in ({"authorization": f"Bearer {ASKER}"}, {"cookie": f"{ASKER_COOKIE}={session}; {COOKIE}={session}"}):
        client = visitor(app, "127.0.0.1", **headers)
        assert 401 == client.post("/api/articles", json={"text": "Pasar Seroja ramai."}).status_code
        assert 401 == client.post("/api/rebuild").status_code
        assert 401 == client.get("/api/feedback").status_code
    operator = _bearing(app, OPERATOR)
    assert [200] * 3 == [operator.get(path).status_code for path in ("/archive", "/", "/api/feedback")]


def test_each_role_signs_in_on_the_page(in_roles: tuple[Any, FastAPI]) -> None:
    """The chat tells a reader what is missing, and takes the asker's token."""
    app, _ = in_roles
    browser = visitor(app, accept="text/html", **{"accept-language": "id"})
    assert 204 == browser.post("/api/session", headers={"authorization": f"Bearer {READER}"}).status_code
    assert 200 == browser.get("/archive").status_code
    refused = browser.get("/")
    assert 403 == refused.status_code
    assert "Bertanya memerlukan token." in refused.text
    assert 1 == refused.text.count("data-login")
    assert 403 == browser.post("/api/ask", json={"question": "Siapa?"}).status_code
    assert 204 == browser.post("/api/session", headers={"authorization": f"Bearer {ASKER}"}).status_code
    assert 200 == browser.get("/").status_code
    assert 204 == browser.delete("/api/session").status_code


def test_asking_alone_may_need_a_token(index: Index, assistant: Assistant) -> None:
    """Without a reader token everyone reads."""
    app = server.create_app(index, assistant, Config(asker_token=ASKER, operator_token=OPERATOR))
    for peer in ("10.3.3.3", "127.0.0.1"):
        client = visitor(app, peer)
        assert [200] * 3 == [client.get(path).status_code for path in ("/archive", "/api/search?q=feri", "/docs")]
        assert [401] * 2 == [client.get(path).status_code for path in ("/", "/v1/models")]
        assert 401 == client.post("/api/ask", json={"question": "Siapa?"}).status_code
    assert 200 == _bearing(app, ASKER).get("/").status_code
    guesser = visitor(app, "10.9.9.8")
    told = [guesser.get("/", headers={"authorization": f"Bearer guess{n}"}).status_code for n in range(GUESSES)]
    assert [401] * GUESSES == told
    assert 429 == guesser.get("/", headers={"authorization": f"Bearer {ASKER}"}).status_code


def test_the_sign_in_page_has_its_fonts(app: Any) -> None:
    """Whatever its style sheet names is there for who has not signed in."""
    stranger = visitor(app)
    named = re.findall(r'url\("(/[^"]+)"\)', stranger.get("/web/tanya.css").text)
    assert len(named) > 2
    assert {200} == {stranger.get(address).status_code for address in named}
