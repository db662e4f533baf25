"""Shapes that many pages share are written once, as `{% load shapes %}` gives them."""

import re

import pytest
from django.conf import settings
from django.template import Context, Template
from django.urls import NoReverseMatch

TEMPLATES = settings.BASE_DIR / "templates"
BY_HAND = {
    "a band": r'<section[^>]*class="band"',
    "a table that scrolls": r'class="scroll"',
    "a head of columns": r'<th scope="col"[^>]*>\{% translate',
    "a button of its own": (
        r"<form method=\"post\"\s+action=\"\{% url [^>]*>\s*\{% csrf_token %\}\s*"
        r"<button type=\"submit\"(?: class=\"\w+\")?>\{% translate [^<]*</button>\s*</form>"
    ),
    "the body of a form": r"\{\{ field\.as_field_group \}\}\{% endfor %\}\s*(?:\{\{ redirect_field \}\}\s*)?<div",
}
# A column comes and goes with the reader; the head of a chart is never seen.
OWN_WAY = {
    ("a head of columns", "desk/queue.html"),
    ("a head of columns", "desk/case/data.html"),
}


@pytest.mark.parametrize("shape", BY_HAND)
def test_a_shape_is_written_out_in_its_partial_alone(shape: str) -> None:
    pages = {path.relative_to(TEMPLATES).as_posix(): path.read_text() for path in TEMPLATES.rglob("*.html")}
    written_out = {name for name, text in pages.items() if re.search(BY_HAND[shape], text)}
    own_way = {name for whose, name in OWN_WAY if whose == shape}
    assert {name for name in written_out if not name.startswith("_partials/")} == own_way


def shown(template: str, **context: object) -> str:
    return " ".join(Template("{% load shapes %}" + template).render(Context(context)).split())


def test_what_a_shape_is_told_is_escaped_and_what_it_holds_is_not() -> None:
    page = shown("{% table label=name %}<tr><td>{{ name }}</td></tr>{% endtable %}", name='"><b>')
    assert 'aria-label="&quot;&gt;&lt;b&gt;"' in page
    assert "<tr><td>&quot;&gt;&lt;b&gt;</td></tr>" in page


def test_a_button_and_an_act_bear_the_token_that_lets_them_through() -> None:
    for page in (
        '{% button "Done" "desk:task-done" 7 %}',
        '{% act "Why?" "desk:task-done" 7 %}<input name="reason">{% endact %}',
    ):
        assert 'name="csrfmiddlewaretoken" value="token"' in shown(page, csrf_token="token")
        assert 'action="/desk/tasks/7/done/"' in shown(page)


def test_a_button_that_leads_nowhere_is_no_page() -> None:
    with pytest.raises(NoReverseMatch):
        shown('{% button "Done" "desk:no-such-view" %}')
