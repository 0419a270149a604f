//! `mithaq auditor report`: an exported audit log in words, or as a table for a spreadsheet.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use doors::router::routes;
use node::{answers::people::PersonList, people::Person};
use protocol::{date::Date, fingerprint::Fingerprint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use texts::say;

use crate::{audit_file, commands::time_to_the_second, failure::Failure, limits, output};

/// What is reported, and from what.
#[derive(clap::Args)]
pub struct Args {
    /// The exported file. It is checked first, as `mithaq auditor verify` does.
    file: PathBuf,
    /// The auditor's public file. Repeat for more.
    #[arg(long, value_name = "FILE", required = true)]
    auditor: Vec<PathBuf>,
    /// The agency's fingerprint.
    #[arg(long)]
    fingerprint: Fingerprint,
    /// Only from this day on, in UTC.
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Only up to this day.
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// Only what this person did: the id, or the beginning of it.
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// Only what was done with this: a part of a path, a record's reference, a thread, a log.
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,
    /// Call people by their names, from what `mithaq person list --json` printed. The log itself holds no name.
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// Write a table of comma-separated values into this new file instead.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// An entry as the audit log has it (AUDIT-1). What is unknown here stays in the export.
#[derive(Deserialize)]
struct Entry {
    act: String,
    time: u64,
    by: By,
    #[serde(default)]
    route: Option<String>,
    /// Of a batch, the log that grew.
    #[serde(default)]
    origin: Option<String>,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    first: Option<u64>,
    #[serde(default)]
    count: Option<u32>,
    #[serde(default)]
    refused: Vec<Value>,
    #[serde(default)]
    facts: Option<Value>,
    why: String,
    to: String,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    sealed: Option<String>,
}

/// Who acted: one caller, or those who submitted the records of a batch.
#[derive(Deserialize)]
#[serde(untagged)]
enum By {
    One(Caller),
    Several(Vec<Caller>),
}

#[derive(Deserialize)]
struct Caller {
    token: String,
    #[serde(default)]
    person: Option<String>,
    role: String,
}

/// A line of the report.
#[derive(Debug, Serialize)]
struct Line {
    entry: u64,
    time: String,
    who: String,
    did: String,
    about: String,
    why: String,
    to: String,
    outcome: String,
}

/// What the words are made from.
struct Words {
    /// What each route is for, by method and path.
    routes: BTreeMap<String, &'static str>,
    /// Names of people by id.
    people: BTreeMap<String, String>,
}

pub fn run(args: &Args, json: bool) -> Result<(), Failure> {
    let auditors = args.auditor.iter().map(|file| audit_file::auditor(file)).collect::<Result<Vec<_>, _>>()?;
    let found = audit_file::verify(&args.file, &auditors, &args.fingerprint)?;
    found.must_hold()?;
    let people = args.people.as_deref().map(names).transpose()?.unwrap_or_default();
    let words = Words { routes: summaries(), people };
    let ended = ended(&args.file)?;
    let mut lines = Vec::new();
    for line in audit_file::entries(&args.file)? {
        let line = line?;
        let Some(text) = line.entry.as_deref() else { continue };
        let entry: Entry = serde_json::from_str(text)
            .map_err(|error| Failure::usage(say!("entry-unknown-form", index = %line.index, error = %error)))?;
        // The entry of its end says all that the entry of its beginning does.
        if !ended.contains(&line.index) && args.takes(&entry) {
            lines.push(words.line(line.index, &entry));
        }
    }
    if let Some(file) = &args.csv {
        write_csv(file, &lines)?;
        return match json {
            true => output::json(&serde_json::json!({ "file": file, "lines": lines.len() })),
            false => output::say(&say!("report-has-lines", file = %file.display(), lines = lines.len())),
        };
    }
    if json {
        return lines.iter().try_for_each(output::json);
    }
    found.lines().iter().try_for_each(output::say)?;
    lines.iter().try_for_each(|line| output::line_of(&line.in_words()))
}

/// Numbers of entries that a later one ends.
fn ended(file: &Path) -> Result<BTreeSet<u64>, Failure> {
    #[derive(Deserialize)]
    struct End {
        begun: Option<u64>,
    }
    let mut ended = BTreeSet::new();
    for line in audit_file::entries(file)? {
        let end: Option<End> = line?.entry.as_deref().and_then(|text| serde_json::from_str(text).ok());
        ended.extend(end.and_then(|end| end.begun));
    }
    Ok(ended)
}

fn summaries() -> BTreeMap<String, &'static str> {
    let all = routes().into_iter();
    all.map(|route| (format!("{} {}", route.about.method, route.about.path), route.about.summary)).collect()
}

fn names(file: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = output::read_text(file, limits::PEOPLE_FILE_BYTES_MAX)?;
    let PersonList { people } = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(say!("not-people-list", file = %file.display(), error = %error)))?;
    Ok(people.into_iter().map(|Person { id, about, .. }| (id, about.name)).collect())
}

impl By {
    fn all(&self) -> &[Caller] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

impl Args {
    fn takes(&self, entry: &Entry) -> bool {
        let day = Date::from_unix_ms(entry.time);
        let is_of = |named: &String| {
            entry.by.all().iter().any(|by| by.person.as_ref().is_some_and(|person| person.starts_with(named.as_str())))
        };
        let is_about = |text: &String| {
            [&entry.target, &entry.origin].into_iter().flatten().any(|target| target.contains(text.as_str()))
        };
        self.from.is_none_or(|from| day >= Some(from))
            && self.to.is_none_or(|to| day <= Some(to))
            && self.person.as_ref().is_none_or(is_of)
            && self.about.as_ref().is_none_or(is_about)
    }
}

impl Words {
    fn line(&self, number: u64, entry: &Entry) -> Line {
        let mut who: Vec<String> = entry.by.all().iter().map(|by| self.who(by)).collect();
        who.dedup();
        let did = match (&entry.route, entry.act.as_str()) {
            _ if entry.sealed.is_some() => {
                "Acted on the protection register; what, its officer's key alone opens".to_owned()
            }
            (Some(route), "refused") => format!("Turned away: {}", self.summary(route)),
            (Some(route), _) => self.summary(route),
            (None, _) => format!("Records {} to {} of a log", entry.first.unwrap_or_default(), entry.last()),
        };
        let about = entry.target.clone().or_else(|| entry.origin.clone()).unwrap_or_default();
        Line {
            entry: number,
            time: time_to_the_second(entry.time),
            who: who.join("; "),
            did,
            about,
            why: entry.why.clone(),
            to: entry.to.clone(),
            outcome: entry.outcome(),
        }
    }

    fn who(&self, by: &Caller) -> String {
        let named = by.person.as_ref().and_then(|id| self.people.get(id));
        match (named, &by.person) {
            (Some(name), Some(id)) => format!("{name} ({id}), {}", by.role),
            (_, Some(id)) => format!("person {id}, {}", by.role),
            (_, None) if by.token == by.role => by.role.clone(),
            (_, None) => format!("{} {}", by.role, by.token),
        }
    }

    fn summary(&self, route: &str) -> String {
        self.routes.get(route).map_or_else(|| route.to_owned(), |summary| (*summary).to_owned())
    }
}

impl Entry {
    /// The last record of a batch.
    fn last(&self) -> u64 {
        let count = u64::from(self.count.unwrap_or_default());
        self.first.unwrap_or_default().saturating_add(count).saturating_sub(1)
    }

    fn outcome(&self) -> String {
        if let Some(attempts) = self.facts.as_ref().and_then(|facts| facts.get("attempts")) {
            return format!("{attempts} attempts, {}", self.status.unwrap_or_default());
        }
        match self.status {
            Some(status) if (200..300).contains(&status) => "done".to_owned(),
            Some(status) => format!("refused, {status}"),
            None if self.act == "batch" => match self.refused.len() {
                0 => "done".to_owned(),
                refused => format!("done; {refused} refused"),
            },
            None if self.sealed.is_some() => "sealed".to_owned(),
            None => "begun; no end is written".to_owned(),
        }
    }
}

impl Line {
    fn in_words(&self) -> String {
        let Self { entry, time, who, did, about, why, to, outcome } = self;
        let to = if to == node::audit::CALLER { String::new() } else { format!(", to {to}") };
        format!("{entry}  {time}  {who}: {did}: {about}, for {why}{to}: {outcome}")
    }
}

/// A spreadsheet takes a cell that begins so for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn write_csv(file: &Path, lines: &[Line]) -> Result<(), Failure> {
    let failed = |error: csv::Error| Failure::storage(say!("file-unwritable", file = %file.display(), error = %error));
    let mut table = csv::Writer::from_writer(output::create_new(file)?);
    table.write_record(["entry", "time", "who", "did", "about", "why", "to", "outcome"]).map_err(failed)?;
    for Line { entry, time, who, did, about, why, to, outcome } in lines {
        let entry = entry.to_string();
        let cells = [&entry, time, who, did, about, why, to, outcome];
        let harmless = cells.map(|cell| if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.clone() });
        table.write_record(harmless).map_err(failed)?;
    }
    table.flush().map_err(|error| Failure::writing(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(entry: &str) -> String {
        let people = BTreeMap::from([("7b21c0de".to_owned(), "Made Up".to_owned())]);
        let words = Words { routes: summaries(), people };
        words.line(7, &serde_json::from_str(entry).unwrap()).in_words()
    }

    #[test]
    fn an_entry_says_who_did_what_why_and_how_it_ended() {
        let read = r#"{"act":"records:read","time":1764496800000,"by":{"token":"t1","person":"7b21c0de","role":"case_officer"},
            "route":"GET /v1/search","target":"/v1/search","why":"support_investigation","to":"caller","status":200}"#;
        let said = line(read);
        assert!(said.starts_with("7  2025-11-30T10:00:00Z  Made Up (7b21c0de), case_officer: "), "{said}");
        assert!(said.ends_with(": /v1/search, for support_investigation: done"), "{said}");
        assert!(!said.contains("GET /v1/search"), "the route's own words stand there: {said}");
        let refused = read.replace("\"records:read\"", "\"refused\"").replace("200", "403");
        let refused = refused.replace("\"status\"", "\"facts\":{\"attempts\":12},\"status\"");
        assert!(line(&refused).contains("Turned away: ") && line(&refused).ends_with("12 attempts, 403"));
        assert!(line(&read.replace(",\"status\":200", "")).ends_with("begun; no end is written"));
    }

    #[test]
    fn a_batch_and_an_act_of_protection_are_told_as_far_as_they_may_be() {
        let batch = r#"{"act":"batch","origin":"c/a/1/main","first":3,"count":2,"time":1764496800000,"refused":[{"index":4}],
            "local":"00","by":[{"from":3,"token":"t1","role":"case_officer"}],"why":"register","to":"b"}"#;
        let said = line(batch);
        assert!(said.contains("Records 3 to 4 of a log: c/a/1/main, for register, to b: done; 1 refused"), "{said}");
        let sealed = r#"{"act":"protection:write","time":1764496800000,"by":{"token":"t2","role":"protection_officer"},
            "route":"/v1/protection","target":"/v1/protection","why":"oversight","to":"caller","sealed":"AAAA"}"#;
        assert!(line(sealed).ends_with("oversight: sealed"), "{}", line(sealed));
    }

    #[test]
    fn no_cell_is_a_formula() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let cell = |text: &str| text.to_owned();
        let line = Line {
            entry: 1,
            time: cell("t"),
            who: cell("@who"),
            did: cell("a \"b\", c"),
            about: cell("-1"),
            why: cell("w"),
            to: cell("=HYPERLINK(\"http://x\")"),
            outcome: cell("done"),
        };
        write_csv(&file, &[line]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let row = text.lines().nth(1).unwrap();
        assert_eq!(row, r#"1,t,'@who,"a ""b"", c",'-1,w,"'=HYPERLINK(""http://x"")",done"#);
        assert!(write_csv(&file, &[]).is_err(), "nothing is overwritten");
    }
}
