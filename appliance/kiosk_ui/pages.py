"""Templates compiled once for each language: words and pictograms of a template are put in then, not per page."""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from appliance.kiosk_ui import language
from appliance.kiosk_ui.pictures import icon


class _Settled(NodeTransformer):
    """Calls of these functions become filters: Jinja works out a filter of a constant when it compiles."""

    def __init__(self, known: Collection[str], code: str) -> None:
        self._known = known
        self._code = code

    def visit_Call(self, call: nodes.Call) -> nodes.Expr:
        """A filter, the language's code, or the call as it was."""
        self.generic_visit(call)
        asked = call.node.name if isinstance(call.node, nodes.Name) else ""
        if asked == "language":
            return nodes.Const(self._code, lineno=call.lineno)
        if asked not in self._known:
            return call
        return nodes.Filter(call.args[0], asked, call.args[1:], call.kwargs, None, None, lineno=call.lineno)


class Pages(Environment):
    """The templates of one listener; a page comes in the language of the visit that asks for it.

    In a template `_` translates, `language` is the language's code and `icon` a pictogram.
    """

    _settled: _Settled

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, **options)
        self._languages: dict[str, Pages] = {}

    def _in(self, code: str) -> Pages:
        found = self._languages.get(code)
        if found is None:
            found = self.overlay()
            spoken = {"_": language.translator(code), "icon": icon}
            found.filters = {**self.filters, **spoken}
            found.globals = {**self.globals, **spoken}
            found._settled = _Settled(spoken, code)
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
        return super()._generate(self._settled.visit(source), *given, **more)
