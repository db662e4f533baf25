"""The walk through the desk: requests go in over HTTP, approved packages come out and are held against the sources."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from httpx import Cookies

from demo.systems.build import played
from demo.systems.cast import COUNTRY, Person, court_case
from demo.walk.browser import Browser, Mailbox, text
from demo.walk.checks import (
    check_access,
    check_covered,
    check_erasure,
    check_four_eyes,
    check_objection,
    check_own_rows_only,
    check_proof,
)
from demo.walk.officer import GIVEN, WITHHELD, Officer, Standing, standing
from demo.walk.package import Package
from demo.walk.report import Board, Result
from demo.walk.subject import Eid, Request, Subject
from demo.walk.truth import Systems
from demo.walk.verified import check_verified

RECENT = 10 * 60  # seconds
IPRED = {"rule": "SE-IPRED-NOTICE", "court": "Patent- och marknadsdomstolen"}


EID, LATER, VOUCHED = "eid", "later", "vouched"
SAID = {"": "code", EID: "eID", LATER: "eID later", VOUCHED: "vouched for"}


@dataclass(frozen=True)
class Walk:
    """One request of one person. `borrows` is whose number and customer number he types besides his own mailbox.

    `shown`: how they show who they are besides the mailed code: by an electronic identity at once or `later`, by a
    caseworker who `vouches`, or not at all.
    """

    slug: str
    right: str
    role: str
    shown: str = ""
    worker: str = "caseworker"
    borrows: str = ""

    @property
    def title(self) -> str:
        said = "another's number" if self.borrows else SAID[self.shown]
        return f"{self.slug} {self.right}, {said}"

    def eid(self, person: Person) -> Eid:
        return Eid("mitid" if COUNTRY[self.slug] == "DK" else "bankid", person.national_id)


WALKS = (
    Walk("tele2-se", "access", "subscriber", EID, worker="senior"),
    Walk("telenor-dk", "access", "subscriber", EID),
    Walk("telenor-se", "access", "subscriber"),
    Walk("hektor-se", "access", "subscriber", VOUCHED),
    Walk("telia-finance-dk", "access", "subscriber"),
    Walk("tele2-se", "erasure", "former", EID),
    Walk("tele2-se", "marketing-objection", "objector"),
    Walk("tele2-se", "access", "prober", LATER, borrows="subscriber"),
)


@dataclass
class Journey:
    """Where everything is. `turn` counts the journeys of this demo: each erases another former customer."""

    web: str
    cleared: str
    mailbox: str
    password: str
    secret: str
    systems: Mapping[str, Systems]
    turn: int = 1
    log: Callable[[str, str, bool], None] = lambda _title, _words, _passing: None
    # Who is signed in since when: a code opens the desk once, and several walks need the same people at the same time.
    signed_in: dict[str, tuple[float, Cookies]] = field(default_factory=dict)
    door: threading.Lock = field(default_factory=threading.Lock)

    def person(self, slug: str, role: str) -> Person:
        name = f"former{(self.turn - 1) % 6 + 1}" if role == "former" else role
        return played(slug, self.systems[slug].today)[name]

    @contextmanager
    def officer(self, name: str, said: Callable[[Standing], None] = lambda _: None) -> Iterator[Officer]:
        with Browser(self._desk(name)) as browser:
            browser.client.cookies.update(self._cookies(name))
            yield Officer(browser, said)

    def _desk(self, name: str) -> str:
        """Whoever is cleared is so at the pages of cleared officers alone."""
        return self.cleared if name == "cleared" else self.web

    def _cookies(self, name: str) -> Cookies:
        """Of a sign-in so recent that its second factor still counts for approving."""
        with self.door:
            since, cookies = self.signed_in.get(name, (0.0, Cookies()))
            if time.monotonic() - since > RECENT or not cookies:
                with Browser(self._desk(name)) as browser:
                    browser.login(name, self.password, self.secret)
                    cookies = browser.client.cookies
                self.signed_in[name] = time.monotonic(), cookies
            return cookies

    def prepare(self) -> None:
        """A legal officer registers the court's order about the former customer, once, before he asks for anything."""
        former = self.person("tele2-se", "former")
        number = court_case(former)
        days = self.systems["tele2-se"].today.toordinal() - 40
        with self.officer("legal") as legal:
            if number in map(text, legal.browser.open("/desk/orders/").all("td[@class='mono']")):
                return
            legal.register_order(
                "tele2-se",
                **IPRED,
                court_case=number,
                kind="customer_no",
                value=former.customer_no,
                categories=["disclosures"],
                handed_over_on=type(self.systems["tele2-se"].today).fromordinal(days).isoformat(),
            )


@dataclass
class Step:
    """One case under way: the same objects from the form to the opened package."""

    journey: Journey
    walk: Walk
    person: Person
    result: Result
    systems: Systems
    letter: bytes = b""
    package: Package = field(default_factory=lambda: Package(b""))

    def say(self, words: str, *, passing: bool = False) -> None:
        self.journey.log(self.walk.title, words, passing)

    def hear(self, now: Standing) -> None:
        if now.section == "sources" and now.rows:
            self.say(f"gathering, {now.rows:,} rows", passing=True)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.result.seconds[stage] = self.result.seconds.get(stage, 0) + time.monotonic() - begun


def travel(journey: Journey, board: Board) -> list[Result]:
    """All walks, four at a time. A walk that fails leaves its reason in its result."""
    journey.log = lambda title, words, passing: board.show(title, words, passing=passing)
    journey.prepare()
    results: dict[Walk, Result] = {}
    waiting = deque(WALKS)

    def work() -> None:
        while waiting:
            walk = waiting.popleft()
            results[walk] = go(journey, walk)

    # Daemons: whoever stops the demo in the middle does not wait for what is under way.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.1)
    finally:
        board.close()
    return [results[walk] for walk in WALKS]


def go(journey: Journey, walk: Walk) -> Result:
    """One case from the form to the opened package."""
    person = journey.person(walk.slug, walk.role)
    result = Result(walk.slug, walk.right, person.name)
    step = Step(journey, walk, person, result, journey.systems[walk.slug])
    try:
        _walk(step)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the other cases go on
        result.problem = f"{type(problem).__name__}: {problem}"[:400]
        step.say(f"FAILED: {result.problem}")
    return result


def _walk(step: Step) -> None:
    before = step.systems.rows_of(step.person)
    with step.timed("asked"):
        _ask(step)
    with step.journey.officer(step.walk.worker, step.hear) as worker:
        _work(step, worker)
    with step.journey.officer("approver") as approver:
        _approve(step, approver)
    with step.journey.officer(step.walk.worker, step.hear) as worker, step.timed("sent"):
        worker.do_by_hand(step.result.reference)
    with step.timed("sent"):
        subject = Subject(step.journey.web, Mailbox(step.journey.mailbox, step.person.email))
        content = subject.fetch(step.walk.slug, step.result.reference)
        step.package = Package(content, step.systems.parts)
    step.result.bytes = len(step.package.content)
    _check(step, before)
    step.say(f"{step.result.reference} done, package opened and checked")


def _ask(step: Step) -> None:
    walk, person = step.walk, step.person
    language = "da" if COUNTRY[walk.slug] == "DK" else "sv"
    typed = {}
    if walk.borrows:
        other = step.journey.person(walk.slug, walk.borrows)
        typed = {"phone": other.numbers[0].msisdn, "customer_no": other.customer_no}
    standing = "user" if person.employer else "self"
    request = Request(walk.slug, (walk.right,), person.name, person.email, language, standing, typed)
    subject = Subject(step.journey.web, Mailbox(step.journey.mailbox, person.email))
    (step.result.reference,) = subject.ask(request, walk.eid(person) if walk.shown == EID else None)
    entered = "signed in, code entered" if walk.shown == EID else "code entered"
    step.say(f"{step.result.reference} asked for, {entered}")


def _work(step: Step, worker: Officer) -> None:
    reference, result = step.result.reference, step.result
    with step.timed("gathered"):
        worker.wait_until_judged(reference)
        _show_more(step, worker)
    if step.walk.borrows:
        step.say(f"{reference} {worker.reject_claims(reference)} identifiers of somebody else rejected")
    if step.walk.right == "marketing-objection":
        worker.wait_until_stopped(reference)
        check_objection(step.systems, step.person)
        step.say(f"{reference} marketing stopped before anybody decided", passing=True)
    page = worker.decide(reference)
    _count(result, standing(page))
    step.say(f"{reference} {standing(page).rows:,} rows gathered, decisions accepted")
    if not worker.look(reference).form("/answer/prepare/"):
        with step.journey.officer("cleared", step.hear) as lawyer:
            step.say(
                f"{reference} {lawyer.accept_left(reference)} decisions accepted by a lawyer with clearance"
            )
    with step.timed("written"):
        worker.prepare(reference)
    step.say(f"{reference} answer prepared")
    if step.walk.worker == "senior":
        check_four_eyes(worker, reference)


def _show_more(step: Step, worker: Officer) -> None:
    """A stronger proof than the code, after everything that the code opens has been gathered."""
    reference = step.result.reference
    if step.walk.shown == VOUCHED:
        worker.vouch(reference)
        step.say(f"{reference} vouched for by a caseworker, the rest gathered")
    if step.walk.shown == LATER:
        subject = Subject(step.journey.web, Mailbox(step.journey.mailbox, step.person.email))
        subject.step_up(step.walk.slug, reference, step.walk.eid(step.person))
        worker.wait_until_judged(reference)
        step.say(f"{reference} signed in on the status page, the rest gathered")


def _count(result: Result, now: Standing) -> None:
    verdicts = now.verdicts
    if result.right != "access":
        result.erased, result.kept = verdicts["erase"], verdicts["keep"]
        return
    result.given = sum(count for verdict, count in verdicts.items() if verdict in GIVEN)
    result.withheld = sum(count for verdict, count in verdicts.items() if verdict in WITHHELD)


def _approve(step: Step, approver: Officer) -> None:
    reference = step.result.reference
    with step.timed("sent"):
        step.letter = approver.approve(reference)
        step.say(f"{reference} approved by somebody else")


def _check(step: Step, before: Mapping[str, frozenset[str]]) -> None:
    walk, systems, person = step.walk, step.systems, step.person
    check_verified(step.package.content, step.journey.web)
    if walk.right == "access":
        proven = bool(walk.shown)
        check_access(step.package, systems, person, before, step.letter, proven=proven)
        check_proof(step.package, before, proven=proven)
        check_own_rows_only(step.package, systems, person)
        masked = check_covered(step.package, systems, person)
        step.say(f"{step.result.reference} {masked} values that tell of others masked, and in clear nowhere")
    if walk.right == "erasure":
        check_erasure(systems, person, before, step.result)
    if walk.right == "marketing-objection":
        check_objection(systems, person)
