"""What the consent service of an operator knows about each customer."""

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from demo.servers.consents import SCHEMA, connect
from demo.systems import names
from demo.systems.cast import Casting, Person, cast, midnight


def write_consents(path: Path, casting: Casting) -> None:
    with closing(connect(path)) as db:
        db.executescript(SCHEMA)
        db.execute("begin")
        for person in cast(casting.slug, casting.today):
            draw = Random(f"consents {person.customer_no}")
            rows = [_consent(casting, person, draw) for _ in range(draw.randrange(1, 5))]
            db.executemany(
                "insert into consents (customer_no, purpose, channel, text_version, given_at, withdrawn_at, "
                "last_used_on) values (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            switches = [True, True, *(draw.random() < 0.5 for _ in range(5))]
            db.execute(
                "insert into preferences values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [person.customer_no, *switches, midnight(person.since, casting.country).isoformat()],
            )
        db.execute("commit")


def _withdrawn(casting: Casting, given: datetime) -> datetime:
    """Inside the two years for which a policy keeps what is no longer used."""
    return max(given + timedelta(days=20), midnight(casting.ago(600), casting.country))


def _consent(casting: Casting, person: Person, draw: Random) -> tuple[str | None, ...]:
    words = names.WORDS[casting.country]
    given = midnight(person.since, casting.country) + timedelta(
        days=draw.randrange(60), seconds=draw.randrange(86_400)
    )
    last = person.left or casting.ago(draw.randrange(5, 60))
    withdrawn = _withdrawn(casting, given) if draw.random() < 0.2 else None
    return (
        person.customer_no,
        draw.choice(words["purposes"]),
        draw.choice(words["consent-channel"]),
        f"v{draw.randrange(1, 5)}",
        given.isoformat(),
        withdrawn.isoformat() if withdrawn else None,
        (withdrawn.date() if withdrawn else last).isoformat(),
    )
