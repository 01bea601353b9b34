"""A person's browser, without a screen: gets pages, fills in the forms that stand on them, follows redirects."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

PATIENCE_SECONDS = 30.0
Fields = Mapping[str, str | Sequence[str]]


class PageRefused(RuntimeError):
    """The appliance answered with an error page or an error summary; `sentences` are what stood there."""

    def __init__(self, status: int, path: str, sentences: Sequence[str]) -> None:
        super().__init__(f"{status} at {path}: " + " | ".join(sentences))
        self.status = status
        self.sentences = tuple(sentences)


@dataclass(slots=True)
class Form:
    """A form as it stands on a page: its act, where it goes, what is filled in already."""

    act: str
    action: str
    resident: str | None
    hidden: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.errors: list[str] = []
        self.text: list[str] = []
        self.link_texts: dict[str, str] = {}
        self._form: Form | None = None
        self._link = ""
        self._error_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            act, action = given.get("data-act") or "", given.get("action") or ""
            self._form = Form(act, action, given.get("data-resident"))
            self.forms.append(self._form)
        elif tag == "a" and given.get("href"):
            self._link = str(given["href"])
            self.links.append(self._link)
        elif tag == "input" and self._form is not None and given.get("type") == "hidden" and given.get("name"):
            self._form.hidden.append((str(given["name"]), given.get("value") or ""))
        if self._error_depth or "error-summary" in (given.get("class") or "") or given.get("role") == "alert":
            self._error_depth += tag not in {"input", "br", "img", "hr", "meta", "link", "path", "circle", "rect"}

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "a":
            self._link = ""
        self._error_depth = max(0, self._error_depth - 1)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())
            if self._link:
                self.link_texts[self._link] = data.strip()
            if self._error_depth:
                self.errors.append(data.strip())


@dataclass(slots=True)
class Browser:
    """One person at one face. `credentials` sign in by themselves when the page asks for it."""

    base: str
    credentials: tuple[str, str] | None = None
    _cookies: dict[str, str] = field(default_factory=dict)
    _page: _Page | None = None
    _path: str = "/"

    @property
    def path(self) -> str:
        """Where the page that is open stands."""
        return self._path

    @property
    def cookies(self) -> Mapping[str, str]:
        """What the appliance knows this person's session by."""
        return self._cookies

    def offers(self, act: str, resident: int | None = None) -> bool:
        """Whether the form of this act stands on the page that is open."""
        wanted = None if resident is None else str(resident)
        forms = self._page.forms if self._page else []
        return any(form.act == act and wanted in {None, form.resident} for form in forms)

    def get(self, path: str) -> _Page:
        """The page at `path`, signing in first where that is needed; raises `PageRefused`."""
        return self._show("GET", path, None, {})

    def json(self, path: str) -> dict[str, object]:
        """The JSON at `path`."""
        value: dict[str, object] = json.loads(self.content(path))
        return value

    def content(self, path: str) -> bytes:
        """The bytes at `path`, signing in first where that is needed: again after each restart of the appliance."""
        for _ in range(6):
            status, where, content = self._follow("GET", path, None, {})
            if status == 401:
                self.get("/petugas/")
                continue
            if status != 200:
                raise PageRefused(status, path, [])
            if urlsplit(where).path == path:
                return content
            self.get("/petugas/")
        raise PageRefused(0, path, ["signing in did not help"])

    def submit(
        self,
        act: str,
        fields: Fields | None = None,
        *,
        resident: int | None = None,
        file: tuple[str, str, bytes] | None = None,
    ) -> _Page:
        """Fill in the form of this act on the page that is open and send it; raises `PageRefused` with its errors.

        Of several forms of an act it is the one whose hidden fields say what is given, if one does.
        """
        assert self._page is not None
        wanted, given = None if resident is None else str(resident), dict(fields or {})
        forms = [form for form in self._page.forms if form.act == act and wanted in {None, form.resident}]
        if not forms:
            known = sorted({form.act for form in self._page.forms})
            raise PageRefused(0, self._path, [f"no form {act} on the page, only {', '.join(known)}"])
        form = next(
            (form for form in forms if all(given.get(name, value) == value for name, value in form.hidden)), forms[0]
        )
        pairs = [pair for pair in form.hidden if pair[0] not in given]
        for name, value in given.items():
            pairs += [(name, value)] if isinstance(value, str) else [(name, one) for one in value]
        if file is None:
            body, kind = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(pairs, file)
        action = urljoin(self._path, form.action or self._path)
        return self._show("POST", action, body, {"Content-Type": kind})

    def _show(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> _Page:
        status, where, content = self._follow(method, path, body, headers)
        page = _Page()
        page.feed(content.decode(errors="replace"))
        if status >= 400:
            raise PageRefused(status, where, page.errors or page.text[:12])
        self._page, self._path = page, where
        if self.credentials and path != where and any(form.act == "sign_in" for form in page.forms):
            self._sign_in(where)
            if method == "POST":
                raise PageRefused(401, path, ["signed out meanwhile; what was sent was not taken"])
            return self._show("GET", path, None, {})
        return page

    def _sign_in(self, page: str) -> None:
        """Sign in on the page that is open; where the line breaks meanwhile, on the page loaded again."""
        assert self.credentials is not None
        fields = {"user": self.credentials[0], "pin": self.credentials[1]}
        for _ in range(5):
            try:
                self.submit("sign_in", fields)
                return
            except (OSError, PageRefused) as broken:
                if isinstance(broken, PageRefused) and broken.status not in {0, 400}:
                    raise
                self._show("GET", page, None, {})
        raise PageRefused(0, page, ["signing in broke off again and again"])

    def _follow(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, bytes]:
        for _ in range(6):
            exchange = self._exchange if method == "POST" else self._reload
            status, content, answer = exchange(method, path, body, headers)
            if status not in {301, 302, 303, 307}:
                return status, path, content
            path = urljoin(path, answer["location"])
            method, body, headers = "GET", None, {}
        raise PageRefused(0, path, ["too many redirects"])

    def _reload(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Load a page; while nobody answers, the power may be away: load it again."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._exchange(method, path, body, headers)
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        parts = urlsplit(urljoin(self.base, path))
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            line.request(method, target, body, {**headers, **({"Cookie": cookies} if cookies else {})})
            answer = line.getresponse()
            content = answer.read()
        except http.client.HTTPException as error:
            raise ConnectionAbortedError(f"the answer broke off at {parts.path}") from error
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, content, {key.lower(): value for key, value in answer.headers.items()}


def _multipart(pairs: Sequence[tuple[str, str]], file: tuple[str, str, bytes]) -> tuple[bytes, str]:
    boundary = uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in pairs]
    name, filename, data = file
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
    parts.append(head.encode() + b"Content-Type: application/json\r\n\r\n" + data + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def wait_until_answering(address: str, seconds: float) -> float:
    """Wait for the first page at host:port; returns how long it took, raises TimeoutError."""
    begin = time.monotonic()
    host, _, port = address.rpartition(":")
    while time.monotonic() - begin < seconds:
        line = http.client.HTTPConnection(host, int(port), timeout=2)
        try:
            line.request("GET", "/healthz")
            if line.getresponse().status == 200:
                return time.monotonic() - begin
        except OSError:
            time.sleep(0.02)
        finally:
            line.close()
    raise TimeoutError(f"nothing answers at {address}")


def case_in(link: str) -> str | None:
    """The case id in a link of the work list, or None."""
    found = re.fullmatch(r"/petugas/kasus/([0-9a-f-]{36})", link)
    return found[1] if found else None
