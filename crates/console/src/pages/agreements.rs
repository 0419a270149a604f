//! Agreements in plain words: what may be sent, by whom, under which conditions, and where each stands.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
};
use doors::problem::Failed;
use node::{
    agreements::{self, Held, life},
    callers::{Caller, Scope},
    fault::Fault,
    node::Node,
    work::blocking,
};
use protocol::{
    agreement::{Clause, Onward},
    id::parse_hash,
};
use texts::say;

use crate::{
    page::{Shown, Then, page},
    party::in_language,
    rows::Tag,
    ui::Ui,
    words,
};

/// Every agreement that is held.
#[derive(Template)]
#[template(path = "agreements.html")]
pub struct Agreements {
    ui: Ui,
    rows: Vec<AgreementRow>,
}

page!(Agreements);

struct AgreementRow {
    href: String,
    title: String,
    parties: String,
    version: String,
    from: String,
    until: String,
    state: Tag,
}

/// Shows them.
pub async fn list(State(node): State<Node>, ui: Ui) -> Result<Shown<Agreements>, Failed> {
    let held = blocking(move || agreements::list(&node.agreements)).await?;
    let rows = held.into_iter().map(|held| row(&ui, held)).collect();
    Ok(Shown::plain(Agreements { rows, ui }))
}

fn row(ui: &Ui, Held { agreement, progress }: Held) -> AgreementRow {
    let parties: Vec<&str> = agreement.parties.iter().map(|party| party.label.as_str()).collect();
    let state = match (progress.in_force, progress.missing.is_empty()) {
        (true, _) => Tag { class: "green", icon: "circle-check", text: ui.t("version-in-force") },
        (false, true) => Tag { class: "", icon: "history", text: ui.t("version-earlier") },
        (false, false) => Tag { class: "amber", icon: "pencil", text: ui.t("version-unsigned") },
    };
    AgreementRow {
        href: format!("/agreements/{}", hex::encode(progress.agreement)),
        title: in_language(&agreement.title, ui.language),
        parties: parties.join(ui.language.comma()),
        version: ui.number(usize::try_from(agreement.version).unwrap_or_default()),
        from: ui.day(agreement.valid_from),
        until: ui.day(agreement.valid_until),
        state,
    }
}

/// One agreement.
#[derive(Template)]
#[template(path = "agreement.html")]
pub struct AgreementPage {
    ui: Ui,
    hash: String,
    title: String,
    text: String,
    version: String,
    state: String,
    days: String,
    last_day: String,
    from: String,
    next: Vec<String>,
    parties: Vec<PartyRow>,
    clauses: Vec<ClauseShown>,
    may_sign: bool,
    is_signed_by_us: bool,
    channel: Option<String>,
}

page!(AgreementPage);

struct PartyRow {
    label: String,
    name: String,
    is_us: bool,
    signed: bool,
    suspended: Option<String>,
    ended: Option<String>,
}

struct ClauseShown {
    id: String,
    purpose: String,
    /// By language: its tag, its direction, the text.
    texts: Vec<(String, &'static str, String)>,
    kinds: Vec<String>,
    authors: String,
    rows: Vec<(String, String)>,
}

/// Shows it.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(hash): Path<String>,
) -> Result<Shown<AgreementPage>, Failed> {
    let hash = parse_hash(&hash).map_err(|error| Fault::usage(error.to_string()).in_field("agreement"))?;
    let work = node.clone();
    let life = blocking(move || life::show(&work.agreements, &hash)).await?;
    let agreement = &life.agreement_json;
    let name = |label: &str| {
        agreement.parties.iter().find(|party| party.label == label).map(|party| in_language(&party.names, ui.language))
    };
    let parties = life.parties.iter().map(|party| PartyRow {
        label: party.label.clone(),
        name: name(&party.label).unwrap_or_default(),
        is_us: party.agency == node.me,
        signed: party.signed,
        suspended: party.suspended_since_ms.map(|ms| ui.moment(ms)),
        ended: party.ended_on.map(|day| ui.day(day)),
    });
    let parties: Vec<PartyRow> = parties.collect();
    Ok(Shown::plain(AgreementPage {
        hash: hex::encode(life.agreement),
        title: in_language(&agreement.title, ui.language),
        text: in_language(&agreement.text, ui.language),
        version: ui.number(usize::try_from(agreement.version).unwrap_or_default()),
        state: ui.m(&life.in_words()),
        days: ui.n("days-left", usize::try_from(life.days_left).unwrap_or_default()),
        last_day: ui.day(life.last_day),
        from: ui.day(life.valid_from),
        next: life.next.clone(),
        clauses: agreement.clauses.iter().map(|clause| clause_shown(&ui, clause)).collect(),
        is_signed_by_us: parties.iter().any(|party| party.is_us && party.signed),
        may_sign: caller.check(Scope::AgreementsSign).is_ok(),
        channel: life.channel.map(|channel| channel.to_string()),
        parties,
        ui,
    }))
}

fn clause_shown(ui: &Ui, clause: &Clause) -> ClauseShown {
    let comma = ui.language.comma();
    let mut rows = Vec::new();
    let mut add = |id, text: String| {
        if !text.is_empty() {
            rows.push((ui.t(id), text));
        }
    };
    add(
        "term-approvals",
        clause.approvals.iter().map(|role| ui.m(&words::approval(role.name()))).collect::<Vec<_>>().join(comma),
    );
    let categories = clause.subject_categories.iter().filter_map(|category| serde_json::to_value(category).ok());
    let categories: Vec<String> = categories
        .map(|word| ui.m(&words::header_word("subject_category", word.as_str().unwrap_or_default())))
        .collect();
    add("term-persons", if categories.is_empty() { ui.t("term-no-persons") } else { categories.join(comma) });
    add(
        "term-handling",
        clause
            .handling
            .iter()
            .map(|code| ui.m(&words::header_meaning("handling", &format!("{code:?}"))))
            .collect::<Vec<_>>()
            .join(comma),
    );
    add("term-retention", ui.n("days", usize::try_from(clause.retention_days_max).unwrap_or_default()));
    add(
        "term-onward",
        ui.t(match clause.onward {
            Onward::None => "onward-none",
            Onward::WithConsent => "onward-with_consent",
        }),
    );
    add("term-offences", clause.offences.join(comma));
    if let Some(most) = clause.records_per_day_max {
        add("term-records-a-day", ui.number(usize::try_from(most).unwrap_or_default()));
    }
    let limits = clause
        .limits
        .iter()
        .map(|(name, minutes)| format!("{}: {}", ui.m(&words::limit(name)), minutes_shown(ui, u64::from(minutes))));
    add("term-limits", limits.collect::<Vec<_>>().join(comma));
    ClauseShown {
        id: clause.id.clone(),
        purpose: ui.m(&words::purpose(&clause.purpose)),
        texts: clause
            .text
            .iter()
            .map(|(tag, text)| {
                let is_rtl = texts::Language::of_tag(tag)
                    .is_some_and(|language| language.direction() == texts::Direction::RightToLeft);
                (tag.clone(), if is_rtl { "rtl" } else { "ltr" }, text.clone())
            })
            .collect(),
        kinds: clause.kinds.iter().map(|kind| ui.m(&words::kind_named(kind))).collect(),
        authors: clause.authors.join(comma),
        rows,
    }
}

/// Minutes as people say them.
fn minutes_shown(ui: &Ui, minutes: u64) -> String {
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    match minutes {
        0 => ui.t("at-once"),
        minutes if minutes % 1440 == 0 => ui.n("days", count(minutes / 1440)),
        minutes if minutes % 60 == 0 => ui.n("hours", count(minutes / 60)),
        minutes => ui.n("minutes", count(minutes)),
    }
}

/// Signs for the agency.
pub async fn sign(State(node): State<Node>, Path(hash): Path<String>) -> Result<Then, Failed> {
    let parsed = parse_hash(&hash).map_err(|_| Fault::usage(say!("cursor-form")).in_field("agreement"))?;
    blocking(move || agreements::sign(&node.agreements, &parsed)).await?;
    Ok(Then::to(format!("/agreements/{hash}")))
}

/// Hands it to the other parties.
pub async fn offer(State(node): State<Node>, Path(hash): Path<String>) -> Result<Then, Failed> {
    let parsed = parse_hash(&hash).map_err(|_| Fault::usage(say!("cursor-form")).in_field("agreement"))?;
    agreements::offer(&node.agreements, &parsed).await?;
    Ok(Then::to(format!("/agreements/{hash}")))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Agreements { ui, rows });
    sample!(AgreementRow { href, title, parties, version, from, until, state });
    sample!(AgreementPage {
        ui,
        hash,
        title,
        text,
        version,
        state,
        days,
        last_day,
        from,
        next,
        parties,
        clauses,
        may_sign,
        is_signed_by_us,
        channel
    });
    sample!(PartyRow { label, name, is_us, signed, suspended, ended });
    sample!(ClauseShown { id, purpose, texts, kinds, authors, rows });
}
