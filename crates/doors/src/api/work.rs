//! `/v1/work` and `/v1/threads/{thread}/work`: what colleagues say of a thread among themselves. It never leaves the node.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::{
        drafts::{Assign, BringBack, Said},
        work::{WorkList, WorkShown},
    },
    audit::{Count, Noted},
    callers::Caller,
    fault::Fault,
    names::ThreadNamed,
    node::Node,
    office::Act,
    reading::thread::Within,
    work::blocking,
};

use crate::{
    form::{Query, Sent},
    problem::Failed,
};

/// The threads that are with the caller.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
) -> Result<(Extension<Noted>, Json<WorkList>), Failed> {
    let matters = blocking(move || Ok::<_, Fault>((node.office.matters(&caller), caller, node))).await?;
    let (matters, caller, node) = matters;
    let work: Vec<WorkShown> =
        matters.iter().map(|matter| WorkShown::of(matter, node.office.is_matter_unread(&caller, matter))).collect();
    Ok((Extension(Noted::facts(&Count { listed: work.len() })), Json(WorkList { work })))
}

/// What is said of one thread.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
) -> Result<Json<WorkShown>, Failed> {
    let id: ThreadNamed = thread.parse()?;
    Ok(blocking(move || {
        let (matter, unread) = node.office.matter(&caller, &id, &within)?;
        Ok::<_, Fault>(Json(WorkShown::of(&matter, unread)))
    })
    .await?)
}

/// Says who deals with a thread.
pub async fn assign(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
    Sent(Assign { with }): Sent<Assign>,
) -> Result<Json<WorkShown>, Failed> {
    act(node, caller, thread, within, Act::Assign(with)).await
}

/// Says something of a thread.
pub async fn remark(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
    Sent(Said { remark }): Sent<Said>,
) -> Result<Json<WorkShown>, Failed> {
    act(node, caller, thread, within, Act::Remark(remark)).await
}

/// Says when a thread is brought back.
pub async fn bring_back(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
    Sent(BringBack { day }): Sent<BringBack>,
) -> Result<Json<WorkShown>, Failed> {
    act(node, caller, thread, within, Act::BringBack(day)).await
}

async fn act(node: Node, caller: Caller, thread: String, within: Within, act: Act) -> Result<Json<WorkShown>, Failed> {
    let id: ThreadNamed = thread.parse()?;
    Ok(blocking(move || {
        let matter = node.office.act_on_thread(&caller, &id, &within, &act)?;
        Ok::<_, Fault>(Json(WorkShown::of(&matter, false)))
    })
    .await?)
}
