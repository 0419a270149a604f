//! Records by their words, their threads' names and parties.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use doors::{form::Query, problem::Failed, route::Param};
use node::{
    callers::Caller,
    fault::{Code, Fault},
    names::ThreadNamed,
    node::Node,
    reading::{list::ListQuery, thread::Within},
    work::blocking,
};
use serde::Deserialize;

use crate::{
    page::{Shown, Then, page},
    party::channel_name,
    rows::{self, Row},
    ui::Ui,
    words,
};

/// Query of the page.
pub const ASKED: &[Param] = &[Param::content("q", "Words that must all be there, or a thread's name")];

/// Rows of the page.
const ROWS: usize = 50;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// What was found.
#[derive(Template)]
#[template(path = "search.html")]
pub struct Found {
    ui: Ui,
    q: String,
    hits: Vec<HitRow>,
    too_many: bool,
}

page!(Found);

struct HitRow {
    href: String,
    title: String,
    kind: String,
    channel: String,
    standing: Option<Row>,
}

/// Shows what was found. The name of a thread leads to it at once.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Query(Asked { q }): Query<Asked>,
) -> Result<Response, Failed> {
    let answer = blocking(move || {
        if let Ok(id) = q.trim().parse::<ThreadNamed>()
            && let Ok(thread) = node.reading.thread(&caller, &id, &Within::default())
        {
            let line = &thread.shown().line;
            let path = rows::thread_path(&line.channel, line.lane, &line.thread);
            return Ok::<_, Fault>(Then(path, thread.into_parts().1).into_response());
        }
        let query = ListQuery { q: Some(q.clone()), limit: Some(ROWS), closed: true, ..ListQuery::default() };
        let found = match node.reading.search(&caller, &query) {
            Ok(found) => found,
            // Nothing was asked for yet.
            Err(fault) if fault.code == Code::Usage && q.trim().is_empty() => {
                return Ok(Shown::plain(Found { ui, q, hits: Vec::new(), too_many: false }).into_response());
            }
            Err(fault) => return Err(fault),
        };
        let page = Shown::of(found, |found| {
            let hits = found.hits.into_iter().map(|hit| HitRow {
                href: rows::record_path(&hit.channel, &hit.log, hit.index),
                title: hit.title,
                kind: ui.m(&words::kind_named(&hit.kind)),
                channel: node
                    .channel(&hit.channel)
                    .map(|handle| channel_name(&handle, ui.language))
                    .unwrap_or_default(),
                standing: hit.standing.map(|line| rows::row(&node, &caller, &ui, line)),
            });
            let hits = hits.collect();
            Found { q, hits, too_many: found.too_many, ui }
        });
        Ok(page.into_response())
    });
    Ok(answer.await?)
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Found { ui, q, hits, too_many });
    sample!(HitRow { href, title, kind, channel, standing });
}
