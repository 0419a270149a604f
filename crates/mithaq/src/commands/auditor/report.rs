//! `mithaq auditor report`: an exported audit log in words, or as a table for a spreadsheet.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use desks::wording;
use doors::router::routes;
use node::{answers::people::PersonList, people::Person};
use protocol::{date::Date, fingerprint::Fingerprint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use texts::{Language, Message, say, shown};

use crate::{
    audit_file,
    commands::time_to_the_second,
    failure::{Failure, language},
    limits, output,
};

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

/// A line of the report. Programs get it in English, with roles and purposes as the log has them.
#[derive(Debug, Serialize)]
struct Line {
    entry: u64,
    time: String,
    who: Message,
    did: Message,
    about: String,
    why: Message,
    to: String,
    outcome: Message,
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
        write_csv(file, &lines, if json { Language::En } else { language() })?;
        return match json {
            true => output::json(&serde_json::json!({ "file": file, "lines": lines.len() })),
            false => output::say(&say!("report-has-lines", file = %file.display(), lines = lines.len())),
        };
    }
    if json {
        return lines.iter().try_for_each(output::json);
    }
    found.lines().iter().try_for_each(output::say)?;
    lines.iter().try_for_each(|line| output::say(&line.in_words()))
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

/// What each route of the API and each page of the console is for.
fn summaries() -> BTreeMap<String, &'static str> {
    let all = routes().into_iter().chain(console::routes());
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
        let mut who: Vec<Message> = entry.by.all().iter().map(|by| self.who(by)).collect();
        who.dedup();
        let who = who.into_iter().reduce(|one, other| say!("report-who-and", one = one, other = other));
        let did = match (&entry.route, entry.act.as_str()) {
            _ if entry.sealed.is_some() => say!("report-on-register"),
            (Some(route), "refused") => say!("report-turned-away", what = self.summary(route)),
            (Some(route), _) => self.summary(route),
            (None, _) => say!("report-batch", first = %entry.first.unwrap_or_default(), last = %entry.last()),
        };
        let about = entry.target.clone().or_else(|| entry.origin.clone()).unwrap_or_default();
        Line {
            entry: number,
            time: time_to_the_second(entry.time),
            who: who.unwrap_or_else(|| Message::as_worded("")),
            did,
            about,
            why: why(&entry.why),
            to: entry.to.clone(),
            outcome: entry.outcome(),
        }
    }

    fn who(&self, by: &Caller) -> Message {
        let role = role(&by.role);
        let named = by.person.as_ref().and_then(|id| self.people.get(id));
        match (named, &by.person) {
            (Some(name), Some(id)) => say!("report-who-named", name = name, id = id, role = role),
            (_, Some(id)) => say!("report-who-person", id = id, role = role),
            (_, None) if by.token == by.role => role,
            (_, None) if by.token == SOCKET => {
                let token = say!("report-socket");
                say!("report-who-token", role = role, token = token)
            }
            (_, None) => say!("report-who-token", role = role, token = &by.token),
        }
    }

    fn summary(&self, route: &str) -> Message {
        let known = self.routes.get(route).copied();
        known.and_then(what_for).unwrap_or_else(|| Message::as_worded(known.unwrap_or(route)))
    }
}

/// What a route is for, of what it says in English.
fn what_for(summary: &str) -> Option<Message> {
    let words: Vec<&str> =
        summary.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    Message::of_family("route", &words.join("-"))
}

/// Who shows no token.
const SOCKET: &str = "socket";

/// What it was for, in English as the log has it: purposes, what the log itself was read for, or what needs no purpose.
fn why(text: &str) -> Message {
    let one = |word: &str| match word {
        "administration of the node" => say!("report-why-node"),
        "the agreement" => say!("report-why-agreement"),
        "every purpose: no token was issued yet" => say!("report-why-every"),
        "none stated" => say!("report-why-none"),
        "lawfulness" => say!("report-why-lawfulness"),
        "self_monitoring" => say!("report-why-self-monitoring"),
        "integrity" => say!("report-why-integrity"),
        "proceedings" => say!("report-why-proceedings"),
        word => wording::purpose(word),
    };
    let all: Vec<Message> = text.split(", ").map(one).collect();
    match &all[..] {
        [only] => only.clone(),
        _ => say!("report-why-all", purposes = all),
    }
    .worded(text)
}

/// A role as readers call it; in English as the log has it.
fn role(name: &str) -> Message {
    match name {
        SOCKET => say!("report-socket"),
        name => wording::role(name).worded(name),
    }
}

impl Entry {
    /// The last record of a batch.
    fn last(&self) -> u64 {
        let count = u64::from(self.count.unwrap_or_default());
        self.first.unwrap_or_default().saturating_add(count).saturating_sub(1)
    }

    fn outcome(&self) -> Message {
        if let Some(attempts) = self.facts.as_ref().and_then(|facts| facts.get("attempts")) {
            return say!("report-attempts", attempts = %attempts, status = %self.status.unwrap_or_default());
        }
        match self.status {
            Some(status) if (200..300).contains(&status) => say!("report-done"),
            Some(status) => say!("report-refused", status = %status),
            None if self.act == "batch" => match self.refused.len() {
                0 => say!("report-done"),
                refused => say!("report-done-refused", refused = refused),
            },
            None if self.sealed.is_some() => say!("report-sealed"),
            None => say!("report-begun"),
        }
    }
}

impl Line {
    fn in_words(&self) -> Message {
        let Self { entry, time, who, did, about, why, to, outcome } = self;
        let (who, did, why, outcome) = (who.clone(), did.clone(), why.clone(), outcome.clone());
        match to.as_str() {
            node::audit::CALLER => {
                say!("report-line", entry = %entry, time = time, who = who, did = did, about = about, why = why, outcome = outcome)
            }
            to => {
                say!(
                    "report-line-to",
                    entry = %entry,
                    time = time,
                    who = who,
                    did = did,
                    about = about,
                    why = why,
                    to = to,
                    outcome = outcome,
                )
            }
        }
    }
}

/// A spreadsheet takes a cell that begins so for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes the table in the language of whoever opens it.
fn write_csv(file: &Path, lines: &[Line], language: Language) -> Result<(), Failure> {
    let failed = |error: csv::Error| Failure::storage(say!("file-unwritable", file = %file.display(), error = %error));
    let mut table = csv::Writer::from_writer(output::create_new(file)?);
    let said = |message: &Message| match language {
        Language::En => message.to_string(),
        // A cell is a place of its own: nothing stands beside it that it could turn.
        _ => message.in_language(language).chars().filter(|c| !shown::is_isolation(*c)).collect(),
    };
    let heads = [
        say!("report-head-entry"),
        say!("head-time"),
        say!("report-head-who"),
        say!("report-head-did"),
        say!("report-head-about"),
        say!("report-head-why"),
        say!("report-head-to"),
        say!("report-head-outcome"),
    ];
    table.write_record(heads.iter().map(said)).map_err(failed)?;
    for Line { entry, time, who, did, about, why, to, outcome } in lines {
        let (time, about, to) = (time.clone(), about.clone(), to.clone());
        let cells = [entry.to_string(), time, said(who), said(did), about, said(why), to, said(outcome)];
        let harmless = cells.map(|cell| if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell });
        table.write_record(harmless).map_err(failed)?;
    }
    table.flush().map_err(|error| Failure::writing(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(entry: &str) -> Message {
        let people = BTreeMap::from([("7b21c0de".to_owned(), "Made Up".to_owned())]);
        let words = Words { routes: summaries(), people };
        words.line(7, &serde_json::from_str(entry).unwrap()).in_words()
    }

    fn line(entry: &str) -> String {
        message(entry).to_string()
    }

    fn in_arabic(entry: &str) -> String {
        message(entry).in_language(Language::Ar).chars().filter(|c| !shown::is_isolation(*c)).collect()
    }

    #[test]
    fn what_every_route_is_for_is_said_in_every_language_and_in_english_as_the_route_says_it() {
        for (route, summary) in summaries() {
            let message = what_for(summary).unwrap_or_else(|| panic!("{route} has no text"));
            assert_eq!(message.to_string(), summary, "{route}");
        }
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
        assert_eq!(
            in_arabic(&refused),
            "7  2025-11-30T10:00:00Z  Made Up (7b21c0de)، الموظف المكلَّف بالقضية: رُدّ الطلب: البحث في السجلات بالكلمات: \
             /v1/search، لغرض دعم تحقيق: عدد المحاولات 12، 403"
        );
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
        let said = |text: &str| Message::as_worded(text);
        let line = Line {
            entry: 1,
            time: cell("t"),
            who: said("@who"),
            did: said("a \"b\", c"),
            about: cell("-1"),
            why: said("w"),
            to: cell("=HYPERLINK(\"http://x\")"),
            outcome: say!("report-done"),
        };
        write_csv(&file, &[line], Language::En).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let row = text.lines().nth(1).unwrap();
        assert_eq!(row, r#"1,t,'@who,"a ""b"", c",'-1,w,"'=HYPERLINK(""http://x"")",done"#);
        assert!(write_csv(&file, &[], Language::En).is_err(), "nothing is overwritten");
    }
}
