"""Scenarios: TOML rules that say what happens in the world when something passes on a wire.

```toml
[[on]]
event = "apdu"
where = { slot = 0, n = 7 }
do = "remove-card"
```
`do` is a verb of the dock. Each rule fires once unless `always = true`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from hw_sim.hands import Hands
from hw_sim.world import When


class ScenarioError(ValueError):
    """The scenario cannot be used; every mistake is named."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: condition, verb, once or always."""

    when: When
    verb: str
    always: bool


def parse(text: str, verbs: frozenset[str]) -> tuple[Rule, ...]:
    """The rules of a scenario; raises `ScenarioError`."""
    try:
        rows = tomllib.loads(text).get("on", [])
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"not TOML: {error}") from error
    if not isinstance(rows, list):
        raise ScenarioError("on: must be [[on]], a list of rules")
    rules, mistakes = [], []
    for number, row in enumerate(rows, 1):
        plain = isinstance(row, dict) and set(row) <= {"event", "where", "do", "always"}
        if not plain or not isinstance(row.get("event"), str) or not isinstance(row.get("where", {}), dict):
            mistakes.append(f"on[{number}]: needs event and do, may have where and always")
        elif not isinstance(row.get("do"), str) or row["do"] not in verbs:
            mistakes.append(f"on[{number}].do: not a verb of the dock: {row.get('do')}")
        else:
            rules.append(Rule(When(row["event"], row.get("where", {})), row["do"], bool(row.get("always", False))))
    if mistakes:
        raise ScenarioError("; ".join(mistakes))
    return tuple(rules)


def follow(rules: tuple[Rule, ...], hands: Hands) -> None:
    """Put the rules into the world."""
    for rule in rules:
        verb = hands.verbs[rule.verb].do
        hands.station.world.on(rule.when, lambda _, verb=verb: verb() and None, once=not rule.always)  # type: ignore[misc]
