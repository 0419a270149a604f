//! What bodies of this desk pass, what they do in a thread, and what the floor reads of them.

use policy::{Answer, Query};
use serde_json::{Value, json};

use super::{Access, Act, Use};
use crate::kinds::{Checked, find};
use crate::tests::header_for;

/// Checks the example of a kind after some members were replaced (`null` removes one).
fn check(kind: &str, changes: Value) -> Result<Checked, String> {
    check_under(kind, changes, |_| ())
}

fn check_under(kind: &str, changes: Value, edit: impl Fn(&mut protocol::header::Header)) -> Result<Checked, String> {
    let kind = find(kind).unwrap();
    let mut body: Value = serde_json::from_str(kind.example).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
    let mut header = header_for(kind.name);
    edit(&mut header);
    kind.check(&header, body.to_string().as_bytes()).map_err(|error| error.field)
}

fn act(checked: Result<Checked, String>) -> Act {
    serde_json::from_str(&checked.unwrap().act.unwrap()).unwrap()
}

fn person() -> Value {
    json!([{"names": "Sample Person Alpha", "born": "1990-01-31", "document": "XAA000000"}])
}

fn suspect(header: &mut protocol::header::Header) {
    header.subject_category = Some(protocol::header::SubjectCategory::Suspect);
}

// spec: KIND-30
#[test]
fn a_request_says_what_it_rests_on_and_whom_it_concerns() {
    let checked = check("requests.request/1", json!({})).unwrap();
    assert_eq!(checked.title, "Owner of a vehicle seen at a crossing");
    assert_eq!((checked.facts.query, checked.facts.persons), (Query::Case, 0));
    let request = checked.facts.request.unwrap();
    assert!(request.necessity && request.link && request.reason_to_believe);
    for part in ["asked", "facts", "necessity", "link", "reason_to_believe"] {
        assert_eq!(check("requests.request/1", json!({part: null})).unwrap_err(), part);
        assert_eq!(check("requests.request/1", json!({part: " "})).unwrap_err(), part);
    }
    let named = json!({"person": person()});
    assert_eq!(check("requests.request/1", named.clone()).unwrap_err(), "header.subject_category");
    let facts = check_under("requests.request/1", named, suspect).unwrap().facts;
    assert_eq!((facts.persons, facts.identities[0].names.as_str()), (1, "Sample Person Alpha"));
    let many = json!({"person": vec![person()[0].clone(); 21]});
    assert_eq!(check_under("requests.request/1", many, suspect).unwrap_err(), "person");
}

// spec: KIND-30, THREAD-6
#[test]
fn a_request_is_urgent_as_its_header_says() {
    assert_eq!(act(check("requests.request/1", json!({}))), Act::Request { urgent: false });
    let urgent =
        check_under("requests.request/1", json!({}), |header| header.urgency = protocol::header::Urgency::Urgent);
    assert_eq!(act(urgent), Act::Request { urgent: true });
}

// spec: KIND-31
#[test]
fn an_answer_says_something_and_an_empty_one_says_nothing() {
    let answered = check("requests.reply/1", json!({}));
    assert_eq!(answered.as_ref().unwrap().facts.answer, Answer::Provided);
    assert_eq!(act(answered), Act::Answer);
    assert_eq!(act(check("requests.reply/1", json!({"outcome": "partly_answered"}))), Act::AnswerPartly);
    assert_eq!(check("requests.reply/1", json!({"statement": []})).unwrap_err(), "statement");

    let nothing = json!({"outcome": "nothing_to_provide", "statement": null});
    let bare = |header: &mut protocol::header::Header| header.attachments.clear();
    let checked = check_under("requests.reply/1", nothing.clone(), bare);
    assert_eq!(checked.as_ref().unwrap().facts.answer, Answer::NothingToProvide);
    assert_eq!(act(checked), Act::NothingToProvide);
    assert_eq!(check("requests.reply/1", nothing.clone()).unwrap_err(), "header.attachments");
    let about = |header: &mut protocol::header::Header| {
        bare(header);
        suspect(header);
    };
    assert_eq!(check_under("requests.reply/1", nothing, about).unwrap_err(), "header.subject_category");
    let said = json!({"outcome": "nothing_to_provide"});
    assert_eq!(check_under("requests.reply/1", said, bare).unwrap_err(), "statement");
    let named = json!({"outcome": "nothing_to_provide", "statement": null, "person": person()});
    assert_eq!(check_under("requests.reply/1", named, bare).unwrap_err(), "person");
}

// spec: KIND-32
#[test]
fn every_statement_is_graded_and_a_fact_or_an_assessment() {
    let statement = |edit: &dyn Fn(&mut Value)| {
        let mut statement = json!({"text": "t", "basis": "fact", "source": "X", "info": "4"});
        edit(&mut statement);
        check("requests.spontaneous/1", json!({"statement": [statement]}))
    };
    assert!(statement(&|_| ()).unwrap().facts.weak_only);
    assert!(statement(&|s| s["source"] = json!("C")).unwrap().facts.weak_only);
    assert!(!statement(&|s| s["source"] = json!("B")).unwrap().facts.weak_only);
    assert!(!statement(&|s| s["info"] = json!("3")).unwrap().facts.weak_only);
    for field in ["text", "basis", "source", "info"] {
        let error = statement(&|s| drop(s.as_object_mut().unwrap().remove(field))).unwrap_err();
        assert_eq!(error, format!("statement[0].{field}"));
    }
    assert_eq!(check("requests.spontaneous/1", json!({"statement": []})).unwrap_err(), "statement");
    assert_eq!(act(check("requests.spontaneous/1", json!({}))), Act::Inform);
}

// spec: KIND-33
#[test]
fn a_refusal_bears_a_ground_and_a_rights_ground_nothing_else() {
    let refused = check("requests.refusal/1", json!({}));
    assert_eq!(refused.as_ref().unwrap().facts.answer, Answer::RefusedWithGround);
    assert_eq!(act(refused), Act::Refuse);
    for wrong in [json!(null), json!("not_available"), json!("")] {
        assert_eq!(check("requests.refusal/1", json!({"ground": wrong})).unwrap_err(), "ground");
    }
    assert_eq!(check("requests.refusal/1", json!({"ground": "rights_ground"})).unwrap_err(), "explanation");
    assert!(check("requests.refusal/1", json!({"ground": "rights_ground", "explanation": null})).is_ok());
}

// spec: KIND-34
#[test]
fn a_step_bears_what_belongs_to_it_and_names_nobody() {
    let step = |step: &str, access: Option<&str>, until: Option<&str>| {
        check("requests.progress/1", json!({"step": step, "access": access, "until": until}))
    };
    assert_eq!(act(step("accepted", None, None)), Act::Accept { access: None });
    assert_eq!(act(step("accepted", Some("indirect"), None)), Act::Accept { access: Some(Access::Indirect) });
    assert_eq!(act(step("in_progress", None, None)), Act::Start);
    let until = "2026-03-01".parse().unwrap();
    let awaits = "awaiting_judicial_authorisation";
    assert_eq!(act(step(awaits, None, Some("2026-03-01"))), Act::AwaitAuthorisation { until });
    assert_eq!(act(step("withdrawn", None, None)), Act::Withdraw);
    assert_eq!(act(step("closed", None, None)), Act::Close);
    assert_eq!(step(awaits, None, None).unwrap_err(), "until");
    assert_eq!(step("closed", None, Some("2026-03-01")).unwrap_err(), "until");
    assert_eq!(step("closed", Some("direct"), None).unwrap_err(), "access");
    for kind in ["requests.progress/1", "requests.feedback/1"] {
        assert_eq!(check_under(kind, json!({}), suspect).unwrap_err(), "header.subject_category");
    }
    assert_eq!(act(check("requests.feedback/1", json!({"use": "not_used"}))), Act::Feedback { r#use: Use::NotUsed });
}

// spec: KIND-35
#[test]
fn only_the_answer_to_a_question_adds_persons() {
    assert_eq!(act(check("requests.clarification/1", json!({}))), Act::Ask);
    assert_eq!(act(check("requests.clarification/1", json!({"step": "answer"}))), Act::Clarify);
    let named =
        |step: &str| check_under("requests.clarification/1", json!({"step": step, "person": person()}), suspect);
    assert_eq!(named("question").unwrap_err(), "person");
    assert_eq!(named("answer").unwrap().facts.persons, 1);
}

// spec: KIND-36
#[test]
fn a_further_use_says_for_whom_or_for_what_and_nothing_else() {
    for kind in ["requests.permission_request/1", "requests.permission/1"] {
        let further = |word: &str, to: Option<&str>, purpose: Option<&str>| {
            check(kind, json!({"use": word, "to": to, "purpose": purpose})).map(|checked| checked.title)
        };
        for word in ["court", "office"] {
            assert!(further(word, Some("Office B"), None).unwrap().ends_with(word));
            assert_eq!(further(word, None, None).unwrap_err(), "to");
            assert_eq!(further(word, Some("Office B"), Some("border_control")).unwrap_err(), "purpose");
        }
        assert!(further("purpose", None, Some("border_control")).unwrap().ends_with("purpose"));
        assert_eq!(further("purpose", None, None).unwrap_err(), "purpose");
        assert_eq!(further("purpose", Some("Office B"), Some("border_control")).unwrap_err(), "to");
        assert_eq!(further("publication", Some("Office B"), None).unwrap_err(), "use");
        assert_eq!(check(kind, json!({"record": "7"})).unwrap_err(), "record");
        assert_eq!(check_under(kind, json!({}), suspect).unwrap_err(), "header.subject_category");
        let checked = check(kind, json!({})).unwrap();
        assert_eq!((checked.act, checked.facts), (None, policy::BodyFacts::NOTHING), "it moves nothing");
    }
}

// spec: KIND-37
#[test]
fn a_permission_has_a_last_day_a_denial_a_ground_and_the_latest_decision_counts() {
    let decided = |decision: &str, until: Option<&str>, ground: Option<&str>| {
        check("requests.permission/1", json!({"decision": decision, "until": until, "ground": ground}))
    };
    assert_eq!(decided("granted", Some("2026-12-31"), None).unwrap().title, "permission granted: court");
    assert_eq!(decided("denied", None, Some("national_security")).unwrap().title, "permission denied: court");
    assert_eq!(decided("revoked", None, None).unwrap().title, "permission revoked: court");
    assert_eq!(decided("granted", None, None).unwrap_err(), "until");
    assert_eq!(decided("denied", None, None).unwrap_err(), "ground");
    assert_eq!(decided("revoked", Some("2026-12-31"), None).unwrap_err(), "until");
    assert_eq!(decided("granted", Some("2026-12-31"), Some("national_security")).unwrap_err(), "ground");

    let day = |text: &str| text.parse().unwrap();
    let permission = decided("granted", Some("2026-12-31"), None).unwrap().permission.unwrap();
    assert!(permission.is_in_force(day("2026-12-31")) && !permission.is_in_force(day("2027-01-01")));
    let mut other = decided("revoked", None, None).unwrap().permission.unwrap();
    assert!(other.is_about_the_use_of(&permission) && !other.is_in_force(day("2026-12-31")));
    other.to = Some("Office C".into());
    assert!(!other.is_about_the_use_of(&permission), "another office");
    let denied = decided("denied", None, Some("national_security")).unwrap().permission.unwrap();
    assert!(denied.is_about_the_use_of(&permission) && !denied.is_in_force(day("2026-12-31")));
}
