//! `POST /v1/erase`: destroys a record's content here and, for an own record, orders its erasure at the partners.

use axum::{Extension, Json, extract::State};
use node::{
    answers::records::Erased, audit::By, callers::Caller, fault::Fault, node::Node, reading::reviews::EraseOrder,
    words::Place, work::blocking,
};
use protocol::{
    control::{Control, Places},
    id::AgencyId,
    origin::{Origin, Position},
};
use texts::say;

use crate::{form::Sent, problem::Failed};

/// Erases. When it answers, no copy in this node's folder opens any more.
pub async fn erase(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(erase): Sent<EraseOrder>,
) -> Result<Json<Erased>, Failed> {
    Ok(Json(carry_out(node, caller, erase).await?))
}

/// Destroys the content of a record, and orders partners to do so where it is an own one and that was wanted.
///
/// # Errors
/// It is not here or not the caller's to erase; the log can't take the entry.
pub async fn carry_out(node: Node, caller: Caller, erase: EraseOrder) -> Result<Erased, Fault> {
    let origin =
        Origin::from_short(erase.channel, &erase.log).map_err(|_| Fault::usage(say!("log-form")).in_field("log"))?;
    let position = Position { origin, index: erase.index };
    let (reading, own) = (node.clone(), origin.agency == node.me);
    let by = By::caller(&caller);
    let handle = blocking(move || reading.reading.erasable(&caller, &position)).await?;
    handle.may_sign().await?;
    let places = Places { origin, indexes: vec![erase.index] };
    let control = if own && erase.order { Control::Erasure(places) } else { Control::Erased(places) };
    let ordered: Vec<AgencyId> = if own && erase.order { handle.value().partners().collect() } else { Vec::new() };
    handle.acting(by).append_with(origin.lane, vec![control], move |commit| commit.erase.push(position)).await?;
    Ok(Erased { erased: Place { log: erase.log, index: erase.index }, ordered })
}
