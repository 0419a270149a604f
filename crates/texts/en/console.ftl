# The console: what pages say beside the words of desks.
mithaq = Mithaq
made-up = A made-up agency: nobody and nothing here is real.
skip-to-content = Skip to content
navigation = Navigation
breadcrumb = Where you are
details = Details
search = Search
search-hint = Search by reference, subject or agency
connected = Connected
language-and-calendar = Language, calendar and colours
language = Language
calendar = Calendar
calendar-gregorian = Gregorian
calendar-umm-al-qura = Hijri (Umm al-Qura)
calendar-solar-hijri = Solar Hijri
theme = Colours
theme-device = As the device
theme-light = Light
theme-dark = Dark
apply = Apply
change = Change
work-as = Work as
my-account = My account
sign-out = Sign out
sign-in = Sign in
sign-in-passkey = Sign in with a passkey
sign-in-help = You need the passkey that you registered by the link from your administrator. If you lost it, ask your administrator for a new link.
passkey-needs-script = Passkeys need JavaScript: please allow it for this site.
session-ended = The session is over: sign in again. What was shown as saved is kept.
offline = No connection to the node. What you type now is not saved yet.
saving = Saving…
visit = Visit
visit-as = Look around as { $what }
visit-help = This person and this agency are made up. You can read, write, sign and send as this person; nothing leaves this machine.
visit-enter = Enter
nav-work = Work
nav-trust = Trust and record
nav-inbox = Inbox
nav-requests = Requests
nav-drafts = Drafts and release
nav-correspondence = Correspondence
nav-register = Register of readouts
nav-reviews = Reviews
nav-protection = Protection
nav-agreements = Agreements
nav-evidence = Evidence
nav-audit = Audit log
nav-partners = Partners
nav-administration = Administration
nav-more = More
today-is = { $day } · { $hour } ({ $zone })
new-record = New record
print = Print
summary = Summary
views = Views
view-ours = Waiting for us
view-mine = With me
view-theirs = Waiting for others
view-overdue = Overdue
view-all = All open
view-over = Also those that are over
view-news = Since your last visit ({ $count })
is-unread = Unread:
news-read = Mark all as read
own-views = My views
save-view = Save this view
view-name = Name of the view
save-view-help = Keeps what the list shows now under a name of yours. Nobody else sees it.
remove-view = Remove the view { $what }
stat-overdue = beyond the agreed deadline
stat-day = due within 24 hours
stat-ours = waiting for us
stat-theirs = waiting for others
filter = Filter
filter-channel = Channel
filter-kind = Kind
any = Any
show-new = Something new: show it
inbox-empty = Nothing waits here.
inbox-empty-help = What partners send and what is due appears here, the earliest deadline first.
list-empty = Nothing is here yet.
choose-all = Choose all
choose-one = Choose: { $what }
with-chosen = With those chosen:
assign = Assign
assign-to = Assign to
bring-back = Bring back
bring-back-on = Bring back on
bring-back-at = back on { $what }
next-page = Next
older = Older
key-move = move
key-choose = choose
key-open = open
key-search = search
key-all = all keys
key-sheet = Keyboard shortcuts
keys-help = Letters are meant by their place on a Latin keyboard, so they are in the same place in every language.
keys-on = Use shortcuts in this browser
close = Close
browser-on = { $browser } on { $system }
browser-unknown = Unknown browser
group-overdue = { $count ->
    [one] Overdue ({ $count })
   *[other] Overdue ({ $count })
}
group-day = { $count ->
    [one] Within 24 hours ({ $count })
   *[other] Within 24 hours ({ $count })
}
group-week = { $count ->
    [one] This week ({ $count })
   *[other] This week ({ $count })
}
group-later = { $count ->
    [one] Later ({ $count })
   *[other] Later ({ $count })
}
group-without = { $count ->
    [one] Without a deadline ({ $count })
   *[other] Without a deadline ({ $count })
}
left-m = { $m } min left
left-hm = { $h } h { $m } min left
left-dh = { $d } d { $h } h left
late-m = { $m } min late
late-hm = { $h } h { $m } min late
late-dh = { $d } d { $h } h late
nothing-due = Nothing is due
no-title = (no title)
urgent = Urgent
awaits-us = Waiting for us
is-with = With { $what }
with = With
with-nobody = Nobody yet
head-party = Party
opened-at = opened { $what }
what-next = What can be done next
history = What happened
title-gone = the content is gone
received-at = { $what } received it
received-disputed = { $what } says that it received it, at a time that does not fit
withheld-from-you = A record that is not for you ({ $what })
corrections = { $count ->
    [one] { $count } correction: what was shown before was not final
   *[other] { $count } corrections: what was shown before was not final
}
deadlines = Deadlines
ours = we
is-us = us
clause = Clause
parts = How each party stands
among-us = Among ourselves
among-us-help = Only colleagues see this. It never leaves the node.
remark = Remark
remarks = Remarks
say = Say it
missed-proof = Proof of the missed deadline
to-thread = The thread
to-record = The record
proof-file = Proof
files = Files
terms = Terms
kept-until = Kept until
approved-by = Approved by
no-approvals = Its clause asks for no approvals.
values = Values
place = Place in the log
check-yourself = The proof can be checked offline, with any copy of the verifier:
yes = Yes
no = No
unit-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
unit-kib = { $count ->
    [one] { $count } KiB
   *[other] { $count } KiB
}
unit-mib = { $count ->
    [one] { $count } MiB
   *[other] { $count } MiB
}
choose = Choose…
choose-what = Choose what to write, and under which clause. Only what an agreement lets you send is listed.
nothing-to-write = No agreement lets your office send anything yet.
nothing-to-write-help = Once an agreement is in force that names a kind of record your role sees, it appears here.
is-optional = optional
one-more = One more: { $what }
persons-and-handling = Persons and handling
persons-and-handling-help = Whom it is about, how urgent it is, and what the receiver may do with it.
add-file = Add a file
files-need-script = Files need JavaScript here; the command line sends them too.
it-goes-to = It goes to
rules-here = Rules that hold here
rule-approvals = Approvals: { $what }
rule-retention = { $count ->
    [one] Kept for at most { $count } day
   *[other] Kept for at most { $count } days
}
rule-no-persons = It names no persons.
rule-persons = Persons that it may be about: { $what }
check-answers = Check your answers
save = Save
saved-at = Saved { $what }
not-saved = Not saved yet
there-is-a-problem = There is a problem
in-field-of-form = In the field
drafts-help = Nobody releases what they wrote: another person sees what will be sent, to whom and under which clause.
drafts-waiting = Waiting for you
drafts-waiting-empty = Nothing waits for your decision.
drafts-open = On their way
drafts-open-empty = No draft is here.
drafts-done = Done
not-complete = (not complete)
draft-conflict = The draft changed while you were writing
draft-conflict-help = Somebody else saved the draft, or you did in another window, since you opened it here. Nothing is lost: what you typed is below, beside what is saved. Choose for each field which is to stand.
draft-conflict-handed = The draft is not being written any more: it was handed over or sent. You can keep what you typed as a draft of its own.
draft-conflict-same = What you typed is what is saved.
which-stands = Which is to stand
keep-mine = Keep mine
take-other = Take the other
says-nothing = (nothing)
save-chosen = Save what is chosen
take-other-whole = Leave mine and open the saved one
mine-as-another = Keep mine as a draft of its own
written-by = written by { $what }
what-is-sent = What will be sent
approvals = Approvals
not-yet-given = not yet given
your-decision = Your decision
sends-at-once = The clause asks for no second person: it is sent at once.
send-now = Send
hand-to = Hand it to
hand-to-anybody = Whoever may release it
hand-over = Hand over for release
approve-as = Approve as { $what }
release = Release and send
release-help = You release what you see here. It can't be taken back.
return = Return with the remark
refuse = Refuse
discard = Discard the draft
discard-sure = Discard this draft? What is in it is destroyed.
nothing-to-decide = You have nothing to decide here.
you-sign-as = You sign as: { $what }. Your key stays with you; the node gets the signature only.
signature-by-hand = Signature over these bytes, in base64
digest-help = What is signed is this digest of all that you see here.
sent-recorded = It was sent.
sent-waits = It waits until it may leave.
agreements-help = Nothing crosses that no clause of an agreement allows.
no-agreements = There is no agreement yet.
no-agreements-help = An agreement is drafted by the secretariat, signed by the heads of all parties, and then governs a channel.
version-in-force = In force
version-earlier = Not in force
version-unsigned = Not signed by all
version = Version { $what }
days-left = { $count ->
    [one] { $count } day left
   *[other] { $count } days left
}
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
at-once = at once
sign-agreement = Sign for the agency
parties = Parties
has-signed = has signed
has-not-signed = has not signed
suspended-since = suspended since { $what }
ended-on = ended on { $what }
agreement-hash = Agreement
channel = Channel
register-about = Published readouts of meetings, with the status of every topic.
other-readout = Other readout of the meeting
two-readouts = Two readouts of one meeting
two-readouts-help = What each side published of the same meeting: the same states on the same day. What differs is marked.
topics = Topics
differs = Differs:
not-told = Not told here
more-readouts = Further readouts of the meeting
no-other-readout = There is no other readout of this meeting here that you may see.
look-further = Look among older ones
correspondence-about = Letters and files between offices.
nothing-found = Nothing was found for “{ $what }”.
nothing-found-help = All words must stand in one record. Try fewer words, or a reference such as req-0123abcd.
too-many-hits = There is more than is shown: add a word.
audit-size = { $what } entries
countersigned-by = countersigned by an auditor { $when }
not-countersigned = not countersigned by an auditor yet
person = Person
act = Act
when = When
who = Who
on-what = On what
why = Why
answer = Answer
partners-help = Whether each partner is reached, when it was last heard of, and what waits.
no-partners = There is no partner yet.
no-partners-help = Two agencies meet with `mithaq pair`, and compare their fingerprints by voice.
partner-reached = Reached
partner-not-reached = Not reached
partner-not-trusted = Not confirmed
partner-not-yet = Not heard of yet
never-heard = never
last-heard = last heard of: { $what }
records-wait = { $count ->
    [one] { $count } record waits
   *[other] { $count } records wait
}
our-fingerprint = Our fingerprint
our-fingerprint-help = Read it to your partner by voice; your partner types what it hears.
sessions-open = { $what } people signed in
administrators-too-few = Two administrators decide who is let in: here there are not two yet. On the node's machine, add a second one with `mithaq person add` and `mithaq person link`.
seconds = Waiting for a second administrator
seconds-none = Nothing waits.
asked-by = asked by { $what }
waits-until = waits until { $what }
asked-token = A token is to be made
asked-officer = A key is to approve in a channel
asked-auditor = An auditor is to be registered
asked-link = A link is to be made by which a person registers a passkey
asked-person = A person is to be added
asked-person-changed = A person is to be changed
second-is-mine = You asked: another administrator confirms.
second-confirm = Confirm
second-end = End it
ask-second = Ask for it
person-new = New person
person-about = What the person is
person-about-help = You ask for it; another administrator confirms it. Tokens that the person may have no more are revoked with that.
person-name = Name
person-name-help = For colleagues. Partners and the audit log know the person by a number only.
offices-help = One in each line, as agreements and colleagues call it.
languages-read = Languages that the person reads
signs-in = Signs in with
passkeys-count = { $count ->
    [0] no passkey
    [one] { $count } passkey
   *[other] { $count } passkeys
}
passkeys-none = None yet: the person is let in by a link.
has-left = has left
revoke = Revoke
officer-revoke-sure = Revoke this key? What it approves from now on counts at no party, and it can't be enrolled again.
token-revoke-sure = Revoke this token?
token-new = New token
token-for-program = New token for a program
token-for-what = What it is for
token-days = For how many days it counts
token-help = Its text comes in two halves: you get the first, whoever confirms gets the second.
public-key = Public key
auditors = Auditors
auditors-none = No auditor is registered: nothing is exchanged without one.
auditor-new = Register an auditor
auditor-file = The auditor's public file
auditor-file-help = What `mithaq auditor new` wrote beside the key. The key itself never comes here.
signing-keys-none = None: the person registers one on the page of the own account.
is-passkey = passkey
ask-enrol = Ask to enrol it
link-help = By a link the person registers a passkey, once. You get the first half of it, whoever confirms gets the second.
ask-link = Ask for a link
passkeys-take = Take the passkeys away
passkeys-take-sure = Take every passkey of this person away and end the sessions?
person-leaves = Leaves the agency
person-leaves-help = Tokens, passkeys and sessions end at once. Enrolled keys are revoked in each channel, under the officers.
person-leaves-sure = End that this person belongs to the agency?
half-first = The first half
half-second = The second half
half-for = Give this to { $what } yourself, and to nobody else:
half-of-link = With both halves the person opens the page /enrol and types the first, then the second. One alone lets nobody in.
half-of-token = The token is the first half with the second behind it. One alone lets nobody in.
half-once = It is shown here once, and can't be found out again.
halves = I was given two halves
people = People
roles = Roles
role = Role
offices = Offices
office = Office
purposes = Purposes
purposes-help = What others supplied is read for a purpose only. These are yours.
keys = Keys
away = Away
officers = Officers' keys
is-nobody = nobody
a-program = a program
is-revoked = revoked
tokens = Tokens
token = Token
counts-until = Counts until
where-signed-in = Where you are signed in
this-browser = this browser
since = since { $what }
last-used = last used { $what }
end-session = End this session
end-others = End all others
absence = Absence
absence-help = While you are away, a colleague sees and decides what is yours.
away-until = Away until { $what }
deputy-is = { $what } stands in
away-last-day = Last day
deputy = Who stands in
i-am-away = I am away
i-am-back = I am back
go-back = Back
to-start = To the first page
no-such-page = there is no such page: follow the navigation, or search
no-such-link = this link is not known, or its node was started anew: ask for another one
page-acts-only = this can be done from a page of this site only
page-not-made = the page could not be made: this is a fault of the program
not-your-seat = you do not have this role and office: choose one that is listed
visitors-made-up-only = only a made-up agency has visitors: the code of its country must be one that no state has (XAA to XZZ)
signature-form = the signature does not fit: sign again on this page
enrol = Register a passkey
enrol-help = A passkey is a key in your device, your phone or a security key. It stays there; the node gets its public half only. This link counts once.
enrol-make = Make a passkey
passkey-name = What you call it (office computer, key ring …)
passkeys = Passkeys for signing in
passkey-add = Add another
passkey-remove-sure = Take this passkey away? You can no longer sign in with it.
remove = Take away
is-synced = synced
visitor-no-passkey = Visitors of a made-up agency need no passkey.
confirm = Confirm that it is you
confirm-help = Before what can't be undone, show your passkey again.
confirm-passkey = Show my passkey
confirm-first = show your passkey again before this: open /confirm, then repeat it
passkey-refused = this passkey is not known here, or what it signed does not fit: try again, or ask your administrator for a new link
passkey-does-not-fit = what the browser says of the new passkey does not fit: { $error }
passkey-known = this passkey is registered already
passkeys-full = a person has at most { $most } passkeys: take one away first
no-such-passkey = you have no such passkey
challenge-over = this took too long: load the page again
passkeys-by-name = passkeys are for names, not for addresses: open the page as http://localhost, or by an origin that node.toml names
sign-in-link = The person opens this at the node's pages, once, within three days: { $path }
first-link = Nobody can sign in yet. { $name } registers a passkey here, once, within three days: { $address }
is-provisional = may still change
evidence-help = Whoever has a proof file can check it offline with any copy of the verifier. Here this node checks it, asks nobody, and keeps nothing.
evidence-file = Proof file
evidence-check = Check it
verdict = Verdict
verdict-proven = Verified
verdict-proven-help = Everything holds, and each party in it is one whose fingerprint was compared here.
verdict-consistent = It holds together
verdict-consistent-help = Of some party in it no fingerprint was compared here: whoever made the file may have made that party too.
verdict-refused = It proves nothing
no-file-given = choose a file to be checked
reviews-help = What one officer released alone because it could not wait is looked at by another within a day.
reviews-empty = Nothing was released alone.
review-finding = Finding
review-confirm = It was right
review-object = It was not right: { $what }
review-keep = Keep the finding
review-confirmed = confirmed
review-objected = objected to
ground-no_threat_to_life = no threat to life was imminent
ground-more_than_needed = less would have been enough
ground-wrong_recipient = it went to a party that could not avert the threat
ground-rights_ground = a right of a person stood against it
protection-help = Nobody else sees this page, or that anything waits here.
held = Waiting for you
held-empty = Nothing waits.
held-arrived = arrived from a partner
held-sent = sent, and hidden from offices
held-waiting = waits for its moment
held-stopped = stopped by a rule
held-near = a name is near one in the register
held-pass = Pass it on
held-block = End it without passing it on
held-block-sure = End this without passing it on? The partner gets the neutral answer.
register-entries = Register
register-empty = The register is empty.
entry = Entry
entry-new = New entry
entry-new-help = Names and document numbers are compared and forgotten: the register keeps keyed digests only.
entry-names = Names
entry-names-help = One spelling a line, in any script.
entry-born = Date of birth
entry-document = Document number
entry-until = Counts until
entry-added = Added
entry-add = Add to the register
entry-remove-sure = Remove this entry? What it held back is decided without it from now on.
feared-states = States that are feared
feared-states-help = Codes of three letters, such as XAA, XAB.
identities = Identities
erasure = Erasure
erase = Destroy the content
erase-help = The content is destroyed here. That the record was here, and its proof without content, stay.
erase-own-help = The content is destroyed here, and partners are ordered to destroy theirs.
erase-sure = Destroy the content of this record? Nobody can bring it back.
signing-passkeys = Passkeys that approve
signing-passkeys-help = With these you sign what you write or release. They never sign in. An administrator enrols each in a channel.
signing-passkey-add = Make a passkey that approves
is-enrolled = enrolled
not-enrolled = not enrolled yet
