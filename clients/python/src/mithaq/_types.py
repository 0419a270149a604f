"""The node's answers and what it is asked, as types. Generated from docs/openapi.json by generate.py: do not edit.

An answer is a dictionary as the JSON came; these types say what stands in it. A later node may add members.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, final

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object of which the description says no more."""


About: TypeAlias = Literal[
    # What is still to be done before anything is exchanged.
    "setup",
    # The connection to a partner.
    "link",
    # This machine's time.
    "clock",
    # Cards and pinned keys.
    "pins",
    # What waits to be delivered.
    "queue",
    # A partner has not shown what it holds.
    "heads",
    # Two histories of a log were seen.
    "frozen",
    # A partner signed what the protocol forbids.
    "breach",
    # Callers who were turned away.
    "access",
    # The disk.
    "disk",
    # Threads and search.
    "threads",
    # What one officer released alone.
    "review",
    # Accounts of threads that differ from a partner's.
    "statements",
    # What independent auditors did not do, or do in vain.
    "audit",
]
"""What a finding is about."""


class AboutPerson(TypedDict):
    """What a person is, and may be given."""
    name: str
    """The name, for colleagues."""
    offices: NotRequired[list[str]]
    """The offices that the person speaks for."""
    roles: list[Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]]
    """The roles that tokens of the person may have."""
    purposes: NotRequired[list[str]]
    """The purposes that tokens of the person may be for."""
    languages: NotRequired[list[str]]
    """The languages that the person reads, the best first: `ar`, `en`, `fa`, `tr`, `ur`."""
    keys: NotRequired[list[PersonKey]]
    """The public keys with which the person approves."""
    passkeys: NotRequired[list[SigningPasskey]]
    """The passkeys with which the person approves. None of them signs in."""


class AgreementList(TypedDict):
    """Every agreement held."""
    agreements: list[AgreementRow]
    """By hash."""


class AgreementRow(TypedDict):
    """An agreement in the list."""
    agreement: str
    """Names this version."""
    channel: str | None
    """The channel, if it is a first version."""
    missing: list[str]
    """Parties that have not signed or not handed in their sealing key."""
    in_force: bool
    """Whether it governs a channel that is at work here."""
    warnings: NotRequired[list[AgreementWarning]]
    """What to look at again, as long as not all have signed."""
    version: int
    """Which version of its agreement."""
    title: dict[str, str]
    """Title by language."""
    parties: list[str]
    """Its parties."""
    valid_from: str
    """The first day on which records may be sent."""
    valid_until: str
    """The last day on which records may be sent."""


AgreementState: TypeAlias = Literal[
    # Nobody has signed it.
    "drafted",
    # Some parties have signed it.
    "text_agreed",
    # All have signed it, and it is not in force yet.
    "signed",
    # All have signed it, and it can't take effect in its channel.
    "refused",
    # Records may be sent under it.
    "in_force",
    # It is in force, and a party has suspended.
    "suspended",
    # Another version has taken its place.
    "amended",
    # A version that differs in its dates only has taken its place.
    "renewed",
    # A party has ended it; what was under way may still arrive.
    "terminated",
    # Its last day is over; what was under way may still arrive.
    "expired",
    # Nothing crosses any more but the protocol's own records. Duties of confidence and erasure remain.
    "residual",
]
"""Where a version of an agreement stands."""


class AgreementWarning(TypedDict):
    """A part of an agreement that is likely not what is meant."""
    field: str
    """The agreement's field: `clauses[1].kinds`."""
    message: str
    """What is likely wrong with it."""


class AllowedUsePermissionsItem(TypedDict):
    log: str
    """AGENCY/EPOCH/LANE."""
    index: int


class AllowedUse(TypedDict):
    """A use that may be made, and is on record."""
    use: Literal["court", "office", "purpose"]
    """The use."""
    to: str | None
    """In which proceedings, or which office."""
    purpose: str
    """For which purpose."""
    permissions: list[AllowedUsePermissionsItem]
    """The provider's permissions that allow it; none where it needs none."""


class ApproveApproval(TypedDict):
    """It."""
    role: str
    scheme: Literal["ed25519", "webauthn"]
    enrolment: JsonObject
    signature: str
    authenticator_data: NotRequired[str]
    client_data: NotRequired[str]


class Approve(TypedDict):
    """An approval that is given."""
    approval: ApproveApproval
    """It."""


class Approved(TypedDict):
    """An approval of a draft."""
    role: Literal["author", "release_authority", "head_of_delegation", "dpo", "fundamental_rights_officer", "observer", "protection_officer"]
    """In which part."""
    by: str
    """The id of the person who gave it."""


class AskedForSecond(TypedDict):
    """What was asked for."""
    id: str
    """Its id."""
    asked: ByTwo
    """What was asked for."""
    asked_by: str
    """The token of the administrator who asked."""
    asked_ms: int
    """When, milliseconds since 1970."""
    until_ms: int
    """Until when it waits, milliseconds since 1970."""
    first_half: str | None
    """Of a token or a link, the first half of its text: here and nowhere else."""


Assign = TypedDict(
    "Assign",
    {
        "with": "NotRequired[With | None]",
    },
)
"""Who deals with something."""


class AuditHead(TypedDict):
    """The head of the audit log."""
    agency: str
    """Whose log."""
    checkpoint: str
    """A signed checkpoint."""
    size: int
    """Number of entries."""
    proof: list[str]
    """That it continues the log of the size that was asked for: SHA-256 digests in hexadecimal digits (RFC 6962)."""


class AuditLine(TypedDict):
    """An entry of the audit log."""
    index: int
    """Its number."""
    entry: NotRequired[str | None]
    """JSON; missing once it is erased."""
    salt: NotRequired[str | None]
    """What its commitment is salted with, in hexadecimal digits (AUDIT-7); an entry from before there were salts has
    none."""
    leaf: NotRequired[str | None]
    """Its leaf, in hexadecimal digits, once it is erased."""
    local: NotRequired[JsonObject | None]
    """What the entry commits to or holds sealed, which follows from the protection register; absent if that is
    nothing."""


class AuditorKeys(TypedDict):
    """Its public keys."""
    ed25519: str
    ml_dsa_44: str


class Auditor(TypedDict):
    """A registered auditor."""
    id: str
    """The digest of its keys."""
    keys: AuditorKeys
    """Its public keys."""
    added_ms: int
    """When it was registered, milliseconds since 1970."""


class AuditorList(TypedDict):
    """The registered auditors."""
    auditors: list[Auditor]
    """In the order of their registration."""
    newest_ms: int | None
    """When the newest countersignature was made, milliseconds since 1970."""


Awaited = TypedDict(
    "Awaited",
    {
        "thread": "str",
        "lane": 'Literal["main", "urgent"]',
        "what": "str | None",
        "from": "str",
        "by_ms": "int | None",
    },
)
"""Something that the author of a statement says another party owes."""


class Away(TypedDict):
    """An absence."""
    until: str
    """The last day of it."""
    deputy: str
    """The id of the person who stands in."""


Begun: TypeAlias = "JsonObject"
"""Nothing is said with the first event."""


class Blocked(TypedDict):
    """Something was ended without passing it on."""
    blocked: str
    """What."""


class Breach(TypedDict):
    """A breach that is kept."""
    id: str
    """By which it is asked for."""
    channel: str
    """The channel."""
    log: str
    """The log in which it was signed."""
    index: int
    """The false manifest's entry, or the size up to which both histories reach."""
    against: int | None
    """The manifest in the same log that it contradicts: an evidence file of that entry is the other half of the
    proof."""
    message: str
    """What is wrong, in a sentence."""
    refused_ms: int | None
    """When it was refused, milliseconds since 1970; of two histories the node's log says it."""
    what: BreachKind
    """What is wrong."""


@final
class BreachKindFalseManifest(TypedDict):
    """A manifest that can't be."""
    breach: Literal["false_manifest"]
    fault: Literal["seen_went_back", "seen_of_other_logs", "seen_never_signed"]
    log: str
    size: NotRequired[int]
    before: NotRequired[int]
    signed: NotRequired[int]


@final
class BreachKindTwoHistories(TypedDict):
    """Two histories of one log. The channel is frozen."""
    breach: Literal["two_histories"]


BreachKind: TypeAlias = "BreachKindFalseManifest | BreachKindTwoHistories"
"""What a partner signed."""


class BreachList(TypedDict):
    """The breaches that are kept."""
    breaches: list[Breach]
    """By channel."""


class BringBack(TypedDict):
    """When something is brought back."""
    day: NotRequired[str | None]
    """The day; `null` for none."""


class BundleFile(TypedDict):
    """An agreement with what its parties have signed. The file has one spelling, so send it as it came:
    docs/spec/agreement.md."""
    mithaq: Literal["agreement-bundle/1"]
    """Names the format."""
    agreement: str
    """The agreement, as JSON."""
    signatures: list[DocumentSignature]
    """The signatures of parties, by agency."""
    sealing_keys: list[SignedDocument]
    """The first sealing keys of parties, by agency."""


@final
class ByTwoToken(TypedDict):
    """Make a token."""
    act: Literal["token"]
    name: str
    """What it is for: an office or a program, never a person."""
    person: NotRequired[str | None]
    """The person who gets it: id or name. A program's token has none."""
    role: Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]
    """What it may do."""
    office: NotRequired[str | None]
    """The enrolled office whose records may be submitted with it."""
    only: NotRequired[list[Scope] | None]
    """Fewer scopes than the role has."""
    purposes: NotRequired[list[str]]
    """The purposes of the task that it is for: codes as the agreements' clauses state them."""
    days: NotRequired[int]
    """For how many days it counts."""


class ByTwoOfficerOfficer(TypedDict):
    """Office and key."""
    office: str
    scheme: Literal["ed25519", "webauthn"]
    algorithm: NotRequired[Literal["es256", "ed25519"]]
    public: str
    origin: NotRequired[str]
    rp_id: NotRequired[str]


@final
class ByTwoOfficer(TypedDict):
    """Enrol an officer's key in a channel."""
    act: Literal["officer"]
    channel: str
    """The channel."""
    officer: ByTwoOfficerOfficer
    """Office and key."""


@final
class ByTwoAuditor(TypedDict):
    """Register an auditor's key."""
    act: Literal["auditor"]
    file: PublicFile
    """Its public file."""


@final
class ByTwoLink(TypedDict):
    """Make a link by which a person registers a passkey."""
    act: Literal["link"]
    person: str
    """Who it is: id or name."""


@final
class ByTwoPerson(TypedDict):
    """Say who a person is, and what the person may be given."""
    act: Literal["person"]
    id: NotRequired[str | None]
    """Who it is, if the node knows the person."""
    about: AboutPerson
    """What the person is."""


ByTwo: TypeAlias = "ByTwoToken | ByTwoOfficer | ByTwoAuditor | ByTwoLink | ByTwoPerson"
"""An act that two administrators decide."""


class CardAddress(TypedDict):
    """Where a card is fetched from."""
    address: str
    """The partner's node."""


class CardFile(TypedDict):
    """An agency's cards. The file has one spelling, so send it as it came: docs/spec/cards.md."""
    mithaq: Literal["cards/1"]
    """Names the format."""
    cards: list[SignedCard]
    """The cards, the oldest first."""


class CardRotated(TypedDict):
    """The next card is in force."""
    agency: str
    """The agency."""
    serial: int
    """The new card's serial."""
    next_keys_file: str
    """The new file of next keys."""
    message: str
    """What to do now."""


class CardSignature(TypedDict):
    """One key's signatures over a card."""
    key: Literal["log", "receipt", "document", "succession", "previous"]
    """Which key signed."""
    ed25519: str
    """Its signature by Ed25519."""
    ml_dsa_44: str
    """Its signature by ML-DSA-44."""


class ChannelRow(TypedDict):
    """A channel as it stands."""
    channel: str
    """Its id."""
    agreement: str
    """The version that governs what this agency writes now."""
    title: dict[str, str] | None
    """That version's title by language."""
    state: ChannelState
    """Whether records cross."""
    frozen: str | None
    """Why nothing is signed any more, if that is so."""
    waiting_for: list[str]
    """Partners that have not shown the signed heads they hold since this node started."""
    logs: list[LogRow]
    """The logs of all parties. Where records are hidden from offices none is listed for them: a length would count
    those."""
    parties: list[str]
    """The parties."""
    labels: dict[str, str]
    """The same by the labels with which the agreement calls them."""
    agreement_json: NotRequired[JsonObject | None]
    """The text of that version; only where one channel is asked for."""


ChannelState: TypeAlias = Literal[
    # They do.
    "open",
    # Not before partners have shown what they hold.
    "waiting",
    # Not any more: two histories of a log were seen.
    "frozen",
]
"""Whether records cross."""


@final
class CheckLineEntries(TypedDict):
    """It goes on."""
    entries: int
    """Entries checked."""
    of: int
    """Of how many."""


CheckLine: TypeAlias = "CheckLineEntries | ErrorBody | Report"
"""A line of a check that tells how far it is."""


Code: TypeAlias = Literal[
    # A clause or the floor refuses.
    "refused",
    # Nobody knows who asks: the token is missing, wrong, expired or revoked.
    "unauthenticated",
    # The caller's role may not do this.
    "forbidden",
    # The caller asks too often.
    "too_many",
    # The request is too large.
    "too_large",
    # The path has no such method.
    "wrong_method",
    # The request was meant for another host, or comes from a page of another origin.
    "wrong_origin",
    # The input has an error.
    "usage",
    # There is no such thing.
    "not_found",
    # It is taken: the same idempotency key with other content, a folder in use.
    "conflict",
    # The disk is full or damaged.
    "storage",
    # A partner is not reached, the node waits, or time ran out.
    "unavailable",
    # Something does not verify.
    "not_verified",
    # A fault of this program.
    "internal",
]
"""Kinds of faults. Each has one exit code of the command line and one HTTP status."""


class Concluded(TypedDict):
    """A review that is concluded."""
    channel: str
    """The channel."""
    log: str
    """AGENCY/EPOCH/LANE."""
    index: int
    kind: str
    """The record's kind."""
    released_ms: int
    """When it was recorded, milliseconds since 1970."""
    due_ms: int
    """By when it is to be reviewed, milliseconds since 1970."""
    overdue: bool
    """Whether that time has passed without a review."""
    submitted_by: str
    """Id of the token with which it was submitted."""
    submitted_by_person: str | None
    """Id of the person who has that token, if a person has it."""
    outcome: ReviewOutcome | None
    """What was found, once it was reviewed."""
    erased: bool
    """Whether its content has been erased since."""
    erase: Erase | None
    """After an objection: the order that has the content erased at every party, for whoever may give it."""


class Confirmation(TypedDict):
    """A fingerprint that two people compared."""
    fingerprint: str
    """Sixty digits."""


@final
class ConfirmedToken(TypedDict):
    """A token was made."""
    done: Literal["token"]
    token: TokenRow
    """What it is."""
    second_half: str
    """The second half of its text: here and nowhere else."""


@final
class ConfirmedLink(TypedDict):
    """A link was made by which a person registers a passkey."""
    done: Literal["link"]
    person: str
    """The id of the person."""
    second_half: str
    """The second half of what stands behind the `#` of `/enrol`: here and nowhere else."""


@final
class ConfirmedOfficer(TypedDict):
    """An officer was enrolled."""
    done: Literal["officer"]
    entry: LogEntry
    """Where."""


@final
class ConfirmedPerson(TypedDict):
    """A person is what was asked for."""
    done: Literal["person"]
    changed: PersonChanged
    """The person, and which tokens that ended."""


@final
class ConfirmedAuditor(TypedDict):
    """An auditor was registered."""
    done: Literal["auditor"]
    auditor: Auditor
    """Which."""


Confirmed: TypeAlias = "ConfirmedToken | ConfirmedLink | ConfirmedOfficer | ConfirmedPerson | ConfirmedAuditor"
"""What was confirmed, and so is done."""


class Countersignatures(TypedDict):
    """What was countersigned."""
    countersigned: list[str]
    """Countersigned checkpoints, the smallest log first."""
    checkpoint: str | None
    """The newest checkpoint that the node signed by itself."""


class Countersigned(TypedDict):
    """A countersignature that is kept."""
    size: int
    """Number of the entries under it."""
    time_ms: int
    """When it was made, milliseconds since 1970."""


Credential: TypeAlias = "str"
"""A credential's id."""


Description: TypeAlias = "JsonObject"
"""A description of an API."""


class Diagnosis(TypedDict):
    """What was found."""
    ok: bool
    """Whether nothing stands in the way."""
    now_ms: int
    """This machine's time, milliseconds since 1970."""
    findings: list[Finding]
    """What stands in the way or may soon, the gravest first."""
    partners: list[Partner]
    """How it stands with each partner in each channel."""


Direction: TypeAlias = Literal[
    # Another agency sent it.
    "in",
    # This agency sent it.
    "out",
]
"""Which way a record went."""


class DocumentSignature(TypedDict):
    """An agency's signature over a document."""
    agency: str
    """Who signed."""
    serial: int
    """Serial of the card whose document key signed."""
    ed25519: str
    """Its signature by Ed25519."""
    ml_dsa_44: str
    """Its signature by ML-DSA-44."""


class DraftList(TypedDict):
    """Drafts."""
    drafts: list[DraftRow]
    """Those that changed last first."""
    next: str | None
    """The cursor of the next page, if there is one."""


DraftRow = TypedDict(
    "DraftRow",
    {
        "id": "str",
        "state": "DraftState",
        "revision": "int",
        "title": "str",
        "kind": "str",
        "channel": "str",
        "clause": "str | None",
        "reply_to": "str | None",
        "office": "str | None",
        "writers": "list[str]",
        "with": "With | None",
        "missing": 'list[Literal["author", "release_authority", "head_of_delegation", "dpo", "fundamental_rights_officer", "observer", "protection_officer"]]',
        "bring_back": "str | None",
        "changed_ms": "int",
        "unread": "bool",
        "sent": "SentAs | None",
    },
)
"""A draft, as lists have it."""


DraftShown = TypedDict(
    "DraftShown",
    {
        "id": "str",
        "state": "DraftState",
        "revision": "int",
        "title": "str",
        "kind": "str",
        "channel": "str",
        "clause": "str | None",
        "reply_to": "str | None",
        "office": "str | None",
        "writers": "list[str]",
        "with": "With | None",
        "missing": 'list[Literal["author", "release_authority", "head_of_delegation", "dpo", "fundamental_rights_officer", "observer", "protection_officer"]]',
        "bring_back": "str | None",
        "changed_ms": "int",
        "unread": "bool",
        "sent": "SentAs | None",
        "draft": "ToPrepare",
        "to": "list[Recipient]",
        "clause_text": "dict[str, str]",
        "prepared": "Prepared | None",
        "problem": "Fault | None",
        "given": "list[Approved]",
        "remarks": "list[Remark]",
    },
)
"""A draft whole."""


DraftState: TypeAlias = Literal[
    # It is being written.
    "open",
    # It waits for approvals and for its release.
    "handed_over",
    # It is on its way into the log: nothing else is done with it.
    "leaving",
    # It was sent.
    "sent",
    # It was refused, and is not sent.
    "refused",
]
"""Where a draft stands."""


DutyDue = TypedDict(
    "DutyDue",
    {
        "what": "str",
        "from": "str",
        "at_ms": "int",
    },
)
"""Something that a party must do by a time."""


@final
class EffectShownMoved(TypedDict):
    """It led to this state, or left it as it was while changing what is due."""
    moved: str


@final
class EffectShownIneffective(TypedDict):
    """It is kept and takes no effect, for this reason."""
    ineffective: IneffectiveReason


EffectShown: TypeAlias = 'EffectShownMoved | Literal["neutral"] | EffectShownIneffective'
"""What came of an event."""


class EndHold(TypedDict):
    """The end of a procedure."""
    procedure: str
    """Which."""


class Erase(TypedDict):
    """Which record's content is to be destroyed."""
    channel: str
    """The channel."""
    log: str
    """The log: `<agency>/<epoch>/<lane>`."""
    index: int
    """The record's number there."""
    order: NotRequired[bool]
    """Whether the partners are ordered to erase it too: only the author of a record can."""


class Erased(TypedDict):
    """Its content is destroyed here."""
    erased: Place
    """The record."""
    ordered: list[str]
    """The partners that are ordered to destroy theirs."""


class ErrorBody(TypedDict):
    """The JSON object around an error in a line about one record."""
    error: Fault
    """The error."""


@final
class EventShownTitle(TypedDict):
    """A record that the reader may see."""
    log: str
    """The log in which it stands: `<agency>/<epoch>/<lane>`."""
    index: int
    """Its number there."""
    party: str
    """Whose log it is."""
    height: int
    """Its height in the order of all parties."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""
    effect: EffectShown
    """What came of it."""
    kind: str
    """Its kind."""
    title: str | None
    """The line that stands for it; absent when its content is gone or in quarantine."""
    state: Literal["recorded", "delivered", "attachments_pending", "received", "ineffective", "withheld", "quarantined", "refused", "erased"]
    """The word of its state."""
    act: JsonObject | str | None
    """What it does, in its desk's words; absent if it moves nothing."""


@final
class EventShownReceived(TypedDict):
    """That a party received records of the thread."""
    log: str
    """The log in which it stands: `<agency>/<epoch>/<lane>`."""
    index: int
    """Its number there."""
    party: str
    """Whose log it is."""
    height: int
    """Its height in the order of all parties."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""
    effect: EffectShown
    """What came of it."""
    kind: str
    """`mithaq.received/1`."""
    received: ReceivedBatch
    """What it received."""
    disputed: bool
    """Whether the time that it states is far from that of its arrival."""


@final
class EventShownWithheldBy(TypedDict):
    """A record that is not for this reader."""
    log: str
    """The log in which it stands: `<agency>/<epoch>/<lane>`."""
    index: int
    """Its number there."""
    party: str
    """Whose log it is."""
    height: int
    """Its height in the order of all parties."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""
    effect: EffectShown
    """What came of it."""
    state: Literal["recorded", "delivered", "attachments_pending", "received", "ineffective", "withheld", "quarantined", "refused", "erased"]
    """The word of its state."""
    withheld_by: str
    """What keeps it from the reader: a rule's id, or `compartment`."""


EventShown: TypeAlias = "EventShownTitle | EventShownReceived | EventShownWithheldBy"
"""An event of a thread: that it is there and what came of it, and what else the reader may see of it."""


class Fault(TypedDict):
    """What went wrong, for whom to mend."""
    code: Code
    """What kind of error."""
    rule: str | None
    """The floor rule or clause that refuses, if one does."""
    message: str
    """What is wrong, where, and what to do. In JSON it is in English."""
    field: str | None
    """The field of the input, if one is at fault."""


class Finding(TypedDict):
    """Something that stands in the way."""
    level: Level
    """How grave it is."""
    about: About
    """What it is about."""
    message: str
    """What is the matter."""
    advice: str
    """What to do."""


FindingWord: TypeAlias = Literal[
    # It was right to release it.
    "confirmed",
    # It was not.
    "objected",
]
"""A finding in a word."""


@final
class FollowEventFollowing(TypedDict):
    """It begins. Its id is where from."""
    event: Literal["following"]
    data: Begun


@final
class FollowEventRecord(TypedDict):
    """A record arrived, or was sent."""
    event: Literal["record"]
    data: Listed


@final
class FollowEventThread(TypedDict):
    """A thread stands otherwise than before."""
    event: Literal["thread"]
    data: ThreadLine


@final
class FollowEventLagging(TypedDict):
    """The last event: the reader takes them more slowly than they come, or others need the seat."""
    event: Literal["lagging"]
    data: LastWord


@final
class FollowEventEnded(TypedDict):
    """The last event: the reader's token does not count any more."""
    event: Literal["ended"]
    data: LastWord


FollowEvent: TypeAlias = "FollowEventFollowing | FollowEventRecord | FollowEventThread | FollowEventLagging | FollowEventEnded"
"""An event: its name, and what its data are as JSON."""


Format: TypeAlias = 'Literal["auditor/1"]'


class Found(TypedDict):
    """What a reviewer found."""
    finding: FindingWord
    """In a word."""
    ground: NotRequired[Ground | None]
    """The ground of an objection."""


class GoAway(TypedDict):
    """That a person is away."""
    until: str
    """The last day of it."""
    deputy: str
    """Who stands in: id, the beginning of it, or name."""


Governs = TypedDict(
    "Governs",
    {
        "agreement": "str",
        "version": "int | None",
        "from": "int",
        "refused": 'Literal["not_signed", "signature", "not_a_successor", "other_successor", "other_parties"] | None',
    },
)
"""A version in a log."""


Ground: TypeAlias = Literal[
    # No threat to life was imminent.
    "no_threat_to_life",
    # Less would have been enough.
    "more_than_needed",
    # It went to a party that could not avert the threat.
    "wrong_recipient",
    # A right of a person stood against it.
    "rights_ground",
]
"""Why it was not right to release a record alone. A code, so that nothing of the record stands beside it."""


class HandOverApproval(TypedDict):
    """The author's approval, where the clause asks for one."""
    role: str
    scheme: Literal["ed25519", "webauthn"]
    enrolment: JsonObject
    signature: str
    authenticator_data: NotRequired[str]
    client_data: NotRequired[str]


HandOver = TypedDict(
    "HandOver",
    {
        "digest": "str",
        "approval": "NotRequired[HandOverApproval | None]",
        "with": "NotRequired[With | None]",
    },
)
"""A draft that is handed over as it was seen."""


class Health(TypedDict):
    """The node answers, and its store can be read."""
    ok: bool
    """Always true: what is not well is answered with an error."""


class HeldAnswer(TypedDict):
    """An answer that provides nothing."""
    at_ms: int
    """When it is released, milliseconds since 1970."""
    released: bool
    """Whether it was."""


class HeldList(TypedDict):
    """Everything that waits."""
    held: list[HeldRow]
    """Records that arrived and own ones that left, then own records that did not leave."""
    probes: list[StoppedBy]
    """Whose records the register stopped."""


@final
class HeldRowArrived(TypedDict):
    """A record of a partner."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    what: Literal["arrived"]
    log: str
    """The log: `AGENCY/EPOCH/LANE`."""
    index: int
    """Number of the entry, from 0."""
    state: str | None
    """The state of its author, alpha-3."""
    time_ms: int | None
    """Its manifest's time, milliseconds since 1970."""
    answer: HeldAnswer | None
    """The answer that provides nothing, if it asks for one: given at its moment unless another was."""
    near: bool
    """Whether a name in it or its thread is near one in the register: another script or transliteration of it,
    perhaps."""


@final
class HeldRowSent(TypedDict):
    """An own record that left: offices do not see it until it is passed on."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    what: Literal["sent"]
    log: str
    """The log: `AGENCY/EPOCH/LANE`."""
    index: int
    """Number of the entry, from 0."""
    time_ms: int | None
    """Its manifest's time, milliseconds since 1970."""


@final
class HeldRowWaiting(TypedDict):
    """An own record whose moment has not come."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    what: Literal["waiting"]
    lane: Literal["main", "urgent"]
    """Its lane."""
    by: str
    """The role that submitted it."""
    token: str
    """The id of the token that submitted it."""
    at_ms: int
    """When it is decided, milliseconds since 1970."""


@final
class HeldRowStopped(TypedDict):
    """An own record that a rule stops."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    what: Literal["stopped"]
    lane: Literal["main", "urgent"]
    """Its lane."""
    by: str
    """The role that submitted it."""
    token: str
    """The id of the token that submitted it."""
    near: bool
    """Whether only a name that is near one in the register stops it: then it may be passed on."""
    recorded: Place | None
    """Where it lies, if it was recorded before it was stopped and did not leave any more."""


HeldRow: TypeAlias = "HeldRowArrived | HeldRowSent | HeldRowWaiting | HeldRowStopped"
"""Something that waits for the protection officer."""


@final
class HeldShownArrived(TypedDict):
    """A record of a partner."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    header: JsonObject
    """The record's header."""
    body: str
    """The record's body as text."""
    what: Literal["arrived"]
    log: str
    """The log: `AGENCY/EPOCH/LANE`."""
    index: int
    """Number of the entry, from 0."""
    state: str | None
    """The state of its author, alpha-3."""
    time_ms: int | None
    """Its manifest's time, milliseconds since 1970."""
    answer: HeldAnswer | None
    """The answer that provides nothing, if it asks for one: given at its moment unless another was."""
    near: bool
    """Whether a name in it or its thread is near one in the register: another script or transliteration of it,
    perhaps."""


@final
class HeldShownSent(TypedDict):
    """An own record that left: offices do not see it until it is passed on."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    header: JsonObject
    """The record's header."""
    body: str
    """The record's body as text."""
    what: Literal["sent"]
    log: str
    """The log: `AGENCY/EPOCH/LANE`."""
    index: int
    """Number of the entry, from 0."""
    time_ms: int | None
    """Its manifest's time, milliseconds since 1970."""


@final
class HeldShownWaiting(TypedDict):
    """An own record whose moment has not come."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    header: JsonObject
    """The record's header."""
    body: str
    """The record's body as text."""
    what: Literal["waiting"]
    lane: Literal["main", "urgent"]
    """Its lane."""
    by: str
    """The role that submitted it."""
    token: str
    """The id of the token that submitted it."""
    at_ms: int
    """When it is decided, milliseconds since 1970."""


@final
class HeldShownStopped(TypedDict):
    """An own record that a rule stops."""
    id: str
    """By which it is asked for."""
    rule: str | None
    """The rule that has it wait."""
    channel: str
    """The channel."""
    kind: str | None
    """The record's kind, unless its content is gone."""
    thread: str | None
    """The thread."""
    title: str | None
    """The record's title, unless its content is gone."""
    header: JsonObject
    """The record's header."""
    body: str
    """The record's body as text."""
    what: Literal["stopped"]
    lane: Literal["main", "urgent"]
    """Its lane."""
    by: str
    """The role that submitted it."""
    token: str
    """The id of the token that submitted it."""
    near: bool
    """Whether only a name that is near one in the register stops it: then it may be passed on."""
    recorded: Place | None
    """Where it lies, if it was recorded before it was stopped and did not leave any more."""


HeldShown: TypeAlias = "HeldShownArrived | HeldShownSent | HeldShownWaiting | HeldShownStopped"
"""One thing that waits, whole."""


class Hit(TypedDict):
    """A record that was found."""
    channel: str
    """The channel."""
    log: str
    """The log: `<agency>/<epoch>/<lane>`."""
    index: int
    """The record's number there."""
    kind: str
    """Its kind."""
    title: str
    """The line that stands for it."""
    thread: str
    """Its thread."""
    standing: ThreadLine | None
    """The thread as it stands, if its kind has states and the caller may see it."""


class Hits(TypedDict):
    """What was found."""
    hits: list[Hit]
    """The records: by deadline of their threads, then newest first."""
    too_many: bool
    """Whether more records hold the words than were looked at: add a word."""
    index: IndexProgress
    """How far the index is. Until it is complete, older records may be missing."""


class Hold(TypedDict):
    """Entries that a procedure needs: they stay until it ends."""
    procedure: str
    """The procedure, as its file is called: never a person."""
    from_ms: int
    """The time of the first entry that it needs, milliseconds since 1970."""
    to_ms: int
    """The time of the last one."""


class HoldList(TypedDict):
    """What procedures need of the audit log."""
    holds: list[Hold]
    """Each procedure with the time whose entries it needs."""


class IndexProgress(TypedDict):
    """How far the index is."""
    done: int
    """Parts of the batches that were looked through, newest first."""
    of: int
    """Of how many parts: a reader is told hundredths, since a number of batches would count hidden ones too."""
    complete: bool
    """Whether everything that is to be in it is in it."""
    full: bool
    """Whether the oldest records were left out, because the index has reached its limit."""


class IneffectiveReason(TypedDict):
    """Why an event takes no effect."""
    code: str
    """Which reason it is."""
    rule: NotRequired[str | None]
    """The rule or clause by which a party refused it."""
    reason: NotRequired[str | None]
    """That refusal's reason."""
    state: NotRequired[str | None]
    """The state that does not allow it."""


class LastWord(TypedDict):
    """The last word to a reader whose stream ends, but not by the reader."""
    resume: str
    """The id to come back with."""
    message: str
    """Why it ends, and what to do."""


Level: TypeAlias = Literal[
    # Something stands still.
    "fault",
    # Something is late or will stand still.
    "warning",
]
"""How grave a finding is; the gravest first."""


class Life(TypedDict):
    """A version of an agreement in its life."""
    agreement: str
    """Which version."""
    version: int
    """Counts from 1."""
    channel: str | None
    """Its channel, once the first version is signed by all."""
    in_force: str | None
    """The version in force in the channel."""
    state: AgreementState
    """Where it stands."""
    refused: Literal["not_signed", "signature", "not_a_successor", "other_successor", "other_parties"] | None
    """Why it can't take effect, if it can't."""
    valid_from: str
    """The first day on which records may be sent."""
    last_day: str
    """The last day on which records may be sent: that of the text, or an earlier one that a party has set."""
    days_left: int
    """Days until then, today included; 0 when it is over."""
    late_until: str
    """The last day on which delayed records are taken."""
    content_until: str | None
    """The last month for which content is kept here (`YYYY-MM`), if any is."""
    parties: list[PartyLife]
    """The parties."""
    next: list[str]
    """What can or must be done next, in plain words."""
    agreement_json: JsonObject
    """The text that was signed."""


@final
class LineAnswerError(TypedDict):
    """It was not recorded."""
    id: NotRequired[str | None]
    """The line's id, if it has one."""
    error: Fault
    """Why."""


@final
class LineAnswerRef(TypedDict):
    """It lies in the log."""
    id: NotRequired[str | None]
    """The line's id, if it has one."""
    ref: Place
    """Where."""
    state: PlacedState
    """How far it is."""


@final
class LineAnswerState(TypedDict):
    """It waits to be released."""
    id: NotRequired[str | None]
    """The line's id, if it has one."""
    state: WaitsState
    """Says so."""


LineAnswer: TypeAlias = "LineAnswerError | LineAnswerRef | LineAnswerState"
"""What became of a line."""


class Listed(TypedDict):
    """What a list says of a record: where it lies and how it stands, nothing of its body."""
    channel: str
    """The channel."""
    party: str
    """Who wrote it."""
    epoch: int
    """The epoch of its log."""
    lane: Literal["main", "urgent"]
    """The lane of its log."""
    index: int
    """Its number there."""
    thread: str | None
    """Its thread; absent in protocol records and when the content is gone."""
    kind: str | None
    """Its kind; absent when the content is gone."""
    purpose: str | None
    """The purpose for which it was supplied; absent in protocol records and when the content is gone."""
    direction: Direction
    """Whether this agency sent or received it."""
    state: Literal["recorded", "delivered", "attachments_pending", "received", "ineffective", "withheld", "quarantined", "refused", "erased"]
    """The word of its state."""
    sha256: str | None
    """SHA-256 of the body; absent when the content is gone."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""


class LogEntry(TypedDict):
    """An entry of a log."""
    origin: str
    """The log."""
    index: int
    """The entry."""


class LogLife(TypedDict):
    """The versions of one log."""
    log: str
    """`<agency>/<epoch>/<lane>`."""
    size: int
    """How many entries are held here."""
    versions: list[Governs]
    """In their order."""


class LogRow(TypedDict):
    """A log of a channel."""
    origin: str
    """Its name."""
    size: int
    """Number of its entries."""
    receipted: dict[str, int]
    """Up to which size who has receipted it."""


class LogSize(TypedDict):
    """How many entries of a log a statement is about."""
    log: str
    """The log: `<agency>/<epoch>/<lane>`."""
    size: int
    """The entries below this number."""


class Me(TypedDict):
    """Who asks."""
    role: str
    """The role, for which the caller is let in."""
    token: TokenRow | None
    """The token; none at the socket without one."""
    person: Person | None
    """The person who has the token; none of a program's."""
    acts_for: list[str]
    """Ids of those for whom the person acts while they are away."""
    scopes: list[str]
    """What the caller may do."""


class NewCard(TypedDict):
    """What the next card is made from."""
    next_keys: str
    """The text of the file of next keys, brought back from its offline place: the node opens no file that a caller
    names."""
    passphrase: str
    """The node's passphrase."""
    next_passphrase: NotRequired[str | None]
    """The passphrase of the file of next keys; without it, it is the node's."""
    names: NotRequired[dict[str, str] | None]
    """The agency's names by language; without them they stay."""
    addresses: NotRequired[list[str] | None]
    """Where the node is reached; without them they stay."""


class NewEntry(TypedDict):
    """What a new entry shall be."""
    persons: NotRequired[list[NewPerson]]
    """The person, once for each spelling of the name."""
    states: list[str]
    """The states that the person fears, alpha-3."""
    threads: NotRequired[list[str]]
    """Threads that are known to concern the person."""
    until: NotRequired[str | None]
    """The last day on which it counts; without it, until it is removed."""


class NewOfficer(TypedDict):
    """An officer to be enrolled."""
    office: str
    scheme: Literal["ed25519", "webauthn"]
    algorithm: NotRequired[Literal["es256", "ed25519"]]
    public: str
    origin: NotRequired[str]
    rp_id: NotRequired[str]


class NewPerson(TypedDict):
    """One spelling of a person. It is compared and forgotten."""
    names: NotRequired[str | None]
    """All names, in any order."""
    born: NotRequired[str | None]
    """Day of birth."""
    document: NotRequired[str | None]
    """Number of an identity or travel document."""


class NewRecordApprovalsItem(TypedDict):
    role: str
    scheme: Literal["ed25519", "webauthn"]
    enrolment: JsonObject
    signature: str
    authenticator_data: NotRequired[str]
    client_data: NotRequired[str]


class NewRecord(TypedDict):
    """A record to be sent. Its header's bytes are what is signed, so they pass as they are."""
    id: NotRequired[str | None]
    """Comes back in the answer's line."""
    channel: str
    """The channel."""
    lane: NotRequired[Literal["main", "urgent"] | None]
    """The lane; main without it."""
    header: JsonObject
    """The header."""
    body: NotRequired[str | None]
    """The body as text."""
    body_base64: NotRequired[str | None]
    """Or as bytes."""
    approvals: NotRequired[str | list[NewRecordApprovalsItem] | None]
    """The approvals: a list, or a text that holds one."""


class NewToken(TypedDict):
    """What a new token shall be."""
    name: str
    """What it is for: an office or a program, never a person."""
    person: NotRequired[str | None]
    """The person who gets it: id or name. A program's token has none."""
    role: Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]
    """What it may do."""
    office: NotRequired[str | None]
    """The enrolled office whose records may be submitted with it."""
    only: NotRequired[list[Scope] | None]
    """Fewer scopes than the role has."""
    purposes: NotRequired[list[str]]
    """The purposes of the task that it is for: codes as the agreements' clauses state them."""
    days: NotRequired[int]
    """For how many days it counts."""


class NextAct(TypedDict):
    """Something that may be done in a thread."""
    kind: str
    """The kind of record that does it."""
    act: JsonObject | str | None
    """What it does, in its desk's words."""


class NotReached(TypedDict):
    """A party that did not take a bundle."""
    agency: str
    """The party."""
    message: str
    """Why not."""


class OfferAnswer(TypedDict):
    """What came of offering a bundle."""
    agreement: str
    """Names this version."""
    channel: str | None
    """The channel, if it is a first version."""
    missing: list[str]
    """Parties that have not signed or not handed in their sealing key."""
    in_force: bool
    """Whether it governs a channel that is at work here."""
    warnings: NotRequired[list[AgreementWarning]]
    """What to look at again, as long as not all have signed."""
    reached: list[str]
    """Parties that have the bundle now."""
    failed: list[NotReached]
    """Parties that have not."""


class OfficerKey(TypedDict):
    """An officer's public key."""
    public: str
    """32 bytes of Ed25519, or 65 of ES256."""


class OfficerRowOfficer(TypedDict):
    """Office and key."""
    office: str
    scheme: Literal["ed25519", "webauthn"]
    algorithm: NotRequired[Literal["es256", "ed25519"]]
    public: str
    origin: NotRequired[str]
    rp_id: NotRequired[str]


class OfficerRow(TypedDict):
    """An officer who is enrolled or was."""
    origin: str
    """The log."""
    index: int
    """The entry."""
    officer: OfficerRowOfficer
    """Office and key."""
    revoked: LogEntry | None
    """Where the enrolment was revoked, if it was."""


class OfficersRevoked(TypedDict):
    """Enrolments that count no more."""
    revoked: list[LogEntry]
    """Where they were made."""


class Partner(TypedDict):
    """How it stands with a partner in a channel."""
    channel: str
    """The channel."""
    agency: str
    """The partner."""
    worked_ms: int | None
    """When the link last worked, milliseconds since 1970."""
    problem: str | None
    """What breaks it, if it is broken."""
    since_ms: int | None
    """Since when that breaks it, milliseconds since 1970."""
    card: int | None
    """Serial of its card that is held, if one is."""
    trusted: bool
    """Whether its key is let in: its fingerprint was confirmed, and no second card was seen."""
    signed_ms: int | None
    """The newest time that it signed in this channel, in its logs or a receipt: milliseconds since 1970, by its
    clock."""
    outstanding: int
    """Entries that it has not receipted, over all own logs."""
    oldest_ms: int | None
    """When the oldest of them was written, milliseconds since 1970."""
    last_receipt_ms: int | None
    """Time in its latest receipt, milliseconds since 1970."""


class PartyLife(TypedDict):
    """A party in an agreement's life."""
    agency: str
    """Which agency."""
    label: str
    """Its label in the agreement."""
    signed: bool
    """Whether it has signed this version."""
    suspended_since_ms: int | None
    """Since when it has suspended, milliseconds since 1970."""
    ended_on: str | None
    """The last day that it has set by ending the agreement."""
    logs: list[LogLife]
    """Its logs, and which version governs from where on."""


class Passed(TypedDict):
    """Something was passed on."""
    passed: str
    """What: an id, or `all`."""
    count: int
    """How many records show now that did not."""


class PasskeyToAsk(TypedDict):
    """What `navigator.credentials.get` is called with, on a page of the origin; user verification is required."""
    origin: str
    """The only origin whose pages the approval may be asked on."""
    rp_id: str
    """The relying party."""
    credential: NotRequired[Credential | None]
    """The credential's id, where the node knows whose passkey it is."""


class PeerList(TypedDict):
    """Every agency whose card is held."""
    peers: list[PeerRow]
    """By id."""


class PeerRow(TypedDict):
    """Another agency, in a list."""
    agency: str
    """Its id."""
    names: dict[str, str]
    """Its names by language."""
    country: str
    """Its country."""
    addresses: list[str]
    """Where its node is reached."""
    fingerprint: str
    """Sixty digits, to be compared with what the partner reads out."""
    trusted: bool
    """Whether somebody compared them."""
    frozen: bool
    """Whether two cards on one predecessor were seen."""
    serial: int
    """Serial of its newest card."""


class Person(TypedDict):
    """A person of the agency."""
    id: str
    """By which the audit log names the person: 8 hexadecimal digits, drawn."""
    name: str
    """The name, for colleagues."""
    offices: list[str]
    """The offices that the person speaks for."""
    roles: list[Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]]
    """The roles that tokens of the person may have."""
    purposes: list[str]
    """The purposes that tokens of the person may be for."""
    languages: list[str]
    """The languages that the person reads, the best first: `ar`, `en`, `fa`, `tr`, `ur`."""
    keys: list[PersonKey]
    """The public keys with which the person approves."""
    passkeys: NotRequired[list[SigningPasskey]]
    """The passkeys with which the person approves. None of them signs in."""
    added_ms: int
    """Since when the node knows the person, milliseconds since 1970."""
    left_ms: NotRequired[int | None]
    """Since when the person belongs to the agency no more, milliseconds since 1970."""
    away: NotRequired[Away | None]
    """Who stands in while the person is away."""


class PersonChanged(TypedDict):
    """A person whose rights changed."""
    id: str
    """By which the audit log names the person: 8 hexadecimal digits, drawn."""
    name: str
    """The name, for colleagues."""
    offices: list[str]
    """The offices that the person speaks for."""
    roles: list[Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]]
    """The roles that tokens of the person may have."""
    purposes: list[str]
    """The purposes that tokens of the person may be for."""
    languages: list[str]
    """The languages that the person reads, the best first: `ar`, `en`, `fa`, `tr`, `ur`."""
    keys: list[PersonKey]
    """The public keys with which the person approves."""
    passkeys: NotRequired[list[SigningPasskey]]
    """The passkeys with which the person approves. None of them signs in."""
    added_ms: int
    """Since when the node knows the person, milliseconds since 1970."""
    left_ms: NotRequired[int | None]
    """Since when the person belongs to the agency no more, milliseconds since 1970."""
    away: NotRequired[Away | None]
    """Who stands in while the person is away."""
    revoked: list[str]
    """Ids of the person's tokens that were revoked, because the person may have them no more."""


PersonKey: TypeAlias = "str"
"""A public key with which a person approves: 32 bytes of Ed25519."""


class PersonList(TypedDict):
    """The agency's people."""
    people: list[Person]
    """In the order in which the node got to know them, those who left at the end of it too."""


class Place(TypedDict):
    """A record's place inside its channel."""
    log: str
    """The log: `AGENCY/EPOCH/LANE`."""
    index: int
    """Number of the entry, from 0."""


PlacedState: TypeAlias = Literal[
    # Durable at this node.
    "recorded",
    # Receipted by every partner.
    "delivered",
]
"""How far a record is that lies in the log."""


class Prepared(TypedDict):
    """A record as it will be signed and sent."""
    channel: str
    """The channel."""
    lane: Literal["main", "urgent"]
    """The lane."""
    header: JsonObject
    """The header, whose bytes are signed: send them as they are."""
    body: str
    """The body, whose bytes are signed."""
    author: str
    """This agency, the record's author."""
    agreement: str
    """The version of the agreement that governs it."""
    digest: str
    """What all approvals are about: the record's digest."""
    approvals: list[ToApprove]
    """Who must approve by the clause, and what each officer of this agency signs for that."""


class Problem(TypedDict):
    """A problem document."""
    type: str
    """Names the kind of problem: `code` as a URI."""
    title: str
    """The kind of problem in words, in the reader's language."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong, where, and what to do."""
    instance: str
    """The path that was asked for."""
    code: Code
    """What kind of error, for programs."""
    field: NotRequired[str | None]
    """The field of the input, if one is at fault."""
    rule: NotRequired[str | None]
    """The floor rule or clause that refuses, if one does."""
    rule_title: NotRequired[str | None]
    """What the rule asks for, in the reader's language."""


class ProgressAnswer(TypedDict):
    """How far an agreement is."""
    agreement: str
    """Names this version."""
    channel: str | None
    """The channel, if it is a first version."""
    missing: list[str]
    """Parties that have not signed or not handed in their sealing key."""
    in_force: bool
    """Whether it governs a channel that is at work here."""
    warnings: NotRequired[list[AgreementWarning]]
    """What to look at again, as long as not all have signed."""


class ProtectedList(TypedDict):
    """The register."""
    entries: list[ProtectedRow]
    """In the order in which they were added."""


class ProtectedRow(TypedDict):
    """An entry of the register: no name and no document number is in it."""
    id: str
    """Its id."""
    identities: int
    """Number of names and documents by which it is found."""
    states: list[str]
    """The states that the person fears, alpha-3."""
    threads: list[str]
    """Threads that are known to concern the person."""
    until: str | None
    """The last day on which it counts."""
    added_ms: int
    """When it was added, milliseconds since 1970."""


class PublicFileKeys(TypedDict):
    """The public keys: Ed25519 and ML-DSA-44, both of which sign."""
    ed25519: str
    ml_dsa_44: str


class PublicFile(TypedDict):
    """An auditor's public file: what `mithaq auditor new` writes beside the key."""
    mithaq: Format
    keys: PublicFileKeys
    """The public keys: Ed25519 and ML-DSA-44, both of which sign."""


class Rebuilt(TypedDict):
    """The lists were made anew."""
    open: int
    """Number of threads that are open."""


class ReceivedBatch(TypedDict):
    """Entries of a log that a party received."""
    log: str
    """The log: `<agency>/<epoch>/<lane>`."""
    first: int
    """Number of the first."""
    count: int
    """How many."""


class Recipient(TypedDict):
    """A party to which a draft goes."""
    label: str
    """Its label in the agreement."""
    names: dict[str, str]
    """Its names by language."""


class RecordRow(TypedDict):
    """A record in a list, and where the list goes on behind it."""
    channel: str
    """The channel."""
    party: str
    """Who wrote it."""
    epoch: int
    """The epoch of its log."""
    lane: Literal["main", "urgent"]
    """The lane of its log."""
    index: int
    """Its number there."""
    thread: str | None
    """Its thread; absent in protocol records and when the content is gone."""
    kind: str | None
    """Its kind; absent when the content is gone."""
    purpose: str | None
    """The purpose for which it was supplied; absent in protocol records and when the content is gone."""
    direction: Direction
    """Whether this agency sent or received it."""
    state: Literal["recorded", "delivered", "attachments_pending", "received", "ineffective", "withheld", "quarantined", "refused", "erased"]
    """The word of its state."""
    sha256: str | None
    """SHA-256 of the body; absent when the content is gone."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""
    cursor: str
    """A list asked with it goes on behind this record."""
    arrived_ms: int
    """When its batch arrived here, milliseconds since 1970."""


class RecordShown(TypedDict):
    """A record with header, body, approvals and state."""
    header: JsonObject
    """The header as it was signed."""
    approvals: str
    """The approvals as they were signed."""
    body: NotRequired[str | None]
    """The body, where it is text."""
    body_base64: NotRequired[str | None]
    """The body in base64, where it is none."""
    state: Literal["recorded", "delivered", "attachments_pending", "received", "ineffective", "withheld", "quarantined", "refused", "erased"]
    """The word of its state."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""


class ReleaseApproval(TypedDict):
    """The approval of whoever releases, where the clause asks for one and it was not given before."""
    role: str
    scheme: Literal["ed25519", "webauthn"]
    enrolment: JsonObject
    signature: str
    authenticator_data: NotRequired[str]
    client_data: NotRequired[str]


class Release(TypedDict):
    """A release."""
    approval: NotRequired[ReleaseApproval | None]
    """The approval of whoever releases, where the clause asks for one and it was not given before."""


class Remark(TypedDict):
    """A remark of a colleague. It never leaves the node."""
    by: str
    """The id of the person who made it."""
    at_ms: int
    """When, milliseconds since 1970."""
    text: str
    """What it says."""


class Renewal(TypedDict):
    """The dates of a successor that differs in nothing else."""
    valid_until: str
    """The last day on which records may be sent."""
    valid_from: NotRequired[str | None]
    """The first day; the one after the last day of the version in force without it."""


class Report(TypedDict):
    """What a check found."""
    ok: bool
    """Whether everything held."""
    entries: int
    """Log entries checked."""
    opened: int
    """Entries whose content is still here and matched."""
    batches: int
    """Batches checked."""
    audited: int
    """Entries of the audit log checked."""
    receipts: int
    """Receipts checked."""
    problems: list[str]
    """What did not hold, at most a hundred of it."""
    seconds: float
    """How long it took."""


class Review(TypedDict):
    """A release that is or was to be reviewed."""
    channel: str
    """The channel."""
    log: str
    """AGENCY/EPOCH/LANE."""
    index: int
    kind: str
    """The record's kind."""
    released_ms: int
    """When it was recorded, milliseconds since 1970."""
    due_ms: int
    """By when it is to be reviewed, milliseconds since 1970."""
    overdue: bool
    """Whether that time has passed without a review."""
    submitted_by: str
    """Id of the token with which it was submitted."""
    submitted_by_person: str | None
    """Id of the person who has that token, if a person has it."""
    outcome: ReviewOutcome | None
    """What was found, once it was reviewed."""
    erased: bool
    """Whether its content has been erased since."""


@final
class ReviewOutcomeConfirmed(TypedDict):
    """It was right to release it."""
    token: str
    """Id of the reviewer's token."""
    person: NotRequired[str | None]
    """Id of the person who has that token, if a person has it."""
    role: str
    """The reviewer's role."""
    reviewed_ms: int
    """When, milliseconds since 1970."""
    finding: Literal["confirmed"]


@final
class ReviewOutcomeObjected(TypedDict):
    """It was not, on this ground."""
    token: str
    """Id of the reviewer's token."""
    person: NotRequired[str | None]
    """Id of the person who has that token, if a person has it."""
    role: str
    """The reviewer's role."""
    reviewed_ms: int
    """When, milliseconds since 1970."""
    finding: Literal["objected"]
    ground: Ground


ReviewOutcome: TypeAlias = "ReviewOutcomeConfirmed | ReviewOutcomeObjected"
"""What a review found."""


class Reviews(TypedDict):
    """Every release of the caller's compartment, reviewed or not."""
    reviews: list[Review]
    """The earliest first."""


class Said(TypedDict):
    """Words of a colleague."""
    remark: str
    """They."""


class SaveDraft(TypedDict):
    """What was written, in place of the revision that its writer saw."""
    revision: int
    """Which revision that was."""
    draft: ToPrepare
    """As its author knows it now."""


Scope: TypeAlias = Literal[
    # What concerns the caller alone: who they are, the own token, the own absence. Every token has it, however little
    # it has else.
    "own",
    # State of the node, cards, agreements, channels: no content of records.
    "node:read",
    # Keys, partners, offices, tokens, checks.
    "node:admin",
    # Drafting, importing and offering agreements.
    "agreements:draft",
    # Signing agreements for the agency.
    "agreements:sign",
    # Reading and searching records and their files.
    "records:read",
    # Submitting records and uploading their files.
    "records:write",
    # Reading drafts that concern the caller.
    "drafts:read",
    # Writing drafts and handing them over.
    "drafts:write",
    # Approving, releasing and returning what others wrote.
    "drafts:approve",
    # Using records further than by reading them: in court, by another office, for another purpose.
    "records:use",
    # Reviewing what one officer released alone.
    "records:review",
    # Destroying content before its time.
    "records:erase",
    # Taking evidence files out of the node.
    "evidence:export",
    # The audit log's head: its size and root, and countersignatures on it.
    "audit:countersign",
    # Keeping entries of the audit log for a procedure beyond their time.
    "audit:hold",
    # The audit log's entries.
    "audit:read",
    # The protection register, and what waits because of it.
    "protection:read",
    # Changing the register; passing on or stopping what waits.
    "protection:write",
]
"""What a route needs."""


class SentAsRecordedRecorded(TypedDict):
    log: str
    """AGENCY/EPOCH/LANE."""
    index: int


@final
class SentAsRecorded(TypedDict):
    """It is a record here."""
    recorded: SentAsRecordedRecorded


SentAs: TypeAlias = 'SentAsRecorded | Literal["waiting"]'
"""What became of a draft that was sent."""


class SignInLink(TypedDict):
    """What a link holds by which a person is let in. Nobody can find it out again."""
    link: str
    """What stands behind the `#` of `/enrol`, or behind `/visit?link=`."""


class SignedCard(TypedDict):
    """A card and the signatures over it."""
    card: str
    """The card, as JSON."""
    signatures: list[CardSignature]
    """In this order: log, receipt, document; after the first card also succession, and last, if it is held still,
    previous."""


class SignedDocument(TypedDict):
    """A document and the signature over it."""
    body: str
    """The document, as JSON."""
    signature: DocumentSignature
    """The signature."""


class SigningPasskey(TypedDict):
    """A passkey with which a person approves. Its credential id is for the browser that asks for approvals, and stays
    here: what partners are told of an officer is without it."""
    credential: str
    """By what the authenticator finds it."""
    algorithm: Literal["es256", "ed25519"]
    """The signature algorithm."""
    public: str
    """The public key: 65 bytes of ES256, the uncompressed point, or 32 of Ed25519."""
    origin: str
    """The origin whose pages ask for approvals, such as `https://exchange.agency.example`."""
    rp_id: str
    """The relying party: the origin's host, or a domain above it."""


class StandIn(TypedDict):
    """For whom an officer's order stands in, in which channel."""
    channel: str
    """The channel."""
    agency: str
    """The partner that stays silent."""


class StatementAnswerContestedItem(TypedDict):
    thread: str
    lane: Literal["main", "urgent"]
    what: str | None
    """The duty."""
    ground: Literal["not_known", "not_due", "other_time", "done_since"]


class StatementAnswer(TypedDict):
    """What another party says to a statement."""
    party: str
    """Who says it."""
    ref: Place
    """Where it lies."""
    time_ms: int
    """Its manifest's time, milliseconds since 1970."""
    verdict: Literal["agrees", "differs", "undetermined"]
    """How the accounts compare."""
    hash: str | None
    """The hash over the threads by that party's account; absent where it does not hold all that the cut names."""
    threads: int | None
    """How many threads have states there by its account; absent for who does not see all of them."""
    contested: list[StatementAnswerContestedItem]
    """What it contests: what of it is in the reader's compartment."""


class StatementDifferenceDifferingThreadsItem(TypedDict):
    thread: str
    lane: Literal["main", "urgent"]


class StatementDifferenceDiffering(TypedDict):
    """The threads, as far as they are in the reader's compartment; absent while they are being looked for."""
    threads: list[StatementDifferenceDifferingThreadsItem]
    complete: bool
    """Whether these are all."""


class StatementDifference(TypedDict):
    """Where the own account and another's differ."""
    party: str
    """The other party."""
    differing: StatementDifferenceDiffering | None
    """The threads, as far as they are in the reader's compartment; absent while they are being looked for."""


class StatementShown(TypedDict):
    """A statement with what came of it."""
    ref: Place
    """Where it lies."""
    party: str
    """Whose it is."""
    own: bool
    """Whether it is this agency's."""
    time_ms: int
    """Its manifest's time, milliseconds since 1970."""
    cut: list[LogSize]
    """Which entries it is about."""
    threads: int | None
    """How many threads have states there; absent for who does not see all of them."""
    hash: str
    """The hash over them."""
    awaiting: int | None
    """How much it says awaits others; absent for who does not see all of it."""
    awaits: list[Awaited]
    """What awaits others: what of it is in the reader's compartment."""
    receipted: list[str]
    """Other parties that have receipted it; only of an own one."""
    answers: list[StatementAnswer]
    """Their answers."""
    unanswered: list[str]
    """Other parties that have not answered."""
    differences: list[StatementDifference]
    """Where the own account and another's differ."""


class Statements(TypedDict):
    """The newest statements of all parties."""
    statements: list[StatementShown]
    """The newest first."""


class Status(TypedDict):
    """The state of a node."""
    agency: str
    """The agency."""
    country: str
    """Its country."""
    version: str
    """The program's version."""
    pid: int
    """The process."""
    peer: str
    """Where partners are listened to, as configured."""
    api: str
    """Where the agency itself is listened to, as configured."""
    channels: int
    """Number of channels."""
    waiting_for: list[str]
    """Partners that have not shown, in some channel, the signed heads they hold since this node started."""
    frozen: list[str]
    """Channels in which nothing is signed because two histories of a log were seen."""
    frozen_agencies: list[str]
    """Agencies that are not let in because two cards on one predecessor were seen."""


class StoodIn(TypedDict):
    """The channel waits for the partner no more."""
    epoch: int
    """The epoch of the own logs from here on."""


class StoppedBy(TypedDict):
    """How many records of a token the register stopped, and still keeps: somebody may be asking it."""
    token: str
    """The token's id."""
    role: str
    """Its role."""
    stopped: int
    """How many."""


class Termination(TypedDict):
    """When an agreement ends."""
    last_day: str
    """The last day on which records may be sent."""


class ThreadLine(TypedDict):
    """A line of a list of threads."""
    channel: str
    """The channel."""
    thread: str
    """The thread."""
    name: str
    """How people call it: `req-0123abcd`. It is understood wherever a thread is asked for."""
    kind: str
    """Its kind."""
    title: str | None
    """The title of the record that opened it; absent when its content is gone or not for this reader."""
    state: Literal["returned_incomplete", "released", "delivered", "accepted", "in_progress", "awaiting_judicial_authorisation", "partly_answered", "answered", "nothing_to_provide", "refused", "feedback", "withdrawn", "closed", "acknowledged", "not_used", "used", "sent", "raised", "facts_exchanged", "joint_verification", "note_proposed", "escalated", "note_signed", "closed_no_event", "open"]
    """Its state."""
    settled: bool
    """Whether the other parties' logs have reached it, so that nothing that still comes can change it."""
    open: bool
    """Whether it can still go on by itself."""
    opened_by: str | None
    """Who opened it."""
    awaits: list[str]
    """The parties that are to act next."""
    due_ms: int | None
    """When the next thing is due, milliseconds since 1970."""
    due_what: str | None
    """What is due."""
    due_from: str | None
    """Who must do it."""
    overdue: bool
    """Whether it is overdue now."""
    unacknowledged: bool
    """Whether a party has not said in time that it received what the thread waits for."""
    clause: str
    """The clause under which it was opened."""
    lane: Literal["main", "urgent"]
    """The lane in which it lives."""
    since_ms: int
    """Since when it is in its state, milliseconds since 1970."""
    opened_ms: int
    """Time of its first record, milliseconds since 1970."""
    records: int
    """Number of its records."""
    ineffective: int
    """How many of them take no effect."""


class ThreadPage(TypedDict):
    """A page of threads."""
    threads: list[ThreadLine]
    """The threads: the earliest deadline first, those without one last."""
    next: str | None
    """The cursor of the next page, if there is one."""
    titles: IndexProgress
    """How far titles are: they may be absent while they are being read."""


class ThreadPart(TypedDict):
    """How one party stands in a thread."""
    party: str
    """The party."""
    state: Literal["returned_incomplete", "released", "delivered", "accepted", "in_progress", "awaiting_judicial_authorisation", "partly_answered", "answered", "nothing_to_provide", "refused", "feedback", "withdrawn", "closed", "acknowledged", "not_used", "used", "sent", "raised", "facts_exchanged", "joint_verification", "note_proposed", "escalated", "note_signed", "closed_no_event", "open"]
    """The state of its part."""


ThreadShownCorrectionsItem = TypedDict(
    "ThreadShownCorrectionsItem",
    {
        "at": "JsonObject",
        "was": "str",
        "is": "str",
    },
)


class ThreadShown(TypedDict):
    """A thread whole, as it may be shown to the caller who asked."""
    channel: str
    """The channel."""
    thread: str
    """The thread."""
    name: str
    """How people call it: `req-0123abcd`. It is understood wherever a thread is asked for."""
    kind: str
    """Its kind."""
    title: str | None
    """The title of the record that opened it; absent when its content is gone or not for this reader."""
    state: Literal["returned_incomplete", "released", "delivered", "accepted", "in_progress", "awaiting_judicial_authorisation", "partly_answered", "answered", "nothing_to_provide", "refused", "feedback", "withdrawn", "closed", "acknowledged", "not_used", "used", "sent", "raised", "facts_exchanged", "joint_verification", "note_proposed", "escalated", "note_signed", "closed_no_event", "open"]
    """Its state."""
    settled: bool
    """Whether the other parties' logs have reached it, so that nothing that still comes can change it."""
    open: bool
    """Whether it can still go on by itself."""
    opened_by: str | None
    """Who opened it."""
    awaits: list[str]
    """The parties that are to act next."""
    due_ms: int | None
    """When the next thing is due, milliseconds since 1970."""
    due_what: str | None
    """What is due."""
    due_from: str | None
    """Who must do it."""
    overdue: bool
    """Whether it is overdue now."""
    unacknowledged: bool
    """Whether a party has not said in time that it received what the thread waits for."""
    clause: str
    """The clause under which it was opened."""
    lane: Literal["main", "urgent"]
    """The lane in which it lives."""
    since_ms: int
    """Since when it is in its state, milliseconds since 1970."""
    opened_ms: int
    """Time of its first record, milliseconds since 1970."""
    records: int
    """Number of its records."""
    ineffective: int
    """How many of them take no effect."""
    all_due: list[DutyDue]
    """All that is due, the earliest first."""
    parts: list[ThreadPart]
    """How each addressed party stands, where they can stand differently."""
    events: list[EventShown]
    """What happened, in order."""
    corrections: list[ThreadShownCorrectionsItem]
    """What was shown before and is no longer so, the oldest first."""
    next: list[NextAct]
    """What this agency may do next."""


class ToApprove(TypedDict):
    """An approval that the clause asks for."""
    role: Literal["author", "release_authority", "head_of_delegation", "dpo", "fundamental_rights_officer", "observer", "protection_officer"]
    """In which part."""
    officers: list[ToSign]
    """The officers of this agency who are enrolled in the channel."""


class ToPrepare(TypedDict):
    """A record to be prepared. What is left out is filled in: from the thread that it belongs to, from the clause, or
    drawn."""
    channel: NotRequired[str | None]
    """The channel: that of the thread, or the only one, without it."""
    lane: NotRequired[Literal["main", "urgent"] | None]
    """The lane: without it that of the thread, or the usual one of the kind."""
    kind: str
    """The kind of record."""
    clause: NotRequired[str | None]
    """The clause: that of the thread, or the only one that allows the kind, without it."""
    reply_to: NotRequired[str | None]
    """The thread that it belongs to, or the record in it that is replied to: CHANNEL/AGENCY/EPOCH/LANE/INDEX."""
    header: NotRequired[JsonObject]
    """Fields of the header that are to be otherwise; `null` leaves one out."""
    body: Any
    """The body: text, or an object that is written as JSON."""
    name: NotRequired[str | None]
    """What draws its thread and its number of its own: the same for the same name, which a request that is repeated
    says again."""


class ToSign(TypedDict):
    """What an officer signs to approve."""
    office: str
    """The office."""
    public: str
    """The officer's public key."""
    enrolment: LogEntry
    """Where it is enrolled."""
    scheme: Literal["ed25519", "webauthn"]
    """How the officer signs."""
    sign: str
    """The bytes that the key signs with Ed25519, or that are the challenge of the passkey."""
    passkey: NotRequired[PasskeyToAsk | None]
    """What a browser asks the passkey with, if the officer has one."""


class TokenList(TypedDict):
    """Every token."""
    tokens: list[TokenRow]
    """By id."""


class TokenMade(TypedDict):
    """A token that was made."""
    id: str
    """Its public id, as the audit log names it."""
    name: str
    """What it is for: an office or a program, never a person."""
    person: str | None
    """The id of the person who has it; a program's has none."""
    role: Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]
    """What it may do."""
    office: str | None
    """The enrolled office whose records may be submitted with it."""
    only: list[Scope] | None
    """Fewer scopes than the role has."""
    purposes: list[str]
    """The purposes of the task that it is for."""
    created_ms: int
    """When it was made, milliseconds since 1970."""
    expires_ms: int
    """From when on it counts no more, milliseconds since 1970."""
    revoked_ms: int | None
    """Since when it is revoked, milliseconds since 1970."""
    renewed_as: str | None
    """The token that its holder got in its place."""
    token: str
    """Its text: here and nowhere else."""
    without_clause: list[str]
    """Those of its purposes that no clause of an agreement in force has: it reads nothing for them."""


class TokenRow(TypedDict):
    """A token without its secret."""
    id: str
    """Its public id, as the audit log names it."""
    name: str
    """What it is for: an office or a program, never a person."""
    person: str | None
    """The id of the person who has it; a program's has none."""
    role: Literal["case_officer", "spoc_officer", "release_authority", "liaison_officer", "border_liaison_officer", "fiu_officer", "protection_officer", "observer", "dpo", "fundamental_rights_officer", "auditor", "secretariat", "head_of_delegation", "training_coordinator", "node_admin"]
    """What it may do."""
    office: str | None
    """The enrolled office whose records may be submitted with it."""
    only: list[Scope] | None
    """Fewer scopes than the role has."""
    purposes: list[str]
    """The purposes of the task that it is for."""
    created_ms: int
    """When it was made, milliseconds since 1970."""
    expires_ms: int
    """From when on it counts no more, milliseconds since 1970."""
    revoked_ms: int | None
    """Since when it is revoked, milliseconds since 1970."""
    renewed_as: str | None
    """The token that its holder got in its place."""


@final
class TriedLineError(TypedDict):
    """It would not be recorded."""
    id: str | None
    """The line's id, if it has one."""
    error: Fault
    """Why."""


@final
class TriedLineState(TypedDict):
    """It may leave."""
    id: str | None
    """The line's id, if it has one."""
    state: TriedState
    """At once or later."""
    agreement: str
    """The version of the agreement that governs it."""
    version: int
    """That version's number."""
    clause: str | None
    """The clause under which it would cross."""


TriedLine: TypeAlias = "TriedLineError | TriedLineState"
"""What would become of a line."""


TriedState: TypeAlias = Literal[
    # At once.
    "would_be_recorded",
    # Once it is released.
    "would_wait",
]
"""When a record that may leave would do so."""


class Uploaded(TypedDict):
    """A file that was uploaded; a record can name it for 24 hours."""
    sha256: str
    """SHA-256 of the file in hexadecimal digits."""
    size: int
    """Its length, bytes."""
    name: str
    """Its name."""
    media_type: str
    """Its media type."""


class WaitingList(TypedDict):
    """Everything that waits."""
    waiting: list[WaitingRow]
    """The oldest first."""


class WaitingRow(TypedDict):
    """What waits for a second administrator."""
    id: str
    """Its id."""
    asked: ByTwo
    """What was asked for."""
    asked_by: str
    """The token of the administrator who asked."""
    asked_ms: int
    """When, milliseconds since 1970."""
    until_ms: int
    """Until when it waits, milliseconds since 1970."""


WaitsState: TypeAlias = Literal[
    # It waits to be released.
    "waiting",
]
"""The word for a record that waits."""


class WantedUse(TypedDict):
    """What somebody wants to do with a received record beyond reading it."""
    use: Literal["court", "office", "purpose"]
    """The use."""
    to: NotRequired[str | None]
    """In which proceedings, or which office: never a person."""
    purpose: NotRequired[str | None]
    """The other purpose."""


@final
class WithPerson(TypedDict):
    """A person, by id."""
    person: str


@final
class WithOffice(TypedDict):
    """Whoever speaks for an office."""
    office: str


With: TypeAlias = "WithPerson | WithOffice"
"""Who is to deal with something."""


class WorkList(TypedDict):
    """Threads that are with the caller."""
    work: list[WorkShown]
    """Those to be looked at today first."""


WorkShown = TypedDict(
    "WorkShown",
    {
        "channel": "str",
        "lane": 'Literal["main", "urgent"]',
        "thread": "str",
        "with": "With | None",
        "remarks": "list[Remark]",
        "bring_back": "str | None",
        "changed_ms": "int",
        "unread": "bool",
    },
)
"""What is said of a thread."""
