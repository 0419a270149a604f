//! Lists of threads by deadline: what waits for this agency, what waits for others, what came since the last visit, each with its
//! views as addresses.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use doors::{form::Query, problem::Failed, route::Param};
use node::{
    audit::{Count, Noted},
    callers::{Caller, Scope},
    fault::Fault,
    names::ThreadNamed,
    node::Node,
    office::{Act, With},
    reading::{
        list::ListQuery,
        thread::{ThreadLine, Within},
    },
    work::blocking,
};
use protocol::{header::ThreadId, id::ChannelId, origin::Lane};
use serde::{Deserialize, Serialize};
use texts::say;

use crate::{
    form::Said,
    page::{Shown, Then, page},
    party::channel_name,
    rows::{self, Grouped, Row},
    ui::Ui,
    words,
};

use super::views::Own;

/// Query of the lists.
pub const VIEW: &[Param] = &[
    Param::new("view", "string", "Which of the views"),
    Param::new("channel", "string", "Only of this channel"),
    Param::new("kind", "string", "Only of this kind"),
    Param::new("state", "string", "Only in this state"),
    Param::new("cursor", "string", "Where the page before ended"),
];

/// Rows of a page.
const ROWS: usize = 50;
/// The view of what came since the last visit.
const NEWS: &str = "news";
/// How many are counted there: whoever finds more than that looks at the list and not at the number.
const NEWS_MAX: u32 = 500;

/// How many threads are walked over where a count of all would tell too much.
const WALKED_MAX: u32 = 10_000;

/// What is asked of a list.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Asked {
    #[serde(default)]
    view: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

impl Asked {
    /// As an address asks it, without the page.
    pub(super) fn query(&self) -> String {
        let pairs = [("view", &self.view), ("channel", &self.channel), ("kind", &self.kind), ("state", &self.state)];
        let mut text = form_urlencoded::Serializer::new(String::new());
        pairs.iter().filter(|(_, value)| !value.is_empty()).for_each(|(name, value)| {
            text.append_pair(name, value);
        });
        text.finish()
    }

    /// What a form says in these words, and nothing else.
    pub(super) fn of_form(said: &Said) -> Self {
        let one = |name: &str| said.one(name).to_owned();
        Self { view: one("view"), channel: one("channel"), kind: one("kind"), state: one("state"), cursor: None }
    }
}

/// A list of threads.
#[derive(Template)]
#[template(path = "inbox.html")]
pub struct Inbox {
    ui: Ui,
    path: &'static str,
    title: String,
    stats: Vec<Stat>,
    views: Vec<View>,
    own: Own,
    /// Whether it is the view of what came, with something in it.
    has_news: bool,
    groups: Vec<Grouped>,
    is_empty: bool,
    next: Option<String>,
    filters: Vec<Filter>,
    colleagues: Vec<(String, String)>,
    may_write: bool,
    export: String,
}

page!(Inbox);

struct Stat {
    href: String,
    class: &'static str,
    number: String,
    name: String,
}

struct View {
    value: &'static str,
    href: String,
    name: String,
    is_this: bool,
}

struct Filter {
    name: &'static str,
    label: String,
    choices: Vec<(String, String, bool)>,
}

/// One of the lists.
struct ListOf {
    path: &'static str,
    title: &'static str,
    view: &'static str,
}

/// What waits for this agency.
pub async fn inbox(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Query(asked): Query<Asked>,
) -> Result<Shown<Inbox>, Failed> {
    list(node, caller, ui, asked, ListOf { path: "/inbox", title: "nav-inbox", view: "ours" }).await
}

/// Requests, whoever asked.
pub async fn requests(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Query(asked): Query<Asked>,
) -> Result<Shown<Inbox>, Failed> {
    list(node, caller, ui, asked, ListOf { path: "/requests", title: "nav-requests", view: "theirs" }).await
}

async fn list(node: Node, caller: Caller, ui: Ui, asked: Asked, of: ListOf) -> Result<Shown<Inbox>, Failed> {
    let page = blocking(move || {
        let view = if asked.view.is_empty() { of.view } else { &asked.view };
        let (rows, cursor) = rows_of(&node, &caller, &ui, (&query(&node, &caller, &asked, view)?, view))?;
        let came = query(&node, &caller, &Asked::default(), NEWS)?;
        let came = node.reading.count_threads(&caller, &came, NEWS_MAX + 1)?.into_parts().0;
        let stat = |view: &str, class, (number, is_least): (u64, bool), id| Stat {
            href: format!("{}?view={view}", of.path),
            class,
            number: ui.number_u64(number) + if is_least { "+" } else { "" },
            name: ui.t(id),
        };
        let count = |view| count(&node, &caller, view);
        let (late, (by_then, is_least)) = (count("overdue")?, count("day")?);
        let stats = vec![
            stat("overdue", "r", late, "stat-overdue"),
            // What is late is due by then too.
            stat("day", "a", (by_then.saturating_sub(late.0), is_least), "stat-day"),
            stat("ours", "g", count("ours")?, "stat-ours"),
            stat("theirs", "", count("theirs")?, "stat-theirs"),
        ];
        let views = [NEWS, "ours", "mine", "theirs", "overdue", "all", "over"].map(|name| View {
            value: name,
            href: format!("{}?view={name}", of.path),
            name: match name {
                NEWS if came > u64::from(NEWS_MAX) => ui.n("view-news-many", NEWS_MAX as usize),
                NEWS => ui.n("view-news", usize::try_from(came).unwrap_or(usize::MAX)),
                "ours" => ui.t("view-ours"),
                "mine" => ui.t("view-mine"),
                "theirs" => ui.t("view-theirs"),
                "overdue" => ui.t("view-overdue"),
                "over" => ui.t("view-over"),
                _ => ui.t("view-all"),
            },
            is_this: view == name,
        });
        let here = Asked { view: view.to_owned(), ..asked.clone() }.query();
        let next = cursor.map(|cursor| {
            let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            format!("{}?{here}&cursor={cursor}", of.path)
        });
        let own = Own::of(&node, &caller, (of.path, &here))?;
        // The list is shown also where that can't be kept: then what came is shown as new once more.
        if !ui.is_by_script {
            drop(node.personal.look(&caller));
        }
        let inbox = Inbox {
            path: of.path,
            title: ui.t(of.title),
            stats,
            views: views.into(),
            own,
            has_news: view == NEWS && !rows.is_empty(),
            is_empty: rows.is_empty(),
            groups: rows::grouped(&ui, rows),
            next,
            filters: filters(&node, &ui, &asked),
            colleagues: colleagues(&node),
            may_write: caller.check(Scope::DraftsWrite).is_ok(),
            export: format!("{}.csv?{here}", of.path),
            ui,
        };
        Ok::<_, Fault>(Shown::plain(inbox))
    });
    Ok(page.await?)
}

/// How many open threads a view lists, and whether there may be more.
fn count(node: &Node, caller: &Caller, view: &str) -> Result<(u64, bool), Fault> {
    let query = query(node, caller, &Asked::default(), view)?;
    if node.channels().iter().all(|handle| node.protection.shows_sizes(caller, &handle.value())) {
        return Ok((node.reading.count_open(caller, &query)?, false));
    }
    // A count of all would tell of what is hidden from this reader: here it is counted what the list has, as the reader could.
    let counted = node.reading.count_threads(caller, &query, WALKED_MAX)?.into_parts().0;
    Ok((counted, counted >= u64::from(WALKED_MAX)))
}

/// A page of rows, and where the next one begins.
fn rows_of(
    node: &Node,
    caller: &Caller,
    ui: &Ui,
    (query, view): (&ListQuery, &str),
) -> Result<(Vec<Row>, Option<String>), Fault> {
    let page = node.reading.threads(caller, query)?.into_parts().0;
    // Somebody may use one id in two channels, of which one only is with the reader.
    let is_kept = |line: &ThreadLine| view != "mine" || node.office.is_with(caller, line.place());
    let kept = page.threads.into_iter().filter(is_kept);
    Ok((kept.map(|line| rows::row(node, caller, ui, line)).collect(), page.next))
}

fn query(node: &Node, caller: &Caller, asked: &Asked, view: &str) -> Result<ListQuery, Fault> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut query = ListQuery {
        channel: asked.channel.parse().ok(),
        kind: given(&asked.kind),
        state: given(&asked.state),
        cursor: asked.cursor.clone(),
        limit: Some(ROWS),
        // Letters and readouts stand in threads without states: they have lists of their own.
        with_states: true,
        ..ListQuery::default()
    };
    match view {
        NEWS => (query.news_after, query.closed) = (Some(node.personal.last_visit(caller)?.unwrap_or(u64::MAX)), true),
        "ours" => query.awaits = Some(node.me),
        "mine" => query.only = Some(node.office.threads_with(caller)),
        "theirs" => query.awaits_others = true,
        "overdue" => query.overdue = true,
        "day" => query.due_before_ms = Some(node::clock::now_ms() + 24 * 3_600_000),
        "over" => query.closed = true,
        _ => {}
    }
    Ok(query)
}

fn filters(node: &Node, ui: &Ui, asked: &Asked) -> Vec<Filter> {
    let channels = node.channels();
    let channels = channels.iter().map(|handle| {
        let id = handle.id().to_string();
        let is_chosen = id == asked.channel;
        (id, channel_name(handle, ui.language), is_chosen)
    });
    let kinds = desks::kinds::threads().map(|thread| {
        let name = thread.name.to_owned();
        let is_chosen = name == asked.kind;
        (name, ui.m(&words::kind_of_thread(thread.name)), is_chosen)
    });
    vec![
        Filter { name: "channel", label: ui.t("filter-channel"), choices: channels.collect() },
        Filter { name: "kind", label: ui.t("filter-kind"), choices: kinds.collect() },
    ]
}

/// Everybody who is here, to whom something can be given.
pub fn colleagues(node: &Node) -> Vec<(String, String)> {
    let people = node.people.list();
    people
        .iter()
        .filter(|person| person.is_here())
        .map(|person| (person.id.clone(), person.about.name.clone()))
        .collect()
}

/// The same list as a table for other programs, whole.
pub async fn csv(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    let (text, noted) = blocking(move || {
        let mut query = query(&node, &caller, &asked, &asked.view)?;
        let heads = ["head-thread", "head-kind", "head-title", "head-party", "head-state", "head-due"];
        let mut text = csv_line(&heads.map(|id| ui.t(id)));
        let mut listed = 0;
        loop {
            let (rows, next) = rows_of(&node, &caller, &ui, (&query, &asked.view))?;
            listed += rows.len();
            for row in rows {
                let due = row.due.map(|due| due.iso).unwrap_or_default();
                let party = row.party.map(|party| party.label).unwrap_or_default();
                text += &csv_line(&[row.name, row.kind, row.title, party, row.state.text, due]);
            }
            query.cursor = next;
            if query.cursor.is_none() {
                break;
            }
        }
        Ok::<_, Fault>((text, Noted::facts(&Count { listed })))
    })
    .await?;
    Ok((Extension(noted), csv_file("threads.csv"), text).into_response())
}

/// What a browser must know of a table that it keeps as a file.
pub fn csv_file(name: &str) -> [(header::HeaderName, String); 3] {
    [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

/// A line of a table. What a spreadsheet would take for a formula is kept from being one.
pub fn csv_line<const N: usize>(cells: &[String; N]) -> String {
    let cell = |cell: &String| {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
    };
    format!("{}\r\n", cells.iter().map(cell).collect::<Vec<_>>().join(","))
}

/// Does something with the threads that were chosen: with all of them, or with none.
pub async fn together(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    said: Said,
) -> Result<Then, Failed> {
    let act = match said.some("bring_back") {
        Some(day) => {
            Act::BringBack(Some(day.parse().map_err(|_| Fault::usage(say!("must-day")).in_field("bring_back"))?))
        }
        None => Act::Assign(said.some("with").map(|id| With::Person(id.to_owned()))),
    };
    let to = super::sign_in::own_path(said.one("to"));
    let threads = said.all("thread").map(place).collect::<Result<Vec<_>, _>>()?;
    let named = Named { threads: threads.iter().map(|(_, thread)| thread.to_string()).collect() };
    let noted = Noted::facts(&named);
    blocking(move || node.office.act_on_threads(&caller, &threads, &act)).await?;
    Ok(Then(to, noted))
}

/// Notes that the reader has read all that came.
pub async fn read_all(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    said: Said,
) -> Result<Then, Failed> {
    blocking(move || node.personal.read_all(&caller)).await?;
    Ok(Then::to(super::sign_in::own_path(said.one("to"))))
}

/// Which threads they were, in the audit log.
#[derive(Serialize)]
struct Named {
    threads: Vec<String>,
}

/// The thread that a row's value names.
fn place(text: &str) -> Result<(Within, ThreadNamed), Fault> {
    let unclear = || Fault::usage(say!("thread-form")).in_field("thread");
    let mut parts = text.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let channel: ChannelId = next().parse().map_err(|_| unclear())?;
    let lane = if next() == "urgent" { Lane::Urgent } else { Lane::Main };
    let thread: ThreadId = next().parse().map_err(|_| unclear())?;
    Ok((Within { channel: Some(channel), lane: Some(lane) }, thread.into()))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Inbox {
        ui,
        path,
        title,
        stats,
        views,
        own,
        has_news,
        groups,
        is_empty,
        next,
        filters,
        colleagues,
        may_write,
        export
    });
    sample!(Stat { href, class, number, name });
    sample!(View { value, href, name, is_this });
    sample!(Filter { name, label, choices });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_no_cell_ends_another() {
        assert_eq!(csv_line(&["=1+1".into(), "a\"b".into()]), "\"'=1+1\",\"a\"\"b\"\r\n");
    }
}
