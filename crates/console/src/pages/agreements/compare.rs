//! Two versions side by side: clause by clause, word by word, in each language of the texts.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use doors::{form::Query, problem::Failed, route::Param};
use node::{
    agreements::life::{self, Life},
    fault::Fault,
    node::Node,
    work::blocking,
};
use serde::Deserialize;

use super::{
    named, path,
    terms::{Part, Written, parts, written},
    version,
};
use crate::{
    diff::{Change, Piece, pieces},
    page::{Shown, page},
    party::in_language,
    ui::Ui,
};

/// Query of the page.
pub const OF: &[Param] = &[
    Param::new("old", "string", "The earlier version").required(),
    Param::new("new", "string", "The later one").required(),
];

/// The same as a type.
#[derive(Debug, Deserialize)]
pub struct Of {
    old: String,
    new: String,
}

/// What differs between two versions.
#[derive(Template)]
#[template(path = "agreement_compare.html")]
pub struct Compare {
    ui: Ui,
    old: Side,
    new: Side,
    parts: Vec<PartCompared>,
}

page!(Compare);

/// One of the two.
struct Side {
    href: String,
    title: String,
    version: String,
    state: String,
}

/// A clause, or what holds for all of them.
struct PartCompared {
    id: String,
    name: String,
    /// What became of the part as a whole.
    change: Change,
    /// What differs in it: its label, language and direction, and the stretches.
    rows: Vec<Row>,
}

struct Row {
    label: String,
    lang: String,
    dir: &'static str,
    pieces: Vec<Piece>,
}

/// Compares them.
pub async fn compare(State(node): State<Node>, ui: Ui, Query(of): Query<Of>) -> Result<Shown<Compare>, Failed> {
    let (old, new) = (named(&of.old)?, named(&of.new)?);
    let page = blocking(move || {
        let (old, new) = (life::show(&node.agreements, &old)?, life::show(&node.agreements, &new)?);
        Ok::<_, Fault>(Compare { old: side(&ui, &old), new: side(&ui, &new), parts: compared(&ui, &old, &new), ui })
    });
    Ok(Shown::plain(page.await?))
}

fn side(ui: &Ui, life: &Life) -> Side {
    Side {
        href: path(&life.agreement),
        title: in_language(&life.agreement_json.title, ui.language),
        version: version(ui, life.version),
        state: ui.m(&life.in_words()),
    }
}

/// Every part of both, in the order of the later one; what only the earlier one has comes last.
fn compared(ui: &Ui, old: &Life, new: &Life) -> Vec<PartCompared> {
    let (before, after) = (parts(ui, &old.agreement_json), parts(ui, &new.agreement_json));
    let of = |parts: &[Part], id: &str| parts.iter().position(|part| part.id == id);
    let kept = after.iter().map(|part| (of(&before, &part.id).and_then(|place| before.get(place)), Some(part)));
    let gone = before.iter().filter(|part| of(&after, &part.id).is_none()).map(|part| (Some(part), None));
    let mut compared: Vec<PartCompared> = kept.chain(gone).map(|(old, new)| part_compared(ui, old, new)).collect();
    if let Some(whole) = compared.first_mut() {
        let titles = [old, new].map(|life| written(&life.agreement_json.title));
        let [before, after] = &titles;
        whole.rows.splice(0..0, texts_compared(&ui.t("term-title"), before, after));
    }
    compared
}

fn part_compared(ui: &Ui, old: Option<&Part>, new: Option<&Part>) -> PartCompared {
    let terms = |part: Option<&Part>| {
        part.map_or_else(BTreeMap::new, |part| {
            part.terms.iter().map(|term| (term.label.clone(), term.text.clone())).collect()
        })
    };
    let (before, after) = (terms(old), terms(new));
    let shown = new.or(old);
    let labels = shown.into_iter().flat_map(|part| &part.terms).map(|term| &term.label);
    let said = |terms: &BTreeMap<String, String>, label: &String| terms.get(label).cloned().unwrap_or_default();
    let rows = labels.filter_map(|label| {
        let (before, after) = (said(&before, label), said(&after, label));
        let words = || Row::new(label, (ui.language.tag(), ui.dir()), pieces(&before, &after));
        (before != after).then(words)
    });
    let texts = |part: Option<&'_ Part>| part.map_or(&[][..], |part| &part.texts).to_vec();
    let texts = texts_compared(&ui.t("term-text"), &texts(old), &texts(new));
    PartCompared {
        id: shown.map(|part| part.id.clone()).unwrap_or_default(),
        name: shown.map(|part| part.name.clone()).unwrap_or_default(),
        change: match (old.is_some(), new.is_some()) {
            (false, true) => Change::Added,
            (true, false) => Change::Removed,
            _ => Change::Same,
        },
        rows: rows.chain(texts).collect(),
    }
}

/// The texts that differ, language by language.
fn texts_compared(label: &str, old: &[Written], new: &[Written]) -> Vec<Row> {
    let said = |texts: &[Written], tag: &str| {
        texts.iter().find(|text| text.tag == tag).map(|text| text.text.clone()).unwrap_or_default()
    };
    let tags: BTreeMap<&str, &'static str> = old.iter().chain(new).map(|text| (text.tag.as_str(), text.dir)).collect();
    let differing = tags.into_iter().filter_map(|(tag, dir)| {
        let (before, after) = (said(old, tag), said(new, tag));
        (before != after).then(|| Row::new(label, (tag, dir), pieces(&before, &after)))
    });
    differing.collect()
}

impl Row {
    fn new(label: &str, (lang, dir): (&str, &'static str), pieces: Vec<Piece>) -> Self {
        Self { label: label.to_owned(), lang: lang.to_owned(), dir, pieces }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Compare { ui, old, new, parts });
    sample!(Side { href, title, version, state });
    sample!(PartCompared { id, name, change, rows });
    sample!(Row { label, lang, dir, pieces });
}

#[cfg(test)]
mod tests {
    use protocol::{agreement::Agreement, id::AgencyId, text::Texts};
    use texts::Language;

    use super::*;

    const EXAMPLE: &str = include_str!("../../../../../docs/howto/agreement.toml");

    fn agreement(text: &str) -> Agreement {
        let known = [("XAA", 1), ("XAB", 2)].map(|(country, id)| node::agreements::Known {
            agency: AgencyId::new([id; 32]),
            country: country.to_owned(),
            names: Texts::from([("en".into(), format!("Agency of {country} (made up)"))]),
        });
        node::agreements::render(text, &known, None).unwrap()
    }

    #[test]
    fn every_sentence_is_whole_in_every_language() {
        let agreement = agreement(EXAMPLE);
        for language in Language::ALL {
            let ui = Ui::sample(*language);
            for part in parts(&ui, &agreement) {
                for term in part.terms {
                    let words = format!("{}: {}", term.label, term.text);
                    assert!(!words.contains("{ $") && !words.contains("{$"), "{} {words}", language.tag());
                    assert!(!words.contains("U+20"), "{} {words}: a text in a text is a message", language.tag());
                    assert!(!words.contains("sentence-") && !words.contains("term-"), "{} {words}", language.tag());
                }
            }
        }
    }

    #[test]
    fn what_changed_in_a_clause_shows_there_and_nowhere_else() {
        let before = parts(&Ui::sample(Language::En), &agreement(EXAMPLE));
        let changed = EXAMPLE.replacen("retention_days_max = 365", "retention_days_max = 30", 1).replacen(
            "writes it",
            "wrote it",
            1,
        );
        let ui = Ui::sample(Language::En);
        let after = parts(&ui, &agreement(&changed));
        for (old, new) in before.iter().zip(&after) {
            let shown = part_compared(&ui, Some(old), Some(new));
            let expected = if shown.id == "c2" { 2 } else { 0 };
            assert_eq!(shown.rows.len(), expected, "{}", shown.id);
            assert_eq!(shown.change, Change::Same);
        }
        let gone = part_compared(&ui, before.last(), None);
        assert_eq!(gone.change, Change::Removed);
        assert!(gone.rows.iter().all(|row| row.pieces.iter().all(|piece| piece.change == Change::Removed)));
    }
}
