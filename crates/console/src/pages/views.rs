//! Views of lists that a person keeps under names of their own.

use axum::{
    Extension,
    extract::{Path, State},
};
use doors::problem::Failed;
use node::{
    audit::Noted,
    callers::Caller,
    fault::{Code, Fault},
    node::Node,
    work::blocking,
};
use serde::Serialize;
use texts::say;

use super::inbox::Asked;
use crate::{form::Said, page::Then};

/// The lists of which views can be kept.
const LISTS: [&str; 2] = ["/inbox", "/requests"];

/// The own views of a list.
pub(super) struct Own {
    pub(super) views: Vec<OwnView>,
    /// What is asked of the list now, as a form says it again.
    pub(super) asked: Vec<(String, String)>,
    /// Whether whoever looks is a person, who can keep some.
    pub(super) may_keep: bool,
}

/// One of them.
pub(super) struct OwnView {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) is_this: bool,
}

impl Own {
    pub(super) fn of(node: &Node, caller: &Caller, (list, query): (&str, &str)) -> Result<Self, Fault> {
        let kept = node.personal.views(caller, list)?;
        let views = kept.into_iter().map(|view| OwnView {
            href: format!("{}?{}", view.list, view.query),
            is_this: view.query == query,
            id: view.id,
            name: view.name,
        });
        let asked = form_urlencoded::parse(query.as_bytes()).into_owned();
        Ok(Self { views: views.collect(), asked: asked.collect(), may_keep: caller.person().is_some() })
    }
}

/// Which view it was, in the audit log: its name is its person's alone.
#[derive(Serialize)]
struct Named<'a> {
    view: &'a str,
}

/// Keeps a view of a list.
pub async fn keep(State(node): State<Node>, Extension(caller): Extension<Caller>, said: Said) -> Result<Then, Failed> {
    let list = list(&said)?;
    let (name, query) = (said.one("name").trim().to_owned(), Asked::of_form(&said).query());
    let to = format!("{list}?{query}");
    let id = blocking(move || node.personal.add_view(&caller, list, &name, &query)).await?;
    Ok(Then(to, Noted::facts(&Named { view: &id })))
}

/// Removes one.
pub async fn remove(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let list = list(&said)?;
    let named = id.clone();
    blocking(move || node.personal.remove_view(&caller, &id)).await?;
    Ok(Then(list.to_owned(), Noted::facts(&Named { view: &named })))
}

fn list(said: &Said) -> Result<&'static str, Fault> {
    let unclear = || Fault::new(Code::Usage, say!("view-query-form")).in_field("list");
    LISTS.into_iter().find(|list| *list == said.one("list")).ok_or_else(unclear)
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Own { views, asked, may_keep });
    sample!(OwnView { id, href, name, is_this });
}
