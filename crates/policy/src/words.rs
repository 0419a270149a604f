//! What a rule or a clause says: a sentence with its values apart, so that whoever has texts can say it in another language.

use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::facts::Facts;
use crate::limits::{MONTH_PERSONS_MAX, RECORD_PERSONS_MAX};

/// A sentence of the floor in English. Names in braces stand for values. A test finds the texts of every one by this word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence(pub &'static str);

/// What is said: a sentence and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The sentence, with names in braces.
    pub sentence: Cow<'static, str>,
    /// What stands for the names.
    pub values: Vec<(&'static str, Given)>,
}

/// A value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// An id, a code, a day or a name.
    Text(String),
    /// A quantity.
    Number(i64),
    /// An enumeration of ids, codes or names; an empty one reads `none`.
    List(Vec<String>),
    /// What a request lacks: `necessity`, `link`, `reason to believe`.
    Lacks(Vec<&'static str>),
}

impl Words {
    pub(crate) fn new(Sentence(sentence): Sentence, values: Vec<(&'static str, Given)>) -> Self {
        Self { sentence: Cow::Borrowed(sentence), values }
    }

    /// A policy's sentence, with what the facts have for its names. A test knows every name.
    pub(crate) fn filled(sentence: &str, facts: &Facts<'_>) -> Self {
        let values = names(sentence).filter_map(|name| value(name, facts)).collect();
        Self { sentence: Cow::Owned(sentence.to_owned()), values }
    }
}

/// In English.
impl Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = &*self.sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            f.write_str(before)?;
            match self.values.iter().find(|(known, _)| *known == name) {
                Some((_, Given::Text(text))) => f.write_str(text)?,
                Some((_, Given::Number(number))) => number.fmt(f)?,
                Some((_, Given::List(items))) if items.is_empty() => f.write_str("none")?,
                Some((_, Given::List(items))) => f.write_str(&items.join(", "))?,
                Some((_, Given::Lacks(parts))) => f.write_str(&parts.join(", "))?,
                None => {}
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The names in braces.
pub(crate) fn names(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

fn value(name: &str, facts: &Facts<'_>) -> Option<(&'static str, Given)> {
    use Given::{Lacks, List, Number, Text};
    let (header, agreement, clause) = (facts.header, facts.agreement, facts.clause());
    let days_max = clause.map_or(0, |clause| clause.retention_days_max);
    let names = |names: Vec<&str>| List(names.into_iter().map(str::to_owned).collect());
    Some(match name {
        "clause" => ("clause", Text(header.clause.clone().unwrap_or_default())),
        "clauses" => ("clauses", names(agreement.clauses.iter().map(|clause| clause.id.as_str()).collect())),
        "kind" => ("kind", Text(header.kind.clone())),
        "kinds" => ("kinds", List(clause.map(|clause| clause.kinds.clone()).unwrap_or_default())),
        "author" => ("author", Text(facts.author.to_owned())),
        "authors" => ("authors", List(clause.map(|clause| clause.authors.clone()).unwrap_or_default())),
        "purpose" => ("purpose", Text(clause.map(|clause| clause.purpose.clone()).unwrap_or_default())),
        "offence" => ("offence", Text(header.offence.clone().unwrap_or_default())),
        "offences" => ("offences", List(clause.map(|clause| clause.offences.clone()).unwrap_or_default())),
        "subjects" => {
            let subjects = clause.map(|clause| clause.subject_categories.as_slice()).unwrap_or_default();
            ("subjects", names(subjects.iter().map(|category| category.name()).collect()))
        }
        "handling" => {
            let codes = clause.map(|clause| clause.handling.as_slice()).unwrap_or_default();
            ("handling", names(codes.iter().map(|code| code.name()).collect()))
        }
        "valid_from" => ("valid_from", Text(agreement.valid_from.to_string())),
        "valid_until" => ("valid_until", Text(agreement.valid_until.to_string())),
        "until" => ("until", Text(header.retain_until.map(|until| until.to_string()).unwrap_or_default())),
        "days_max" => ("days_max", Number(days_max.into())),
        "last" => ("last", Text(facts.today.plus_days(days_max).to_string())),
        "persons_max" => ("persons_max", Number(RECORD_PERSONS_MAX.into())),
        "month_persons_max" => ("month_persons_max", Number(MONTH_PERSONS_MAX.into())),
        "month_persons" => ("month_persons", Number(facts.month_persons.into())),
        "request_lacks" => {
            let request = facts.body_facts().request.unwrap_or_default();
            let parts = [
                (request.necessity || header.necessity.is_some(), "necessity"),
                (request.link, "link"),
                (request.reason_to_believe, "reason to believe"),
            ];
            let lacking = parts.iter().filter(|(given, _)| !given).map(|(_, name)| *name);
            ("request_lacks", Lacks(lacking.collect()))
        }
        _ => return None,
    })
}

/// Whether a policy's sentence may have the name.
#[cfg(test)]
pub(crate) fn is_known(name: &str, facts: &Facts<'_>) -> bool {
    value(name, facts).is_some()
}
