"""Mails that did not arrive: refused at once, or sent back later to a mailbox that is read here."""
