"""The OpenAPI 3.1 description, made of the table of routes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from appliance.casework.slip_code import CASE_CODE
from appliance.kiosk_ui.api.bodies import Schema, body_schema
from appliance.kiosk_ui.api.once import KEY_PARAMETER
from appliance.kiosk_ui.api.problems import MEDIA_TYPE, TITLES
from appliance.kiosk_ui.api.routes import Route
from appliance.kiosk_ui.api.schemas import PROBLEM

_GAPS = {"code": rf"^{CASE_CODE}$", "document": r"^[0-9a-f-]{36}$"}


def describe(routes: Iterable[Route]) -> Schema:
    """The whole description."""
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        paths.setdefault(f"/api{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "SIAGA", "version": "1", "description": "What an officer's pages do, for programs."},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM},
            "responses": {
                str(status): {
                    "description": words,
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, words in TITLES.items()
            },
        },
    }


def _operation(route: Route) -> Schema:
    if route.media:
        done: Schema = {"description": route.summary, "content": {one: {} for one in route.media}}
    elif route.answer is None:
        done = {"description": route.summary}
    else:
        done = {"description": route.summary, "content": {"application/json": {"schema": route.answer}}}
    good = "204" if route.answer is None and not route.media else "200"
    said: Schema = {
        "operationId": route.name,
        "summary": route.summary,
        "security": [] if route.open else [{"token": []}],
        "parameters": [
            *(_parameter(name, "path", _GAPS[name]) for name in re.findall(r"\{(\w+)\}", route.path)),
            *(_parameter(name, "query", pattern) for name, pattern in route.query.items()),
            *((KEY_PARAMETER,) if route.once else ()),
        ],
        "responses": {
            good: done,
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in route.refusals},
        },
    }
    if route.fields is not None:
        schema = route.body or body_schema(route.fields)
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return said


def _parameter(name: str, where: str, pattern: str) -> Schema:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": where, "required": where == "path", "schema": schema}
