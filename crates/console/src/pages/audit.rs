//! The audit log for those who watch: who did and read what, when, why and to whom.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use doors::{form::Query, problem::Failed, route::Param};
use node::{
    audit::{self, LogUse, Noted},
    fault::Fault,
    node::Node,
    work::blocking,
};
use serde::Deserialize;
use serde_json::Value;
use texts::Message;

use super::inbox::{csv_file, csv_line};
use crate::{
    page::{Shown, page},
    rows::person,
    ui::Ui,
    words,
};

/// Query of the page.
pub const ASKED: &[Param] = &[
    Param::word::<LogUse>("use", "What for (LOG-03)"),
    Param::new("from", "integer", "Number of the first entry"),
    Param::new("person", "string", "Only of this person"),
    Param::new("act", "string", "Only of acts whose name holds this"),
];

/// Entries of a page.
const ROWS: u64 = 200;

/// Which entries.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    r#use: Option<LogUse>,
    from: Option<u64>,
    #[serde(default)]
    person: String,
    #[serde(default)]
    act: String,
}

impl Asked {
    fn used_for(&self) -> LogUse {
        self.r#use.unwrap_or(LogUse::Lawfulness)
    }

    /// The same query, from this entry back.
    fn query(&self, from: u64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("use", self.used_for().name()).append_pair("from", &from.to_string());
        query.append_pair("person", &self.person).append_pair("act", &self.act).finish()
    }
}

/// Entries of the log.
#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    ui: Ui,
    rows: Vec<EntryRow>,
    act: String,
    people: Vec<(String, String, bool)>,
    older: Option<String>,
    /// Where the same is had as a table.
    table: String,
    size: String,
    countersigned: String,
}

page!(AuditPage);

struct EntryRow {
    moment: String,
    iso: String,
    who: String,
    role: String,
    act: String,
    target: String,
    why: String,
    status: String,
    is_refused: bool,
}

/// Shows them, the newest first.
pub async fn show(State(node): State<Node>, ui: Ui, Query(asked): Query<Asked>) -> Result<Shown<AuditPage>, Failed> {
    let used_for = asked.used_for();
    let page = blocking(move || {
        let Found { rows, from, size } = found(&node, &ui, &asked)?;
        let people = node.people.list();
        let newest = node.auditors.newest_ms();
        let countersigned = match newest {
            Some(ms) => Message::new("countersigned-by").with("when", ui.ago(ms)),
            None => Message::new("not-countersigned"),
        };
        Ok::<_, Fault>(AuditPage {
            rows,
            people: people.iter().map(|one| (one.id.clone(), one.about.name.clone(), one.id == asked.person)).collect(),
            older: (from > 0).then(|| format!("/audit?{}", asked.query(from))),
            table: format!("/audit.csv?{}", asked.query(asked.from.unwrap_or(size))),
            size: ui.number_u64(size),
            countersigned: ui.m(&countersigned),
            act: asked.act,
            ui,
        })
    });
    Ok(Shown(page.await?, Noted::default().why(used_for.name())))
}

/// The same as a table.
pub async fn csv(State(node): State<Node>, ui: Ui, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let used_for = asked.used_for();
    let table = blocking(move || {
        let Found { rows, .. } = found(&node, &ui, &asked)?;
        let heads = ["when", "who", "role", "act", "on-what", "why", "answer"];
        let mut table = csv_line(&heads.map(|id| ui.t(id)));
        for EntryRow { iso, who, role, act, target, why, status, .. } in rows {
            table += &csv_line(&[iso, who, role, act, target, why, status]);
        }
        Ok::<_, Fault>(table)
    });
    let noted = Noted::default().why(used_for.name());
    Ok((Extension(noted), csv_file("audit.csv"), table.await?).into_response())
}

/// Entries, and where they stand in the log.
struct Found {
    rows: Vec<EntryRow>,
    from: u64,
    size: u64,
}

/// The entries of a page that are asked for, the newest first.
fn found(node: &Node, ui: &Ui, asked: &Asked) -> Result<Found, Fault> {
    let size = audit::size(node)?;
    let upto = asked.from.unwrap_or(size).min(size);
    let from = upto.saturating_sub(ROWS);
    let lines = audit::lines(node, &node.protection, from, u32::try_from(upto - from).unwrap_or(0).max(1))?;
    let mut rows: Vec<EntryRow> = Vec::new();
    for line in lines.into_iter().filter(|line| line.index < upto) {
        let Some(entry) = line.entry.as_deref().and_then(|entry| serde_json::from_str::<Value>(entry).ok()) else {
            continue;
        };
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let by = |name: &str| {
            entry.get("by").and_then(|by| by.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let who = by("person");
        let fits = (asked.person.is_empty() || asked.person == who) && text("route").contains(&asked.act);
        if !fits {
            continue;
        }
        let ms = entry.get("time").and_then(Value::as_u64).unwrap_or_default();
        let status = entry.get("status").and_then(Value::as_u64);
        rows.push(EntryRow {
            moment: ui.moment(ms),
            iso: ui.iso(ms),
            who: if who.is_empty() { by("token") } else { person(node, &who) },
            role: ui.m(&words::role(&by("role"))),
            act: text("route"),
            target: text("target"),
            why: ui.m(&words::purpose(&text("why"))),
            is_refused: status.is_some_and(|status| status >= 400),
            status: status.map(|status| status.to_string()).unwrap_or_default(),
        });
    }
    rows.reverse();
    Ok(Found { rows, from, size })
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(AuditPage { ui, rows, act, people, older, table, size, countersigned });
    sample!(EntryRow { moment, iso, who, role, act, target, why, status, is_refused });
}
