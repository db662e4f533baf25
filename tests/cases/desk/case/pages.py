"""The case page as it is read, and its buttons as they are pressed."""

from django.test import Client
from django.urls import reverse

from cases.law.unbroken import TIE
from cases.models import Case


def page(client: Client, case: Case) -> str:
    response = client.get(case.get_absolute_url())
    assert response.status_code == 200
    # Days are written without a blank at which a line may end.
    return response.content.decode().replace(TIE, " ")


def post(client: Client, name: str, case: Case, *args: object, **data: str) -> str:
    """Press a button; the page that follows."""
    return client.post(reverse(name, args=[case.reference, *args]), data, follow=True).content.decode()
