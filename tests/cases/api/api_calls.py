"""What a call looks like, and what an error must look like."""

from typing import Any

from rest_framework.test import APIClient

ASKED: dict[str, Any] = {
    "operator": "tele2-se",
    "rights": ["access"],
    "language": "sv",
    "name": "Anna Test",
    "email": "anna@example.com",
}


def calling_with(token):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def problem(response, status, code):
    """The body of an error, which must be JSON of the one shape with this status and code."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    body = response.json()
    assert set(body) - {"fields"} == {"code", "message"}
    assert body["code"] == code
    assert body["message"]
    assert all(isinstance(text, str) for texts in body.get("fields", {}).values() for text in texts)
    return body
