use alloc::{collections::BTreeMap, format, string::ToString, vec, vec::Vec};

use super::*;
use crate::{
    card::CardChain,
    fixtures::{Agency, agreement, keys, texts},
    header::{Evaluation, Header, ThreadId},
    limits::TIME_LIMIT_MINUTES_MAX,
    suite::{AwsLc, KeyRole, SealingKey, Signer as _},
};

struct Pair {
    first: Agency,
    second: Agency,
}

impl Pair {
    fn new() -> Self {
        Self { first: Agency::new(1, "XAA"), second: Agency::new(2, "XAB") }
    }

    fn agreement(&self) -> Agreement {
        agreement(&self.first.chain, &self.second.chain)
    }

    fn chains(&self) -> BTreeMap<AgencyId, CardChain> {
        [&self.first, &self.second].map(|agency| (*agency.chain.agency(), agency.chain.clone())).into()
    }

    fn signed(&self) -> Bundle {
        let mut bundle = Bundle::new(self.agreement());
        sign(&mut bundle, &self.first);
        sign(&mut bundle, &self.second);
        bundle
    }
}

fn sign(bundle: &mut Bundle, agency: &Agency) {
    bundle.sign(&AwsLc, &agency.keys, &agency.chain, &agency.sealing.public, 1_767_225_600_000).unwrap();
}

/// The fields for which a spoiled agreement is refused.
fn fields(spoil: impl FnOnce(&mut Agreement)) -> Vec<String> {
    let mut agreement = Pair::new().agreement();
    spoil(&mut agreement);
    match Agreement::parse(&agreement.encode()).unwrap_err() {
        AgreementError::Faults(faults) => faults.into_iter().map(|fault| fault.field).collect(),
        AgreementError::Json(error) => panic!("{error}"),
    }
}

#[test]
fn an_agreement_is_read_back_and_names_its_channel() {
    // spec: AGR-DOC-1, AGR-DOC-2
    let agreement = Pair::new().agreement();
    let bytes = agreement.encode();
    assert_eq!(Agreement::parse(&bytes).unwrap(), agreement);
    assert_eq!(agreement.channel(&AwsLc), Some(ChannelId::new(AwsLc.sha256(&[&bytes]))));
    assert!(Agreement::parse(&[bytes.as_slice(), b"\n"].concat()).is_err());
}

#[test]
fn versions_follow_each_other() {
    // spec: AGR-DOC-3, AGR-DOC-4
    assert_eq!(fields(|a| a.version = 0), ["version"]);
    assert_eq!(fields(|a| a.version = 2), ["previous"]);
    assert_eq!(fields(|a| a.previous = Some([1; 32])), ["previous"]);
    let first = Pair::new().agreement();
    let second = Agreement { version: 2, previous: Some(first.hash(&AwsLc)), ..first.clone() };
    second.check_successor(&AwsLc, &first).unwrap();
    assert_eq!(second.channel(&AwsLc), None);
    assert!(first.check_successor(&AwsLc, &first).is_err());
    let stranger = Agreement { previous: Some([1; 32]), ..second };
    assert!(stranger.check_successor(&AwsLc, &first).unwrap_err().to_string().contains("previous: "));
}

#[test]
fn dates_texts_and_parties_have_their_form() {
    // spec: AGR-DOC-5, AGR-DOC-6, AGR-DOC-7
    assert_eq!(fields(|a| a.title.clear()), ["title"]);
    assert_eq!(fields(|a| a.text = texts("")), ["text.en"]);
    assert_eq!(fields(|a| a.valid_until = "2025-12-31".parse().unwrap()), ["valid_until"]);
    assert_eq!(fields(|a| a.late_days = 93), ["late_days"]);
    assert_eq!(fields(|a| a.parties.truncate(1)), ["parties", "clauses[0].authors[1]"]);
    assert_eq!(fields(|a| a.parties[1].agency = a.parties[0].agency), ["parties[1].agency"]);
    assert_eq!(fields(|a| a.parties[1].label = "XAA".into()), ["parties[1].label", "clauses[0].authors[1]"]);
    assert_eq!(fields(|a| a.parties[1].names.clear()), ["parties[1].names"]);
}

#[test]
fn clauses_have_their_form() {
    // spec: AGR-DOC-8, AGR-DOC-9, AGR-DOC-10, AGR-DOC-11, AGR-DOC-12, AGR-DOC-13, AGR-DOC-14
    assert_eq!(fields(|a| a.clauses.clear()), ["clauses"]);
    assert_eq!(fields(|a| a.clauses[1].id = "c1".into()), ["clauses[1].id"]);
    assert_eq!(fields(|a| a.clauses[0].purpose = "Police work".into()), ["clauses[0].purpose"]);
    assert_eq!(fields(|a| a.clauses[0].kinds.clear()), ["clauses[0].kinds"]);
    assert_eq!(fields(|a| a.clauses[0].kinds[0] = "readout".into()), ["clauses[0].kinds[0]"]);
    assert_eq!(fields(|a| a.clauses[0].kinds[0] = "mithaq.batch/1".into()), ["clauses[0].kinds[0]"]);
    assert_eq!(fields(|a| a.clauses[0].kinds = vec!["a.b/1".into(); 2]), ["clauses[0].kinds[1]"]);
    assert_eq!(fields(|a| a.clauses[0].authors.clear()), ["clauses[0].authors"]);
    assert_eq!(fields(|a| a.clauses[0].authors[1] = "XAC".into()), ["clauses[0].authors[1]"]);
    assert_eq!(fields(|a| a.clauses[0].authors[1] = "XAA".into()), ["clauses[0].authors[1]"]);
    assert_eq!(fields(|a| a.clauses[0].offences = vec!["A b".into()]), ["clauses[0].offences[0]"]);
    let none = SubjectCategory::None;
    assert_eq!(fields(|a| a.clauses[0].subject_categories = vec![none]), ["clauses[0].subject_categories"]);
    assert_eq!(fields(|a| a.clauses[0].handling.clear()), ["clauses[0].handling"]);
    assert_eq!(fields(|a| a.clauses[0].handling.reverse()), ["clauses[0].handling"]);
    assert_eq!(fields(|a| a.clauses[1].approvals.reverse()), ["clauses[1].approvals"]);
    assert_eq!(fields(|a| _ = a.clauses[1].approvals.remove(0)), ["clauses[1].approvals"]);
    assert_eq!(fields(|a| a.clauses[0].retention_days_max = 1826), ["clauses[0].retention_days_max"]);
    assert_eq!(fields(|a| a.clauses[0].retention_days_max = 0), ["clauses[0].retention_days_max"]);
    assert_eq!(fields(|a| a.clauses[0].records_per_day_max = Some(0)), ["clauses[0].records_per_day_max"]);
    assert_eq!(
        fields(|a| a.clauses[0].deadlines.as_mut().unwrap().indirect_answer_hours = Some(8785)),
        ["clauses[0].deadlines.indirect_answer_hours"]
    );
    assert_eq!(
        fields(|a| a.clauses[0].deadlines.as_mut().unwrap().answer_hours = Some(8785)),
        ["clauses[0].deadlines.answer_hours"]
    );
    // No hours at all is a limit too: at once.
    let mut at_once = Pair::new().agreement();
    at_once.clauses[0].deadlines.as_mut().unwrap().answer_hours = Some(0);
    assert!(Agreement::parse(&at_once.encode()).is_ok());
}

#[test]
fn a_clause_states_its_time_limits_once_and_by_name() {
    // spec: AGR-DOC-14, AGR-DOC-19
    let limits = |of: &[(&str, u32)]| {
        let limits: TimeLimits = of.iter().copied().collect();
        move |a: &mut Agreement| (a.clauses[0].deadlines, a.clauses[0].limits) = (None, limits)
    };
    let mut agreement = Pair::new().agreement();
    limits(&[("requests.answer", TIME_LIMIT_MINUTES_MAX), ("hotline.acknowledge", 15)])(&mut agreement);
    let text = String::from_utf8(agreement.encode()).unwrap();
    assert!(text.contains(r#""limits":{"hotline.acknowledge":15,"requests.answer":527040},"text""#), "{text}");
    assert_eq!(Agreement::parse(text.as_bytes()).unwrap(), agreement);
    assert_eq!(agreement.clauses[0].limits.get("hotline.acknowledge"), Some(15));

    assert_eq!(fields(limits(&[("hotline.acknowledge", 0)])), ["clauses[0].limits.hotline.acknowledge"]);
    assert_eq!(fields(limits(&[("a.b", TIME_LIMIT_MINUTES_MAX + 1)])), ["clauses[0].limits.a.b"]);
    assert_eq!(fields(limits(&[("answer_hours", 1)])), ["clauses[0].limits.answer_hours"]);
    let names: Vec<String> = (0..65).map(|number| format!("a.b{number}")).collect();
    let many: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    assert_eq!(fields(limits(&many)), ["clauses[0].limits"]);
    // Even where the first form sets no limit: a reader need not know which of two counts.
    let twice = |a: &mut Agreement| a.clauses[0].limits = [("requests.answer", 60)].into_iter().collect();
    assert_eq!(fields(twice), ["clauses[0].limits"]);

    // Where there is none, neither member is written, and nothing else stands for it.
    limits(&[])(&mut agreement);
    let text = String::from_utf8(agreement.encode()).unwrap();
    assert_eq!(Agreement::parse(text.as_bytes()).unwrap(), agreement);
    for other in [r#","limits":{},"text""#, r#","limits":null,"text""#] {
        assert!(
            Agreement::parse(
                text.replacen(",\"text\":{\"en\":\"Readouts", &format!("{other}:{{\"en\":\"Readouts"), 1).as_bytes()
            )
            .is_err()
        );
    }
}

#[test]
fn caps_and_auditors_are_stated_or_left_out() {
    // spec: AGR-DOC-2, AGR-DOC-20, AGR-DOC-21
    let pair = Pair::new();
    let auditor = |party: &str| NamedAuditor { party: party.into(), keys: keys(9, 0).public(KeyRole::Log).unwrap() };
    let mut agreement = pair.agreement();
    let caps = Caps { attachment_bytes_max: Some(1 << 20), ..Caps::default() };
    agreement.caps = Some(caps);
    agreement.auditors = vec![auditor("XAB"), auditor("XAA")];
    let text = String::from_utf8(agreement.encode()).unwrap();
    let expected = r#""late_days":30,"caps":{"attachment_bytes_max":1048576},"auditors":[{"party":"XAB","keys":{"#;
    assert!(text.contains(expected), "{text}");
    assert_eq!(Agreement::parse(text.as_bytes()).unwrap(), agreement);
    assert_eq!((agreement.attachment_bytes_max(), pair.agreement().attachment_bytes_max()), (1 << 20, 1 << 32));

    assert_eq!(fields(|a| a.caps = Some(Caps::default())), ["caps"]);
    assert_eq!(fields(|a| a.caps = Some(Caps { bytes_per_day_max: Some(0), ..caps })), ["caps.bytes_per_day_max"]);
    assert_eq!(fields(|a| a.caps = Some(Caps { records_per_day_max: Some(0), ..caps })), ["caps.records_per_day_max"]);
    let huge = Caps { attachment_bytes_max: Some(1 << 53), ..caps };
    let mut over = pair.agreement();
    over.caps = Some(huge);
    assert!(over.check().unwrap_err().to_string().contains("caps.attachment_bytes_max"));
    assert_eq!(fields(|a| a.auditors = vec![auditor("XAC")]), ["auditors[0].party"]);
    assert_eq!(fields(|a| a.auditors = vec![auditor("XAA"), auditor("XAA")]), ["auditors[1]"]);
    let many = |a: &mut Agreement| {
        let public = |seed| keys(seed, 0).public(KeyRole::Log).unwrap();
        a.auditors = (1..34).map(|seed| NamedAuditor { party: "XAA".into(), keys: public(seed) }).collect();
    };
    assert_eq!(fields(many), ["auditors"]);
    let without = String::from_utf8(pair.agreement().encode()).unwrap();
    assert!(!without.contains("caps") && !without.contains("auditors") && !without.contains("limits"));
    let empty = without.replacen(",\"clauses\"", ",\"auditors\":[],\"clauses\"", 1);
    assert!(Agreement::parse(empty.as_bytes()).is_err(), "left out has one spelling");
}

#[test]
fn another_version_of_a_format_is_named_in_the_error() {
    // spec: DOC-11
    let pair = Pair::new();
    let text = String::from_utf8(pair.agreement().encode()).unwrap();
    let newer = text.replacen("agreement/1", "agreement/2", 1).replacen("\"version\"", "\"news\":true,\"version\"", 1);
    let error = Agreement::parse(newer.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("field mithaq") && error.contains("`agreement/2`, expected `agreement/1`"), "{error}");
    let file = String::from_utf8(pair.first.chain.encode()).unwrap();
    let error = CardChain::parse(&AwsLc, file.replacen("cards/1", "cards/2", 1).as_bytes()).unwrap_err().to_string();
    assert!(error.contains("`cards/2`, expected `cards/1`"), "{error}");
    // A member that this version does not know may change what is agreed: nobody signs past it.
    let unknown = text.replacen("\"version\"", "\"news\":true,\"version\"", 1);
    let error = Agreement::parse(unknown.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("unknown field `news`"), "{error}");
}

/// Limits that were added later are left out of the bytes where an agreement does not give them, so that what was signed
/// before they existed is read and hashed as it was.
#[test]
fn limits_that_are_left_out_leave_no_trace() {
    let agreement = Pair::new().agreement();
    assert!(!String::from_utf8(agreement.encode()).unwrap().contains("indirect"));
    let mut with = agreement;
    with.clauses[0].deadlines = Some(Deadlines::FRAMEWORK_DECISION_2006_960);
    assert_eq!(Agreement::parse(&with.encode()).unwrap(), with);
    let null = String::from_utf8(with.encode()).unwrap().replace("_hours\":336", "_hours\":null");
    assert!(Agreement::parse(null.as_bytes()).is_err(), "left out has one spelling");
}

#[test]
fn the_limit_depends_on_urgency_and_access() {
    let within = |deadlines: Deadlines| {
        [(true, false), (true, true), (false, false), (false, true)]
            .map(|(urgent, indirect)| deadlines.answer_within(urgent, indirect))
    };
    assert_eq!(within(Deadlines::DIRECTIVE_2023_977), [Some(8), Some(72), Some(168), Some(168)]);
    assert_eq!(within(Deadlines::FRAMEWORK_DECISION_2006_960), [Some(8), Some(72), Some(168), Some(336)]);
    assert_eq!(within(Deadlines { answer_hours: Some(5), ..Deadlines::NONE }), [Some(5); 4]);
    assert_eq!(within(Deadlines::NONE), [None; 4]);
    let mut clause = Pair::new().agreement().clauses.remove(0);
    assert!(!clause.runs_from_receipt(), "the first form without a limit");
    clause.deadlines = Some(Deadlines::DIRECTIVE_2023_977);
    assert!(clause.runs_from_receipt());
    clause.deadlines = None;
    assert!(!clause.runs_from_receipt());
    clause.limits = [("hotline.acknowledge", 15)].into_iter().collect();
    assert!(clause.runs_from_receipt());
}

#[test]
fn all_faults_are_reported_with_what_would_be_right() {
    let mut agreement = Pair::new().agreement();
    agreement.clauses[0].authors[1] = "XAC".into();
    agreement.clauses[0].handling.clear();
    let message = agreement.check().unwrap_err().to_string();
    assert!(message.starts_with("faults in the agreement: 2\n"), "{message}");
    assert!(message.contains("clauses[0].authors[1]: \"XAC\" is no party's label; there are XAA, XAB"), "{message}");
    assert!(message.contains("the default is [\"H1\", \"H2\"]"), "{message}");
}

#[test]
fn a_clause_answers_what_it_lists() {
    let agreement = Pair::new().agreement();
    let notes = agreement.clause("c2").unwrap();
    assert!(notes.allows("correspondence.note/1", "XAA"));
    assert!(!notes.allows("correspondence.note/1", "XAB"));
    assert!(!notes.allows("correspondence.note/2", "XAA"));
    assert!(notes.requires(ApprovalRole::ReleaseAuthority) && !notes.requires(ApprovalRole::HeadOfDelegation));
    assert!(notes.allows_subject(SubjectCategory::None) && !notes.allows_subject(SubjectCategory::Suspect));
    assert!(notes.allows_handling(Handling::H0) && !notes.allows_handling(Handling::H1));
    assert!(!notes.allows_offence("drugs"));
    assert!(agreement.is_valid_on("2027-12-31".parse().unwrap()));
    assert!(!agreement.is_valid_on("2028-01-01".parse().unwrap()));
    assert_eq!(agreement.late_until(), "2028-01-30".parse().unwrap());
}

#[test]
fn a_draft_takes_its_defaults_from_the_clause() {
    // spec: HDR-13
    let agreement = Pair::new().agreement();
    let (today, thread) = ("2026-01-01".parse().unwrap(), ThreadId([9; 16]));
    let header = Header::draft(&agreement, "c1", "register.readout/1", today, thread).unwrap();
    assert_eq!(header.handling, [Handling::H1, Handling::H2]);
    assert_eq!(header.evaluation, Some(Evaluation::UNGRADED));
    assert_eq!(header.purpose.as_deref(), Some("register"));
    assert_eq!(header.retain_until, Some("2030-12-31".parse().unwrap()));
    header.check().unwrap();

    let header = Header::draft(&agreement, "c2", "correspondence.note/1", today, thread).unwrap();
    assert_eq!(header.handling, [Handling::H0]);
    let error = Header::draft(&agreement, "c3", "register.readout/1", today, thread).unwrap_err();
    assert_eq!(error.to_string(), "the agreement has no clause c3; it has c1, c2");
    let error = Header::draft(&agreement, "c1", "correspondence.note/1", today, thread).unwrap_err();
    assert!(format!("{error}").ends_with("it lists register.readout/1"));
}

#[test]
fn a_bundle_is_complete_when_every_party_has_signed_and_handed_in_its_key() {
    // spec: AGR-DOC-15, AGR-DOC-16, AGR-DOC-18
    let pair = Pair::new();
    let parties = pair.agreement().parties.iter().map(|party| party.agency).collect::<Vec<_>>();
    let mut at_first = Bundle::new(pair.agreement());
    assert_eq!(at_first.missing(), parties);
    sign(&mut at_first, &pair.first);
    assert_eq!(at_first.missing(), parties[1..]);

    let mut at_second = Bundle::new(pair.agreement());
    sign(&mut at_second, &pair.second);
    at_second.merge(&Bundle::parse(&at_first.encode()).unwrap()).unwrap();
    assert_eq!(at_second.missing(), []);
    at_second.verify(&AwsLc, &pair.chains()).unwrap();
    assert_eq!(Bundle::parse(&at_second.encode()).unwrap(), at_second);
    let key = at_second.sealing_key(&parties[0]).unwrap();
    assert_eq!((key.public, key.agency), (pair.first.sealing.public.clone(), parties[0]));

    let other = Bundle::new(Agreement { late_days: 1, ..pair.agreement() });
    assert_eq!(at_second.merge(&other), Err(BundleError::OtherAgreement));
}

#[test]
fn merging_keeps_what_is_here() {
    // spec: AGR-DOC-15
    let pair = Pair::new();
    let (mut held, offered) = (pair.signed(), pair.signed());
    let before = held.encode();
    held.merge(&offered).unwrap();
    assert_eq!(held.encode(), before);
}

#[test]
fn only_parties_sign_and_only_with_their_cards() {
    // spec: AGR-DOC-16, AGR-DOC-17
    let pair = Pair::new();
    let stranger = Agency::new(3, "XAC");
    let mut bundle = pair.signed();
    let refused = bundle.sign(&AwsLc, &stranger.keys, &stranger.chain, &stranger.sealing.public, 0);
    assert_eq!(refused, Err(BundleError::NotAParty(*stranger.chain.agency())));

    let mut chains = pair.chains();
    chains.remove(pair.first.chain.agency());
    assert!(matches!(bundle.verify(&AwsLc, &chains), Err(BundleError::CardUnknown { serial: 1, .. })));

    // Signed under a card that this reader has not seen yet; once it has, both cards' signatures count.
    let rotated = pair.first.rotated(1, "XAA");
    sign(&mut bundle, &rotated);
    assert!(matches!(bundle.verify(&AwsLc, &pair.chains()), Err(BundleError::CardUnknown { serial: 2, .. })));
    let mut chains = pair.chains();
    chains.insert(*rotated.chain.agency(), rotated.chain.clone());
    bundle.verify(&AwsLc, &chains).unwrap();
    pair.signed().verify(&AwsLc, &chains).unwrap();

    // The keys of another role or agency don't count.
    let mut bundle = pair.signed();
    bundle.sign(&AwsLc, &pair.second.keys, &pair.first.chain, &pair.first.sealing.public, 0).unwrap();
    let invalid = BundleError::SignatureInvalid(*pair.first.chain.agency());
    assert_eq!(bundle.verify(&AwsLc, &pair.chains()), Err(invalid));
}

#[test]
fn a_sealing_key_is_for_this_channel_and_this_party() {
    // spec: AGR-DOC-17
    let pair = Pair::new();
    let short = SealingKey { seed: [0; 32], public: vec![1; 1215] };
    let mut bundle = pair.signed();
    bundle.sign(&AwsLc, &pair.first.keys, &pair.first.chain, &short.public, 0).unwrap();
    assert!(matches!(bundle.verify(&AwsLc, &pair.chains()), Err(BundleError::SealingKeyWrong { .. })));

    // A key that was signed for another agreement between the same parties.
    let mut other = Bundle::new(Agreement { late_days: 1, ..pair.agreement() });
    sign(&mut other, &pair.first);
    sign(&mut other, &pair.second);
    let text = |bundle: &Bundle| String::from_utf8(bundle.encode()).unwrap();
    let (good, strange) = (text(&pair.signed()), text(&other));
    let keys = |text: &str| text.split_once("\"sealing_keys\":").unwrap().1.to_string();
    let mixed = good.replace(&keys(&good), &keys(&strange));
    let bundle = Bundle::parse(mixed.as_bytes()).unwrap();
    let error = bundle.verify(&AwsLc, &pair.chains()).unwrap_err();
    assert!(format!("{error}").ends_with("it is for another channel"), "{error}");
}

#[test]
fn later_versions_take_no_sealing_keys() {
    // spec: AGR-DOC-18
    let pair = Pair::new();
    let first = pair.agreement();
    let mut bundle = Bundle::new(Agreement { version: 2, previous: Some(first.hash(&AwsLc)), ..first });
    sign(&mut bundle, &pair.first);
    sign(&mut bundle, &pair.second);
    assert_eq!((bundle.missing(), bundle.sealing_keys().count()), (vec![], 0));
    bundle.verify(&AwsLc, &pair.chains()).unwrap();
}

#[test]
fn no_byte_of_a_complete_bundle_can_be_changed() {
    // spec: AGR-DOC-15
    let pair = Pair::new();
    let (bytes, chains) = (pair.signed().encode(), pair.chains());
    let refused = |bytes: &[u8]| match Bundle::parse(bytes) {
        Ok(bundle) => bundle.verify(&AwsLc, &chains).is_err() || !bundle.missing().is_empty(),
        Err(_) => true,
    };
    assert!(!refused(&bytes));
    for (at, mask) in (0..bytes.len()).step_by(41).chain(0..60).zip([1, 2, 4, 32].into_iter().cycle()) {
        let mut spoiled = bytes.clone();
        spoiled[at] ^= mask;
        assert!(refused(&spoiled), "byte {at} with {mask}");
    }
}

#[test]
fn a_signature_of_one_kind_does_not_count_for_another() {
    // spec: DOC-1, DOC-2
    use crate::document::{self, SignedDocument};
    let Pair { first, .. } = Pair::new();
    let keys = &first.chain.current().keys.document;
    let agency = first.chain.agency();
    let signed = SignedDocument::sign(&first.keys, "withheld", agency, 1, b"{}".to_vec()).unwrap();
    assert!(signed.verify(&AwsLc, keys, "withheld"));
    assert!(!signed.verify(&AwsLc, keys, "nack"));
    let mut other = signed.clone();
    other.signature.serial = 2;
    assert!(!other.verify(&AwsLc, keys, "withheld"));
    let mut other = signed.clone();
    other.signature.agency = AgencyId::new([0; 32]);
    assert!(!other.verify(&AwsLc, keys, "withheld"));
    assert_eq!(SignedDocument::parse(&signed.encode()).unwrap(), signed);
    let log = document::sign(&first.keys, KeyRole::Log, "withheld", agency, 1, b"{}").unwrap();
    assert!(!document::verify(&AwsLc, keys, "withheld", b"{}", &log));
    assert_eq!(
        &document::preimage("nack", &AgencyId::new([7; 32]), 258, b"ab")[..],
        [b"mithaq/nack/v1\0", &[7; 32][..], &[0, 0, 0, 0, 0, 0, 1, 2], &[0, 0, 0, 0, 0, 0, 0, 2], b"ab"].concat()
    );
}
