//! `/v1/drafts`: what an office works on before it is sent. Each act is decided by [`node::office::Office`].

use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use node::{
    answers::{
        drafts::{
            Approve, Approved, Assign, BringBack, DraftList, DraftRow, DraftShown, HandOver, Recipient, Release, Said,
            SaveDraft,
        },
        preparation::Prepared,
    },
    audit::{Count, Noted},
    callers::Caller,
    drafting::ToPrepare,
    fault::{Code, Fault},
    node::Node,
    office::{Act, Brief, Listed, Shown, State as DraftState},
    work::blocking,
};
use protocol::{channel::Channel, header::Header};
use serde::{Deserialize, Serialize};
use texts::say;

use crate::{
    form::{Query, Sent},
    problem::Failed,
    route::Param,
};

/// Query of [`list`].
pub const LISTED: &[Param] = &[
    Param::word::<DraftState>("state", "Only those in this state"),
    Param::new("waiting", "boolean", "Only those that wait for you: to be written on, approved or released"),
];

/// Which drafts are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    state: Option<DraftState>,
    #[serde(default)]
    waiting: bool,
}

type Done = Result<(Extension<Noted>, Json<DraftRow>), Failed>;

/// The drafts that concern the caller.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<(Extension<Noted>, Json<DraftList>), Failed> {
    let Asked { state, waiting } = asked;
    let drafts = blocking(move || {
        let briefs = node.office.list(&caller, Listed { state, waits_for_me: waiting });
        Ok::<_, Fault>(briefs.into_iter().map(|brief| row(&node, &caller, brief)).collect::<Vec<_>>())
    })
    .await?;
    Ok((Extension(Noted::facts(&Count { listed: drafts.len() })), Json(DraftList { drafts })))
}

/// Begins a draft.
pub async fn create(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(what): Sent<ToPrepare>,
) -> Done {
    act(node, caller, move |node, caller| node.office.create(caller, what)).await
}

/// One draft whole.
pub async fn show(State(node): State<Node>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let shown = blocking(move || {
        let shown = node.office.show(&caller, &id)?;
        let noted = shown.noted.clone().unwrap_or_default().with(&Named::of(&shown.brief));
        Ok::<_, Fault>((Extension(noted), Json(whole(&node, &caller, shown)?)))
    });
    shown.await.map_err(Failed).into_response()
}

/// Keeps what was written.
pub async fn save(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(SaveDraft { revision, draft }): Sent<SaveDraft>,
) -> Done {
    act(node, caller, move |node, caller| node.office.save(caller, &id, revision, draft)).await
}

/// Hands a draft over.
pub async fn hand_over(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(HandOver { digest, approval, with }): Sent<HandOver>,
) -> Done {
    act(node, caller, move |node, caller| node.office.hand_over(caller, &id, digest, approval, with)).await
}

/// Approves a draft.
pub async fn approve(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(Approve { approval }): Sent<Approve>,
) -> Done {
    act(node, caller, move |node, caller| node.office.approve(caller, &id, approval)).await
}

/// Releases a draft, which sends it.
pub async fn release(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(Release { approval }): Sent<Release>,
) -> Done {
    let brief = node.office.release(&caller, &id, approval).await?;
    Ok(told(&node, &caller, brief))
}

/// Gives a draft back to whoever wrote it.
pub async fn give_back(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(Said { remark }): Sent<Said>,
) -> Done {
    act(node, caller, move |node, caller| node.office.act(caller, &id, Act::Return(remark))).await
}

/// Refuses a draft.
pub async fn refuse(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(Said { remark }): Sent<Said>,
) -> Done {
    act(node, caller, move |node, caller| node.office.act(caller, &id, Act::Refuse(remark))).await
}

/// Says who deals with a draft.
pub async fn assign(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(Assign { with }): Sent<Assign>,
) -> Done {
    act(node, caller, move |node, caller| node.office.act(caller, &id, Act::Assign(with))).await
}

/// Says something of a draft.
pub async fn remark(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(Said { remark }): Sent<Said>,
) -> Done {
    act(node, caller, move |node, caller| node.office.act(caller, &id, Act::Remark(remark))).await
}

/// Says when a draft is brought back.
pub async fn bring_back(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(BringBack { day }): Sent<BringBack>,
) -> Done {
    act(node, caller, move |node, caller| node.office.act(caller, &id, Act::BringBack(day))).await
}

/// Destroys a draft.
pub async fn discard(State(node): State<Node>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Done {
    act(node, caller, move |node, caller| node.office.discard(caller, &id)).await
}

async fn act(
    node: Node,
    caller: Caller,
    act: impl FnOnce(&Node, &Caller) -> Result<Brief, Fault> + Send + 'static,
) -> Done {
    blocking(move || {
        let brief = act(&node, &caller)?;
        Ok::<_, Fault>(told(&node, &caller, brief))
    })
    .await
    .map_err(Failed)
}

/// Which draft it was, in the audit log: nothing of what it says.
#[derive(Serialize)]
struct Named<'a> {
    draft: &'a str,
    revision: u64,
    state: DraftState,
}

impl<'a> Named<'a> {
    fn of(brief: &'a Brief) -> Self {
        Self { draft: &brief.id, revision: brief.revision, state: brief.state }
    }
}

fn told(node: &Node, caller: &Caller, brief: Brief) -> (Extension<Noted>, Json<DraftRow>) {
    (Extension(Noted::facts(&Named::of(&brief))), Json(row(node, caller, brief)))
}

fn row(node: &Node, caller: &Caller, brief: Brief) -> DraftRow {
    let unread = node.office.is_unread(caller, &brief);
    DraftRow::of(brief, unread)
}

fn whole(node: &Node, caller: &Caller, shown: Shown) -> Result<DraftShown, Fault> {
    let Shown { brief, what, ready, given, remarks, .. } = shown;
    let gone = || Fault::new(Code::NotFound, say!("no-channel-open", channel = %brief.channel));
    let channel = node.channel(&brief.channel).ok_or_else(gone)?.value();
    let (prepared, problem) = match ready {
        Ok(ready) => (Some(ready), None),
        Err(_) if brief.sent.is_some() => (None, None),
        Err(problem) => (None, Some(problem)),
    };
    let clause = prepared.as_ref().and_then(|ready| Header::parse(ready.header.as_bytes()).ok()?.clause);
    let clause = clause.or_else(|| brief.clause.clone());
    let version = channel.version(&channel.in_force());
    let clause = version.zip(clause).and_then(|(version, id)| version.agreement.clause(&id));
    Ok(DraftShown {
        to: recipients(&channel),
        clause_text: clause.map(|clause| clause.text.clone()).unwrap_or_default(),
        prepared: prepared
            .map(|ready| Prepared::of(&ready, &channel).map(|prepared| prepared.with_credentials(&node.people)))
            .transpose()?,
        problem,
        given: given.into_iter().map(|(role, by)| Approved { role, by }).collect(),
        remarks,
        draft: what,
        row: row(node, caller, brief),
    })
}

fn recipients(channel: &Channel) -> Vec<Recipient> {
    let version = channel.version(&channel.in_force());
    let parties = version.map(|version| &version.agreement.parties[..]).unwrap_or_default();
    let others = parties.iter().filter(|party| party.agency != channel.me());
    others.map(|party| Recipient { label: party.label.clone(), names: party.names.clone() }).collect()
}
