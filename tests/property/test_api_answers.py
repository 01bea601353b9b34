"""Made-up requests against every described route of the API: no 5xx, and no answer that is not declared.

What breaks the described form of a request is refused. The requests are the same each time; the books are an office's
with a reported case, and one of each role asks.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from front_office import PIN, open_office, report
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from appliance.casework.roles import Role

ROLES = (Role.PETUGAS, Role.KASI, Role.OPERATOR, Role.KABID, Role.KADIS, Role.PEREKAM, Role.GUDANG)
DOORS = {"POST /api/token", "DELETE /api/token"}
"""Guessing PINs locks accounts and signing out ends a token: `tests/unit/test_api.py` tries them one by one."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 8


def asked(requests: st.SearchStrategy[Case], tokens: list[str]) -> set[int]:
    """Send some of these requests, by one token or another, and check each answer; the statuses that came."""
    seen = set()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(requests, st.sampled_from(tokens))
    def ask(case: Case, token: str) -> None:
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
        seen.add(answer.status_code)

    ask()
    return seen


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_route_breaks_and_no_answer_is_undeclared(mode: GenerationMode, tmp_path: Path) -> None:
    place = open_office(tmp_path / "office")
    code = report(place.app("resident").test_client())
    app = place.app("officer")
    door = app.test_client()
    tokens = [door.post("/api/token", json={"user": str(one), "pin": PIN}).json["token"] for one in ROLES]
    # Who asks is ours to say, so the description's own key is not made up.
    generation = GenerationConfig(with_security_parameters=False)
    projects = ProjectsConfig(default=ProjectConfig(generation=generation))
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=SchemathesisConfig(projects=projects))
    statuses: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.label in DOORS or (mode is GenerationMode.NEGATIVE and not (operation.body or operation.query)):
            continue
        real = {"code": code} if operation.path.count("{") == 1 else {}
        requests = operation.as_strategy(mode, path_parameters=real) if real else operation.as_strategy(mode)
        statuses[operation.label] = asked(requests, tokens)
    place.office.store.close()
    assert len(statuses) > (60 if mode is GenerationMode.POSITIVE else 50)
    every = set().union(*statuses.values())
    assert {403, 422} <= every and 401 not in every
    assert mode is GenerationMode.NEGATIVE or 200 in statuses["GET /api/cases/{code}"]
