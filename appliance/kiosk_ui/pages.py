"""Templates compiled once for each language: words and pictograms of a template are put in then, not per page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from appliance.kiosk_ui import language
from appliance.kiosk_ui.pictures import icon


class _Settled(NodeTransformer):
    """Calls of these functions with nothing but constants become what they return."""

    def __init__(self, known: Mapping[str, Callable[..., Any]]) -> None:
        self._known = known

    def visit_Call(self, call: nodes.Call) -> nodes.Expr:
        """What the call returns, or the call."""
        self.generic_visit(call)
        asked = call.node.name if isinstance(call.node, nodes.Name) else ""
        given = [one.value for one in call.args if isinstance(one, nodes.Const)]
        if asked not in self._known or len(given) != len(call.args) or call.kwargs:
            return call
        return nodes.Const(self._known[asked](*given), lineno=call.lineno)


class Pages(Environment):
    """The templates of one listener; a page comes in the language of the visit that asks for it.

    In a template `_` translates, `language` is the language's code and `icon` a pictogram.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, **options)
        self._spoken: Mapping[str, Callable[..., Any]] = {}
        self._languages: dict[str, Pages] = {}

    def _in(self, code: str) -> Pages:
        found = self._languages.get(code)
        if found is None:
            found = self.overlay()
            found._spoken = {"_": language.translator(code), "language": lambda: code, "icon": icon}
            found.globals = {**self.globals, **found._spoken}
            self._languages[code] = found
        return found

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """The template in the language of the visit; what it extends and includes is in the same one."""
        if self.overlayed:
            return super().get_template(name, parent, globals)
        return self._in(language.current()).get_template(name, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What every page knows, in one plain dict: a page copies it, and a chain of two is slow to copy."""
        return {**self.globals, **(d or {})}

    def _generate(self, source: nodes.Template, *given: Any, **more: Any) -> str:
        return super()._generate(_Settled(self._spoken).visit(source), *given, **more)
