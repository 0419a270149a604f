//! Every route, a line each.

use std::{collections::BTreeMap, mem, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Method,
    middleware,
    routing::{MethodRouter, get, post},
};
use node::{
    answers::{
        audit::AuditLine,
        drafts::DraftShown,
        files::{BundleFile, CardFile},
        preparation::Prepared,
        status::CheckLine,
        submission::{LineAnswer, NewRecord, TriedLine},
    },
    auditors::PublicFile,
    callers::{Door, Scope as S},
    check::Report,
    limits,
    node::Node,
    reading::page,
};

use super::{
    api, bodies,
    form::{BYTES, Form},
    gate::{self, Gate},
    host, peer, problem,
    route::Route,
};

const DISCARD: &str = "/v1/agreements/{hash}/discard";
const WORK_BRING_BACK: &str = "/v1/threads/{thread}/work/bring-back";
const HAND_OVER: &str = "/v1/drafts/{id}/hand-over";
const BRING_BACK: &str = "/v1/drafts/{id}/bring-back";
const SUSPEND: &str = "/v1/channels/{channel}/suspend";
const RESUME: &str = "/v1/channels/{channel}/resume";
const TERMINATE: &str = "/v1/channels/{channel}/terminate";
const AMEND: &str = "/v1/channels/{channel}/amend";
const REVOKE: &str = "/v1/channels/{channel}/officers/revoke";
const RENEW: &str = "/v1/channels/{channel}/renew";
/// Where a record lies.
const RECORD: &str = "/v1/records/{channel}/{party}/{epoch}/{lane}/{index}";
const EVIDENCE: &str = "/v1/evidence/{channel}/{party}/{epoch}/{lane}/{index}";
const USES: &str = "/v1/records/{channel}/{party}/{epoch}/{lane}/{index}/uses";
const REVIEW: &str = "/v1/reviews/{channel}/{party}/{epoch}/{lane}/{index}";
const STATEMENTS: &str = "/v1/channels/{channel}/statements";
const STATEMENT: &str = "/v1/channels/{channel}/statements/{party}/{epoch}/{lane}/{index}";
const MISSED: &str = "/v1/missed/{channel}/{thread}";
const BREACH: &str = "/v1/breaches/{channel}/{id}";
const ATTACHMENT: &str = "/v1/records/{channel}/{party}/{epoch}/{lane}/{index}/attachments/{sha256}";
const HELD: &str = "/v1/protection/held/{id}";
const PASS: &str = "/v1/protection/held/{id}/pass";
const BLOCK: &str = "/v1/protection/held/{id}/block";
const COUNTERSIGNATURES: &str = "/v1/audit/countersignatures";

/// The routes of the agency's own port and socket: method and path, the scope that a caller needs
/// ([`node::callers::scope::TABLE`] says which roles have it), what it does, and the handler.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/health", None, "Whether the node answers", api::health::show),
        Route::get("/v1/openapi.json", None, "This description", api::openapi::show),
        Route::get("/v1/status", S::NodeRead, "Who this node is and what it waits for", api::status::show),
        Route::get("/v1/doctor", S::NodeRead, "What stands in the way, and what to do", api::doctor::examine),
        Route::get("/metrics", S::NodeRead, "Figures for Prometheus", api::metrics::show)
            .gives(Form::Bytes(api::metrics::MEDIA_TYPE)),
        Route::get("/v1/card", S::NodeRead, "The agency's card file", api::card::show).gives(Form::file::<CardFile>()),
        Route::post("/v1/card/rotate", S::NodeAdmin, "Issue the next card", api::card::rotate).socket_only(),
        Route::get("/v1/peers", S::NodeRead, "Agencies whose cards are held", api::peers::list),
        Route::post("/v1/peers", S::NodeAdmin, "Take up a card file", api::peers::add)
            .query(api::peers::ADD)
            .takes(Form::file::<CardFile>())
            .body_max(Some(limits::CARD_BYTES_MAX)),
        Route::post("/v1/peers/fetch", S::NodeAdmin, "Fetch a card from an address", api::peers::fetch),
        Route::post("/v1/peers/{agency}/confirm", S::NodeAdmin, "Trust a compared fingerprint", api::peers::confirm),
        Route::get("/v1/agreements", S::NodeRead, "Agreements held, drafts included", api::agreements::list),
        Route::post("/v1/agreements", S::AgreementsDraft, "Render and keep a draft", api::agreements::draft)
            .takes(Form::Bytes("application/toml"))
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::post("/v1/agreements/import", S::AgreementsDraft, "Take up a bundle", api::agreements::import)
            .takes(Form::file::<BundleFile>())
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::get("/v1/agreements/{hash}", S::NodeRead, "Where an agreement stands", api::life::show),
        Route::post("/v1/agreements/{hash}/sign", S::AgreementsSign, "Sign for the agency", api::agreements::sign),
        Route::post("/v1/agreements/{hash}/offer", S::AgreementsDraft, "Hand it to the others", api::agreements::offer),
        Route::post(DISCARD, S::AgreementsDraft, "Forget what this agency has not signed", api::agreements::discard),
        Route::get("/v1/agreements/{hash}/bundle", S::NodeRead, "The agreement as a file", api::agreements::bundle)
            .gives(Form::file::<BundleFile>()),
        Route::get("/v1/channels", S::NodeRead, "Channels and their logs", api::channels::list),
        Route::get("/v1/channels/{channel}", S::NodeRead, "One channel", api::channels::show),
        Route::post(SUSPEND, S::AgreementsSign, "Stop sending and taking records", api::life::suspend),
        Route::post(RESUME, S::AgreementsSign, "End the own suspension", api::life::resume),
        Route::post(TERMINATE, S::AgreementsSign, "End the agreement alone, where allowed", api::life::terminate),
        Route::post(AMEND, S::AgreementsDraft, "Draft a successor of what is in force", api::life::amend)
            .takes(Form::Bytes("application/toml"))
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::post(RENEW, S::AgreementsDraft, "Draft the same text with other dates", api::life::renew),
        Route::get("/v1/channels/{channel}/officers", S::NodeRead, "Enrolled officers", api::officers::list),
        Route::post("/v1/channels/{channel}/officers", S::NodeAdmin, "Enrol an officer", api::officers::enrol),
        Route::post(REVOKE, S::NodeAdmin, "End an officer's enrolments by key", api::officers::revoke),
        Route::get(STATEMENTS, S::RecordsRead, "Statements of all parties", api::statements::list)
            .query(api::statements::ASKED),
        Route::post(STATEMENTS, S::RecordsWrite, "State how all threads stand", api::statements::make)
            .query(api::statements::WAIT),
        Route::get(STATEMENT, S::RecordsRead, "One statement with its answers", api::statements::show),
        Route::get("/v1/threads", S::RecordsRead, "Threads by deadline", api::threads::list).query(api::threads::ASKED),
        Route::post("/v1/threads/rebuild", S::NodeAdmin, "Make the lists anew", api::threads::rebuild),
        Route::get("/v1/threads/{thread}", S::RecordsRead, "One thread whole", api::threads::show)
            .query(api::threads::WITHIN),
        Route::get("/v1/work", S::RecordsRead, "Threads that are with you", api::work::list),
        Route::get("/v1/threads/{thread}/work", S::RecordsRead, "What colleagues say of a thread", api::work::show)
            .query(api::threads::WITHIN),
        Route::post(
            "/v1/threads/{thread}/work/assign",
            S::RecordsRead,
            "Say who deals with a thread",
            api::work::assign,
        )
        .query(api::threads::WITHIN),
        Route::post("/v1/threads/{thread}/work/remark", S::RecordsRead, "Say something of a thread", api::work::remark)
            .query(api::threads::WITHIN),
        Route::post(WORK_BRING_BACK, S::RecordsRead, "Say when a thread is brought back", api::work::bring_back)
            .query(api::threads::WITHIN),
        Route::get("/v1/search", S::RecordsRead, "Records by their words", api::search::search)
            .query(api::search::ASKED),
        Route::get("/v1/follow", S::RecordsRead, "Records and threads as they arrive", api::follow::follow)
            .query(api::follow::FROM)
            .headers(api::follow::RESUMED)
            .gives(Form::events::<api::follow::FollowEvent<'_>>()),
        Route::get("/v1/records", S::RecordsRead, "Records held, in order of arrival", api::records::list)
            .query(api::records::FILTER)
            .gives(Form::lines::<page::Line>()),
        Route::post("/v1/records", S::RecordsWrite, "Submit records", api::submit::submit)
            .writes_its_entry()
            .query(api::submit::WAIT)
            .headers(api::submit::KEY)
            .takes(Form::lines::<NewRecord<'_>>())
            .gives(Form::lines::<LineAnswer>())
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::post("/v1/records/try", S::RecordsWrite, "Say what would become of records", api::submit::attempt)
            .reads()
            .takes(Form::lines::<NewRecord<'_>>())
            .gives(Form::lines::<TriedLine>())
            .body_max(Some(limits::API_BODY_BYTES_MAX)),
        Route::post(
            "/v1/records/prepare",
            S::RecordsWrite,
            "Fill in a record and say what is signed",
            api::prepare::prepare,
        )
        .reads()
        .gives(Form::json::<Prepared>()),
        Route::get("/v1/drafts", S::DraftsRead, "Drafts that concern you", api::drafts::list)
            .query(api::drafts::LISTED),
        Route::post("/v1/drafts", S::DraftsWrite, "Begin a draft", api::drafts::create)
            .body_max(Some(limits::DRAFT_BYTES_MAX)),
        Route::get("/v1/drafts/{id}", S::DraftsRead, "One draft whole", api::drafts::show)
            .gives(Form::json::<DraftShown>()),
        Route::put("/v1/drafts/{id}", S::DraftsWrite, "Keep what was written", api::drafts::save)
            .body_max(Some(limits::DRAFT_BYTES_MAX)),
        Route::post(HAND_OVER, S::DraftsWrite, "Hand a draft over, as it is", api::drafts::hand_over),
        Route::post("/v1/drafts/{id}/approve", S::DraftsApprove, "Approve a draft", api::drafts::approve),
        Route::post(
            "/v1/drafts/{id}/release",
            S::DraftsApprove,
            "Release a draft, which sends it",
            api::drafts::release,
        ),
        Route::post(
            "/v1/drafts/{id}/send",
            S::DraftsWrite,
            "Send a draft that nobody must release",
            api::drafts::release,
        ),
        Route::post("/v1/drafts/{id}/return", S::DraftsRead, "Give a draft back", api::drafts::give_back),
        Route::post("/v1/drafts/{id}/refuse", S::DraftsApprove, "Refuse a draft", api::drafts::refuse),
        Route::post("/v1/drafts/{id}/assign", S::DraftsRead, "Say who deals with a draft", api::drafts::assign),
        Route::post("/v1/drafts/{id}/remark", S::DraftsRead, "Say something of a draft", api::drafts::remark),
        Route::post(BRING_BACK, S::DraftsWrite, "Say when a draft is brought back", api::drafts::bring_back),
        Route::post("/v1/drafts/{id}/discard", S::DraftsWrite, "Destroy a draft", api::drafts::discard),
        Route::get(RECORD, S::RecordsRead, "One record whole", api::records::show),
        Route::get(ATTACHMENT, S::RecordsRead, "A file of a record", api::attachments::download)
            .gives(Form::Bytes(BYTES)),
        Route::post(USES, S::RecordsUse, "State a use beyond reading", api::uses::state),
        Route::get("/v1/reviews", S::RecordsRead, "What one officer released alone", api::reviews::list),
        Route::post(REVIEW, S::RecordsReview, "Confirm such a release, or object to it", api::reviews::conclude),
        Route::put("/v1/attachments", S::RecordsWrite, "Upload a file for a record", api::attachments::upload)
            .query(api::attachments::UPLOAD)
            .takes(Form::Bytes(BYTES))
            .body_max(None),
        Route::post("/v1/check", S::NodeAdmin, "Verify everything held", api::check::run)
            .query(api::check::ASKED)
            .gives(Form::json::<Report>())
            .gives(Form::lines::<CheckLine>()),
        Route::post("/v1/erase", S::RecordsErase, "Destroy a record's content", api::erase::erase),
        Route::get(
            EVIDENCE,
            S::EvidenceExport,
            "The evidence file of a record, or what remains when its content is gone",
            api::evidence::export,
        )
        .query(api::evidence::FOR)
        .gives(Form::Bytes(BYTES))
        .gives(Form::Bytes(api::evidence::ENTRY)),
        Route::get(MISSED, S::EvidenceExport, "The file of a missed deadline", api::evidence::missed)
            .query(api::evidence::WITHIN)
            .gives(Form::Bytes(BYTES)),
        Route::get("/v1/breaches", S::NodeRead, "What partners signed against the protocol", api::breaches::list),
        Route::get(BREACH, S::EvidenceExport, "The file that proves a breach", api::breaches::file)
            .gives(Form::Bytes(BYTES)),
        Route::post("/v1/standin", S::NodeAdmin, "Stop waiting for a silent partner", api::standin::stand_in),
        Route::get("/v1/audit", S::AuditRead, "Entries of the audit log", api::audit::list)
            .query(api::audit::FROM)
            .gives(Form::lines::<AuditLine>()),
        Route::get("/v1/audit/holds", S::AuditHold, "What procedures need of the audit log", api::audit::holds),
        Route::post("/v1/audit/holds", S::AuditHold, "Keep entries for a procedure", api::audit::hold),
        Route::post("/v1/audit/holds/end", S::AuditHold, "End a procedure's hold", api::audit::end_hold),
        Route::get("/v1/audit/head", S::AuditCountersign, "Head of the audit log, signed", api::audit::head)
            .query(api::audit::SINCE),
        Route::get(COUNTERSIGNATURES, S::AuditCountersign, "Countersignatures", api::audit::countersigned),
        Route::post(COUNTERSIGNATURES, S::AuditCountersign, "Keep a countersignature", api::audit::countersign),
        Route::get("/v1/protection", S::ProtectionRead, "The protection register", api::protection::list),
        Route::post("/v1/protection", S::ProtectionWrite, "Add an entry to the register", api::protection::add),
        Route::post("/v1/protection/{id}/remove", S::ProtectionWrite, "Remove an entry", api::protection::remove),
        Route::get("/v1/protection/held", S::ProtectionRead, "What waits for the officer", api::protection::held),
        Route::get(HELD, S::ProtectionRead, "One thing that waits, whole", api::protection::show),
        Route::post(PASS, S::ProtectionWrite, "Pass on what waits", api::protection::pass),
        Route::post(BLOCK, S::ProtectionWrite, "End what waits without passing it on", api::protection::block),
        Route::get("/v1/auditors", S::NodeRead, "Auditors whose keys are registered", api::audit::auditors),
        Route::post("/v1/auditors", S::NodeAdmin, "Register an auditor's public key", api::audit::register)
            .takes(Form::json::<PublicFile>()),
        Route::get("/v1/tokens", S::NodeAdmin, "Tokens, without their secrets", api::tokens::list).socket_only(),
        Route::post("/v1/tokens", S::NodeAdmin, "Make a token", api::tokens::create).socket_only(),
        Route::post("/v1/tokens/{id}/revoke", S::NodeAdmin, "Revoke a token", api::tokens::revoke).socket_only(),
        Route::post(
            "/v1/tokens/renew",
            S::Own,
            "Get a token in place of the own one, which ends soon",
            api::tokens::renew,
        ),
        Route::get("/v1/me", S::Own, "Who asks, and what they may do", api::people::me),
        Route::get("/v1/people", S::NodeRead, "The agency's people", api::people::list),
        Route::post("/v1/people", S::NodeAdmin, "Add a person", api::people::add).socket_only(),
        Route::post("/v1/people/{id}", S::NodeAdmin, "Say anew what a person may be given", api::people::set)
            .socket_only(),
        Route::post("/v1/people/{id}/leave", S::NodeAdmin, "End that a person belongs here", api::people::leave)
            .socket_only(),
        Route::post("/v1/people/{id}/link", S::NodeAdmin, "Make a link to register a passkey", api::people::link)
            .socket_only(),
        Route::post(
            "/v1/people/{id}/take-passkeys",
            S::NodeAdmin,
            "Take away every passkey with which a person signs in",
            api::people::take_passkeys,
        )
        .socket_only(),
        Route::post("/v1/people/{id}/visit", S::NodeAdmin, "Make a link for a visitor", api::people::visit)
            .socket_only(),
        Route::post("/v1/people/{id}/away", S::Own, "Say who stands in while a person is away", api::people::away),
        Route::post("/v1/people/{id}/back", S::Own, "End an absence", api::people::back),
        Route::get("/v1/seconds", S::NodeAdmin, "What waits for a second administrator", api::seconds::list)
            .socket_only(),
        Route::post("/v1/seconds", S::NodeAdmin, "Ask for what two administrators decide", api::seconds::ask)
            .socket_only(),
        Route::post("/v1/seconds/{id}/confirm", S::NodeAdmin, "Confirm what another asked for", api::seconds::confirm)
            .socket_only(),
        Route::post("/v1/seconds/{id}/refuse", S::NodeAdmin, "End what waits", api::seconds::refuse).socket_only(),
    ]
}

/// The agency's own port or socket, for programs.
pub fn agency(node: Node, door: Door) -> Router {
    let router = mount(&node, door, routes()).fallback(problem::no_such_path);
    let router = match door {
        Door::Port | Door::Page => only_ours(&node, router),
        // No browser calls a socket.
        Door::Socket => router,
    };
    router.layer(middleware::from_fn(problem::layer)).with_state(node)
}

/// A router that answers only what was meant for this port.
pub fn only_ours(node: &Node, router: Router<Node>) -> Router<Node> {
    let origins: host::Origins = node.config.origins.clone().into();
    router.layer(middleware::from_fn_with_state(origins, host::check))
}

/// Routes behind the gate of a door, each with its body's limit.
pub fn mount(node: &Node, door: Door, routes: Vec<Route>) -> Router<Node> {
    let mut paths: BTreeMap<&str, (MethodRouter<Node>, Vec<String>)> = BTreeMap::new();
    for Route { about, handler } in routes {
        let (path, body_bytes_max, method) = (about.path, about.body_bytes_max, about.method.to_string());
        let gate = Gate { node: node.clone(), door, about: Arc::new(about) };
        // What streams is taken as it comes; all else is gathered first, within the node's memory.
        let handler = match body_bytes_max {
            None => handler.route_layer(DefaultBodyLimit::disable()),
            Some(bytes_max) => {
                let gathering = bodies::Gathering { node: node.clone(), bytes_max };
                let gather = middleware::from_fn_with_state(gathering, bodies::of_caller);
                handler.route_layer(DefaultBodyLimit::disable()).route_layer(gather)
            }
        };
        let handler = handler.route_layer(middleware::from_fn_with_state(gate, gate::pass));
        let (handlers, methods) = paths.entry(path).or_default();
        *handlers = mem::take(handlers).merge(handler);
        methods.push(method);
    }
    paths.into_iter().fold(Router::new(), |router, (path, (handlers, methods))| {
        let there_are = methods.join(", ");
        let otherwise = move |method: Method| problem::wrong_method(method, there_are.clone());
        router.route(path, handlers.fallback(otherwise))
    })
}

/// The routes of the port for partners that demand a pinned key.
pub fn partner_routes() -> Vec<(Method, &'static str, MethodRouter<Node>)> {
    vec![
        (Method::POST, "/peer/v1/agreements", post(peer::agreements::exchange)),
        (Method::POST, "/peer/v1/heads", post(peer::heads::show)),
        (Method::GET, "/peer/v1/batches", get(peer::batches::pull)),
        (Method::POST, "/peer/v1/batches", post(peer::batches::push)),
        (Method::POST, "/peer/v1/receipts", post(peer::receipts::take)),
        (Method::POST, "/peer/v1/statements", post(peer::statements::describe)),
        (Method::GET, "/peer/v1/blobs/{id}", get(peer::blobs::chunk)),
    ]
}

/// The port for partners. `GET /peer/v1/card` answers anybody; every other route demands a pinned key.
pub fn partners(node: Node) -> Router {
    partner_routes()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .route_layer(middleware::from_fn_with_state(node.clone(), bodies::of_partner))
        .route_layer(middleware::from_fn_with_state(node.clone(), peer::only_audited))
        .route_layer(middleware::from_fn(peer::only_partners))
        .route("/peer/v1/card", get(peer::card::show))
        .layer(DefaultBodyLimit::disable())
        .with_state(node)
}
