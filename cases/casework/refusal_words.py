"""What a refused command says: why, and what to do instead. By code; parameters in the manner of gettext."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

MESSAGES: dict[str, "StrPromise"] = {
    "wrong-stage": _("The case is at “%(stage)s”; this can't be done there."),
    "backlog-text": _(
        "Line %(line)s can't be read. Save the file as CSV in UTF-8, with every quotation mark closed."
    ),
    "backlog-empty": _("There is no line below the names of the columns."),
    "backlog-long": _("The file has more than %(most)s lines. Cut it into several."),
    "backlog-missing": _("The first line lacks these columns: %(columns)s."),
    "backlog-unknown": _("There is no column “%(column)s”. These are known: %(columns)s."),
    "backlog-twice": _("A column is named twice in the first line."),
    "backlog-size": _("Choose a CSV file of at most %(megabytes)s megabytes."),
    "not-supplemented": _(
        "Only an answer to a request for data, once it is delivered and while its file is there, can be added to."
    ),
    "supplemented-already": _("What was lacking is looked for in %(reference)s already."),
    "no-customer": _("The operator answers for all that is asked here; there is no customer to pass it on to."),
    "customer-not-told": _("The person wants to be reached safely, so that nobody else is told of the request."),
    "passed-on-already": _("The request has been passed on to the customer."),
    "said-already": _("This is what is noted already."),
    "ground-needed": _("Choose by what of the law this part is refused, of those that are named here."),
    "fee-excessive-only": _("A fee can be asked only for a part that is manifestly unfounded or excessive."),
    "split-data-only": _("Only the answer to a request for data can come in two parts."),
    "split-already": _("The request was split before; that is done once."),
    "split-nothing-ready": _(
        "There is nothing to hand over first. Something must be ready and stay in the first part, and something must "
        "come later."
    ),
    "choose-parts": _("Choose what comes later, of the kinds of data that are named here."),
    "not-split": _("This is not the rest of a request that was split."),
    "together-too-late": _("One of the two answers is written; they stay two."),
    "together-overdue": _("The day of the first part is over; to wait for the rest would make it later still."),
    "number-needed": _("Write the number under which the authority or court has it."),
    "answer-before": _("The day for our statement lies before the day on which we heard of it."),
    "dispute-there": _("This is noted already, under the same number."),
    "statement-first": _("Note on the case page that our statement has gone, or that it has ended."),
    "held-back": _("The desk was restored and is held back; nothing leaves it until it is released."),
    "not-held-back": _("The desk is not held back; there is nothing to release."),
    "closed": _("The case is closed."),
    "code-wrong": _("That is not the right code. Tries left: %(tries)s."),
    "code-expired": _("The code has run out. Ask for a new one."),
    "code-none-left": _("Too many tries. Ask for a new code."),
    "code-wait": _(
        "Too many codes were typed. Wait %(minutes)s minutes before the next one, or reach us another way: it stands "
        "below."
    ),
    "lawyer-confirms": _("Only a lawyer accepts or changes this decision."),
    "cleared-confirms": _(
        "Only a lawyer with clearance, who has just shown a second factor, accepts or changes this decision."
    ),
    "choose-outcome": _("This one needs your own judgement. Choose an outcome and say why."),
    "nothing-to-confirm": _("There is nothing left to decide here."),
    "marks-to-look-at": _("Something has to be looked at by itself; open the case."),
    "nothing-ticked": _("Tick the cases first."),
    "decisions-open": _("%(count)s decisions are still open. Accept or change them first."),
    "reason-needed": _("Write down the reason; it goes into the record."),
    "no-refusal": _("The law leaves no room for a refusal here."),
    "hold-not-overridable": _("A statutory hold can only be overridden by a legal officer."),
    "outcome-unknown": _("“%(outcome)s” is not an outcome this right can have."),
    "same-person": _("You prepared this answer. Another person has to approve it."),
    "own-hand": _("%(did)s So you can't approve the answer. %(others)s"),
    "not-ready": _("The answer is not ready to be approved."),
    "same-annex": _("You had this annex sealed. Another cleared officer has to approve it."),
    "annex-changed": _("The annex is approved already, or is not the file that was sealed. Look again."),
    "annex-unread": _("Read this annex first: what you approve is what you have read."),
    "not-read": _(
        "You have not opened %(what)s in this version. Read it first: what you approve is what you have read."
    ),
    "cut-size": _("Choose a file of at most %(most)s megabytes."),
    "pdf-unreadable": _("The PDF can't be opened: it is damaged or has a password."),
    "pdf-long": _("The PDF has more than %(most)s pages. Cut it into parts elsewhere and hand in what may be given."),
    "pdf-large": _(
        "The PDF is larger than %(most)s megabytes. Cut it into parts elsewhere and hand in what may be given."
    ),
    "words-newer": _(
        "There are newer words of your own than those in this answer. Have it written anew, then read it."
    ),
    "nothing-blackened": _("None of these words stand in the PDF's text, and no area is named. A scan has areas only."),
    "area-unreadable": _(
        "“%(line)s” is no area. Write the page, then left, top, right and bottom in hundredths, such as 2: 10 20 60 35."
    ),
    "words-not-there": _("Some of the words do not stand in this text. Type them as they stand there."),
    "span-outside": _("A stretch to mask lies outside the text. Mark it again."),
    "masks-lapsed": _(
        "Text was masked by hand in rows that have changed since, or a file was cut that is gone. Look at rows and "
        "files again and mask or cut what has to be; then say on the case page that you have."
    ),
    "words-empty": _("Write the words; standard words that say nothing are ended, not emptied."),
    "answer-changed": _("The answer has changed since you looked at it. Look again."),
    "not-a-caseworker": _("This person doesn't work cases for this operator."),
    "not-alike": _("Nothing shows any more that these two requests are one person's. Look again."),
    "scope-differs": _("They do not ask for quite the same, so each gets its own answer."),
    "joined-too-late": _("The answer to one of them is being written or carried out, so each gets its own answer."),
    "hand-to-another": _("Choose two different people."),
    "nothing-chosen": _("None of these cases is theirs any more. Look again."),
    "not-a-member": _("This person has no role at this operator that sees cases."),
    "not-named": _("This case is for named staff only. Name this person for it first."),
    "nobody-left": _(
        "Cases for named staff only would be left with nobody to work them. Give somebody else a role that works "
        "cases first."
    ),
    "last-named": _("Nobody would be left to work this case. Name somebody else first."),
    "still-protected": _("The person's identity is protected, and so the case stays with its named staff."),
    "protected-package": _(
        "The person's identity is protected: they open the answer themselves. Staff open it only to send it on."
    ),
    "child-first": _("A child asks. Write down on the case what you looked at; the task is done by that."),
    "interval-backwards": _("The last day is before the first. Write the earlier day first."),
    "interval-overlaps": _("Some of these days are decided already. Take that back first, or choose other days."),
    "person-lives": _("Nobody has said that the person died. Write down the day first."),
    "law-applies": _("The law applies here, so this request is answered as any other."),
    "died-in-future": _("Write the day the person died, today or earlier, as 2026-03-14."),
    "package-gone": _("The package could be fetched until %(day)s. Ask us again if you still need it."),
    "kept-longer": _("We have kept it longer once already. When its time is over, you can ask anew."),
    "not-over": _("The answer can still be fetched, or has been asked for anew already."),
    "package-not-ready": _("There is no package to fetch yet."),
    "no-extension": _("This request can't be extended: the law gives it no second period."),
    "extension-ground": _("Choose what the extension rests on: the law knows complexity and number."),
    "extension-number": _("The person has sent no other request these months. Say why this one is complex."),
    "specify-access-only": _(
        "Only who asks for a copy can be asked which data they want. Other questions do not stop the clock."
    ),
    "pause-late": _("A question stops the clock only until %(day)s. Ask it all the same; the clock runs on."),
    "not-so-many": _(
        "The person can be asked which data they want where there are very many: %(most)s rows or more. Other "
        "questions do not stop the clock."
    ),
    "extension-late": _("The first month is over; it is too late to extend."),
    "extended-already": _("This case has been extended once already."),
    "message-empty": _("Write your message first."),
    "message-long": _("A message has at most %(most)s characters, and this has %(count)s. Shorten it, or send two."),
    "message-waits": _("Choose whether the clock waits for the answer."),
    "ask-who-there": _(
        "Who asks, or for whom, has not been shown yet. Ask for that where the page says who the person is; that "
        "question comes with a letter."
    ),
    "paused-already": _("The clock is paused already."),
    "not-paused": _("The clock is not paused."),
    "split-paused": _("The clock stands until the person has answered. Split the request when it runs again."),
    "own-role": _("Nobody changes their own roles. Ask another administrator."),
    "roles-apart": _("%(name)s is “%(other)s” here. The same person can't be “%(role)s”."),
    "own-password": _("Change your own password in the menu at the top."),
    "own-case": _("Nobody opens a case to themselves that is about them, or about somebody close to them."),
    "own-factor": _("Use another phone in the menu at the top, or ask another administrator."),
    "nobody-agrees": _(
        "A second administrator has to agree, and there is none. "
        "Do it on the server: manage.py sign_in_link %(name)s --without-second-factor"
    ),
    "system-account": _("Accounts of the operator's systems are made on the server, with manage.py api_token."),
    "nobody-confirms": _(
        "A second person who holds this role has to confirm it, and there is none. "
        "Give it on the server: manage.py add_member NAME %(operator)s %(role)s"
    ),
    "two-can-do-it": _("two members can give this role at the desk: one proposes, one confirms; or --without-second"),
    "address-needed": _("There is no account of this name yet. Write the person's e-mail address for the invitation."),
    "address-differs": _("%(name)s has another address. People change their address themselves, signed in."),
    "name-reserved": _("The record calls a part of the desk “%(name)s”. Choose another user name."),
    "address-taken": _("Another account has this address. One person has one account, with several roles if need be."),
    "no-address": _(
        "%(name)s has no e-mail address. Signed in, they can add one; "
        "else manage.py sign_in_link %(name)s prints a link on the server, to be handed to them alone."
    ),
    "link-used": _("This link has been used or has run out. Ask an administrator for a new one."),
    "authority-kind": _("Choose what kind of authority it is."),
    "authority-no-right": _("Choose at least one right that the authority reaches to, or refuse it as a whole."),
    "authority-rest-why": _("Write why the other rights are refused; the letter says it."),
    "authority-period": _("The first day comes after the last one."),
    "authority-answer-to": _("Under this authority the answer can't go there. Choose another addressee."),
    "authority-beyond-law": _(
        "The law does not reach this person any more: see Deceased on the case page, and close the case with a letter."
    ),
    "authority-no-death": _(
        "No day of death is written down. Write it down under Deceased on the case page, then accept the authority."
    ),
    "authority-grown": _(
        "Custody has ended: the person is of age. Choose a power of attorney or guardianship if one was shown, "
        "or refuse."
    ),
    "authority-child-unheard": _(
        "The child is old enough to be heard. Write down what it wants, and how you know, or refuse."
    ),
    "authority-together": _(
        "Two custodians decide this together. Write down how you know that the other one agrees, or that there is none."
    ),
    "authority-custody-alone": _(
        "Only under custody is a child heard, or another custodian asked. Empty these fields."
    ),
    "authority-ground": _("Choose why it is refused."),
    "paper-empty": _("This file is empty. Choose another one."),
    "paper-size": _("This file is larger than %(megabytes)s MB. Send a smaller one, for example one page a file."),
    "paper-type": _(
        "We take PDF files and pictures (JPEG, PNG, HEIC, TIFF, WebP). Save it as one of these, or photograph it."
    ),
    "paper-again": _("We have this file already."),
    "paper-many": _("There are %(count)s files already, and we take no more. Call us if something is missing."),
    "paper-infected": _(
        "Our virus scanner found something harmful in this file, so we have not kept it. Make it anew, for example as "
        "a photograph."
    ),
    "paper-deleted": _("This paper has been deleted."),
    "paper-not-scanned": _(
        "No virus scanner has seen this paper yet. It is scanned by itself as soon as the scanner answers; then it can "
        "be opened."
    ),
    "already-decided": _("Somebody has decided this already."),
    "verdicts-changed": _("Holds or verdicts changed since approval. Look at the case again before it is carried out."),
    "blocked": _("Before this can be answered: %(what)s"),
    "run-not-stopped": _("This source is not stopped; there is nothing to retry."),
    "run-not-refused": _(
        "This source has not said that it may not hand the data over. Try it again, or have it mended."
    ),
    "reason-for-person": _(
        "What is the person told? Write the reason, in at most %(most)s characters: the letter gives it."
    ),
    "nothing-unsearched": _("Nothing stops the search of this case; there is nothing to go on without."),
    "search-again": _("What is known leads everywhere by now. Search again."),
    "identifier-known": _("This identifier is known already, and the sources were asked with it."),
    "left-out": _("Nothing was gathered here: the source may not hand it over. The letter says so."),
    "breach-first": _("What was done about it goes into the record of the breach: open it and write it down there."),
    "not-recallable": _("Only an answer that was handed over can be taken back, and only once."),
    "late-says-why": _("The authority was told after the 72 hours. Write why; the law asks for the reasons."),
    "aware-later": _("Write when you learned of it: a time that is past, and after the answer was handed over."),
    "breach-settled": _("What was done about this breach has been written down already."),
    "tell-or-why": _("Either write when they were told, or why they need not be."),
    "told-before-aware": _("Nobody can have been told before it was known here, nor in the time to come."),
    "authority-first": _(
        "Somebody asks for another person. Check the authority and write down what you checked; nothing is looked for "
        "before that."
    ),
    "askers-mailbox": _("This is the address of whoever asks. It would find their own data, not the other person's."),
    "askers-number": _("This is the number of whoever asks. It would find their own data, not the other person's."),
    "another-shown": _(
        "The sources know this customer by another national number than the one that was shown. No identifier ties "
        "the two: if they are one person, two of you vouch for who asks, at the highest level."
    ),
    "asks-for-themselves": _("Whoever asks here asks for themselves: confirm what they typed instead."),
    "run-ended": _("This source has ended or is stopped already; there is nothing to pause."),
    "claims-open": _("Some identifiers are not shown to be the person's. Confirm or reject these first."),
    "failed-sources": _("A source has failed. Try it again, or have it mended, before the answer is prepared."),
    "proof-missing": _("Nobody has proven who asks yet."),
    "letter-masked": _(
        "This letter would say something that is masked for this person, or cannot be opened. Look for it in your own "
        "words and take it out."
    ),
    "notice-masked": _(
        "The notice can't be written with these words. Write only the name and the postal address of the subscriber, "
        "and who was told."
    ),
    "notice-unchecked": _("The notice can't be checked now. Ask whoever runs the desk to look at the sources."),
    "not-printed": _("The letter can't be written on this server. %(what)s"),
    "evidence-unknown": _("Choose by what you know who asks."),
    "checked-needed": _("Write down what you checked; it goes into the record."),
    "no-document-numbers": _(
        "Write in words what you checked, without the number of a document or a person: it need not be kept."
    ),
    "second-person-first": _("Open the case: the second person confirms the proof there, or takes it back."),
    "second-person": _("You vouched for it yourself. Another person has to confirm it."),
    "proposed-already": _("Somebody has vouched already, and a second person has to confirm it or take it back."),
    "address-safe-contact": _("There is one safe way to reach this person, and no other address is written to."),
    "address-same": _("This is the address we write to already."),
    "address-invalid": _("Write an e-mail address we can answer, for example name@example.com."),
    "still-asked": _("We asked who it is, and gave until %(day)s. Close the case after that day."),
    "collected": _("Everything it leads to has been gathered, so this can't be undone here any more."),
    "day-outside": _("Write a day from %(first)s to %(last)s."),
    "not-closed": _("The case is open: there is nothing to reopen."),
    "answered-stays-closed": _(
        "This case was answered, so it stays closed. What the person asks for now is a new request."
    ),
    "limit-over": _(
        "What the person objected to is in use again, so this case stays closed. Take in a new request; it limits the "
        "use again."
    ),
    "notice-first": _("Say on the page of the notice on which day the letter was posted; the task is done by that."),
    "order-runs": _("The days of this order run until %(day)s. If it was lifted before that, say so."),
    "order-lifted-by": _("Write the number of the decision that lifted the order."),
    "notice-to-come": _("This day is still to come. Write the day on which the letter was posted."),
    "stronger-proof": _("Nothing was gathered here: it takes a stronger proof of identity. Vouch for it first."),
    "source-unknown": _("There is no such source."),
    "key-reused": _("This idempotency key was used for another request."),
    "order-invalid": _("%(what)s"),
    "not-an-identifier": _("%(what)s"),
    "order-beyond-rule": _(
        "The law behind this kind of order does not reach: %(categories)s. Where the court orders it all the same, "
        "propose on the page of orders that the rule reaches further. The rows are held from then on, and the order "
        "can be registered."
    ),
    "extension-same-person": _("You proposed this. A legal and a cleared officer have to agree, two people."),
    "extension-in-use": _("An order in force names this category. It has to end first."),
    "over-retained-give-first": _("The person asked for a copy. Give them these rows first, and note it here."),
    "over-retained-held": _("Everything that is left is still held. Look again when the order has ended."),
    "over-retained-still-there": _(
        "The source still shows these rows. Have them erased there, then record it here."
    ),
    "over-retained-not-now": _("The source doesn't answer as it should. Try again later, or have it mended."),
    "row-unknown": _("There is no such value in the gathered rows. Look at the rows again."),
    "value-unreadable": _("The new value doesn't look like the one that stands there. Write it the same way."),
    "corrections-none": _("Write down what should be corrected first."),
    "not-restricted": _("Nothing of this case is restricted."),
    "lifting-too-early": _("The person has to be told first. Choose a day that is still to come."),
    "notice-window": _("The notice may be sent from %(opens)s to %(ends)s, not on another day."),
    "mail-limit": _("Too many codes were asked for. Wait an hour and try again."),
    "no-later-rows": _("No rows came after the gathering; there is nothing for a second pass."),
    "case-file-gone": _("The time of this case file is over: who asked is known no more. Ask for a new request."),
    "owner-answered": _("This question has been answered, or isn't asked any more. There is nothing left to do."),
    "owner-opened": _(
        "Somebody has opened this link already. What to look for is shown once a mail; ask for a new one."
    ),
    "owner-gave-something": _("You have handed over files. Take them back first if there is nothing after all."),
    "owner-gave-nothing": _("Hand over a file first, or say that you hold nothing."),
    "not-in-force": _(
        "What the person wants stopped isn't stopped everywhere yet. See what was carried out, and the tasks."
    ),
    "objection-not-now": _("The source doesn't answer as it should. Try again later, or have it mended."),
    "objection-still-undone": _("The source took it, and still shows the objection undone. Have it looked at."),
    "letter-address": _("Write the address the letter goes to, as the population register has it."),
    "no-letters": _("This operator sends no codes by letter. Choose another way; they stand in the register."),
    "letter-protected": _(
        "The person's identity is protected: their address is not looked up here. Agree another way with them."
    ),
    "letter-unsafe": _(
        "The person is to be reached in one way only. Ask them in that way whether a letter is safe, and say so here."
    ),
    "ask-safely": _(
        "The person is to be reached in one way only, and we mail nothing. Ask them in that way, and say so here: the "
        "clock waits from then."
    ),
    "no-letter": _("There is no letter that waits to be posted. Write one first."),
    "posted-digits": _("The code in the letter has %(digits)s digits. Write all of them."),
    "posted-expired": _(
        "This code opens nothing, or no longer does. Use the one in the newest letter, or ask for another."
    ),
    "upload-size": _("The file is larger than %(megabytes)s MB. Split it."),
    "upload-many": _("There are %(count)s files already. Put several into one."),
    "upload-again": _("This file has been handed over already."),
    "upload-type": _("This kind of file can't be taken. Use CSV, JSON, PDF, an office document, sound, image or film."),
    "upload-encoding": _(
        "It can't be told for certain which letters this file has. Save it as CSV UTF-8 (in Excel: Save As, CSV UTF-8) "
        "and hand that over."
    ),
    "upload-infected": _(
        "Our virus scanner found something harmful in this file, so we have not kept it. Make it anew, for example as "
        "a PDF."
    ),
    "file-infected": _(
        "A virus scanner found something harmful in %(file)s, which its owner handed over. Ask the owner once more, so "
        "that it is taken back and handed over anew."
    ),
    "file-not-scanned": _(
        "No virus scanner has seen a file that an owner handed over. It is scanned by itself as soon as the scanner "
        "answers; then the answer can be prepared."
    ),
    "upload-not-scanned": _("The virus scanner does not answer, and nothing is taken unseen. Try again later."),
    "upload-empty": _("There are no rows in this file. If you hold nothing, say so below."),
    "owner-not-answered": _("The owner has not answered yet: there is nothing to correct."),
    "upload-rows": _("The file has too many rows. Split it into files of at most 2,000,000."),
    "upload-header": _("The first line has to name every column, each by a name of its own."),
    "upload-columns": _("Row %(row)s doesn't have the columns that the first line names, or is too long."),
    "upload-csv": _("Line %(row)s can't be read as CSV. Look for a quotation mark without its pair."),
    "no-such-receiver": _("Nobody of that name takes data of this operator's, or the answer is written already."),
    "transfer-not-waiting": _("Nothing waits to be sent to another provider just now. Load the page anew."),
    "package-missing": _("A file of this answer is missing from the store. It has to be put back from the backup."),
    "upload-json": _("The file can't be read as JSON (line or row %(row)s)."),
    "upload-not-a-row": _("Entry %(row)s isn't an object with named values."),
    "upload-twice": _("A name stands twice in one object, so that a value would be lost."),
    "upload-foreign": _("Row %(row)s belongs to somebody else: it has none of the values asked for."),
    "upload-told": _("Row %(row)s holds a date that can't be read."),
    "upload-identifiers": _("These rows tell of more identifiers than one person has. Take them back and look again."),
    "upload-time": _("Row %(row)s is from a time when this wasn't the person's, or doesn't say when it happened."),
}  # fmt: skip
