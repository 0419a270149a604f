//! A new record: first what it is to be and under which clause, then a form made from the table of its fields.

use askama::Template;
use axum::{Extension, extract::State};
use desks::kinds::{self, Kind};
use doors::{problem::Failed, route::Param};
use node::{
    callers::Caller,
    drafting::{self, ToPrepare},
    fault::Fault,
    node::Node,
};
use protocol::origin::Lane;
use serde_json::{Map, Value};
use texts::say;

use crate::{
    form::{Control, FieldShown, Said, fields, header_fields},
    page::{Shown, page},
    party::{channel_name, in_language},
    ui::Ui,
    words,
};

/// Query of the page: what is known already, and words of fields, `b.NAME`.
pub const KNOWN: &[Param] = &[
    Param::new("kind", "string", "The kind of record"),
    Param::new("channel", "string", "The channel"),
    Param::new("lane", "string", "The lane"),
    Param::new("clause", "string", "The clause"),
    Param::new("reply_to", "string", "The thread that it belongs to, or the record that it answers"),
    Param::new("b.outcome", "string", "A word that the act says"),
    Param::new("b.step", "string", "A word that the act says"),
    Param::new("b.use", "string", "A word that the act says"),
    Param::new("b.decision", "string", "A word that the act says"),
    Param::new("b.do", "string", "A word that the act says"),
    Param::new("b.record", "string", "The record that is signed"),
    Param::new("b.text_sha256", "string", "SHA-256 of the text that is signed"),
];

/// Choosing what to write.
#[derive(Template)]
#[template(path = "choose.html")]
pub struct Choose {
    ui: Ui,
    channels: Vec<ChannelOffer>,
}

page!(Choose);

struct ChannelOffer {
    name: String,
    kinds: Vec<KindOffer>,
}

struct KindOffer {
    href: String,
    name: String,
    about: String,
    clause: String,
    purpose: String,
}

/// The form of a record.
#[derive(Template)]
#[template(path = "write.html")]
pub struct Write {
    ui: Ui,
    form: Form,
    draft: Option<(String, String)>,
    saved: Option<String>,
    problem: Option<(String, Option<String>)>,
}

page!(Write);

/// A form with what is filled in.
pub struct Form {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) channel: String,
    pub(super) channel_name: String,
    pub(super) to: String,
    pub(super) lane: String,
    pub(super) clause: String,
    pub(super) clauses: Vec<(String, String, bool)>,
    pub(super) rules: Vec<String>,
    pub(super) reply_to: String,
    pub(super) fields: Vec<FieldShown>,
    pub(super) header: Vec<FieldShown>,
    pub(super) files: Vec<(String, String)>,
    pub(super) asks_for_persons: bool,
}

impl Write {
    /// A form for a draft that is kept already.
    pub(super) fn of_draft(
        ui: Ui,
        form: Form,
        draft: (String, String),
        saved: Option<String>,
        problem: Option<(String, Option<String>)>,
    ) -> Self {
        Self { ui, form, draft: Some(draft), saved, problem }
    }
}

/// What a page for writing shows.
pub enum Page {
    /// What there is to choose.
    Choose(Box<Shown<Choose>>),
    /// The form.
    Write(Box<Shown<Write>>),
}

impl axum::response::IntoResponse for Page {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::Choose(page) => page.into_response(),
            Self::Write(page) => page.into_response(),
        }
    }
}

/// Shows what may be written, or the form of what was chosen.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    uri: axum::http::Uri,
) -> Result<Page, Failed> {
    let said = Said::of_query(uri.query().unwrap_or_default());
    let Some(name) = said.some("kind") else {
        return Ok(Page::Choose(Box::new(Shown::plain(choose(&node, &caller, ui)))));
    };
    let kind = drafting::kind(name)?;
    let what = to_prepare(&said, kind)?;
    let form = form(&node, &ui, kind, &what, None)?;
    Ok(Page::Write(Box::new(Shown::plain(Write { ui, form, draft: None, saved: None, problem: None }))))
}

fn choose(node: &Node, caller: &Caller, ui: Ui) -> Choose {
    let channels = node.channels();
    let channels = channels.iter().filter_map(|handle| {
        let value = handle.value();
        let version = value.version(&value.in_force())?;
        let me = version.agreement.party(&node.me)?.label.clone();
        let kinds = kinds::all().filter(|kind| !kind.acts && caller.sees(Some(kind.name), None));
        let offers = kinds.flat_map(|kind| {
            let clauses = version.agreement.clauses.iter().filter(|clause| clause.allows(kind.name, &me));
            clauses.map(|clause| KindOffer {
                href: format!(
                    "/write?kind={}&channel={}&clause={}",
                    form_urlencoded::byte_serialize(kind.name.as_bytes()).collect::<String>(),
                    handle.id(),
                    form_urlencoded::byte_serialize(clause.id.as_bytes()).collect::<String>(),
                ),
                name: ui.m(&words::kind_name(kind)),
                about: ui.m(&words::kind_about(kind)),
                clause: clause.id.clone(),
                purpose: ui.m(&words::purpose(&clause.purpose)),
            })
        });
        let kinds: Vec<KindOffer> = offers.collect();
        (!kinds.is_empty()).then(|| ChannelOffer { name: channel_name(handle, ui.language), kinds })
    });
    Choose { channels: channels.collect(), ui }
}

/// What a form says, as a draft keeps it.
pub fn to_prepare(said: &Said, kind: &Kind) -> Result<ToPrepare, Fault> {
    let channel = said.some("channel").map(|_| said.channel()).transpose()?;
    Ok(ToPrepare {
        channel,
        lane: match said.one("lane") {
            "urgent" => Some(Lane::Urgent),
            "main" => Some(Lane::Main),
            _ => None,
        },
        kind: kind.name.to_owned(),
        clause: said.some("clause").map(str::to_owned),
        reply_to: said.some("reply_to").map(str::to_owned),
        header: said.header(kind),
        // As text, so that its bytes are those of the form and of the command line alike.
        body: Value::String(said.body(kind)),
        name: None,
    })
}

/// The form of a record, filled in.
pub fn form(node: &Node, ui: &Ui, kind: &Kind, what: &ToPrepare, problem: Option<&Fault>) -> Result<Form, Fault> {
    let channels = node.channels();
    let handle = match what.channel {
        Some(id) => channels.iter().find(|handle| handle.id() == id),
        None => channels.first().filter(|_| channels.len() == 1),
    };
    let handle = handle.ok_or_else(|| Fault::usage(say!("name-the-channel")).in_field("channel"))?;
    let value = handle.value();
    let version = value.version(&value.in_force());
    let version = version.ok_or_else(|| Fault::not_found(say!("channel-not-open")).in_field("channel"))?;
    let me = version.agreement.party(&node.me).map(|party| party.label.clone()).unwrap_or_default();
    let allowing: Vec<_> = version.agreement.clauses.iter().filter(|clause| clause.allows(kind.name, &me)).collect();
    let chosen = what.clause.clone().or_else(|| match &allowing[..] {
        [only] => Some(only.id.clone()),
        _ => None,
    });
    let clause = allowing.iter().find(|clause| Some(&clause.id) == chosen.as_ref());
    let mut rules = Vec::new();
    if let Some(clause) = clause {
        rules.push(in_language(&clause.text, ui.language));
        let approvals: Vec<String> = clause.approvals.iter().map(|role| ui.m(&words::approval(role.name()))).collect();
        if !approvals.is_empty() {
            rules.push(ui.w("rule-approvals", &approvals.join(ui.language.comma())));
        }
        rules.push(ui.n("rule-retention", usize::try_from(clause.retention_days_max).unwrap_or(usize::MAX)));
        let categories: Vec<String> = clause
            .subject_categories
            .iter()
            .filter_map(|category| serde_json::to_value(category).ok())
            .map(|category| ui.m(&words::header_word("subject_category", category.as_str().unwrap_or_default())))
            .collect();
        rules.push(match categories.is_empty() {
            true => ui.t("rule-no-persons"),
            false => ui.w("rule-persons", &categories.join(ui.language.comma())),
        });
    }
    let body = body_of(what, ui);
    let problem = problem.and_then(|fault| Some((fault.field.clone()?, ui.m(&fault.message))));
    let problem = problem.as_ref().map(|(field, message)| (field.as_str(), message.as_str()));
    let files = what.header.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let files =
        files.map(|file| (file.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(), file.to_string()));
    let others = crate::party::Party::others(&value, ui.language);
    Ok(Form {
        kind: kind.name.to_owned(),
        name: ui.m(&words::kind_name(kind)),
        about: ui.m(&words::kind_about(kind)),
        channel: handle.id().to_string(),
        channel_name: channel_name(handle, ui.language),
        to: others
            .into_iter()
            .map(|party| format!("{} ({})", party.name, party.label))
            .collect::<Vec<_>>()
            .join(ui.language.comma()),
        lane: what.lane.map(|lane| lane.name().to_owned()).unwrap_or_default(),
        clauses: allowing
            .iter()
            .map(|clause| {
                (clause.id.clone(), ui.m(&words::purpose(&clause.purpose)), Some(&clause.id) == chosen.as_ref())
            })
            .collect(),
        clause: chosen.unwrap_or_default(),
        rules,
        reply_to: what.reply_to.clone().unwrap_or_default(),
        fields: fields(ui, kind, &body, problem),
        header: header_fields(ui, &what.header, problem),
        files: files.collect(),
        asks_for_persons: clause.is_some_and(|clause| !clause.subject_categories.is_empty()) || !what.header.is_empty(),
    })
}

/// The body of a draft as a tree; the language of the reader where it says none yet.
fn body_of(what: &ToPrepare, ui: &Ui) -> Value {
    let mut body = match &what.body {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::Object(Map::new())),
        body => body.clone(),
    };
    if let Value::Object(members) = &mut body {
        members.entry("language").or_insert_with(|| Value::from(ui.language.tag()));
    }
    body
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Choose { ui, channels });
    sample!(ChannelOffer { name, kinds });
    sample!(KindOffer { href, name, about, clause, purpose });
    sample!(Write { ui, form, draft, saved, problem });
    sample!(Form {
        kind,
        name,
        about,
        channel,
        channel_name,
        to,
        lane,
        clause,
        clauses,
        rules,
        reply_to,
        fields,
        header,
        files,
        asks_for_persons
    });
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;

    #[test]
    fn every_kind_has_a_form_in_every_language_and_its_example_is_in_it() {
        for kind in kinds::all() {
            let example: Value = serde_json::from_str(kind.example).unwrap();
            for language in Language::ALL {
                let ui = Ui::sample(*language);
                let fields = fields(&ui, kind, &example, None);
                assert_eq!(fields.len(), kind.fields.len(), "{}", kind.name);
                for field in fields.iter().flat_map(with_rows) {
                    let place = format!("{} {} {}", language.tag(), kind.name, field.name);
                    assert!(!field.label.is_empty() && !field.help.is_empty(), "{place}");
                    // A field without words of its own is said by its name.
                    let bare = field.name.rsplit('.').next().unwrap_or_default();
                    assert!(field.label != bare && field.help != bare, "{place} has no words");
                }
                let form = Form {
                    kind: kind.name.to_owned(),
                    name: ui.m(&words::kind_name(kind)),
                    about: ui.m(&words::kind_about(kind)),
                    channel: String::new(),
                    channel_name: String::new(),
                    to: String::new(),
                    lane: String::new(),
                    clause: String::new(),
                    clauses: Vec::new(),
                    rules: Vec::new(),
                    reply_to: String::new(),
                    header: header_fields(&ui, &Map::new(), None),
                    files: Vec::new(),
                    asks_for_persons: true,
                    fields,
                };
                let page = Write { ui, form, draft: None, saved: None, problem: None }.render().unwrap();
                assert!(!page.contains("{$") && !page.contains("{ $"), "{} {}", language.tag(), kind.name);
                for field in kind.fields {
                    assert!(page.contains(&format!("\"b.{}", field.name)), "{} {}", kind.name, field.name);
                }
            }
        }
    }

    fn with_rows(field: &FieldShown) -> Vec<&FieldShown> {
        let mut all = vec![field];
        match &field.control {
            Control::Rows { rows, .. } => all.extend(rows.iter().flatten()),
            Control::Parts(parts) => all.extend(parts),
            _ => {}
        }
        all
    }
}
