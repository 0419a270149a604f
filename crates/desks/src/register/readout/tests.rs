use super::*;
use crate::kinds::{Kind, Record, find};
use crate::tests::header_for;

fn kind() -> &'static Kind {
    find(Readout::NAME).unwrap()
}

/// The example with one piece of its text replaced; line numbers stay as long as `with` has no line break.
fn error_with(what: &str, with: &str) -> String {
    let body = kind().example.replacen(what, with, 1);
    assert_ne!(body, kind().example, "the example has no {what}");
    kind().check(&header_for(Readout::NAME), body.as_bytes()).unwrap_err().to_string()
}

// spec: KIND-10
#[test]
fn the_five_real_readouts_pass() {
    assert_eq!(REAL_READOUTS.len(), 5);
    let mut topics = 0;
    for (id, json) in REAL_READOUTS {
        kind().check(&header_for(Readout::NAME), json.as_bytes()).unwrap_or_else(|error| panic!("{id}: {error}"));
        let readout: Readout = serde_json::from_str(json).unwrap();
        assert_eq!(readout.id, *id);
        assert!(!readout.rights_note.is_empty());
        assert!(readout.topic.iter().all(|topic| topic.title_ar.is_some()), "{id} lacks an Arabic topic title");
        topics += readout.topic.len();
    }
    assert_eq!(topics, 41);
}

// spec: KIND-11
#[test]
fn the_defence_readout_has_no_operational_topic() {
    let (_, json) = REAL_READOUTS.iter().find(|(id, _)| *id == "RO-PAK-IRN-2025-08-DEF").unwrap();
    let readout: Readout = serde_json::from_str(json).unwrap();
    assert_eq!(readout.operational_topics().count(), 0);

    let body = json.replacen("\"scope\": \"register_only\"", "\"scope\": \"in\"", 1);
    let error = kind().check(&header_for(Readout::NAME), body.as_bytes()).unwrap_err();
    assert_eq!(error.field, "topic[0].scope");
    assert!(error.expected.to_string().contains("NEU-03"), "{error}");
}

// spec: KIND-11
#[test]
fn topics_outside_scope_stay_outside() {
    for (mechanism, scope, expected) in [
        ("M24", "register_only", "must be out"),
        ("M24", "in", "must be out"),
        ("M21", "in", "must be register_only or out"),
        ("M22", "in", "must be register_only or out"),
        ("M23", "in", "must be register_only or out"),
        ("M25", "in", "must be register_only or out"),
    ] {
        let body =
            kind().example.replace("M17", mechanism).replace("\"scope\": \"in\"", &format!("\"scope\": \"{scope}\""));
        let error = kind().check(&header_for(Readout::NAME), body.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{mechanism} {scope}: {error}");
    }
}

// spec: KIND-7
#[test]
fn an_error_says_line_column_field_and_what_would_be_right() {
    assert_eq!(
        error_with("\"status\": \"agreed\"", "\"status\": \"maybe\""),
        "line 52, column 17: topic[0].status must be one of agreed, decided, held, reaffirmed, discussed, \
         stressed_by_one_side, press_expectation, press_background"
    );
    assert!(error_with("M17", "M26").contains("topic[0].mechanism must be one of M01, "));
    assert!(error_with("2026-01-12", "2026-02-30").contains("meeting_date must be a date like 2025-08-03"));
}

// spec: KIND-15
#[test]
fn host_and_offices_are_of_the_parties() {
    assert!(error_with("\"host\": \"XAB\"", "\"host\": \"XAC\"").contains("host must be one of the parties, XAA, XAB"));
    assert!(error_with("\"state\": \"XAA\"", "\"state\": \"XAC\"").contains("offices[1].state must be one of"));
    assert!(error_with("\"XAA\",", "\"XAB\",").contains("parties[1] must be named only once"));
}

// spec: KIND-12
#[test]
fn a_readout_names_offices_and_no_persons() {
    for person in ["Mr. Example", "H.E. Example", "السيد فلان"] {
        let body = kind().example.replacen("Minister of Interior\"", &format!("{person}\""), 1);
        let error = kind().check(&header_for(Readout::NAME), body.as_bytes()).unwrap_err();
        assert_eq!(error.to_string().split(": ").last(), Some("offices[0].office must name an office, not a person"));
    }
    let mut header = header_for(Readout::NAME);
    header.subject_count = Some(1);
    let error = kind().check(&header, kind().example.as_bytes()).unwrap_err();
    assert_eq!(error.field, "header.subject_category");
}

// spec: KIND-14
#[test]
fn the_header_does_not_grade_a_readout_otherwise() {
    use protocol::header::{Evaluation, Information, Source};
    let grade = |source, info| {
        let mut header = header_for(Readout::NAME);
        header.evaluation = Some(Evaluation { source, info });
        kind().check(&header, kind().example.as_bytes()).map_err(|error| error.field)
    };
    assert!(grade(Source::B, Information::Corroborated).is_ok());
    assert!(grade(Source::X, Information::NotCorroborable).is_ok());
    assert_eq!(grade(Source::A, Information::Corroborated).unwrap_err(), "header.evaluation");
}

// spec: KIND-13
#[test]
fn what_is_unknown_is_said_to_be_unknown() {
    assert!(error_with("https://interior.example/news/1", "").contains("source_url must be given"));
    assert!(
        error_with("\"source_url_basis\": \"article\"", "\"source_url_basis\": \"not_determined\"")
            .contains("source_url must be \"\"")
    );
    assert!(error_with("2026-01-12", "").contains("meeting_date must be given"));
}

const TOML: &str = r#"
id = "RO-XAA-XAB-2026-01"
title_en = "Ministers of Interior meet"
publisher = "Ministry of Interior of XAB"
publisher_basis = "article"
source_url = ""
source_url_basis = "not_determined"
rights_note = "facts only"
parties = ["XAA", "XAB"]
host = "XAB"
track = "interior"
format = "ministerial_meeting"
date_in_article = ""
meeting_date = 2026-01-12
date_precision = "day"
date_basis = "external"
date_confidence = "high"
place_in_article = ""
place_external = ""
source_eval = "B"
info_eval = "3"
eval_note = ""
offices = [{ state = "XAB", office = "Minister of Interior", role = "host" }]
agreed = []
discussed_only = []
pending = []
expected_by_press = []
reported_context = []
"#;
const TOPIC: &str = r#"
title_en = "Training"
mechanism = "M17"
status = "discussed"
scope = "in"
"#;

// spec: KIND-8
#[test]
fn toml_gives_the_same_record_as_json() {
    let one = format!("{TOML}\n[[topic]]{TOPIC}");
    let drafts = kind().drafts_from_toml(&one).unwrap();
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].title, "Ministers of Interior meet");
    assert!(drafts[0].body.starts_with(r#"{"id":"RO-XAA-XAB-2026-01","title_en":"#), "{}", drafts[0].body);
    assert!(drafts[0].body.contains(r#""meeting_date":"2026-01-12""#));
    kind().check(&header_for(Readout::NAME), drafts[0].body.as_bytes()).unwrap();

    let readout = format!("[[readout]]{TOML}\n[[readout.topic]]{TOPIC}");
    let many = format!("schema_version = 1\ncompiled_on = \"2026-01-20\"\n\n{readout}\n{readout}");
    assert_eq!(kind().drafts_from_toml(&many).unwrap(), [drafts[0].clone(), drafts[0].clone()]);
}

// spec: KIND-7
#[test]
fn an_error_in_toml_says_file_line_column_field_and_what_would_be_right() {
    let file = format!("schema_version = 1\n[[readout]]{TOML}\n[[readout.topic]]{TOPIC}");
    let cases = [
        (
            "scope = \"in\"",
            "scope = \"maybe\"",
            "r.toml:35:9: readout[0].topic[0].scope must be one of in, register_only, out",
        ),
        ("mechanism = \"M17\"", "mechanism = 17", "r.toml:33:13: readout[0].topic[0].mechanism must be one of M01"),
        ("status = \"discussed\"\n", "", "r.toml:31:1: readout[0].topic[0].status must be given, and be one of agreed"),
        ("mechanism =", "mechansim =", "r.toml:33:1: readout[0].topic[0].mechansim must be left out"),
        ("host = \"XAB\"", "host = \"XAC\"", "r.toml:11:8: readout[0].host must be one of the parties"),
        ("schema_version = 1", "schema_version = 2", "r.toml:1:1: schema_version must be 1"),
        ("schema_version = 1", "readers = 1", "r.toml:1:1: readers must be left out"),
        ("agreed = []", "agreed = [\"a\", 7]", "r.toml:25:16: readout[0].agreed[1] must be one line of text"),
        ("agreed = []", "agreed = [", "r.toml:26:1"),
        ("host = \"XAB\"", "host = \"XAB\"\nhost = \"XAB\"", "r.toml:12:1: must be TOML (duplicate key"),
        ("info_eval = \"3\"", "info_eval = 3.5", "r.toml:22:13: readout[0].info_eval must be a whole number"),
    ];
    for (what, with, expected) in cases {
        let text = file.replacen(what, with, 1);
        let error = kind().drafts_from_toml(&text).unwrap_err().in_file("r.toml");
        assert!(error.to_string().starts_with(expected), "{error}\nexpected {expected}");
    }
}

fn example() -> Readout {
    serde_json::from_str(include_str!("testdata/example.json")).unwrap()
}

#[test]
fn readouts_of_the_same_states_on_the_same_day_are_of_one_meeting() {
    let one = example();
    let other = |change: fn(&mut Readout)| {
        let mut other = example();
        change(&mut other);
        one.is_of_the_meeting_of(&other) && other.is_of_the_meeting_of(&one)
    };
    assert!(other(|readout| readout.parties.reverse()), "in any order");
    assert!(other(|readout| readout.publisher = "the other side".into()));
    assert!(other(|readout| readout.meeting_date = "2026-01".into()), "one knows the month only");
    assert!(!other(|readout| readout.meeting_date = "2026-01-13".into()));
    assert!(!other(|readout| readout.meeting_date = String::new()), "a day that nobody knows is no day");
    assert!(!other(|readout| readout.parties.push("XAC".into())));
}

#[test]
fn topics_stand_beside_those_of_the_same_title_or_else_mechanism() {
    let (mut one, mut two) = (example(), example());
    let topic = |title: &str, mechanism| Topic { title_en: title.into(), mechanism, ..example().topic[0].clone() };
    let (first, second) = (Mechanism::M17, Mechanism::M02);
    one.topic = vec![topic("a", first), topic("b", first), topic("c", second)];
    two.topic = vec![topic("x", first), topic("a", first), topic("d", first)];
    let titles = |topic: Option<&Topic>| topic.map(|topic| topic.title_en.clone());
    let pairs: Vec<_> = one.topics_beside(&two).into_iter().map(|(one, two)| (titles(one), titles(two))).collect();
    let some = |title: &str| Some(title.to_owned());
    let expected = vec![(some("a"), some("a")), (some("b"), some("x")), (some("c"), None), (None, some("d"))];
    assert_eq!(pairs, expected);
}
