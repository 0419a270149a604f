use alloc::{format, string::ToString, vec};

use super::*;

fn full() -> Header {
    let agency = AgencyId::new([0xaa; 32]);
    let reference = RecordRef { log: LogName { agency, epoch: 1, lane: Lane::Main }, index: 7 };
    Header {
        thread: Some(ThreadId([1; 16])),
        in_reply_to: Some(reference.clone()),
        based_on: Some(reference),
        clause: Some("c1".into()),
        purpose: Some("register".into()),
        handling: vec![Handling::H1, Handling::H3],
        h3_text: Some("for the desk only".into()),
        urgency: Urgency::Urgent,
        urgency_ground: Some(UrgencyGround::ThreatToLife),
        evaluation: Some(Evaluation::UNGRADED),
        subject_category: Some(SubjectCategory::Suspect),
        retain_until: Some("2030-12-31".parse().unwrap()),
        author_office: Some("Border desk 4".into()),
        attachments: vec![Attachment {
            sha256: [2; 32],
            size: 10,
            name: "a.pdf".into(),
            media_type: "application/pdf".into(),
        }],
        offence: Some("drugs".into()),
        use_restrictions: vec!["not for training".into()],
        subject_count: Some(1),
        is_minor: Some(false),
        special_categories: vec![SpecialCategory::Biometric, SpecialCategory::Health],
        language: Some("fa-AF".into()),
        tlp: Some(Tlp::AmberStrict),
        ..Header::protocol("requests.request/1")
    }
}

/// The field that a spoiled header is refused for.
fn field(spoil: impl FnOnce(&mut Header)) -> String {
    let mut header = full();
    spoil(&mut header);
    match Header::parse(&header.encode()).unwrap_err() {
        HeaderError::Field { field, .. } => field,
        HeaderError::Json(error) => panic!("{error}"),
    }
}

#[test]
fn a_header_is_read_back_and_absent_fields_are_left_out() {
    // spec: HDR-1, HDR-2
    assert_eq!(Header::parse(&full().encode()).unwrap(), full());
    let bytes = Header::protocol("mithaq.batch/1").encode();
    assert_eq!(bytes, br#"{"kind":"mithaq.batch/1","media_type":"application/json"}"#);
    assert!(Header::parse(&bytes).unwrap().is_protocol());
    assert!(Header::parse(br#"{"kind":"mithaq.batch/1","media_type":"application/json","thread":null}"#).is_err());
}

#[test]
fn structures_are_objects_only() {
    // spec: HDR-1
    let text = String::from_utf8(full().encode()).unwrap();
    let array = text.replace(r#"{"source":"X","info":"4"}"#, r#"["X","4"]"#);
    assert_ne!(array, text);
    assert!(Header::parse(array.as_bytes()).unwrap_err().to_string().contains("evaluation"));
}

#[test]
fn a_protocol_record_has_no_facts_of_its_own() {
    // spec: HDR-4
    let header = Header { thread: Some(ThreadId([1; 16])), ..Header::protocol("mithaq.batch/1") };
    assert!(header.check().is_err());
    let header = Header { retain_until: Some("2030-01-01".parse().unwrap()), ..Header::protocol("mithaq.batch/1") };
    assert!(header.check().is_err());
}

#[test]
fn what_every_record_needs_is_required() {
    // spec: HDR-5
    assert_eq!(field(|h| h.thread = None), "thread");
    assert_eq!(field(|h| h.clause = None), "clause");
    assert_eq!(field(|h| h.purpose = None), "purpose");
    assert_eq!(field(|h| h.retain_until = None), "retain_until");
}

#[test]
fn each_field_has_its_form() {
    // spec: HDR-3, HDR-6, HDR-7, HDR-8, HDR-9, HDR-10, HDR-11
    assert_eq!(field(|h| h.kind = "request".into()), "kind");
    assert_eq!(field(|h| h.media_type = "json".into()), "media_type");
    assert_eq!(field(|h| h.handling = vec![Handling::H3, Handling::H1]), "handling");
    assert_eq!(field(|h| h.handling = vec![Handling::H3, Handling::H3]), "handling");
    assert_eq!(field(|h| h.h3_text = None), "h3_text");
    assert_eq!(field(|h| h.handling = vec![Handling::H1]), "h3_text");
    assert_eq!(field(|h| h.urgency_ground = None), "urgency_ground");
    assert_eq!(field(|h| h.urgency = Urgency::Normal), "urgency_ground");
    assert_eq!(field(|h| h.clause = Some("C 1".into())), "clause");
    assert_eq!(field(|h| h.offence = Some(String::new())), "offence");
    assert_eq!(field(|h| h.language = Some("english".into())), "language");
    assert_eq!(field(|h| h.necessity = Some("a\u{202e}b".into())), "necessity");
    assert_eq!(field(|h| h.author_office = Some("x".repeat(1025))), "author_office");
    assert_eq!(field(|h| h.use_restrictions.push("".into())), "use_restrictions[1]");
    assert_eq!(field(|h| h.special_categories.reverse()), "special_categories");
    assert_eq!(field(|h| h.attachments[0].name = "../a".into()), "attachments[0].name");
    assert_eq!(field(|h| h.attachments = vec![h.attachments[0].clone(); 33]), "attachments");
}

#[test]
fn names_of_threads_and_logs_have_one_spelling() {
    // spec: HDR-12
    let text = String::from_utf8(full().encode()).unwrap();
    for (right, wrong) in [
        ("0101010101", "01010101"),
        (&*"aa".repeat(32), &*"AA".repeat(32)),
        ("/1/main", "/01/main"),
        ("/1/main", "/1/main/"),
        ("2030-12-31", "2030-12-32"),
        ("\"index\":7", "\"index\":\"7\""),
    ] {
        let spoiled = text.replacen(right, wrong, 1);
        assert_ne!(spoiled, text);
        assert!(Header::parse(spoiled.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn a_fresh_value_is_written_or_left_out() {
    // spec: HDR-14
    let header = Header { fresh: Some([0xab; 16]), ..full() };
    let text = String::from_utf8(header.encode()).unwrap();
    assert!(text.ends_with(&format!(r#""tlp":"AMBER+STRICT","fresh":"{}"}}"#, "ab".repeat(16))), "{text}");
    assert_eq!(Header::parse(text.as_bytes()).unwrap(), header);
    assert!(!String::from_utf8(full().encode()).unwrap().contains("fresh"));
    for wrong in ["\"AB", "\"", "\"abab"] {
        assert!(Header::parse(text.replacen("\"ab", wrong, 1).as_bytes()).is_err(), "{wrong}");
    }
    let none = format!("\"fresh\":\"{}\"", "ab".repeat(16));
    assert!(Header::parse(text.replacen(&none, "\"fresh\":null", 1).as_bytes()).is_err());
    let protocol = Header { fresh: Some([1; 16]), ..Header::protocol("mithaq.batch/1") };
    assert!(protocol.check().is_err(), "a protocol record is approved by nobody");
}

#[test]
fn a_reference_names_a_place_in_the_channel() {
    let reference = full().in_reply_to.unwrap();
    let channel = ChannelId::new([3; 32]);
    assert_eq!(RecordRef::from(&reference.position(channel)), reference);
    assert_eq!(reference.position(channel).origin.channel, channel);
}

#[test]
fn personal_means_about_persons() {
    let bare = Header::protocol("register.readout/1");
    assert!(!bare.personal());
    assert!(!Header { subject_category: Some(SubjectCategory::None), ..bare.clone() }.personal());
    assert!(!Header { subject_count: Some(0), ..bare.clone() }.personal());
    assert!(Header { subject_category: Some(SubjectCategory::Victim), ..bare.clone() }.personal());
    assert!(Header { subject_count: Some(1), ..bare }.personal());
}
