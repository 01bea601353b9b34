"""The application's accounts at the offices outside, read from the one file that holds their secrets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

OFFICES = ("siak", "centre", "esign", "data_access")


@dataclass(frozen=True, slots=True)
class Account:
    """The application account at one office (HTTP Basic, RFC 7617)."""

    name: str
    secret: str = field(repr=False)


class CredentialsError(ValueError):
    """The credentials file cannot be used; names each mistake, never a secret."""


def load_accounts(path: Path) -> Mapping[str, Account]:
    """The accounts by office: TOML tables named as in `OFFICES`, each with `account` and `secret`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise CredentialsError(f"{path}: cannot be read as TOML ({type(error).__name__})") from error
    mistakes = [f"{name}: not an office" for name in table if name not in OFFICES]
    accounts = {}
    for office in OFFICES:
        row = table.get(office)
        if row is None:
            continue
        name, secret = (row.get("account"), row.get("secret")) if isinstance(row, dict) else (None, None)
        if isinstance(name, str) and name and ":" not in name and isinstance(secret, str) and secret:
            accounts[office] = Account(name, secret)
        else:
            mistakes.append(f"{office}: needs account (without a colon) and secret")
    if mistakes:
        raise CredentialsError(f"{path}: " + "; ".join(mistakes))
    return accounts
