//! An agreement is drafted: in a form, clause by clause, or as text. What the floor forbids is said at once. Until it is kept, all of
//! it is in the form that the browser holds.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Multipart, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use doors::{form::Query, problem::Failed, route::Param};
use node::{
    agreements::{self, Draft, Known, Looked, TOML, life, template},
    channel::ChannelHandle,
    clock,
    fault::{Code, Fault},
    node::Node,
    wording,
    work::blocking,
};
use protocol::{agreement::ApprovalRole, fingerprint::Fingerprint, id::AgencyId};
use serde::Deserialize;
use texts::{Language, Message, say};

use super::{
    channel_of,
    filled::{ClauseFilled, Filled, Wrong},
    made, named,
    terms::{Part, dir_of, parts},
};
use crate::{
    form::{Choice, Said},
    page::{Shown, page},
    party::in_language,
    ui::Ui,
    upload::Uploaded,
    words,
};

/// Query of the page.
pub const BEGUN: &[Param] = &[
    Param::new("of", "string", "The draft to go on with, or the version to amend"),
    Param::new("with", "string", "The partner with whom it is"),
    Param::new("view", "string", "`text` for the draft as text"),
];

/// The same as a type.
#[derive(Debug, Default, Deserialize)]
pub struct Begun {
    #[serde(default)]
    of: String,
    #[serde(default)]
    with: String,
    #[serde(default)]
    view: String,
}

/// A draft as it is written.
#[derive(Template)]
#[template(path = "agreement_draft.html")]
pub struct DraftPage {
    ui: Ui,
    work: Work,
    /// In a form, or as text.
    sheet: Sheet,
    agencies: Vec<(String, String)>,
    found: Option<Found>,
}

page!(DraftPage);

/// What is written on.
enum Sheet {
    Form(Box<Filled>),
    Text(String),
}

/// What a draft will be.
struct Work {
    /// The version that was begun with, as the form says it.
    of: String,
    /// The draft that this one replaces.
    replaces: Option<protocol::id::Hash>,
    /// The channel whose next version it is.
    channel: Option<Arc<ChannelHandle>>,
    /// The version in force there, as the form has seen it.
    follows: String,
}

/// What came of looking at it.
struct Found {
    wrong: Vec<(String, String)>,
    faults: Vec<(String, String)>,
    weak: Vec<WeakRow>,
    doubts: Vec<String>,
    parts: Vec<Part>,
}

/// What the floor forbids.
struct WeakRow {
    clause: String,
    rule: String,
    title: String,
    problem: String,
}

impl Found {
    fn is_good(&self) -> bool {
        self.wrong.is_empty() && self.faults.is_empty() && self.weak.is_empty()
    }
}

/// Shows a draft: one that is kept, the next version of one in force, or one to begin with.
pub async fn write(State(node): State<Node>, ui: Ui, Query(begun): Query<Begun>) -> Result<Shown<DraftPage>, Failed> {
    let page = blocking(move || {
        let work = work(&node, &begun.of)?;
        let text = match begun.of.is_empty() {
            true => first(&node, &begun.with)?,
            false => Draft::of(&life::show(&node.agreements, &named(&begun.of)?)?.agreement_json).to_toml()?,
        };
        let sheet = match begun.view.as_str() {
            "text" => Sheet::Text(text),
            _ => form(text)?,
        };
        Ok::<_, Fault>(DraftPage { agencies: agencies(&node, &ui), work, sheet, found: None, ui })
    });
    Ok(Shown::plain(page.await?))
}

/// The draft to begin with: that of the command line, with the partner that is meant.
fn first(node: &Node, with: &str) -> Result<String, Fault> {
    let peers = node.peers.list();
    let named = peers.iter().find(|peer| peer.chain.agency().to_string() == with);
    let partner = named.or_else(|| peers.iter().find(|peer| peer.trusted));
    let own = node.cards();
    let (id, country) = match partner {
        Some(partner) => (partner.chain.agency().to_string(), partner.chain.current().country.clone()),
        None => (String::new(), "XAB".to_owned()),
    };
    let (us, them) = template::labels(&own.current().country, &country);
    template::filled(&us, &id, &them, clock::today())
}

fn form(text: String) -> Result<Sheet, Fault> {
    let draft = Draft::read(&text).map_err(|fault| Fault::usage(fault.to_string()))?;
    Ok(Sheet::Form(Box::new(Filled::of(&draft, text))))
}

/// What a draft will be that was begun with this version.
fn work(node: &Node, of: &str) -> Result<Work, Fault> {
    if of.is_empty() {
        return Ok(Work { of: String::new(), replaces: None, channel: None, follows: String::new() });
    }
    let life = life::show(&node.agreements, &named(of)?)?;
    let is_draft = life.parties.iter().all(|party| !party.signed);
    let governs = life.in_force == Some(life.agreement);
    if !is_draft && !governs {
        return Err(Fault::new(Code::Conflict, say!("act-not-now", state = life.in_words())));
    }
    let channel = channel_of(node, &life).filter(|_| governs || life.version > 1);
    let follows = channel.as_ref().map(|handle| hex::encode(handle.value().in_force())).unwrap_or_default();
    Ok(Work { of: of.to_owned(), replaces: is_draft.then_some(life.agreement), channel, follows })
}

/// The agencies that may be parties: how a draft names each, and what people call it.
fn agencies(node: &Node, ui: &Ui) -> Vec<(String, String)> {
    let called = |Known { agency, country, names }: &Known| {
        let mut name = format!("{} ({country})", in_language(names, ui.language));
        let is_trusted = *agency == node.me || node.peers.get(agency).is_some_and(|peer| peer.trusted);
        if !is_trusted {
            name = format!("{name} – {}", ui.t("partner-not-trusted"));
        }
        (agency.to_string(), name)
    };
    agreements::known(&node.agreements).iter().map(called).collect()
}

/// Looks at what was written, and shows it again: as it is, with one clause more or less, or the other way round. Nothing is kept.
pub async fn look(State(node): State<Node>, ui: Ui, said: Said) -> Result<Response, Failed> {
    let answer = blocking(move || {
        let work = work(&node, said.one("of"))?;
        let (sheet, text) = sheet(&said);
        match (said.one("then"), text) {
            ("file", Ok(text)) => Ok(file(text)),
            ("text", Ok(text)) => Ok(shown(&node, ui, work, Sheet::Text(text), None)),
            ("form", Ok(text)) => {
                let (found, sheet) = match Draft::read(&text) {
                    Ok(draft) => (None, Sheet::Form(Box::new(Filled::of(&draft, text)))),
                    Err(_) => (Some(found(&node, &ui, &work, &text)?), Sheet::Text(text)),
                };
                Ok(shown(&node, ui, work, sheet, found))
            }
            (then, text) => {
                let found = match text {
                    Ok(text) => found(&node, &ui, &work, &text)?,
                    Err(wrong) => not_a_draft(&ui, wrong),
                };
                let (sheet, is_longer) = with_clauses(sheet, then);
                let found = (!is_longer).then_some(found);
                Ok::<_, Fault>(shown(&node, ui, work, sheet, found))
            }
        }
    });
    Ok(answer.await?)
}

/// Keeps what was written as a draft that nobody has signed, in place of the one that it was begun with.
pub async fn keep(State(node): State<Node>, ui: Ui, said: Said) -> Result<Response, Failed> {
    let answer = blocking(move || {
        let work = work(&node, said.one("of"))?;
        if said.one("follows") != work.follows {
            let state = say!("agreement-amended");
            let message = say!("agreement-moved-since", state = state);
            return Err(Fault::new(Code::Conflict, message));
        }
        let (sheet, text) = sheet(&said);
        let text = match text {
            Ok(text) => text,
            Err(wrong) => {
                let found = not_a_draft(&ui, wrong);
                return Ok(shown(&node, ui, work, sheet, Some(found)));
            }
        };
        let found = found(&node, &ui, &work, &text)?;
        if !found.is_good() {
            return Ok(shown(&node, ui, work, sheet, Some(found)));
        }
        let kept = match &work.channel {
            Some(handle) => agreements::amend(&node.agreements, &handle.value(), text.as_bytes(), TOML)?,
            None => agreements::draft(&node.agreements, text.as_bytes(), TOML)?,
        };
        if let Some(before) = work.replaces.filter(|before| *before != kept.agreement) {
            agreements::discard(&node.agreements, &before)?;
        }
        Ok(made(&kept.agreement).into_response())
    });
    Ok(answer.await?)
}

/// Takes a file: a draft as text, which is shown to go on with, or an agreement with signatures, which is taken up.
pub async fn upload(State(node): State<Node>, ui: Ui, form: Multipart) -> Result<Response, Failed> {
    let Uploaded { bytes, .. } = Uploaded::of(form).await?;
    let answer = blocking(move || {
        if bytes.first() == Some(&b'{') {
            let taken = agreements::import(&node.agreements, &bytes)?;
            return Ok(made(&taken.agreement).into_response());
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let work = work(&node, "")?;
        let found = found(&node, &ui, &work, &text)?;
        Ok::<_, Fault>(shown(&node, ui, work, Sheet::Text(text), Some(found)))
    });
    Ok(answer.await?)
}

fn shown(node: &Node, ui: Ui, work: Work, sheet: Sheet, found: Option<Found>) -> Response {
    Shown::plain(DraftPage { agencies: agencies(node, &ui), work, sheet, found, ui }).into_response()
}

/// A draft as a file.
fn file(text: String) -> Response {
    let heads = [(CONTENT_TYPE, TOML), (CONTENT_DISPOSITION, "attachment; filename=\"agreement.toml\"")];
    (heads, text).into_response()
}

/// What a form that was sent holds, and the draft that it says as text.
fn sheet(said: &Said) -> (Sheet, Result<String, Vec<Wrong>>) {
    if said.one("sheet") == "text" {
        let text = said.one("toml").to_owned();
        return (Sheet::Text(text.clone()), Ok(text));
    }
    let filled = Filled::said(said);
    let text =
        filled.draft().and_then(|draft| draft.to_toml().map_err(|fault| vec![("rest".to_owned(), fault.message)]));
    (Sheet::Form(Box::new(filled)), text)
}

/// The form with one clause more or less, if that was asked for; whether it was.
fn with_clauses(sheet: Sheet, then: &str) -> (Sheet, bool) {
    let Sheet::Form(mut filled) = sheet else { return (sheet, false) };
    let dropped = then.strip_prefix("drop-").and_then(|place| place.parse::<usize>().ok());
    match (then, dropped) {
        ("clause", _) => filled.add_clause(),
        (_, Some(place)) if place < filled.clauses.len() => {
            filled.clauses.remove(place);
        }
        ("party", _) => filled.add_party(),
        _ => return (Sheet::Form(filled), false),
    }
    (Sheet::Form(filled), true)
}

fn not_a_draft(ui: &Ui, wrong: Vec<Wrong>) -> Found {
    let said = |(field, what): Wrong| (label(ui, &field), ui.m(&what));
    let wrong = wrong.into_iter().map(said).collect();
    Found { wrong, faults: Vec::new(), weak: Vec::new(), doubts: Vec::new(), parts: Vec::new() }
}

/// What a field of the form is called, with its clause.
fn label(ui: &Ui, field: &str) -> String {
    let (clause, name) = match field.strip_prefix("c.").and_then(|rest| rest.split_once('.')) {
        Some((place, name)) => (place.parse::<usize>().ok(), name),
        None => (None, field),
    };
    let name = match name.strip_prefix("limit.") {
        Some(limit) => ui.m(&words::limit(limit)),
        None => ui.t(match name {
            "valid_from" => "draft-first-day",
            "valid_until" => "draft-last-day",
            "late_days" => "draft-late-days",
            "notice_days" => "draft-notice-days",
            "records_a_day" => "term-records-a-day",
            "attachment_bytes" => "draft-attachment-bytes",
            "retention_days" => "draft-retention-days",
            _ => "draft-as-text",
        }),
    };
    match clause {
        Some(place) => format!("{} {} · {name}", ui.t("clause"), ui.number(place + 1)),
        None => name,
    }
}

fn found(node: &Node, ui: &Ui, work: &Work, text: &str) -> Result<Found, Fault> {
    let channel = work.channel.as_ref().map(|handle| handle.value());
    let Looked { agreement, faults, weak, doubts } = agreements::look(&node.agreements, text, channel.as_deref())?;
    // In another language the path stands beside what the field is called: it is what a draft in TOML has.
    let place = |line: usize, field: &str| match (line, ui.m(&wording::faults::field(field))) {
        (0, field) => field,
        (line, field) => format!("{field} ({})", ui.w("draft-line", &ui.number(line))),
    };
    let title = |rule: &str| Message::of_family("rule", rule).map(|title| ui.m(&title)).unwrap_or_default();
    Ok(Found {
        wrong: Vec::new(),
        faults: faults.iter().map(|fault| (place(fault.line, &fault.field), ui.m(&fault.problem))).collect(),
        weak: weak
            .into_iter()
            .map(|weak| WeakRow {
                clause: weak.clause,
                title: title(weak.rule),
                rule: weak.rule.to_owned(),
                problem: ui.m(&wording::faults::against(&weak.problem)),
            })
            .collect(),
        doubts: doubts.iter().map(|(_, doubt)| ui.m(doubt)).collect(),
        parts: agreement.map(|agreement| parts(ui, &agreement)).unwrap_or_default(),
    })
}

impl DraftPage {
    /// What the agency of a party can be; `agency` as the draft names it.
    fn parties(&self, agency: &str) -> Vec<Choice> {
        let own = self.agencies.first().map(|(id, _)| id.clone()).unwrap_or_default();
        let is_meant = |(id, _): &&(String, String)| {
            let fingerprint = id.parse::<AgencyId>().map(|id| Fingerprint::of(&id).to_string());
            id == agency || *id == own && agency == "self" || fingerprint.is_ok_and(|digits| digits == agency)
        };
        let mut choices: Vec<Choice> = self
            .agencies
            .iter()
            .map(|one| Choice { value: one.0.clone(), label: one.1.clone(), is_chosen: is_meant(&one) })
            .collect();
        // Whoever is named in another way stays named so.
        if !agency.is_empty() && choices.iter().all(|choice| !choice.is_chosen) {
            choices.push(Choice { value: agency.to_owned(), label: agency.to_owned(), is_chosen: true });
        }
        choices
    }

    fn purposes(&self, clause: &ClauseFilled) -> Vec<Choice> {
        self.choices(words::purposes(), std::slice::from_ref(&clause.purpose), words::purpose)
    }

    fn kinds(&self, clause: &ClauseFilled) -> Vec<Choice> {
        self.choices(desks::kinds::all().map(|kind| kind.name), &clause.kinds, words::kind_named)
    }

    fn offences(&self, clause: &ClauseFilled) -> Vec<Choice> {
        self.choices(words::offences(), &clause.offences, words::offence)
    }

    fn categories(&self, clause: &ClauseFilled) -> Vec<Choice> {
        let codes = words::header_words("subject_category").iter().copied().filter(|word| *word != "none");
        self.choices(codes, &clause.categories, |word| words::header_word("subject_category", word))
    }

    fn handling(&self, clause: &ClauseFilled) -> Vec<Choice> {
        let codes = words::header_words("handling").iter().copied();
        self.choices(codes, &clause.handling, |word| words::header_meaning("handling", word))
    }

    fn approvals(&self, clause: &ClauseFilled) -> Vec<Choice> {
        self.choices(ApprovalRole::ALL.into_iter().map(ApprovalRole::name), &clause.approvals, words::approval)
    }

    fn onward(&self, clause: &ClauseFilled) -> Vec<Choice> {
        self.choices(["none", "with_consent"], std::slice::from_ref(&clause.onward), words::onward)
    }

    fn limits(&self, clause: &ClauseFilled) -> Vec<(&'static str, String, String)> {
        let limit = |name: &'static str| {
            (name, self.ui.m(&words::limit(name)), clause.limits.get(name).cloned().unwrap_or_default())
        };
        desks::kinds::limits().map(limit).collect()
    }

    /// The codes of a list and those that a draft has beside it, as choices.
    fn choices(
        &self,
        codes: impl IntoIterator<Item = &'static str>,
        chosen: &[String],
        called: impl Fn(&str) -> Message,
    ) -> Vec<Choice> {
        let codes: Vec<&str> = codes.into_iter().collect();
        let beside = chosen.iter().map(String::as_str).filter(|code| !code.is_empty() && !codes.contains(code));
        let choice = |code: &str| Choice {
            value: code.to_owned(),
            label: self.ui.m(&called(code)),
            is_chosen: chosen.iter().any(|one| one == code),
        };
        codes.iter().copied().chain(beside).map(choice).collect()
    }

    /// The fields of a text, one a language: first those that hold something and the reader's own, the others folded away.
    fn tongues(&self, name: &str, texts: &[(Language, String)]) -> Vec<Tongue> {
        let is_folded = |(language, text): &(Language, String)| text.is_empty() && *language != self.ui.language;
        let mut sorted: Vec<&(Language, String)> = texts.iter().collect();
        sorted.sort_by_key(|one| is_folded(one));
        let first = sorted.iter().position(|one| is_folded(one));
        let field = |(place, one): (usize, &(Language, String))| {
            let (language, text) = one;
            Tongue {
                name: format!("{name}.{}", language.tag()),
                language: language.name(),
                tag: language.tag(),
                dir: dir_of(language.tag()),
                text: text.clone(),
                is_folded: is_folded(one),
                begins_fold: first == Some(place),
            }
        };
        sorted.into_iter().enumerate().map(field).collect()
    }

    fn clause_tongues(&self, place: impl std::fmt::Display, texts: &[(Language, String)]) -> Vec<Tongue> {
        self.tongues(&format!("c.{place}.text"), texts)
    }
}

/// The field of a text in one language.
struct Tongue {
    name: String,
    language: &'static str,
    tag: &'static str,
    dir: &'static str,
    text: String,
    is_folded: bool,
    begins_fold: bool,
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    use crate::samples::{Of, Sample};

    impl Sample for Work {
        fn sample(of: Of) -> Self {
            Self { of: String::sample(of), replaces: None, channel: None, follows: String::sample(of) }
        }
    }

    impl Sample for Sheet {
        fn sample(of: Of) -> Self {
            if of.is_full { Self::Form(Box::new(Filled::sample(of))) } else { Self::Text(String::sample(of)) }
        }
    }

    sample!(DraftPage { ui, work, sheet, agencies, found });
    sample!(Found { wrong, faults, weak, doubts, parts });
    sample!(WeakRow { clause, rule, title, problem });
}
