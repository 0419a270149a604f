//! Every name in the tables has its words, and no words are kept for names that are gone.

use std::collections::BTreeSet;
use std::path::Path;

use protocol::agreement::ApprovalRole;
use protocol::date::Date;
use protocol::header::{
    Evaluation, Handling, Header, Information, Source, SpecialCategory, SubjectCategory, Tlp, Urgency, UrgencyGround,
};
use protocol::statement::DutyClass;
use serde::de::DeserializeOwned;
use texts::Language;

use super::*;
use crate::kinds::{self, find};
use crate::requests::permission::Decision;
use crate::roles::ROLES;
use crate::shape::{Field, Shape};
use crate::thread::{self, Ineffective, PLAIN, Table};

/// The ids of the messages that were asked for.
#[derive(Default)]
struct Asked(BTreeSet<&'static str>);

impl Asked {
    #[track_caller]
    fn ask(&mut self, message: &Message) {
        assert!(!message.id().is_empty(), "there is no text for {message}");
        self.0.insert(message.id());
    }

    fn fields(&mut self, kind: &Kind, fields: &[Field], above: &str) {
        for field in fields {
            let path = format!("{above}{}", field.name);
            self.ask(&field_label(kind, &path));
            self.ask(&field_help(kind, &path));
            self.shape(kind, &field.shape, &path);
        }
    }

    fn shape(&mut self, kind: &Kind, shape: &Shape, path: &str) {
        match shape {
            Shape::OneOf(words) => words.iter().for_each(|value| self.ask(&word(path, value))),
            Shape::List(item, ..) => self.shape(kind, item, path),
            Shape::Tables(fields, ..) => {
                self.ask(&row_name(path));
                self.fields(kind, fields, &format!("{path}[0]."));
            }
            Shape::Table(fields) => self.fields(kind, fields, &format!("{path}.")),
            _ => {}
        }
    }

    fn act(&mut self, kind: &str, act: &str) {
        self.ask(&act_label(act));
        self.ask(&act_about(act));
        self.ask(&did(find(kind).unwrap(), Some(act), "XAB"));
    }

    fn kind(&mut self, kind: &Kind) {
        self.ask(&kind_name(kind));
        self.ask(&kind_about(kind));
        self.ask(&write_label(kind));
        self.fields(kind, kind.fields, "");
        let header = crate::tests::header_for(kind.name);
        match kind.check(&header, kind.example.as_bytes()).unwrap().act {
            Some(act) => self.act(kind.name, &act),
            None => self.ask(&did(kind, None, "XAB")),
        }
    }
}

/// The acts of a kind of thread as stubs have them, with the kinds of the records that do them.
fn acts_of(table: &'static Table) -> impl Iterator<Item = (&'static str, String)> {
    table.moves.iter().filter_map(|done| Some((done.kind?, (table.acts.write)(&thread::Act::new(done.act)))))
}

/// A header with everything that there can be.
fn full_header() -> Header {
    let header = crate::tests::header_for("requests.request/1");
    let reference =
        protocol::header::RecordRef { log: format!("{}/1/main", "0a".repeat(32)).parse().unwrap(), index: 7 };
    let attachment = crate::tests::header_for("correspondence.file/1").attachments;
    let some = Some("x".to_owned());
    Header {
        kind: header.kind,
        thread: Some("0a".repeat(16).parse().unwrap()),
        in_reply_to: Some(reference.clone()),
        based_on: Some(reference),
        clause: some.clone(),
        purpose: some.clone(),
        handling: vec![Handling::H3],
        h3_text: some.clone(),
        urgency: Urgency::Urgent,
        urgency_ground: Some(UrgencyGround::ThreatToLife),
        evaluation: Some(Evaluation::UNGRADED),
        subject_category: Some(SubjectCategory::Missing),
        retain_until: Some(Date::MAX),
        author_office: some.clone(),
        media_type: header.media_type,
        attachments: attachment,
        offence: some.clone(),
        necessity: some.clone(),
        use_restrictions: vec!["x".to_owned()],
        subject_count: Some(1),
        is_minor: Some(true),
        special_categories: vec![SpecialCategory::Health],
        assurance_ref: some.clone(),
        risk_assessment_ref: some.clone(),
        consent_ref: some.clone(),
        language: some,
        tlp: Some(Tlp::Red),
        fresh: Some([1; 16]),
    }
}

/// The messages of a language's file.
fn ids_in(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../texts/en").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect()
}

#[test]
fn every_name_in_the_tables_has_its_words_and_there_are_no_others() {
    let mut asked = Asked::default();
    for of in DESKS {
        asked.ask(&desk(of.name));
        of.duties.iter().flat_map(|owed| owed.limits.iter().map(|limit| (owed.class, limit.name))).for_each(
            |(class, name)| {
                asked.ask(&due(&Duty::named(class, name).to_string()));
                asked.ask(&limit(name));
            },
        );
    }
    kinds::all().for_each(|kind| asked.kind(kind));
    for (kind, act) in kinds::threads().flat_map(acts_of) {
        asked.act(kind, &act);
    }
    Decision::WORDS.iter().for_each(|decision| asked.act("requests.permission/1", decision));
    kinds::threads().flat_map(|thread| thread.states).for_each(|of| asked.ask(&state(of.word)));
    asked.ask(&state(PLAIN.1));
    DutyClass::ALL.iter().for_each(|class| asked.ask(&due(class.name())));
    IN_HOURS.iter().for_each(|(name, _)| asked.ask(&limit(name)));
    for of in ROLES {
        asked.ask(&role(of.name()));
        asked.ask(&role_about(of.name()));
    }
    ApprovalRole::ALL.iter().for_each(|role| asked.ask(&approval(role.name())));
    purposes().into_iter().for_each(|code| asked.ask(&purpose(code)));
    ["none", "with_consent"].iter().for_each(|word| asked.ask(&onward(word)));
    offences().for_each(|code| asked.ask(&offence(code)));
    ["main", "urgent"].iter().for_each(|word| asked.ask(&lane(word)));
    asked.ask(&us());
    for why in [
        Ineffective::Refused { rule: String::new(), reason: String::new() },
        Ineffective::Withheld,
        Ineffective::NotOpened,
        Ineffective::OpenedAlready,
        Ineffective::NotTheirs,
        Ineffective::State { state: "" },
        Ineffective::TooLate,
        Ineffective::ForeignAct,
        Ineffective::Outdated,
        Ineffective::Dates,
        Ineffective::Code,
        Ineffective::NoSuchParty,
        Ineffective::Full,
    ] {
        let json = serde_json::to_value(why).unwrap();
        asked.ask(&ineffective(json["code"].as_str().unwrap()));
    }
    let header = serde_json::to_value(full_header()).unwrap();
    for name in header.as_object().unwrap().keys().chain(header["evaluation"].as_object().unwrap().keys()) {
        asked.ask(&header_label(name));
        asked.ask(&header_help(name));
    }
    for (field, words) in HEADER_WORDS {
        for value in *words {
            asked.ask(&header_word(field, value));
            asked.ask(&header_meaning(field, value));
        }
    }
    let files = ["desks.ftl", "forms.ftl", "words.ftl"];
    // What a token may do is the node's, which asks for it itself.
    let left: Vec<String> = files.iter().flat_map(|file| ids_in(file)).filter(|id| !id.starts_with("scope-")).collect();
    let unasked: Vec<_> = left.iter().filter(|id| !asked.0.contains(id.as_str())).collect();
    assert_eq!(unasked, [""; 0], "no table has these names any more");
}

#[test]
fn the_words_of_headers_are_those_of_the_protocol() {
    /// The words that a type knows, from what it says of one that it does not.
    fn words_of<T: DeserializeOwned>() -> Vec<String> {
        let error = serde_json::from_str::<T>("\"?\"").err().unwrap().to_string();
        error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }
    for (name, words) in HEADER_WORDS {
        let known = match *name {
            "handling" => words_of::<Handling>(),
            "urgency" => words_of::<Urgency>(),
            "urgency_ground" => words_of::<UrgencyGround>(),
            "source" => words_of::<Source>(),
            "info" => words_of::<Information>(),
            "subject_category" => words_of::<SubjectCategory>(),
            "special_categories" => words_of::<SpecialCategory>(),
            "tlp" => words_of::<Tlp>(),
            "is_minor" => vec!["true".to_owned(), "false".to_owned()],
            _ => continue,
        };
        assert_eq!(known, *words, "{name}");
    }
}

#[test]
fn the_most_particular_words_count() {
    let kind = |name| find(name).unwrap();
    let english = |message: Message| message.to_string();
    for (kind, path, label) in [
        (kind("requests.feedback/1"), "use", "Use"),
        (kind("requests.permission/1"), "use", "Further use"),
        (kind("requests.permission/1"), "until", "Valid until"),
        (kind("requests.reply/1"), "statement[3].text", "Statement"),
        (kind("register.readout/1"), "flag[0].text", "Warning"),
        (kind("correspondence.note/1"), "text", "Text"),
        (kind("register.readout/1"), "topic[1].title_en", "English title"),
        (kind("correspondence.note/1"), "header.retain_until", "Retain until"),
        (kind("correspondence.note/1"), "header.attachments[2].name", "Attachments"),
        (kind("correspondence.note/1"), "header.evaluation.source", "Source grade"),
    ] {
        assert_eq!(english(field_label(kind, path)), label, "{} {path}", kind.name);
    }
    for (message, text) in [
        (word("topic[0].mechanism", "M08"), "Counter-terrorism"),
        (word("statement[0].source", "A"), "Reliable (A)"),
        (header_word("evaluation.source", "A"), "Reliable (A)"),
        (header_word("language", "ar"), "Arabic"),
        (header_word("tlp", "AMBER+STRICT"), "TLP:AMBER+STRICT"),
        (header_word("handling", "H2"), "Not to be passed on"),
        (act_label(r#"{"accept":{"access":"direct"}}"#), "Accept"),
        (act_label(r#""answer_partly""#), "Answer in part"),
        (did(kind("requests.reply/1"), Some(r#""answer""#), "XAB"), "XAB answered in full"),
        (did(kind("correspondence.note/1"), None, us()), "Our side wrote a note"),
        (due("answer/requests.answer_urgent"), "Urgent answer"),
        (due("requests.answer_urgent"), "Urgent answer"),
        (due("answer/elsewhere.answer"), "Answer"),
        (limit("urgent_answer_hours"), "Time to answer, urgent"),
        (scope("records:read"), "Read records"),
    ] {
        assert_eq!(english(message), text);
    }
}

#[test]
fn a_name_without_words_is_said_as_it_is_and_harmless() {
    let kind = find("correspondence.note/1").unwrap();
    for message in [
        purpose("made_up"),
        // An agreement's code that hits upon a message of another sort.
        purpose("missing"),
        purpose("without-clause"),
        word("step", "made_up"),
        field_label(kind, "made_up"),
        header_word("handling", "H9"),
        act_label("\"made_up\""),
        due("made.up"),
        role("made_up"),
        state("made_up"),
    ] {
        assert_eq!(message.id(), "", "{message}");
    }
    let hostile = "a\u{202e}b\n";
    let shown = purpose(hostile).in_language(Language::Ar);
    assert_eq!(shown, "a<U+202E>b<U+000A>");
    assert_eq!(word("step", ""), Message::as_worded(""));
}
