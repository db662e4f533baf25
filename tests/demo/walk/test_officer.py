"""What the officer of the demonstration reads off the case page."""

import httpx

from demo.walk.browser import Page
from demo.walk.officer import standing

CASE = """
<nav class="stations"><ol><li class="current"><a href="#gathering">Collected</a></li></ol></nav>
<table class="tight runs">
  <tbody><tr><th scope="row">CRM</th><td class="number">\n1,355\n<span class="muted">555.2 KB</span></td></tr></tbody>
  <tbody><tr><th scope="row">Archive</th><td class="number">200 of about 1,234</td></tr></tbody>
</table>
<table class="tight data">
  <tbody><tr>
    <td class="number"><a href="/rows">1,234</a></td>
    <td><span class="verdict give">to be given</span></td>
  </tr></tbody>
</table>
"""


def test_rows_are_read_without_their_size() -> None:
    page = Page(httpx.Response(200, html=CASE, request=httpx.Request("GET", "http://desk.example/")))
    assert standing(page).gathered == {"CRM": 1355, "Archive": 200}
    assert standing(page).verdicts == {"give": 1234}
