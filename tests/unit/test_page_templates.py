"""Templates compiled once for each language say the same as ones that look each word up, and nobody else's words."""

from __future__ import annotations

import threading
from types import CodeType

import pytest
from flask import Flask, render_template, session
from front_office import FrontOffice, post
from jinja2 import DictLoader

from appliance.kiosk_ui import language
from appliance.kiosk_ui.pages import Pages
from appliance.kiosk_ui.pictures import icon

SOURCES = {
    "whole.html": '{% block a %}{{ _("Kembali") }}{% endblock %}|{% include "part.html" %}',
    "part.html": '{{ _("Selesai") }}',
    "below.html": '{% extends "whole.html" %}{% block a %}{{ _(word) }} {{ super() }}{% endblock %}',
    "signs.html": '{{ _("a < b & c") }} <p title="{{ _(\'"x"\') }}">',
    "choice.html": '{{ _("Kembali") if here else _("Selesai") }} {{ icon("home" if here else "back") }}',
    "picture.html": '{{ icon("home") }}',
    "told.html": '{{ once("what.html", what=what) }}',
    "what.html": '{{ _("Kembali") }} {{ what }} {{ counted() }}',
    "code.html": '<html lang="{{ language() }}">{% if language() == "en" %}E{% endif %}',
}


@pytest.fixture
def app() -> Flask:
    found = Flask(__name__)
    found.jinja_environment = Pages
    found.jinja_loader = DictLoader(SOURCES)
    found.secret_key = "x"
    return found


def rendered(app: Flask, spoken: str, name: str, **values: object) -> str:
    with app.test_request_context():
        session["language"] = spoken
        return render_template(name, **values)


@pytest.mark.parametrize(
    ("spoken", "back", "done"), [("id", "Kembali", "Selesai"), ("en", "Back", "Finish"), ("xx", "Kembali", "Selesai")]
)
def test_words_of_a_template_and_of_what_it_extends_and_includes(
    app: Flask, spoken: str, back: str, done: str
) -> None:
    assert (language.translator("en")("Kembali"), language.translator("en")("Selesai")) == ("Back", "Finish")
    assert rendered(app, spoken, "whole.html") == f"{back}|{done}"
    assert rendered(app, spoken, "below.html", word="Selesai") == f"{done} {back}|{done}"
    assert rendered(app, spoken, "below.html", word="<b>") == f"&lt;b&gt; {back}|{done}"
    for here, word, picture in ((True, back, "home"), (False, done, "back")):
        assert rendered(app, spoken, "choice.html", here=here) == f"{word} {icon(picture)}"


def test_what_is_put_in_early_is_escaped_as_what_is_put_in_late(app: Flask) -> None:
    assert rendered(app, "en", "signs.html") == 'a &lt; b &amp; c <p title="&#34;x&#34;">'
    assert rendered(app, "en", "picture.html") == str(icon("home"))
    assert [rendered(app, code, "code.html") for code in ("en", "id")] == ['<html lang="en">E', '<html lang="id">']


def test_words_are_looked_up_when_a_template_is_compiled_and_not_for_each_page(app: Flask) -> None:
    with app.test_request_context():
        session["language"] = "en"
        compiled = app.jinja_env.get_template("whole.html").environment.compile(SOURCES["whole.html"], raw=True)
    assert "Back" in compiled and "context.call" not in compiled


def test_a_second_listener_shows_what_the_first_compiled_and_no_other_source_of_that_name() -> None:
    def code(spoken: str, source: str) -> CodeType:
        listener = Flask(__name__)
        listener.jinja_environment = Pages
        listener.jinja_loader = DictLoader({"page.html": source})
        listener.secret_key = "x"
        with listener.test_request_context():
            session["language"] = spoken
            return listener.jinja_env.get_template("page.html").root_render_func.__code__

    first = code("en", '{{ _("Kembali") }}')
    assert code("en", '{{ _("Kembali") }}') is first
    assert code("id", '{{ _("Kembali") }}') is not first
    changed = code("en", '{{ _("Selesai") }}')
    assert changed is not first and "Finish" in str(changed.co_consts)


def test_visits_in_two_languages_at_once_never_get_each_others_words(place: FrontOffice) -> None:
    app = place.app("resident")
    found: dict[str, set[str]] = {}

    def visit(spoken: str) -> None:
        client = app.test_client()
        post(client, "/", "/bahasa", language=spoken, back="/")
        pages = {client.get(address).text for address in ("/", "/status/kode", "/nomor") for _ in range(5)}
        found[spoken] = {str('lang="en">' in page and "Call an officer" in page) for page in pages}

    threads = [threading.Thread(target=visit, args=(spoken,)) for spoken in ("id", "en")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == {"id": {"False"}, "en": {"True"}}


def test_a_part_that_hangs_on_its_language_and_what_it_is_given_is_made_once_for_each(app: Flask) -> None:
    numbers = iter(range(9))
    app.jinja_env.globals["counted"] = lambda: next(numbers)
    pages = [rendered(app, spoken, "told.html", what=what) for spoken in ("id", "en") for what in ("<b>", 2, "<b>")]
    assert pages[:3] == ["Kembali &lt;b&gt; 0", "Kembali 2 1", "Kembali &lt;b&gt; 0"]
    assert pages[3:] == ["Back &lt;b&gt; 2", "Back 2 3", "Back &lt;b&gt; 2"]
