//! Every page and every act on one, a line each, with the scope that it needs.

use axum::http::Method;
use doors::{
    api::{agreements as files, attachments, evidence},
    route::{Param, Route},
};
use node::{callers::Scope as S, limits};

use crate::pages::{
    account, administration, agreements, audit, drafts, evidence as proofs, inbox, live, meeting, pairing, partners,
    passkeys, people, protection, records, register, retention, reviews, search, service, sign_in, threads, views,
    write,
};

const RECORD: &str = "/records/{channel}/{party}/{epoch}/{lane}/{index}";
const RECORD_FILE: &str = "/records/{channel}/{party}/{epoch}/{lane}/{index}/files/{sha256}";
const RECORD_EVIDENCE: &str = "/records/{channel}/{party}/{epoch}/{lane}/{index}/evidence";
const RECORD_ERASE: &str = "/records/{channel}/{party}/{epoch}/{lane}/{index}/erase";
const RECORD_PDF: &str = "/records/{channel}/{party}/{epoch}/{lane}/{index}/pdf";
const RECORD_BESIDE: &str = "/records/{channel}/{party}/{epoch}/{lane}/{index}/beside";
const REVIEW: &str = "/reviews/{channel}/{party}/{epoch}/{lane}/{index}";
const PERSON: &str = "/administration/people/{id}";
const PERSON_LINK: &str = "/administration/people/{id}/link";
const PERSON_OFFICERS: &str = "/administration/people/{id}/officers";
const PERSON_PASSKEYS: &str = "/administration/people/{id}/take-passkeys";
const PERSON_LEAVE: &str = "/administration/people/{id}/leave";
const TOKEN_REVOKE: &str = "/administration/tokens/{id}/revoke";
const SECOND_CONFIRM: &str = "/administration/seconds/{id}/confirm";
const SECOND_REFUSE: &str = "/administration/seconds/{id}/refuse";
const TO: &[Param] = &[Param::new("to", "string", "Where to go then")];
const LINK: &[Param] = &[Param::new("link", "string", "What the link holds")];
const RETURNED: &[Param] = &[
    Param::new("code", "string", "By which the node fetches the service's word"),
    Param::new("state", "string", "What was sent with the browser"),
    Param::new("iss", "string", "Which service it comes from"),
    Param::new("error", "string", "The service's word for why not"),
];
const VIEW: &[Param] = &[Param::new("view", "string", "How it is shown")];

/// Reads.
const GET: Method = Method::GET;
/// Acts.
const POST: Method = Method::POST;

/// The pages and what can be done on them.
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(GET, "/sign-in", None, "Asks to sign in", sign_in::show).query(TO),
        Route::page(POST, "/sign-in/challenge", None, "Asks an authenticator", passkeys::challenge),
        Route::page(POST, "/sign-in", None, "Signs in with a passkey", passkeys::sign_in),
        Route::page(GET, "/sign-in/service", None, "Leads to the agency's own sign-in service", service::begin)
            .query(TO),
        Route::page(GET, "/sign-in/return", None, "Signs in by that service", service::back).query(RETURNED),
        Route::page(POST, "/enrol/service", None, "Leads to that service with a link", service::enrol),
        Route::page(POST, "/me/account", S::Own, "Leads to that service, to be let in by it too", service::add),
        Route::page(POST, "/me/account/remove", S::Own, "Is let in by that service no more", service::remove),
        Route::page(GET, "/enrol", None, "Registers a passkey by a link", passkeys::show),
        Route::page(POST, "/enrol/begin", None, "Asks an authenticator to make a passkey", passkeys::begin),
        Route::page(POST, "/enrol", None, "Registers it, and signs in", passkeys::enrol),
        Route::page(GET, "/confirm", S::Own, "Asks for a passkey again", passkeys::ask).query(TO),
        Route::page(POST, "/confirm", S::Own, "Notes that a passkey was shown", passkeys::confirm),
        Route::page(POST, "/me/passkeys/begin", S::Own, "Asks to make a further passkey", passkeys::begin_another),
        Route::page(POST, "/me/passkeys", S::Own, "Registers a further passkey", passkeys::add),
        Route::page(POST, "/me/signing/begin", S::Own, "Asks to make a passkey that approves", passkeys::begin_signing),
        Route::page(POST, "/me/signing", S::Own, "Registers a passkey that approves", passkeys::add_signing),
        Route::page(POST, "/me/passkeys/remove", S::Own, "Takes a passkey away", passkeys::remove),
        Route::page(GET, "/visit", None, "Shows a visitor as whom a link lets in", sign_in::invited).query(LINK),
        Route::page(POST, "/visit", None, "Lets a visitor of a made-up agency in", sign_in::visit),
        Route::page(POST, "/preferences", None, "Keeps language, calendar and theme", sign_in::prefer),
        Route::page(POST, "/sign-out", None, "Ends the session", sign_in::sign_out),
        Route::page(GET, "/", S::Own, "Leads to the first page", partners::start),
        Route::page(GET, "/more", S::Own, "Where one may go", partners::more),
        Route::page(GET, "/live", S::Own, "Tells that something arrived", live::follow),
        Route::page(GET, "/me", S::Own, "The own account", account::show),
        Route::page(POST, "/me/away", S::Own, "Says that one is away, or back", account::away),
        Route::page(POST, "/me/sessions/end", S::Own, "Ends other sessions", account::end_sessions),
        Route::page(POST, "/seat", S::Own, "Works in another role or office", account::sit),
        Route::page(GET, "/inbox", S::RecordsRead, "What waits, by deadline", inbox::inbox).query(inbox::VIEW),
        Route::page(GET, "/inbox.csv", S::RecordsRead, "The same as a table", inbox::csv).query(inbox::VIEW),
        Route::page(GET, "/requests", S::RecordsRead, "Threads by deadline", inbox::requests).query(inbox::VIEW),
        Route::page(GET, "/requests.csv", S::RecordsRead, "The same as a table", inbox::csv).query(inbox::VIEW),
        Route::page(POST, "/inbox/read", S::RecordsRead, "Notes that all that came was read", inbox::read_all),
        Route::page(POST, "/views", S::RecordsRead, "Keeps a view of a list under a name", views::keep),
        Route::page(POST, "/views/{id}/remove", S::RecordsRead, "Removes a view", views::remove),
        Route::page(POST, "/threads", S::RecordsRead, "Assigns or defers several threads", inbox::together),
        Route::page(GET, "/threads/{thread}", S::RecordsRead, "One thread", threads::show)
            .query(doors::api::threads::WITHIN),
        Route::page(GET, "/threads/{thread}/pdf", S::RecordsRead, "The same as a PDF file", threads::pdf)
            .query(doors::api::threads::WITHIN),
        Route::page(POST, "/threads/{thread}/assign", S::RecordsRead, "Says who deals with a thread", threads::assign)
            .query(doors::api::threads::WITHIN),
        Route::page(POST, "/threads/{thread}/remark", S::RecordsRead, "Says something of a thread", threads::remark)
            .query(doors::api::threads::WITHIN),
        Route::page(
            POST,
            "/threads/{thread}/bring-back",
            S::RecordsRead,
            "Says when a thread is brought back",
            threads::bring_back,
        )
        .query(doors::api::threads::WITHIN),
        Route::page(GET, RECORD, S::RecordsRead, "One record", records::show),
        Route::page(GET, RECORD_PDF, S::RecordsRead, "The same as a PDF file", records::pdf),
        Route::page(GET, RECORD_BESIDE, S::RecordsRead, "A readout beside another of its meeting", meeting::show)
            .query(register::BEFORE),
        Route::page(GET, RECORD_FILE, S::RecordsRead, "A file of a record", attachments::download),
        Route::page(POST, RECORD_ERASE, S::RecordsErase, "Destroys a record's content", records::erase),
        Route::page(GET, RECORD_EVIDENCE, S::EvidenceExport, "The proof of a record, as a file", evidence::export)
            .query(evidence::FOR),
        Route::page(
            GET,
            "/missed/{channel}/{thread}",
            S::EvidenceExport,
            "The proof of a missed deadline, as a file",
            evidence::missed,
        )
        .query(evidence::WITHIN),
        Route::page(GET, "/search", S::RecordsRead, "Records by their words", search::show).query(search::ASKED),
        Route::page(GET, "/register", S::RecordsRead, "The register of readouts", register::register)
            .query(register::BEFORE),
        Route::page(GET, "/correspondence", S::RecordsRead, "Letters and files", register::correspondence)
            .query(register::BEFORE),
        Route::page(GET, "/write", S::DraftsWrite, "A new record", write::show).query(write::KNOWN),
        Route::page(GET, "/drafts", S::DraftsRead, "Drafts", drafts::list),
        Route::page(POST, "/drafts", S::DraftsWrite, "Begins a draft", drafts::create)
            .body_max(Some(limits::DRAFT_BYTES_MAX)),
        Route::page(GET, "/drafts/{id}", S::DraftsRead, "One draft", drafts::show).query(VIEW),
        Route::page(POST, "/drafts/{id}", S::DraftsWrite, "Keeps what was written", drafts::save)
            .body_max(Some(limits::DRAFT_BYTES_MAX)),
        Route::page(POST, "/drafts/{id}/hand-over", S::DraftsWrite, "Hands a draft over", drafts::hand_over),
        Route::page(POST, "/drafts/{id}/approve", S::DraftsApprove, "Approves a draft", drafts::approve),
        Route::page(
            POST,
            "/drafts/{id}/release",
            S::DraftsApprove,
            "Releases a draft, which sends it",
            drafts::release,
        ),
        Route::page(
            POST,
            "/drafts/{id}/send",
            S::DraftsWrite,
            "Sends a draft that nobody must release",
            drafts::release,
        ),
        Route::page(POST, "/drafts/{id}/discard", S::DraftsWrite, "Destroys a draft", drafts::discard),
        Route::page(
            POST,
            "/drafts/{id}/do/{what}",
            S::DraftsRead,
            "Returns, refuses, assigns, remarks",
            drafts::decide,
        ),
        Route::page(POST, "/files", S::RecordsWrite, "Takes a file for a record", attachments::upload)
            .query(attachments::UPLOAD)
            .body_max(None),
        Route::page(GET, "/reviews", S::RecordsReview, "What one officer released alone", reviews::list),
        Route::page(POST, REVIEW, S::RecordsReview, "Keeps what a review found", reviews::conclude),
        Route::page(GET, "/protection", S::ProtectionRead, "The protection register, and what waits", protection::show),
        Route::page(POST, "/protection", S::ProtectionWrite, "Adds an entry to the register", protection::add),
        Route::page(POST, "/protection/{id}/remove", S::ProtectionWrite, "Removes an entry", protection::remove),
        Route::page(GET, "/protection/held/{id}", S::ProtectionRead, "One thing that waits", protection::one),
        Route::page(
            POST,
            "/protection/held/{id}/{what}",
            S::ProtectionWrite,
            "Passes on what waits, or ends it",
            protection::decide,
        ),
        Route::page(GET, "/agreements", S::NodeRead, "Agreements", agreements::list),
        Route::page(GET, "/agreements/compare", S::NodeRead, "What differs between two versions", agreements::compare)
            .query(agreements::OF),
        Route::page(GET, "/agreements/draft", S::AgreementsDraft, "A draft of an agreement", agreements::write)
            .query(agreements::BEGUN),
        Route::page(POST, "/agreements/draft", S::AgreementsDraft, "Looks at a draft", agreements::look)
            .reads()
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::page(POST, "/agreements/draft/keep", S::AgreementsDraft, "Keeps a draft", agreements::keep)
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::page(
            POST,
            "/agreements/upload",
            S::AgreementsDraft,
            "Takes a draft or an agreement",
            agreements::upload,
        )
        .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::page(GET, "/agreements/{hash}", S::NodeRead, "One agreement in plain words", agreements::show),
        Route::page(GET, "/agreements/{hash}/bundle", S::NodeRead, "The agreement as a file", files::bundle),
        Route::page(GET, "/agreements/{hash}/try", S::RecordsWrite, "A sample to be tried", agreements::sample)
            .query(agreements::TRIED),
        Route::page(POST, "/agreements/{hash}/try", S::RecordsWrite, "Tries a sample", agreements::attempt).reads(),
        Route::page(GET, "/agreements/{hash}/ask/{act}", S::NodeRead, "Says what follows from an act", agreements::ask),
        Route::page(POST, "/agreements/{hash}/sign", S::AgreementsSign, "Signs an agreement", agreements::sign),
        Route::page(POST, "/agreements/{hash}/suspend", S::AgreementsSign, "Stops the exchange", agreements::suspend),
        Route::page(POST, "/agreements/{hash}/resume", S::AgreementsSign, "Ends an own suspension", agreements::resume),
        Route::page(POST, "/agreements/{hash}/terminate", S::AgreementsSign, "Ends it alone", agreements::terminate),
        Route::page(POST, "/agreements/{hash}/offer", S::AgreementsDraft, "Hands it to the others", agreements::offer),
        Route::page(
            POST,
            "/agreements/{hash}/renew",
            S::AgreementsDraft,
            "Drafts it with other dates",
            agreements::renew,
        ),
        Route::page(POST, "/agreements/{hash}/discard", S::AgreementsDraft, "Forgets it", agreements::discard),
        Route::page(GET, "/evidence", S::NodeRead, "Checks a proof file", proofs::show),
        Route::page(POST, "/evidence/pdf", S::NodeRead, "Says the same in a PDF file", proofs::pdf)
            .reads()
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::page(POST, "/evidence", S::NodeRead, "Says what a proof file proves", proofs::check)
            .reads()
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::page(GET, "/partners", S::NodeRead, "Partners, and how they are reached", partners::show),
        Route::page(GET, "/administration", S::NodeAdmin, "People and keys, and what waits", administration::show),
        Route::page(GET, "/retention", S::NodeRead, "What content goes when", retention::show),
        Route::page(GET, "/administration/people/new", S::NodeAdmin, "A new person", people::new),
        Route::page(POST, "/administration/people", S::NodeAdmin, "Asks for a new person", people::ask_new),
        Route::page(GET, PERSON, S::NodeAdmin, "One person", people::show),
        Route::page(POST, PERSON, S::NodeAdmin, "Asks to change a person", people::ask_change),
        Route::page(POST, PERSON_LINK, S::NodeAdmin, "Asks for a link to register a passkey", people::ask_link),
        Route::page(POST, PERSON_OFFICERS, S::NodeAdmin, "Asks to enrol a person's key", people::ask_officer),
        Route::page(POST, PERSON_PASSKEYS, S::NodeAdmin, "Takes a person's passkeys away", people::take_passkeys),
        Route::page(POST, PERSON_LEAVE, S::NodeAdmin, "Ends that a person belongs here", people::leave),
        Route::page(POST, "/administration/tokens", S::NodeAdmin, "Asks for a token", administration::ask_token),
        Route::page(POST, TOKEN_REVOKE, S::NodeAdmin, "Revokes a token", administration::revoke_token),
        Route::page(
            POST,
            "/administration/officers/revoke",
            S::NodeAdmin,
            "Revokes an officer's key",
            administration::revoke_officer,
        ),
        Route::page(POST, "/administration/auditors", S::NodeAdmin, "Asks for an auditor", administration::ask_auditor),
        Route::page(POST, SECOND_CONFIRM, S::NodeAdmin, "Confirms what another asked for", administration::confirm),
        Route::page(POST, SECOND_REFUSE, S::NodeAdmin, "Ends what waits", administration::refuse),
        Route::page(GET, "/partners/ours.card", S::NodeRead, "The own card, as a file", pairing::card),
        Route::page(GET, "/partners/new", S::NodeAdmin, "Meets another agency", pairing::meet),
        Route::page(POST, "/partners/fetch", S::NodeAdmin, "Fetches a card from an address", pairing::fetch),
        Route::page(POST, "/partners/paste", S::NodeAdmin, "Takes up a card that was pasted", pairing::paste)
            .body_max(Some(3 * limits::CARD_BYTES_MAX)),
        Route::page(POST, "/partners/upload", S::NodeAdmin, "Takes up a card file", pairing::upload)
            .body_max(Some(2 * limits::CARD_BYTES_MAX)),
        Route::page(GET, "/partners/{agency}", S::NodeRead, "A partner and its cards", pairing::show),
        Route::page(POST, "/partners/{agency}/trust", S::NodeAdmin, "Trusts a compared fingerprint", pairing::trust),
        Route::page(GET, "/audit", S::AuditRead, "The audit log", audit::show).query(audit::ASKED),
        Route::page(GET, "/audit.csv", S::AuditRead, "The same as a table", audit::csv).query(audit::ASKED),
    ]
}
