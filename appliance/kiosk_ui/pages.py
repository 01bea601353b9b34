"""Templates compiled once for each language: words and pictograms of a template are put in then, not per page."""

from __future__ import annotations

from collections.abc import Collection, Hashable, MutableMapping
from functools import cache, lru_cache
from types import CodeType
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import BytecodeCache, Template, nodes
from jinja2.bccache import Bucket
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

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


class _Compiled(BytecodeCache):
    """The templates of one language that were compiled in this process: all its listeners show the same ones."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket what was compiled of the same source, if anything was."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


@cache
def _compiled(code: str) -> _Compiled:
    return _Compiled()


class Pages(Environment):
    """The templates of one listener; a page comes in the language of the visit that asks for it.

    In a template `_` translates, `language` is the language's code and `icon` a pictogram; `once` is a part that
    hangs on nothing but the language and what it is given, made when that is first asked for.
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
            found.globals = {**self.globals, **spoken, "once": lru_cache(maxsize=256)(found._once)}
            found._settled = _Settled(spoken, code)
            found.bytecode_cache = _compiled(code)
            self._languages[code] = found
        return found

    def _once(self, name: str, **given: Hashable) -> Markup:
        return Markup(self.get_template(name).render(given))

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
