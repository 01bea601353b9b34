"""Asking a roll printer on the network for its state, beside its print queue: one TCP exchange with a deadline."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

from appliance.clock import Deadline
from appliance.drivers.escpos import STATUS_BYTES, STATUS_QUERIES

_RAW_PORT = 9100


def roll_address(device_uri: str) -> tuple[str, int] | None:
    """Where the printer of a CUPS `socket:` queue listens; None on other cables, where it cannot be asked."""
    try:
        parts = urlsplit(device_uri)
        return (parts.hostname, parts.port or _RAW_PORT) if parts.scheme == "socket" and parts.hostname else None
    except ValueError:
        return None


def ask_roll(at: tuple[str, int], by: Deadline) -> bytes:
    """The answers to DLE EOT, fewer bytes if not all came; ConnectionError if nobody takes the connection."""
    try:
        wire = socket.create_connection(at, max(0.01, by.remaining()))
    except OSError as error:
        raise ConnectionError(type(error).__name__) from error
    with wire:
        heard = b""
        with contextlib.suppress(OSError):
            wire.sendall(STATUS_QUERIES)
            while len(heard) < STATUS_BYTES:
                wire.settimeout(max(0.01, by.remaining()))
                piece = wire.recv(STATUS_BYTES - len(heard))
                if not piece:
                    break
                heard += piece
        return heard
