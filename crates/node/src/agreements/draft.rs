//! Renders a draft in TOML, which lawyers can read and change, to the agreement that is signed.
//!
//! `docs/howto/agreement.toml` is an example with every field. What a draft leaves out is filled in here, so that the
//! signed text says it.

use std::collections::BTreeMap;

use protocol::{
    agreement::{
        self, Agreement, AgreementError, AgreementFormat, ApprovalRole, Caps, Clause, Deadlines, Lanes, NamedAuditor,
        Onward, Party, UrgentLane,
    },
    card::CardChain,
    date::Date,
    fingerprint::Fingerprint,
    header::{Handling, SubjectCategory},
    id::{AgencyId, Hash, parse_hash},
    limits::RETENTION_DAYS_MAX,
    text::Texts,
};
use serde::{Deserialize, Deserializer, de};
use toml::value::Datetime;

use crate::located::{self, Fault};

/// What arrives more than a month after the end is quarantined, if the draft says nothing else.
const LATE_DAYS_DEFAULT: u32 = 30;

/// How a party names this agency itself in a draft.
const SELF: &str = "self";

/// An agency that a draft may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub agency: AgencyId,
    /// Its country.
    pub country: String,
    /// Its names by language.
    pub names: Texts,
}

impl Known {
    /// What a card says of its agency.
    pub fn new(cards: &CardChain) -> Self {
        let card = cards.current();
        Self { agency: *cards.agency(), country: card.country.clone(), names: card.names.clone() }
    }
}

/// Which version a draft follows, whatever it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follows {
    /// The draft's own number.
    pub version: u32,
    /// The version before.
    pub previous: Hash,
}

/// Renders a draft. `known` holds this agency first, then those whose cards are held.
///
/// # Errors
/// Every fault that can be told at once, each with its line and field.
pub fn render(text: &str, known: &[Known], follows: Option<Follows>) -> Result<Agreement, Vec<Fault>> {
    let draft: Draft = located::parse(text).map_err(|fault| vec![fault])?;
    let mut faults = Vec::new();
    let mut parties = Vec::new();
    for (number, party) in draft.party.into_iter().enumerate() {
        match party.render(known) {
            Ok(party) => parties.push(party),
            Err((member, problem)) => faults.push(located::fault(text, &format!("party[{number}].{member}"), problem)),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut head = draft.agreement;
    if let Some(Follows { version, previous }) = follows {
        (head.version, head.previous) = (version, Some(previous));
    }
    let agreement = Agreement {
        mithaq: AgreementFormat::V1,
        version: head.version,
        previous: head.previous,
        title: trimmed(head.title),
        text: trimmed(head.text),
        parties,
        valid_from: head.valid_from,
        valid_until: head.valid_until,
        late_days: head.late_days,
        termination_notice_days: head.termination_notice_days,
        lanes: Some(Lanes { urgent: head.lanes.urgent.render() }),
        caps: head.caps,
        auditors: draft.auditor,
        clauses: draft.clause.into_iter().map(ClauseDraft::render).collect(),
    };
    match agreement.check().and_then(|()| check_limits(&agreement)) {
        Ok(()) => Ok(agreement),
        Err(AgreementError::Faults(found)) => {
            Err(found.into_iter().map(|fault| located::fault(text, &toml_path(&fault.field), fault.problem)).collect())
        }
        Err(other) => Err(vec![located::fault(text, "agreement", other.to_string())]),
    }
}

/// A time limit under a name that no desk reads limits nothing: what is drafted names none.
pub(super) fn check_limits(agreement: &Agreement) -> Result<(), AgreementError> {
    let known: Vec<&str> = desks::kinds::limits().collect();
    let mut faults = Vec::new();
    for (clause, number) in agreement.clauses.iter().zip(0..) {
        for (name, _) in clause.limits.iter().filter(|(name, _)| !known.contains(name)) {
            let problem = format!("no desk has a time limit of this name: write one of {}", known.join(", "));
            faults.push(agreement::Fault { field: format!("clauses[{number}].limits.{name}"), problem });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(AgreementError::Faults(faults)) }
}

/// The path in the draft of a field of the agreement.
fn toml_path(field: &str) -> String {
    for (rendered, drafted) in [("parties", "party"), ("auditors", "auditor"), ("clauses", "clause")] {
        if let Some(rest) = field.strip_prefix(rendered) {
            return format!("{drafted}{rest}");
        }
    }
    format!("agreement.{field}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    agreement: Head,
    #[serde(default)]
    party: Vec<PartyDraft>,
    #[serde(default)]
    auditor: Vec<NamedAuditor>,
    #[serde(default)]
    clause: Vec<ClauseDraft>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    #[serde(default = "first_version")]
    version: u32,
    #[serde(default, deserialize_with = "hash")]
    previous: Option<Hash>,
    title: Texts,
    text: Texts,
    #[serde(deserialize_with = "day")]
    valid_from: Date,
    #[serde(deserialize_with = "day")]
    valid_until: Date,
    #[serde(default = "late_days")]
    late_days: u32,
    termination_notice_days: Option<u32>,
    #[serde(default)]
    lanes: LanesDraft,
    caps: Option<Caps>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LanesDraft {
    #[serde(default)]
    urgent: UrgentDraft,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct UrgentDraft {
    records_per_hour_max: Option<u32>,
    record_bytes_max: Option<u32>,
}

impl UrgentDraft {
    fn render(&self) -> UrgentLane {
        let default = UrgentLane::default();
        UrgentLane {
            records_per_hour_max: self.records_per_hour_max.unwrap_or(default.records_per_hour_max),
            record_bytes_max: self.record_bytes_max.unwrap_or(default.record_bytes_max),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyDraft {
    label: String,
    agency: Option<String>,
    names: Option<Texts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseDraft {
    id: String,
    purpose: String,
    kinds: Vec<String>,
    authors: Vec<String>,
    #[serde(default)]
    offences: Vec<String>,
    #[serde(default)]
    subject_categories: Vec<SubjectCategory>,
    #[serde(default = "handling")]
    handling: Vec<Handling>,
    deadlines: Option<Deadlines>,
    /// By desk and word: `hotline.acknowledge = 15`.
    #[serde(default)]
    limits: BTreeMap<String, BTreeMap<String, u32>>,
    #[serde(default = "retention_days")]
    retention_days_max: u32,
    #[serde(default = "onward")]
    onward: Onward,
    #[serde(default)]
    approvals: Vec<ApprovalRole>,
    records_per_day_max: Option<u32>,
    text: Texts,
}

const fn first_version() -> u32 {
    1
}

const fn late_days() -> u32 {
    LATE_DAYS_DEFAULT
}

/// HAN-01: not in court and not passed on without the provider's permission.
fn handling() -> Vec<Handling> {
    vec![Handling::H1, Handling::H2]
}

/// RET-01: as long as the floor allows.
const fn retention_days() -> u32 {
    RETENTION_DAYS_MAX
}

/// Nothing is passed on unless the agreement says so.
const fn onward() -> Onward {
    Onward::None
}

impl PartyDraft {
    /// The party, or which member is wrong and why.
    fn render(self, known: &[Known]) -> Result<Party, (&'static str, String)> {
        let wanted = self.agency.as_deref().unwrap_or(&self.label);
        let found = find(wanted, known).map_err(|problem| ("agency", problem))?;
        let names = self.names.map_or_else(|| found.names.clone(), trimmed);
        Ok(Party { agency: found.agency, label: self.label, names })
    }
}

/// The one agency that is meant: `self`, an id, a fingerprint, a country or a name.
fn find<'a>(wanted: &str, known: &'a [Known]) -> Result<&'a Known, String> {
    if let Some(own) = known.first().filter(|_| wanted == SELF) {
        return Ok(own);
    }
    let id = wanted.parse::<AgencyId>().ok();
    let fingerprint = wanted.parse::<Fingerprint>().ok();
    let is_meant = |agency: &&Known| {
        id == Some(agency.agency)
            || fingerprint == Some(Fingerprint::of(&agency.agency))
            || agency.country == wanted
            || agency.names.values().any(|name| name == wanted)
    };
    let mut meant = known.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(agency), None) => Ok(agency),
        (Some(_), Some(_)) => {
            Err(format!("{wanted:?} fits several agencies whose cards are held: write the one's id or fingerprint"))
        }
        (None, _) => Err(format!(
            "no card of {wanted:?} is held: write \"{SELF}\" for this agency, or the id, fingerprint, country or name of \
             an agency whose card was added"
        )),
    }
}

impl ClauseDraft {
    fn render(mut self) -> Clause {
        // The order of a list of codes means nothing to a reader; the signed form has one.
        self.handling.sort();
        self.approvals.sort();
        let of_desk = |(desk, words): (String, BTreeMap<String, u32>)| {
            words.into_iter().map(move |(word, minutes)| (format!("{desk}.{word}"), minutes))
        };
        let limits = self.limits.into_iter().flat_map(of_desk);
        Clause {
            id: self.id,
            purpose: self.purpose,
            kinds: self.kinds,
            authors: self.authors,
            offences: self.offences,
            subject_categories: self.subject_categories,
            handling: self.handling,
            deadlines: self.deadlines,
            retention_days_max: self.retention_days_max,
            onward: self.onward,
            approvals: self.approvals,
            records_per_day_max: self.records_per_day_max,
            limits: limits.collect(),
            text: trimmed(self.text),
        }
    }
}

/// Texts without the line breaks that multi-line strings of TOML begin and end with.
fn trimmed(texts: Texts) -> Texts {
    texts.into_iter().map(|(language, text)| (language, text.trim().to_owned())).collect()
}

fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_hash(&text).map(Some).map_err(de::Error::custom)
}

/// A day, with or without quotation marks.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Day {
        Bare(Datetime),
        Quoted(String),
    }
    let text = match Day::deserialize(deserializer) {
        Ok(Day::Bare(day)) => day.to_string(),
        Ok(Day::Quoted(text)) => text,
        Err(_) => String::new(),
    };
    text.parse().map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use protocol::suite::{KeyRole, Signer as _, SoftwareKeys};

    use super::*;

    const EXAMPLE: &str = include_str!("../../../../docs/howto/agreement.toml");

    fn known() -> Vec<Known> {
        let agency = |id: u8, country: &str| Known {
            agency: AgencyId::new([id; 32]),
            country: country.into(),
            names: Texts::from([("en".into(), format!("Police of {country}"))]),
        };
        vec![agency(1, "XAA"), agency(2, "XAB"), agency(3, "XAC"), agency(4, "XAC")]
    }

    fn faults(from: &str, to: &str) -> Vec<String> {
        assert!(EXAMPLE.contains(from), "{from}");
        render(&EXAMPLE.replacen(from, to, 1), &known(), None).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_example_renders() {
        let agreement = render(EXAMPLE, &known(), None).unwrap();
        assert_eq!(agreement.parties.iter().map(|party| party.agency.bytes()[0]).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(Agreement::parse(&agreement.encode()).unwrap(), agreement);
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        // The signed text says what holds, so that nobody has to know this program's defaults.
        let least = r#"
            [agreement]
            title.en = "t"
            text.en = "t"
            valid_from = "2027-01-01"
            valid_until = 2027-12-31
            [[party]]
            label = "XAA"
            [[party]]
            label = "B"
            agency = "Police of XAB"
            [[clause]]
            id = "c1"
            purpose = "register"
            kinds = ["register.readout/1"]
            authors = ["XAA"]
            text.en = "t"
        "#;
        let agreement = render(&least.replace("\"B\"", "\"BB\""), &known(), None).unwrap();
        let clause = &agreement.clauses[0];
        assert_eq!(clause.handling, [Handling::H1, Handling::H2]);
        assert_eq!((clause.retention_days_max, clause.onward, agreement.late_days), (1825, Onward::None, 30));
        assert_eq!(agreement.parties[1].names["en"], "Police of XAB");
        assert_eq!(agreement.parties[1].agency, AgencyId::new([2; 32]));
    }

    #[test]
    fn time_limits_are_written_by_desk_and_word() {
        let limits =
            "limits.requests.acknowledge = 15\nlimits.requests.answer_urgent = 480\nauthors = [\"XAA\", \"XAB\"]";
        let draft = EXAMPLE.replacen("authors = [\"XAA\", \"XAB\"]", limits, 1);
        let agreement = render(&draft, &known(), None).unwrap();
        let clause = &agreement.clauses[0];
        assert_eq!(
            clause.limits,
            [("requests.acknowledge", 15), ("requests.answer_urgent", 480)].into_iter().collect()
        );
        assert_eq!(clause.deadlines, None);
        let found = faults("authors = [\"XAA\", \"XAB\"]", &limits.replace("15", "0"));
        assert!(found[0].contains("field clause[0].limits.requests.acknowledge: 1 to 527040 minutes"), "{found:?}");
        let hours = limits.replacen("authors", "deadlines.answer_hours = 1\nauthors", 1);
        let found = faults("authors = [\"XAA\", \"XAB\"]", &hours);
        assert!(found[0].contains("a clause states its time limits once"), "{found:?}");
    }

    #[test]
    fn a_time_limit_that_no_desk_knows_is_no_draft() {
        let authors = "authors = [\"XAA\", \"XAB\"]";
        for name in ["requests.acknowlege", "hotline.acknowledge", "answer.requests"] {
            let found = faults(authors, &format!("limits.{name} = 15\nlimits.requests.answer = 480\n{authors}"));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(
                found[0].contains(&format!("field clause[0].limits.{name}: no desk has a time limit")),
                "{found:?}"
            );
            assert!(desks::kinds::limits().all(|known| found[0].contains(known)), "{found:?}");
        }
        // Every name that a desk reads is one.
        for name in desks::kinds::limits() {
            let draft = EXAMPLE.replacen(authors, &format!("limits.{name} = 15\n{authors}"), 1);
            assert_eq!(render(&draft, &known(), None).unwrap().clauses[0].limits.get(name), Some(15));
        }
    }

    #[test]
    fn caps_and_auditors_are_written_as_they_are_signed() {
        let keys = SoftwareKeys::from_seeds([(KeyRole::Auditor, &[1; 32], &[2; 32])]).unwrap();
        let keys = keys.public(KeyRole::Auditor).unwrap();
        let serde_json::Value::Object(members) = serde_json::to_value(&keys).unwrap() else { panic!("no object") };
        let members: Vec<String> = members.iter().map(|(name, value)| format!("keys.{name} = {value}\n")).collect();
        let draft =
            EXAMPLE.replacen("[[clause]]", &format!("[[auditor]]\nparty = \"XAB\"\n{}[[clause]]", members.concat()), 1);
        let agreement = render(&draft, &known(), None).unwrap();
        assert_eq!(agreement.auditors, [NamedAuditor { party: "XAB".into(), keys }]);
        let found = render(&draft.replace("party = \"XAB\"", "party = \"XAZ\""), &known(), None).unwrap_err();
        assert!(found[0].to_string().contains("field auditor[0].party: \"XAZ\" is no party's label"), "{found:?}");
        let caps = faults("late_days = 30", "late_days = 30\ncaps.bytes_per_day_max = 0");
        assert!(caps[0].contains("caps.bytes_per_day_max: zero allows nothing"), "{caps:?}");
    }

    #[test]
    fn faults_name_line_and_field() {
        let line = |needle: &str| EXAMPLE.lines().position(|line| line.starts_with(needle)).unwrap() + 1;
        let found = faults("authors = [\"XAA\", \"XAB\"]", "authors = [\"XAA\", \"XBB\"]");
        let expected = format!("line {}, field clause[0].authors[1]: \"XBB\" is no party's label", line("authors"));
        assert!(found[0].starts_with(&expected), "{found:?}");

        let found = faults("agency = \"XAB\"", "agency = \"XAZ\"");
        let expected = format!("line {}, field party[1].agency: no card of \"XAZ\" is held", line("agency = \"XAB\""));
        assert!(found[0].starts_with(&expected), "{found:?}");

        let found = faults("agency = \"XAB\"", "agency = \"XAC\"");
        assert!(found[0].contains("fits several agencies"), "{found:?}");

        let found = faults("valid_from = 2027-01-01", "valid_from = 2028-02-30");
        assert!(found[0].starts_with(&format!("line {}, ", line("valid_from"))), "{found:?}");

        let found = faults("valid_from = 2027-01-01", "valid_from = 2029-01-01");
        assert!(found[0].contains("field agreement.valid_until"), "{found:?}");

        let found = faults("late_days", "later_days");
        assert!(found[0].contains("later_days") && found[0].contains("unknown field"), "{found:?}");
    }
}
