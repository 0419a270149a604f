//! Drafts: written on, looked at once more, handed over, approved, returned, refused, released.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use desks::kinds::{self, Kind};
use doors::{form::Query, problem::Failed};
use node::{
    answers::preparation::{Prepared, ToSign},
    audit::Noted,
    callers::{Caller, Scope},
    drafting::{self, ToPrepare},
    fault::{Code, Fault},
    node::Node,
    office::{Act, Brief, Listed, SentAs, Shown as DraftShown, State as DraftState, With},
    work::blocking,
};
use protocol::{
    agreement::ApprovalRole,
    encoding::{from_base64, to_base64},
    header::Header,
    passkey::Assertion,
    record::{Approval, ApprovalSignature},
};
use serde::Deserialize;
use serde_json::Value;
use texts::say;

use super::{
    conflict::{Conflict, is_same, settled, settles},
    threads::{RemarkRow, problem},
    write::{Write, form, to_prepare},
};
use crate::{
    form::{FieldRead, Said, ValueRead, read},
    page::{SaysItself, Shown, Then, html, page},
    party::{Party, in_language},
    rows::{self, Tag},
    ui::Ui,
    words,
};

/// Rows of each part of the list.
const ROWS: usize = 100;
/// Rows of what is over.
const DONE_ROWS: usize = 20;

/// Drafts.
#[derive(Template)]
#[template(path = "drafts.html")]
pub struct Drafts {
    ui: Ui,
    waiting: Vec<DraftRow>,
    own: Vec<DraftRow>,
    done: Vec<DraftRow>,
    may_write: bool,
}

page!(Drafts);

struct DraftRow {
    href: String,
    id: String,
    title: String,
    /// Whether the title is what is written so far.
    is_begun: bool,
    kind: String,
    to: String,
    state: Tag,
    /// When it was last kept, as day and hour.
    saved: String,
    changed: String,
    writers: String,
    with: Option<String>,
    is_unread: bool,
    bring_back: Option<String>,
}

/// Shows the drafts that concern whoever looks.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
) -> Result<Shown<Drafts>, Failed> {
    let page = blocking(move || {
        let list = |state, waits_for_me, limit| {
            let listed = Listed { state, waits_for_me, limit: Some(limit), ..Listed::default() };
            let rows = node.office.list(&caller, &listed, |brief, unread| row(&node, &ui, brief, unread))?.0;
            Ok::<_, Fault>(rows)
        };
        let waiting = list(None, true, ROWS)?;
        let is_waiting = |row: &DraftRow| waiting.iter().any(|other| other.id == row.id);
        let mut own = Vec::new();
        for state in [DraftState::Open, DraftState::HandedOver, DraftState::Leaving] {
            own.extend(list(Some(state), false, ROWS)?);
        }
        own.retain(|row| !is_waiting(row));
        let mut done = list(Some(DraftState::Sent), false, DONE_ROWS)?;
        done.extend(list(Some(DraftState::Refused), false, DONE_ROWS)?);
        let may_write = caller.check(Scope::DraftsWrite).is_ok();
        Ok::<_, Fault>(Drafts { waiting, own, done, may_write, ui })
    });
    Ok(Shown::plain(page.await?))
}

fn row(node: &Node, ui: &Ui, brief: &Brief, is_unread: bool) -> DraftRow {
    let to = node.channel(&brief.channel).map(|handle| {
        let others = Party::others(&handle.value(), ui.language);
        others.into_iter().map(|party| party.label).collect::<Vec<_>>().join(ui.language.comma())
    });
    let writers: Vec<String> = brief.writers.iter().map(|id| rows::person(node, id)).collect();
    DraftRow {
        href: format!("/drafts/{}", brief.id),
        title: title(ui, brief),
        is_begun: brief.title.is_empty() && !brief.begins.is_empty(),
        kind: ui.m(&words::kind_named(&brief.kind)),
        to: to.unwrap_or_default(),
        state: state(ui, brief.state),
        saved: ui.moment(brief.changed_ms()),
        changed: ui.ago(brief.changed_ms()),
        writers: writers.join(ui.language.comma()),
        with: brief.with().map(|with| rows::who(node, with).name),
        is_unread,
        bring_back: brief.bring_back().map(|day| ui.day(day)),
        id: brief.id.clone(),
    }
}

/// The line that stands for a draft: while it is not complete, its first words.
fn title(ui: &Ui, brief: &Brief) -> String {
    let known = [&brief.title, &brief.begins].into_iter().find(|text| !text.is_empty());
    known.cloned().unwrap_or_else(|| ui.t("not-complete"))
}

fn state(ui: &Ui, state: DraftState) -> Tag {
    let (class, icon, word) = match state {
        DraftState::Open => ("", "pencil", "open"),
        DraftState::HandedOver => ("amber", "eye", "handed_over"),
        DraftState::Leaving => ("blue", "send", "leaving"),
        DraftState::Sent => ("green", "circle-check", "sent"),
        DraftState::Refused => ("red", "circle-x", "refused"),
    };
    Tag { class, icon, text: ui.m(&words::state(word)) }
}

/// A draft as it will be sent, and what may be done with it.
#[derive(Template)]
#[template(path = "draft.html")]
pub struct Draft {
    ui: Ui,
    id: String,
    kind: String,
    title: String,
    state: Tag,
    to: Vec<Party>,
    clause: (String, String),
    fields: Vec<FieldRead>,
    lang: String,
    header: Vec<(String, String)>,
    handling: Vec<(String, String, String)>,
    approvals: Vec<ApprovalRow>,
    remarks: Vec<RemarkRow>,
    problem: Option<(String, Option<String>)>,
    digest: String,
    sent: Option<(String, String)>,
    with: Option<String>,
    writers: String,
    colleagues: Vec<(String, String)>,
    is_open: bool,
    may_edit: bool,
    /// What the author signs to hand it over.
    hand_over: Option<Signing>,
    may_hand_over: bool,
    /// What this person signs to approve it.
    approve: Option<Signing>,
    /// What this person signs to release it.
    release: Option<Signing>,
    may_release: bool,
    sends_alone: bool,
    may_decide: bool,
}

page!(Draft);

struct ApprovalRow {
    role: String,
    by: Option<String>,
}

/// What a person's key signs.
struct Signing {
    role: &'static str,
    role_name: String,
    origin: String,
    index: u64,
    /// The bytes, in base64.
    sign: String,
    /// The public key, in base64: which of the person's keys it is.
    public: String,
    /// Of a passkey, its credential in base64 and the name that it is for.
    passkey: Option<(String, String)>,
}

/// Query of a draft's page.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default)]
    view: String,
}

/// Shows a draft: to be written on, or as it will be sent.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Result<Response, Failed> {
    let page = blocking(move || {
        let shown = node.office.show(&caller, &id)?;
        let noted = shown.noted.clone().unwrap_or_default();
        let is_writer = caller.person().is_some_and(|me| shown.brief.writers.contains(me));
        let edits = shown.brief.state == DraftState::Open && is_writer && look.view != "check";
        if edits {
            let kind = drafting::kind(&shown.what.kind)?;
            let first = shown.ready.as_ref().err().filter(|_| look.view == "problems");
            let form = form(&node, &ui, kind, &shown.what, first)?;
            let saved = Some(ui.hour(shown.brief.changed_ms()));
            let wrong = first.map(|fault| problem(&ui, fault));
            let page = Write::of_draft(ui, form, (id, shown.brief.revision.to_string()), saved, wrong);
            return Ok::<_, Fault>(Shown(page, noted).into_response());
        }
        Ok(Shown(whole(&node, &caller, ui, shown)?, noted).into_response())
    });
    Ok(page.await?)
}

fn whole(node: &Node, caller: &Caller, ui: Ui, shown: DraftShown) -> Result<Draft, Fault> {
    let DraftShown { brief, what, ready, given, remarks, .. } = shown;
    let handle = node.channel(&brief.channel).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
    let channel = handle.value();
    let (prepared, wrong) = match &ready {
        Ok(ready) => (Some((ready.clone(), Prepared::of(ready, &channel)?)), None),
        Err(_) if brief.sent.is_some() => (None, None),
        Err(fault) => (None, Some(problem(&ui, fault))),
    };
    let header = prepared.as_ref().and_then(|(ready, _)| Header::parse(ready.header.as_bytes()).ok());
    let body = match (&prepared, &what.body) {
        (Some((ready, _)), _) => serde_json::from_str(&ready.body).unwrap_or_default(),
        (None, Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        (None, body) => body.clone(),
    };
    let kind = kinds::find(&what.kind);
    let clause =
        header.as_ref().and_then(|header| header.clause.clone()).or_else(|| what.clause.clone()).unwrap_or_default();
    let version = channel.version(&channel.in_force());
    let clause_text = version.and_then(|version| version.agreement.clause(&clause));
    let is_writer = caller.person().is_some_and(|me| brief.writers.contains(me));
    let needs = prepared.as_ref().map(|(ready, _)| ready.needs.clone()).unwrap_or_default();
    let signing = |role: ApprovalRole| sign(node, caller, &ui, role, &prepared.as_ref()?.1);
    let is_handed = brief.state == DraftState::HandedOver;
    let missing: Vec<ApprovalRole> = brief.missing.clone();
    let third =
        missing.iter().copied().filter(|role| !matches!(role, ApprovalRole::Author | ApprovalRole::ReleaseAuthority));
    let approve = third.into_iter().find_map(|role| signing(role).filter(|_| approves(caller, role)));
    let releases = caller.check(Scope::DraftsApprove).is_ok() && !is_writer;
    let by_another =
        needs.contains(&ApprovalRole::ReleaseAuthority) || needs.iter().any(|role| *role != ApprovalRole::Author);
    let approvals = needs.iter().map(|role| ApprovalRow {
        role: ui.m(&words::approval(role.name())),
        by: given.iter().find(|(part, _)| part == role).map(|(_, by)| rows::person(node, by)),
    });
    let writers: Vec<String> = brief.writers.iter().map(|id| rows::person(node, id)).collect();
    Ok(Draft {
        kind: ui.m(&words::kind_named(&what.kind)),
        title: title(&ui, &brief),
        state: state(&ui, brief.state),
        to: Party::others(&channel, ui.language),
        clause: (clause, clause_text.map(|clause| in_language(&clause.text, ui.language)).unwrap_or_default()),
        fields: kind.map(|kind| read(&ui, kind, kind.fields, &body, "")).unwrap_or_default(),
        lang: body.get("language").and_then(Value::as_str).unwrap_or("und").to_owned(),
        header: header_said(&ui, &what),
        handling: header.map(|header| rows::handling(&ui, &header.handling)).unwrap_or_default(),
        approvals: approvals.collect(),
        remarks: remarks
            .into_iter()
            .map(|remark| RemarkRow {
                by: rows::person(node, &remark.by),
                moment: ui.moment(remark.at_ms),
                text: remark.text,
            })
            .collect(),
        digest: prepared.as_ref().map(|(ready, _)| hex::encode(ready.digest)).unwrap_or_default(),
        sent: brief.sent.as_ref().map(|sent| match sent {
            SentAs::Recorded(place) => {
                (ui.t("sent-recorded"), rows::record_path(&brief.channel, place.log, place.index))
            }
            SentAs::Waiting => (ui.t("sent-waits"), String::new()),
        }),
        with: brief.with().map(|with| rows::who(node, with).name),
        writers: writers.join(ui.language.comma()),
        colleagues: super::inbox::colleagues(node),
        is_open: brief.state == DraftState::Open,
        may_edit: brief.state == DraftState::Open && is_writer,
        hand_over: signing(ApprovalRole::Author).filter(|_| needs.contains(&ApprovalRole::Author)),
        may_hand_over: brief.state == DraftState::Open && is_writer && wrong.is_none(),
        release: signing(ApprovalRole::ReleaseAuthority).filter(|_| missing.contains(&ApprovalRole::ReleaseAuthority)),
        may_release: is_handed
            && releases
            && by_another
            && missing.iter().all(|role| *role == ApprovalRole::ReleaseAuthority),
        sends_alone: is_handed && is_writer && !by_another,
        may_decide: is_handed && (releases || is_writer),
        approve: approve.filter(|_| is_handed && !is_writer),
        problem: wrong,
        id: brief.id,
        ui,
    })
}

/// What a draft's author says in the header.
fn header_said(ui: &Ui, what: &ToPrepare) -> Vec<(String, String)> {
    let said = what.header.iter().filter(|(name, _)| *name != "attachments" && *name != "language");
    let rows = said.map(|(name, value)| rows::header_row(ui, name, value));
    let files = what.header.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = files.filter_map(|file| file.get("name")?.as_str()).collect();
    let files =
        (!names.is_empty()).then(|| (ui.m(&words::header_label("attachments")), names.join(ui.language.comma())));
    rows.chain(files).collect()
}

fn approves(caller: &Caller, role: ApprovalRole) -> bool {
    caller.token_role().is_some_and(|own| own.name() == role.name())
}

/// What one of the person's own keys signs in a part.
fn sign(node: &Node, caller: &Caller, ui: &Ui, role: ApprovalRole, prepared: &Prepared) -> Option<Signing> {
    let person = node.people.known(caller.person()?)?;
    let asked = prepared.approvals.iter().find(|asked| asked.role == role)?;
    let is_own = |officer: &&ToSign| {
        person.about.keys.iter().any(|key| key.0 == officer.public)
            || person.about.passkeys.iter().any(|passkey| passkey.public == officer.public)
    };
    // A passkey first: a key file is signed with on the command line.
    let own = || asked.officers.iter().filter(is_own);
    let officer = own().find(|officer| officer.passkey.is_some()).or_else(|| own().next())?;
    Some(Signing {
        role: role.name(),
        role_name: ui.m(&words::approval(role.name())),
        origin: officer.enrolment.origin.to_string(),
        index: officer.enrolment.index,
        sign: to_base64(&officer.sign),
        public: to_base64(&officer.public),
        passkey: officer
            .passkey
            .as_ref()
            .and_then(|asked| Some((to_base64(&asked.credential.as_ref()?.0), asked.rp_id.clone()))),
    })
}

/// The approval that a form says, if it has one.
fn approval(said: &Said) -> Result<Option<Approval>, Fault> {
    let Some(signature) = said.some("signature") else { return Ok(None) };
    let wrong = || Fault::usage(say!("signature-form")).in_field("signature");
    let role = ApprovalRole::ALL.into_iter().find(|role| role.name() == said.one("role")).ok_or_else(wrong)?;
    let origin = said.one("origin").parse().map_err(|_| wrong())?;
    let index = said.one("index").parse().map_err(|_| wrong())?;
    let enrolment = protocol::record::Enrolment { origin, index };
    let bytes = |text: &str| from_base64(text).ok_or_else(wrong);
    let signature = bytes(signature)?;
    let Some(authenticator_data) = said.some("authenticator_data") else {
        return Ok(Some(Approval::ed25519(role, enrolment, signature)));
    };
    let (authenticator_data, client_data) = (bytes(authenticator_data)?, bytes(said.one("client_data"))?);
    let signature = ApprovalSignature::Webauthn(Assertion { authenticator_data, client_data, signature });
    Ok(Some(Approval { role, enrolment, signature }))
}

/// Begins a draft.
pub async fn create(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    said: Said,
) -> Result<Response, Failed> {
    let kind = drafting::kind(said.one("kind"))?;
    let what = to_prepare(&said, kind)?;
    let brief = blocking(move || node.office.create(&caller, what)).await?;
    Ok(next(&ui, &said, &brief))
}

/// Keeps what was written.
pub async fn save(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Failed> {
    let kind = drafting::kind(said.one("kind"))?;
    let revision =
        said.one("revision").parse().map_err(|_| Fault::usage(say!("not-the-draft-seen")).in_field("revision"))?;
    let saved = blocking(move || {
        let said = match settles(&said) {
            true => settled(&said, kind, &node.office.show(&caller, &id)?.what),
            false => said,
        };
        match node.office.save(&caller, &id, revision, to_prepare(&said, kind)?) {
            Ok(brief) => Ok(next(&ui, &said, &brief)),
            // Who goes on typing is told of it, and asked when they save.
            Err(fault) if is_conflict(&fault) && said.one("then") != "quiet" => {
                conflict(&node, &caller, ui, (kind, &said, id))
            }
            Err(fault) => Err(fault),
        }
    });
    Ok(saved.await?)
}

/// Whether somebody else changed a draft first.
fn is_conflict(fault: &Fault) -> bool {
    fault.code == Code::Conflict && fault.field.as_deref() == Some("revision")
}

/// Shows what differs between what somebody typed and the draft as it stands.
fn conflict(node: &Node, caller: &Caller, ui: Ui, (kind, said, id): (&Kind, &Said, String)) -> Result<Response, Fault> {
    let DraftShown { brief, what, noted, .. } = node.office.show(caller, &id)?;
    let goes_on = brief.state == DraftState::Open && is_same(kind, said, &what);
    if goes_on {
        // The other window kept the same: there is nothing to ask.
        return Ok(next(&ui, said, &brief));
    }
    let page = Conflict::new(ui, kind, said, (id, brief.revision, brief.state, &what));
    let response = html(StatusCode::CONFLICT, &page);
    Ok((Extension(SaysItself), Extension(noted.unwrap_or_default()), response).into_response())
}

/// Where to go when a draft was kept: on writing, or to look at it once more. What was kept while somebody goes on typing is told in
/// heads alone.
fn next(ui: &Ui, said: &Said, brief: &Brief) -> Response {
    let noted = named(brief);
    let view = match said.one("then") {
        "quiet" => {
            let saved = ui.w("saved-at", &ui.hour(ui.now_ms));
            let saved: String = form_urlencoded::byte_serialize(saved.as_bytes()).collect();
            let heads = [
                ("x-draft", brief.id.clone()),
                ("x-revision", brief.revision.to_string()),
                ("x-saved", saved.replace('+', "%20")),
            ];
            return (StatusCode::NO_CONTENT, heads, Extension(noted)).into_response();
        }
        "check" => "?view=check",
        _ => "",
    };
    Then(format!("/drafts/{}{view}", brief.id), noted).into_response()
}

/// Which draft it was, in the audit log.
#[derive(serde::Serialize)]
struct Named<'a> {
    draft: &'a str,
    revision: u64,
}

/// Shows the draft that was changed.
fn to_draft(brief: &Brief) -> Then {
    Then(format!("/drafts/{}", brief.id), named(brief))
}

fn named(brief: &Brief) -> Noted {
    Noted::facts(&Named { draft: &brief.id, revision: brief.revision })
}

async fn act(
    node: Node,
    caller: Caller,
    act: impl FnOnce(&Node, &Caller) -> Result<Brief, Fault> + Send + 'static,
) -> Result<Then, Failed> {
    let brief = blocking(move || act(&node, &caller)).await?;
    Ok(to_draft(&brief))
}

/// Hands a draft over as it was seen; sends it at once where nobody must release it.
pub async fn hand_over(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let digest = protocol::id::parse_hash(said.one("digest"));
    let digest = digest.map_err(|_| Fault::new(Code::Conflict, say!("not-the-draft-seen")).in_field("digest"))?;
    let (approval, with) = (approval(&said)?, said.some("with").map(|id| With::Person(id.to_owned())));
    let (work, asking, named) = (node.clone(), caller.clone(), id.clone());
    let brief = blocking(move || work.office.hand_over(&asking, &named, digest, approval, with)).await?;
    if said.one("send") == "yes" && brief.missing.is_empty() {
        let brief = node.office.release(&caller, &id, None).await?;
        return Ok(to_draft(&brief));
    }
    Ok(to_draft(&brief))
}

/// Approves a draft.
pub async fn approve(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let approval = approval(&said)?.ok_or_else(|| Fault::usage(say!("signature-form")).in_field("signature"))?;
    act(node, caller, move |node, caller| node.office.approve(caller, &id, approval)).await
}

/// Releases a draft, which sends it.
pub async fn release(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let brief = node.office.release(&caller, &id, approval(&said)?).await?;
    Ok(to_draft(&brief))
}

/// Does what needs no signature.
pub async fn decide(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path((id, what)): Path<(String, String)>,
    said: Said,
) -> Result<Then, Failed> {
    let remark = said.one("remark").to_owned();
    let what = match what.as_str() {
        "return" => Act::Return(remark),
        "refuse" => Act::Refuse(remark),
        "remark" => Act::Remark(remark),
        "assign" => Act::Assign(said.some("with").map(|id| With::Person(id.to_owned()))),
        "bring-back" => {
            let day = said.some("day").map(str::parse).transpose();
            Act::BringBack(day.map_err(|_| Fault::usage(say!("must-day")).in_field("day"))?)
        }
        _ => return Err(doors::problem::no_such_page()),
    };
    let is_return = matches!(what, Act::Return(_));
    let Then(path, noted) = act(node, caller, move |node, caller| node.office.act(caller, &id, what)).await?;
    // What is returned is its author's again, and whoever returned it sees it no more.
    Ok(Then(if is_return { "/drafts".to_owned() } else { path }, noted))
}

/// Destroys a draft.
pub async fn discard(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Then, Failed> {
    act(node, caller, move |node, caller| node.office.discard(caller, &id)).await?;
    Ok(Then::to("/drafts"))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Drafts { ui, waiting, own, done, may_write });
    sample!(DraftRow {
        href,
        id,
        title,
        is_begun,
        kind,
        to,
        state,
        saved,
        changed,
        writers,
        with,
        is_unread,
        bring_back
    });
    sample!(Draft {
        ui,
        id,
        kind,
        title,
        state,
        to,
        clause,
        fields,
        lang,
        header,
        handling,
        approvals,
        remarks,
        problem,
        digest,
        sent,
        with,
        writers,
        colleagues,
        is_open,
        may_edit,
        hand_over,
        may_hand_over,
        approve,
        release,
        may_release,
        sends_alone,
        may_decide
    });
    sample!(ApprovalRow { role, by });
    sample!(Signing { role, role_name, origin, index, sign, public, passkey });
}
