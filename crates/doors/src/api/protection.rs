//! `/v1/protection`: the protection register and what waits for its officer (ASY-01 to ASY-05). Only the role
//! `protection_officer` gets here, also before the first token. What is done is [`node::sending`]'s.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::protection::{Blocked, HeldList, HeldShown, Passed, ProtectedList, ProtectedRow},
    audit::Noted,
    clock,
    node::Node,
    protection::NewEntry,
    work::blocking,
};
use serde::Serialize;

use crate::{form::Sent, problem::Failed};

/// Lists the register's entries: no name and no document number is in it.
pub async fn list(State(node): State<Node>) -> Json<ProtectedList> {
    let register = node.protection.register();
    Json(ProtectedList { entries: register.entries().iter().map(ProtectedRow::from).collect() })
}

/// Adds an entry.
pub async fn add(
    State(node): State<Node>,
    Sent(new): Sent<NewEntry>,
) -> Result<(Extension<Noted>, Json<ProtectedRow>), Failed> {
    let work = node.clone();
    let entry =
        blocking(move || work.protection.change(&work, |register, key| register.add(key, new, clock::now_ms())))
            .await?;
    Ok((noted(&entry.id), Json(ProtectedRow::from(&entry))))
}

/// Removes an entry. What it held back is decided without it from now on; what was answered stays answered.
pub async fn remove(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<ProtectedRow>), Failed> {
    let work = node.clone();
    let entry = blocking(move || work.protection.change(&work, |register, _| register.remove(&id))).await?;
    Ok((noted(&entry.id), Json(ProtectedRow::from(&entry))))
}

/// An entry of the register, in the audit log.
#[derive(Serialize)]
struct Named<'a> {
    entry: &'a str,
}

/// The entry that the act was about: the audit log keeps it sealed, as all of an act on the register.
fn noted(id: &str) -> Extension<Noted> {
    Extension(Noted::facts(&Named { entry: id }))
}

/// Lists what waits for the protection officer, and who sent what was stopped.
pub async fn held(State(node): State<Node>) -> Result<Json<HeldList>, Failed> {
    Ok(Json(blocking(move || node.sending.held()).await?))
}

/// Shows one thing that waits, with header and body.
pub async fn show(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<HeldShown>, Failed> {
    Ok(Json(blocking(move || node.sending.held_whole(&id)).await?))
}

/// Passes on one thing that waits, or all that may be.
pub async fn pass(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<Passed>, Failed> {
    Ok(Json(blocking(move || node.sending.pass_held(&id)).await?))
}

/// Ends what waits without passing it on.
pub async fn block(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<Blocked>, Failed> {
    Ok(Json(blocking(move || node.sending.end_held(&id)).await?))
}
