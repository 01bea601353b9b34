"""JSON over HTTP to an office outside, with deadlines, and with one distinction that everything else rests on:

a request that was never sent has changed nothing; one that was sent and not answered may have changed everything.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from appliance.central.accounts import Account
from appliance.clock import Deadline
from appliance.faults import DeviceFault, FaultCode

MAXIMUM_ANSWER = 64 * 1024 * 1024
SLOWEST_BYTES_S = 16_000
"""The slowest line on which a large request (ten finger pictures) must still arrive: 128 kbit/s of a far van."""


@dataclass(frozen=True, slots=True)
class OfficeFaults:
    """Which fault means what at this office."""

    unreachable: FaultCode
    refused: FaultCode
    unanswered: FaultCode


class OfficeRefusal(DeviceFault):
    """The office answered that it will not; nothing was changed there.

    `error` is its code, `mistakes` the keys it objects to (HTTP 422), `body` the whole answer, never for a log.
    """

    def __init__(self, code: FaultCode, status: int, body: Mapping[str, object]) -> None:
        word = body.get("error")
        self.status = status
        self.error = word if isinstance(word, str) and re.fullmatch(r"[a-z_]{1,40}", word) else ""
        keys = body.get("mistakes")
        self.mistakes = tuple(str(key) for key in keys) if isinstance(keys, list) else ()
        self.body = body
        super().__init__(code, f"{status} {self.error}".strip())


class OfficeClient:
    """Calls of one office; a new connection for each.

    `connect_seconds` until the connection stands, then `answer_seconds` until the whole answer is here, and the time
    that what is sent takes at `SLOWEST_BYTES_S`.
    """

    def __init__(
        self,
        url: str,
        account: Account | None,
        faults: OfficeFaults,
        *,
        connect_seconds: float = 5.0,
        answer_seconds: float = 30.0,
    ) -> None:
        self._faults = faults
        self._address = urlsplit(url)
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._headers = {"Accept": "application/json", "Connection": "close"}
        if account is not None:
            secret = base64.b64encode(f"{account.name}:{account.secret}".encode()).decode()
            self._headers["Authorization"] = f"Basic {secret}"

    def ask(self, path: str, question: Mapping[str, object] | None = None) -> Mapping[str, object] | None:
        """A call that changes nothing (GET, or POST of a question); None for 404. No answer is `unreachable`."""
        try:
            answer = self._exchange("GET" if question is None else "POST", path, _json(question))
            return None if answer.status == 404 else self._accepted(answer.status, answer.json())
        except _NoAnswerError as error:
            raise DeviceFault(self._faults.unreachable, str(error)) from error

    def tell(self, path: str, change: Mapping[str, object]) -> Mapping[str, object]:
        """A call that changes something. No answer is `unanswered`: ask by token before telling again."""
        try:
            answer = self._exchange("POST", path, _json(change))
            return self._accepted(answer.status, answer.json())
        except _NoAnswerError as error:
            raise DeviceFault(self._faults.unanswered, str(error)) from error

    def fetch(self, path: str) -> bytes | None:
        """A file by GET; None for 404. No answer is `unanswered`: a file that is given once may be gone."""
        try:
            answer = self._exchange("GET", path, None)
            if answer.status >= 400 and answer.status != 404:
                self._accepted(answer.status, answer.json())
            return None if answer.status == 404 else answer.whole()
        except _NoAnswerError as error:
            raise DeviceFault(self._faults.unanswered, str(error)) from error

    def send_form(self, path: str, fields: Mapping[str, str], name: str, file: bytes) -> Answer:
        """POST a form with one PDF in the field `name` (RFC 7578); the answer may have been cut short.

        Refused is `OfficeRefusal`; nothing usable at all is `unanswered`.
        """
        try:
            answer = self._exchange("POST", path, _form(fields, name, file))
            if answer.status >= 400:
                self._accepted(answer.status, answer.json())
            return answer
        except _NoAnswerError as error:
            raise DeviceFault(self._faults.unanswered, str(error)) from error

    def misunderstood(self, what: str) -> DeviceFault:
        """The fault for an answer that breaks the contract after a change was asked for."""
        return DeviceFault(self._faults.unanswered, what)

    def _accepted(self, status: int, body: Mapping[str, object]) -> Mapping[str, object]:
        if status >= 400:
            raise OfficeRefusal(self._faults.refused, status, body)
        return body

    def _exchange(self, method: str, path: str, body: tuple[str, bytes] | None) -> Answer:
        connection = self._connect()
        try:
            seconds = self._answer_seconds + (len(body[1]) if body else 0) / SLOWEST_BYTES_S
            deadline = Deadline.after(seconds)
            connection.sock.settimeout(seconds)
            headers = self._headers if body is None else {**self._headers, "Content-Type": body[0]}
            connection.request(method, self._address.path.rstrip("/") + path, body and body[1], headers)
            return _read(connection.getresponse(), connection, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise _NoAnswerError(type(error).__name__) from error
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        if self._address.scheme == "https":
            context = ssl.create_default_context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._connect_seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._connect_seconds)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise DeviceFault(self._faults.unreachable, type(error).__name__) from error
        return connection


class _NoAnswerError(Exception):
    """The request went out and nothing usable came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers by lower-case name, the content so far, and why there is no more of it."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    broken: str = ""

    def whole(self) -> bytes:
        """The content, if all of it is here."""
        if self.broken:
            raise _NoAnswerError(self.broken)
        return self.content

    def json(self) -> Mapping[str, object]:
        """The JSON object in it; a refusal without one is empty."""
        content = self.whole()
        try:
            body = json.loads(content)
        except (ValueError, RecursionError) as error:
            if self.status >= 400:
                return {}
            raise _NoAnswerError("not JSON") from error
        if not isinstance(body, dict):
            raise _NoAnswerError("not a JSON object")
        return body


def _read(response: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: Deadline) -> Answer:
    content, broken = bytearray(), ""
    headers = {name.lower(): value for name, value in response.getheaders()}
    try:
        while not broken and (block := response.read1(65536)):
            content += block
            if len(content) > MAXIMUM_ANSWER or deadline.passed:
                broken = "too long"
            if connection.sock is not None:
                connection.sock.settimeout(max(0.001, deadline.remaining()))
        if not broken and response.length:
            broken = "cut short"
    except (OSError, http.client.HTTPException) as error:
        broken = type(error).__name__
    if response.status >= 500 or response.status < 200 or 300 <= response.status < 400:
        raise _NoAnswerError(f"HTTP {response.status}")
    return Answer(response.status, headers, bytes(content), broken)


def _json(body: Mapping[str, object] | None) -> tuple[str, bytes] | None:
    return None if body is None else ("application/json", json.dumps(body).encode())


def _form(fields: Mapping[str, str], name: str, file: bytes) -> tuple[str, bytes]:
    boundary = uuid.uuid4().hex
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="kk.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    content = b"".join([*lines, head.encode(), file, f"\r\n--{boundary}--\r\n".encode()])
    return f"multipart/form-data; boundary={boundary}", content
