//! A sample record is tried under the agreement in force: what would become of it, in words. Nothing is kept and nothing is sent.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
};
use desks::kinds::{self, Kind};
use doors::{problem::Failed, route::Param};
use node::{
    callers::Caller,
    drafting::{self, ToPrepare},
    fault::{Code, Fault},
    node::Node,
    sending::Would,
    work::blocking,
};
use protocol::id::ChannelId;
use serde_json::{Map, Value};
use texts::say;

use super::{life_of, path};
use crate::{
    form::{Control, Said},
    page::{Shown, page},
    pages::{
        threads::problem,
        write::{Form, form, to_prepare},
    },
    party::in_language,
    ui::Ui,
    words,
};

/// Query of the page.
pub const TRIED: &[Param] =
    &[Param::new("kind", "string", "The kind of record"), Param::new("clause", "string", "The clause")];

/// A sample and what would become of it.
#[derive(Template)]
#[template(path = "agreement_try.html")]
pub struct Try {
    ui: Ui,
    back: String,
    title: String,
    /// What can be tried: where, the clause, the kind.
    offers: Vec<(String, String, String)>,
    form: Option<Form>,
    outcome: Option<Outcome>,
}

page!(Try);

/// What would become of a record.
struct Outcome {
    is_good: bool,
    text: String,
    rule: Option<String>,
    /// Who must sign it.
    needs: Vec<String>,
}

/// Shows what can be tried, or a sample of what was chosen.
pub async fn sample(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(hash): Path<String>,
    uri: axum::http::Uri,
) -> Result<Shown<Try>, Failed> {
    let said = Said::of_query(uri.query().unwrap_or_default());
    let mut page = begin(&node, &caller, ui, &hash).await?;
    if let Some(name) = said.some("kind") {
        let kind = drafting::kind(name)?;
        let what = ToPrepare {
            channel: Some(page.1),
            lane: None,
            kind: kind.name.to_owned(),
            clause: said.some("clause").map(str::to_owned),
            reply_to: None,
            header: Map::new(),
            body: Value::String(kind.example.to_owned()),
            name: None,
        };
        page.0.form = Some(form(&node, &page.0.ui, kind, &what, None)?);
    }
    Ok(Shown::plain(page.0))
}

/// Tries what the form says.
pub async fn attempt(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Shown<Try>, Failed> {
    let (mut page, channel) = begin(&node, &caller, ui, &hash).await?;
    let kind = drafting::kind(said.one("kind"))?;
    let what = ToPrepare { channel: Some(channel), lane: None, reply_to: None, ..to_prepare(&said, kind)? };
    let (work, asking, wanted) = (node.clone(), caller.clone(), what.clone());
    let (ready, noted) = blocking(move || Ok::<_, Fault>(work.drafting.prepare(&asking, &wanted))).await?;
    let (needs, tried) = match ready {
        Ok(ready) => (ready.needs.clone(), node.sending.attempt_prepared(&caller, &ready).await),
        Err(fault) => (Vec::new(), Err(fault)),
    };
    let ui = &page.ui;
    let needs = needs.into_iter().map(|role| ui.m(&words::approval(role.name()))).collect();
    page.form = Some(form(&node, ui, kind, &what, tried.as_ref().err())?);
    page.outcome = Some(outcome(ui, tried, needs));
    Ok(Shown(page, noted.unwrap_or_default()))
}

fn outcome(ui: &Ui, tried: Result<Would, Fault>, needs: Vec<String>) -> Outcome {
    match tried {
        Ok(Would { waits: true, .. }) => Outcome { is_good: true, text: ui.m(&say!("would-wait")), rule: None, needs },
        Ok(Would { version, clause, .. }) => {
            let (clause, version) = (clause.unwrap_or_default(), ui.number_u64(version.into()));
            let text = ui.m(&say!("would-pass", clause = %clause, version = version));
            Outcome { is_good: true, text, rule: None, needs }
        }
        Err(fault) => {
            let (text, rule) = problem(ui, &fault);
            Outcome { is_good: false, text, rule, needs }
        }
    }
}

/// The page before anything was chosen, and the channel in which it is tried.
async fn begin(node: &Node, caller: &Caller, ui: Ui, hash: &str) -> Result<(Try, ChannelId), Fault> {
    let life = life_of(node, super::named(hash)?).await?;
    let channel = life.channel.filter(|_| life.in_force == Some(life.agreement));
    let channel = channel.ok_or_else(|| Fault::new(Code::Conflict, say!("act-not-now", state = life.in_words())))?;
    let agreement = &life.agreement_json;
    let label = agreement.party(&node.me).map(|party| party.label.clone()).unwrap_or_default();
    let back = path(&life.agreement);
    let known: Vec<&Kind> = kinds::all().filter(|kind| !kind.acts && caller.sees(Some(kind.name), None)).collect();
    let offers = agreement.clauses.iter().flat_map(|clause| {
        let allowed = known.iter().filter(|kind| clause.allows(kind.name, &label));
        allowed.map(|kind| {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let href = format!("{back}/try?kind={}&clause={}", encoded(kind.name), encoded(&clause.id));
            (href, clause.id.clone(), ui.m(&words::kind_name(kind)))
        })
    });
    let offers = offers.collect();
    let title = in_language(&agreement.title, ui.language);
    Ok((Try { ui, back, title, offers, form: None, outcome: None }, channel))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Try { ui, back, title, offers, form, outcome });
    sample!(Outcome { is_good, text, rule, needs });
}
