"""What can be asked, and by whom, in the words of the person who asks."""

from django.utils.translation import gettext_lazy as _

from cases.models.case import AuthorityKind, Right, Standing
from cases.web.fields import Words

# In the person's own words; the order is that of how often they are asked.
RIGHTS: dict[str, tuple[Words, Words]] = {
    Right.ACCESS: (
        _("Show me what you have about me"),
        _(
            "You get a copy of your data, and we tell you what we use it for, where it came from and who "
            "got it."
        ),
    ),
    Right.ERASURE: (
        _("Erase my data"),
        _("We erase what no law makes us keep, and tell you what stays, why, and until when."),
    ),
    Right.MARKETING_OBJECTION: (
        _("Stop marketing to me"),
        _("No more offers by letter, phone, text message or e-mail. You need no reason."),
    ),
    Right.OBJECTION: (
        _("Stop using my data for something"),
        _("For uses that rest on our own interest. You choose which ones in a moment."),
    ),
    Right.CONSENT_WITHDRAWAL: (
        _("Take back a consent"),
        _("You said yes to something once and no longer do. It holds from now on."),
    ),
    Right.PORTABILITY: (
        _("Give me my data to take elsewhere"),
        _("What you have given us, in a file that another company's systems can read."),
    ),
    Right.RECTIFICATION: (
        _("Correct something that is wrong"),
        _("We put right what is wrong and add what is missing."),
    ),
    Right.RESTRICTION: (
        _("Set my data aside"),
        _("We keep the data but don't use it, for example while we find out whether it is right."),
    ),
    Right.AUTOMATED_DECISION: (
        _("Let a person look at an automatic decision"),
        _("For example a credit check that a computer decided alone."),
    ),
}

# What is asked for somebody else.
FOR_OTHER: dict[str, Words] = {
    Right.ACCESS: _("Show me what you have about the person"),
    Right.ERASURE: _("Erase the person's data"),
    Right.MARKETING_OBJECTION: _("Stop marketing to the person"),
    Right.OBJECTION: _("Stop using the person's data for something"),
    Right.CONSENT_WITHDRAWAL: _("Take back the person's consent"),
    Right.PORTABILITY: _("Give me the person's data to take elsewhere"),
    Right.RECTIFICATION: _("Correct something that is wrong about the person"),
    Right.RESTRICTION: _("Set the person's data aside"),
    Right.AUTOMATED_DECISION: _("Let a person look at an automatic decision about the person"),
}


def wanted(right: str, *, for_other: bool) -> Words:
    """What was asked, in the words of whoever asked it."""
    return FOR_OTHER[right] if for_other else RIGHTS[right][0]


# The law's own words for who looks after an adult, where they differ.
GUARDIANS: dict[str, Words] = {
    "SE": _("I am the person's god man or förvaltare"),
    "DK": _("I am the person's guardian (værge)"),
}


def authorities(country: str) -> tuple[dict[str, Words], dict[str, Words]]:
    """The kinds of authority in the words of whoever has it, and what shows each."""
    labels: dict[str, Words] = {
        AuthorityKind.ATTORNEY: _("I have a power of attorney"),
        AuthorityKind.GUARDIAN: GUARDIANS[country],
        AuthorityKind.CUSTODY: _("I have custody of the person, who is a child"),
        AuthorityKind.ESTATE: _("The person has died, and I speak for the estate"),
    }
    hints: dict[str, Words] = {
        AuthorityKind.ATTORNEY: _(
            "A paper signed by the person that says what you may do, and for how long."
        ),
        AuthorityKind.GUARDIAN: _("The decision or the certificate that says so."),
        AuthorityKind.CUSTODY: _("An extract from the national register, for example."),
        AuthorityKind.ESTATE: _("The estate inventory or the probate certificate."),
    }
    return labels, hints


STANDINGS: dict[str, Words] = {
    Standing.SELF: _("Also if you are under 18: the right is your own, and we tell nobody that you asked."),
    Standing.USER: _("An employer, a parent or a partner, for example."),
    Standing.HOLDER: _("A child or a partner, for example."),
    Standing.PROXY: _("As a guardian, a lawyer or a relative. We will ask for your authority to do so."),
}
