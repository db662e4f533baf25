"""What load balancers and Prometheus ask, and what everybody else gets."""

import pytest
from django.db import DatabaseError, connection

NEEDED = ("database", "migrations", "keys", "redis", "vault", "mail")


def test_the_process_lives(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_everything_it_needs_answers(client, db):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, dict.fromkeys(NEEDED, True))


def test_a_database_that_refuses_is_named(client, db):
    with connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute("SELECT 1 / 0")  # until its end, the transaction takes nothing more
    response = client.get("/readyz")
    # What lies in it can't be looked at.
    assert response.status_code == 503
    assert response.json() == {"database": False, "redis": True, "vault": True, "mail": True}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_inside_is_not_sent_to_https(client, db, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("token", "header", "status"),
    [
        ("", "", 404),
        ("", "Bearer ", 404),
        ("t0ken", "", 404),
        ("t0ken", "Bearer wrong", 404),
        ("t0ken", "Bearer å", 404),
        ("t0ken", "t0ken", 200),
        ("t0ken", "Bearer t0ken", 200),
    ],
)
@pytest.mark.django_db
def test_metrics_are_for_whoever_bears_the_token(client, db, settings, token, header, status):
    settings.METRICS_TOKEN = token
    response = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert response.status_code == status
    assert (b"django_http_requests" in response.content) == (status == 200)


def test_metrics_name_no_case_and_nobody(client, db, settings):
    settings.METRICS_TOKEN = "t0ken"
    client.get("/desk/cases/26-7FK3W-41/?q=anna@example.com")
    text = client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).content
    assert b"7FK3W" not in text
    assert b"anna" not in text
