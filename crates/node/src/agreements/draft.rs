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
use serde::{Deserialize, Deserializer, Serialize, de};
use texts::{Message, say};
use toml::value::Datetime;

use crate::{
    fault::{self, Code},
    located::{self, Fault},
    wording,
};

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
    let draft = Draft::read(text).map_err(|fault| vec![fault])?;
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
        Err(AgreementError::Faults(found)) => Err(found
            .iter()
            .map(|fault| located::fault(text, &toml_path(&fault.field), wording::faults::of_agreement(&fault.problem)))
            .collect()),
        Err(other) => Err(vec![located::fault(text, "agreement", other.to_string())]),
    }
}

/// A time limit under a name that no desk reads limits nothing: what is drafted names none.
pub(super) fn check_limits(agreement: &Agreement) -> Result<(), AgreementError> {
    let known: Vec<&str> = desks::kinds::limits().collect();
    let mut faults = Vec::new();
    for (clause, number) in agreement.clauses.iter().zip(0..) {
        for (name, _) in clause.limits.iter().filter(|(name, _)| !known.contains(name)) {
            let problem = agreement::Problem::UnknownLimit(known.iter().map(|name| (*name).to_owned()).collect());
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

/// A draft as its author writes it: an agreement whose parties are named as people name them, and what is left out is left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What holds for the whole.
    pub agreement: Head,
    /// Its parties.
    #[serde(default)]
    pub party: Vec<PartyDraft>,
    /// Who audits which party.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auditor: Vec<NamedAuditor>,
    /// What may be sent.
    #[serde(default)]
    pub clause: Vec<ClauseDraft>,
}

/// What holds for the whole agreement; each member as that of [`Agreement`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are those of the agreement")]
pub struct Head {
    #[serde(default = "first_version")]
    pub version: u32,
    #[serde(default, deserialize_with = "hash", serialize_with = "protocol::encoding::optional_hash::serialize")]
    pub previous: Option<Hash>,
    #[serde(deserialize_with = "day")]
    pub valid_from: Date,
    #[serde(deserialize_with = "day")]
    pub valid_until: Date,
    #[serde(default = "late_days")]
    pub late_days: u32,
    pub termination_notice_days: Option<u32>,
    pub title: Texts,
    pub text: Texts,
    #[serde(default)]
    pub lanes: LanesDraft,
    pub caps: Option<Caps>,
}

/// What the lanes may carry.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanesDraft {
    #[serde(default)]
    urgent: UrgentDraft,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UrgentDraft {
    records_per_hour_max: Option<u32>,
    record_bytes_max: Option<u32>,
}

impl Draft {
    /// Reads a draft, whatever else may be wrong with it.
    ///
    /// # Errors
    /// It can't be read; where, and why.
    pub fn read(text: &str) -> Result<Self, Fault> {
        located::parse(text)
    }

    /// An agreement as a draft to go on with. Its parties are named by their ids.
    pub fn of(agreement: &Agreement) -> Self {
        let UrgentLane { records_per_hour_max, record_bytes_max } = agreement.urgent();
        let urgent =
            UrgentDraft { records_per_hour_max: Some(records_per_hour_max), record_bytes_max: Some(record_bytes_max) };
        let party = |party: &Party| PartyDraft {
            label: party.label.clone(),
            agency: Some(party.agency.to_string()),
            names: Some(party.names.clone()),
        };
        Self {
            agreement: Head {
                version: agreement.version,
                previous: agreement.previous,
                valid_from: agreement.valid_from,
                valid_until: agreement.valid_until,
                late_days: agreement.late_days,
                termination_notice_days: agreement.termination_notice_days,
                title: agreement.title.clone(),
                text: agreement.text.clone(),
                lanes: LanesDraft { urgent },
                caps: agreement.caps,
            },
            party: agreement.parties.iter().map(party).collect(),
            auditor: agreement.auditors.clone(),
            clause: agreement.clauses.iter().map(ClauseDraft::of).collect(),
        }
    }

    /// As a file that people can change and [`render`] reads.
    ///
    /// # Errors
    /// It can't be written as TOML.
    pub fn to_toml(&self) -> Result<String, fault::Fault> {
        toml::to_string_pretty(self).map_err(|error| fault::Fault::new(Code::Internal, error.to_string()))
    }
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

/// A party as a draft names it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyDraft {
    /// The short name by which clauses call it.
    pub label: String,
    /// `self`, an id, a fingerprint, a country or a name; the label if it is left out.
    pub agency: Option<String>,
    /// Its names by language; those of its card if they are left out.
    pub names: Option<Texts>,
}

/// A clause; each member as that of [`Clause`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are those of a clause")]
pub struct ClauseDraft {
    pub id: String,
    pub purpose: String,
    pub kinds: Vec<String>,
    pub authors: Vec<String>,
    #[serde(default)]
    pub offences: Vec<String>,
    #[serde(default)]
    pub subject_categories: Vec<SubjectCategory>,
    #[serde(default = "handling")]
    pub handling: Vec<Handling>,
    #[serde(default = "retention_days")]
    pub retention_days_max: u32,
    #[serde(default = "onward")]
    pub onward: Onward,
    #[serde(default)]
    pub approvals: Vec<ApprovalRole>,
    pub records_per_day_max: Option<u32>,
    pub text: Texts,
    pub deadlines: Option<Deadlines>,
    /// By desk and word: `hotline.acknowledge = 15`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, BTreeMap<String, u32>>,
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
    fn render(self, known: &[Known]) -> Result<Party, (&'static str, Message)> {
        let wanted = self.agency.as_deref().unwrap_or(&self.label);
        let found = find(wanted, known).map_err(|problem| ("agency", problem))?;
        let names = self.names.map_or_else(|| found.names.clone(), trimmed);
        Ok(Party { agency: found.agency, label: self.label, names })
    }
}

/// The one agency that is meant: `self`, an id, a fingerprint, a country or a name.
fn find<'a>(wanted: &str, known: &'a [Known]) -> Result<&'a Known, Message> {
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
        (Some(_), Some(_)) => Err(say!("fault-agency-several", wanted = wanted)),
        (None, _) => Err(say!("fault-agency-unknown", wanted = wanted)),
    }
}

impl ClauseDraft {
    fn of(clause: &Clause) -> Self {
        let mut limits: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
        for (name, minutes) in clause.limits.iter() {
            let (desk, word) = name.split_once('.').unwrap_or((name, ""));
            limits.entry(desk.to_owned()).or_default().insert(word.to_owned(), minutes);
        }
        Self {
            id: clause.id.clone(),
            purpose: clause.purpose.clone(),
            kinds: clause.kinds.clone(),
            authors: clause.authors.clone(),
            offences: clause.offences.clone(),
            subject_categories: clause.subject_categories.clone(),
            handling: clause.handling.clone(),
            retention_days_max: clause.retention_days_max,
            onward: clause.onward,
            approvals: clause.approvals.clone(),
            records_per_day_max: clause.records_per_day_max,
            text: clause.text.clone(),
            deadlines: clause.deadlines,
            limits,
        }
    }

    fn render(mut self) -> Clause {
        // The order of a list of codes means nothing to a reader; the signed form has one.
        self.handling.sort();
        self.approvals.sort();
        let of_desk = |(desk, words): (String, BTreeMap<String, u32>)| {
            words.into_iter().map(move |(word, minutes)| (format!("{desk}.{word}"), minutes))
        };
        let mut limits: BTreeMap<String, u32> = self.limits.into_iter().flat_map(of_desk).collect();
        // What the draft leaves out the signed text says: a desk's usual limits for the kinds that the clause lists.
        for (name, minutes) in desks::kinds::usual_limits(&self.kinds).filter(|_| self.deadlines.is_none()) {
            limits.entry(name.to_owned()).or_insert(minutes);
        }
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
            limits: limits.into_iter().collect(),
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
    fn an_agreement_as_a_draft_renders_to_the_same_bytes() {
        let hours = EXAMPLE.replacen("authors = [", "deadlines.answer_hours = 24\nauthors = [", 1);
        for text in [EXAMPLE, &hours] {
            let agreement = render(text, &known(), None).unwrap();
            let again = Draft::of(&agreement).to_toml().unwrap();
            let rendered = render(&again, &known(), None).unwrap_or_else(|faults| panic!("{faults:?}\n{again}"));
            assert_eq!(rendered.encode(), agreement.encode());
        }
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
        for name in ["requests.acknowlege", "hotline.acknowlege", "answer.requests"] {
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
