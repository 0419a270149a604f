mod inputs;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use cedar_policy::{Schema, ValidationMode, Validator};
use proptest::prelude::*;
use protocol::agreement::ApprovalRole;
use protocol::date::Date;
use protocol::header::{Handling, Header, SubjectCategory};
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::{Lane, Origin, Position};

use super::*;
use crate::body::{Answer, BodyFacts, Judicial, Notice, Query, RequestFacts};
use crate::case::{self, Case, agreement};
use crate::facts::{GivenApproval, Protection, Side};
use crate::floor::RULES;

fn policy() -> Policy {
    Policy::compile(&agreement()).unwrap()
}

/// One for all property tests, because compiling takes longer than deciding.
static SHARED: LazyLock<Policy> = LazyLock::new(policy);

// spec: POL-1, POL-9
#[test]
fn every_rule_that_works_has_a_case_that_passes_and_one_that_is_refused_and_all_come_out_as_stated() {
    for rule in RULES.iter().filter(|rule| matches!(rule.state, State::Cedar { .. } | State::Code { .. })) {
        let tried = case::run(rule);
        assert!(tried.iter().any(|case| case.passes), "{} has no passing case", rule.id);
        assert!(tried.iter().any(|case| !case.passes), "{} has no refused case", rule.id);
        for case in tried {
            assert_eq!(case.wrong, None, "{}: {}", rule.id, case.name);
        }
    }
}

#[test]
fn a_rule_is_a_file_named_by_its_id_and_the_other_way_round() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/floor");
    let files: BTreeSet<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let of = |rule: &floor::Rule| -> Vec<String> {
        let name = rule.id.to_lowercase().replace('-', "_");
        match rule.state {
            State::Cedar { .. } => vec![format!("{name}.cedar"), format!("{name}.toml")],
            State::Code { .. } => vec![format!("{name}.rs")],
            State::Tested { .. } | State::NotYet(_) => vec![],
        }
    };
    assert_eq!(files, RULES.iter().flat_map(of).collect());
}

#[test]
fn tests_that_hold_a_rule_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for rule in RULES {
        if let State::Tested { tests, .. } = rule.state {
            for (file, test) in tests {
                let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
                assert!(text.contains(&format!("fn {test}()")), "{}: {test} is not in {file}", rule.id);
            }
        }
    }
}

#[test]
fn the_floors_page_is_what_a_run_of_the_cases_prints() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FLOOR.md")).unwrap();
    assert!(page == crate::page::floor().unwrap(), "docs/FLOOR.md is old: run `cargo xtask floor`");
}

#[test]
fn the_floor_has_65_rules_each_once() {
    assert_eq!((RULES.len(), RULES.iter().map(|rule| rule.id).collect::<BTreeSet<_>>().len()), (65, 65));
}

/// Cedar's own validator, in its strict mode: every attribute exists, every word is of its type.
#[test]
fn the_floor_and_compiled_clauses_fit_the_schema() {
    let (schema, warnings) = Schema::from_cedarschema_str(&crate::inputs::schema()).unwrap();
    assert_eq!(warnings.count(), 0);
    let validator = Validator::new(schema);
    let policy = policy();
    let slices = FLOOR.iter().map(|(_, slice)| slice).chain(&policy.clauses).chain([&policy.without_clause]);
    for slice in slices {
        let result = validator.validate(&slice.set, ValidationMode::Strict);
        let errors: Vec<_> = result.validation_errors().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let broken =
        PolicySet::from_str("forbid (principal, action, resource) when { context.handling == Handling::\"mising\" };");
    assert!(!validator.validate(&broken.unwrap(), ValidationMode::Strict).validation_passed());
}

#[test]
fn slices_stay_small() {
    for (aspect, slice) in FLOOR.iter() {
        println!("{aspect:?}: {} policies", slice.set.policies().count());
        assert!(slice.set.policies().count() <= 24, "{aspect:?}");
    }
}

// spec: POL-4
#[test]
fn reasons_come_in_the_order_of_the_floor() {
    // Everything is wrong with this record; the first family speaks, and with each fault mended the next.
    let agreement = agreement();
    let policy = policy();
    let mut case = Case::new("person");
    case.header.clause = Some("c9".to_owned());
    case.header.offence = Some("blasphemy".to_owned());
    case.header.subject_category = None;
    case.reading = case::Reading::Malformed;
    case.header.handling.clear();
    case.header.evaluation = None;
    case.header.retain_until = None;
    case.header.subject_count = Some(21);
    case.approvals.clear();
    let (right, approvals) = case::base("person");
    let mends: [&dyn Fn(&mut Case); 9] = [
        &|case| case.header.clause = Some("c3".to_owned()),
        &|case| case.header.offence = Some("theft".to_owned()),
        &|case| case.header.subject_category = right.subject_category,
        &|case| case.reading = case::Reading::Read,
        &|case| case.header.handling = right.handling.clone(),
        &|case| case.header.evaluation = right.evaluation,
        &|case| case.header.retain_until = right.retain_until,
        &|case| case.header.subject_count = Some(1),
        &|case| case.approvals = approvals.clone(),
    ];
    let mut order = Vec::new();
    for mend in mends {
        order.push(policy.decide(&case.facts(&agreement)).public.unwrap_err().rule.to_string());
        mend(&mut case);
    }
    assert_eq!(order, ["AGR-01", "NEU-01", "CHD-02", "MIN-01", "HAN-01", "ACC-01", "RET-01", "BLK-01", "EYE-01"]);
    assert_eq!(policy.decide(&case.facts(&agreement)).public, Ok(()));
}

#[test]
fn a_clause_speaks_after_the_floor() {
    let agreement = agreement();
    let policy = policy();
    let mut case = Case::new("note");
    case.approvals.truncate(1);
    let refusal = policy.decide(&case.facts(&agreement)).public.unwrap_err();
    assert_eq!((refusal.rule, refusal.reason), (Source::Clause("c2".to_owned()), Reason::ApprovalMissing));
    assert_eq!(refusal.message.to_string(), "Clause c2 demands the approval of the release authority.");
    case.header.handling.clear();
    assert_eq!(policy.decide(&case.facts(&agreement)).public.unwrap_err().rule, Source::Floor("HAN-01"));

    let says = |change: fn(&mut Case)| {
        let mut case = Case::new("person");
        change(&mut case);
        policy.decide(&case.facts(&agreement)).public.unwrap_err().to_string()
    };
    assert_eq!(
        says(|case| case.header.offence = Some("forgery".to_owned())),
        "clause c3: Clause c3 covers the offences drugs, homicide, theft."
    );
    assert_eq!(
        says(|case| case.header.offence = None),
        "clause c3: A record about persons under clause c3 states one of the offences drugs, homicide, theft."
    );
    assert_eq!(
        says(|case| case.header.subject_category = Some(SubjectCategory::Traveller)),
        "clause c3: Clause c3 lets records be about suspect, victim, witness_or_informant, missing."
    );
    assert_eq!(
        says(|case| case.header.purpose = Some("training".to_owned())),
        "AGR-01: The purpose must be that of clause c3: identify_person_or_object."
    );
}

#[test]
fn the_words_of_every_refusal_can_be_filled() {
    let agreement = agreement();
    let case = Case::new("person");
    let policy = policy();
    let slices = FLOOR.iter().map(|(_, slice)| slice).chain(&policy.clauses);
    for said in slices.flat_map(|slice| slice.said.values()) {
        for name in crate::words::names(&said.say) {
            assert!(crate::words::is_known(name, &case.facts(&agreement)), "{}: {name}", said.rule);
        }
        assert!(said.say.ends_with('.'), "{}", said.say);
        assert!(said.hidden.is_some() || (said.reason != Reason::Undecided && said.field.is_some()), "{said:?}");
    }
}

// spec: POL-5, POL-8
#[test]
fn an_agreement_that_weakens_the_floor_names_clause_field_and_rule() {
    let mut agreement = agreement();
    agreement.clauses[2].offences.push("against_the_state".to_owned());
    agreement.clauses[0].kinds.push("defence.operation/1".to_owned());
    let error = Policy::compile(&agreement).err().unwrap().to_string();
    assert!(error.contains("clause c3, clauses[2].offences[3]: NEU-01: against_the_state is none"), "{error}");
    assert!(error.contains("clause c1, clauses[0].kinds[1]: NEU-03: defence.operation/1"), "{error}");
}

#[test]
fn red_papers_stay_between_two() {
    let mut agreement = agreement();
    let third = protocol::agreement::Party {
        agency: AgencyId::new([9; 32]),
        label: "XAC".to_owned(),
        ..agreement.parties[0].clone()
    };
    agreement.parties.push(third);
    let mut case = Case::new("readout");
    case.header.tlp = Some(protocol::header::Tlp::Red);
    let refusal = Policy::compile(&agreement).unwrap().decide(&case.facts(&agreement)).public.unwrap_err();
    assert_eq!((refusal.rule, refusal.reason), (Source::Floor("HAN-05"), Reason::LabelTooNarrow));
}

// spec: POL-6
#[test]
fn protocol_records_are_always_allowed() {
    let agreement = agreement();
    let policy = policy();
    for today in ["2020-01-01", "2026-06-01", "2040-01-01"] {
        let mut case = Case::new("readout");
        case.header = Header::protocol("mithaq.batch/1");
        (case.author, case.today) = ("nobody".to_owned(), today.parse().unwrap());
        assert_eq!(policy.decide(&case.facts(&agreement)), Decision::ALLOWED);
    }
    let mut near_miss = Case::new("readout");
    near_miss.header.kind = "mithaqx.batch/1".to_owned();
    assert!(policy.decide(&near_miss.facts(&agreement)).public.is_err());
}

// spec: POL-3
#[test]
fn reasons_have_one_code_and_one_name_each() {
    let all: Vec<_> = Reason::all().collect();
    assert!(all.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    assert_eq!(all.iter().map(|reason| reason.name()).collect::<BTreeSet<_>>().len(), all.len());
    for reason in all {
        assert_eq!(Reason::from_name(reason.name()), Some(reason));
        assert!(reason.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    }
    assert_eq!(Reason::from_name("no-such-reason"), None);
    // The words are part of the protocol: a change of one of these lines is a change of the protocol.
    assert_eq!((Reason::KindNotListed.code(), Reason::KindNotListed.name()), (3, "kind-not-listed"));
    assert_eq!((Reason::SameOfficerTwice.code(), Reason::SameOfficerTwice.name()), (42, "same-officer-twice"));
}

#[test]
fn the_specification_lists_reasons_and_offences() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/policy.md");
    let text = std::fs::read_to_string(page).unwrap();
    let listed: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | ")).collect();
    let known: Vec<_> = Reason::all().map(|reason| (reason.name(), reason.code().to_string())).collect();
    assert_eq!(listed.len(), known.len());
    for ((name, rest), (known, code)) in listed.iter().zip(&known) {
        assert_eq!((*name, rest.split_once(" | ").unwrap().0), (*known, code.as_str()));
    }
    for (code, _) in crate::offences::CATALOGUE {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn what_was_decided_is_kept_and_what_differs_is_decided_anew() {
    let agreement = agreement();
    let policy = policy();
    let mut case = Case::new("person");
    for day in 1..=9 {
        // The day itself is no input, only what it means.
        case.today = format!("2026-06-0{day}").parse().unwrap();
        assert_eq!(policy.decide(&case.facts(&agreement)), Decision::ALLOWED);
    }
    assert_eq!(evaluated(&policy), 1);
    case.today = "2028-06-01".parse().unwrap();
    assert!(policy.decide(&case.facts(&agreement)).public.is_err());
    assert_eq!(evaluated(&policy), 2);
}

/// How often Cedar was asked about a clause of this policy. The floor's slices are shared by all policies.
fn evaluated(policy: &Policy) -> u64 {
    let slices = policy.clauses.iter().chain([&policy.without_clause]);
    slices.map(|slice| slice.evaluated.load(Ordering::Relaxed)).sum()
}

#[test]
fn no_rule_of_the_floor_is_about_certain_parties_kinds_or_clauses() {
    for (_, slice) in FLOOR.iter() {
        let inputs = Inputs {
            clause: Some(1),
            kind: Some(2),
            author: Some(3),
            ..Inputs::of(&Case::new("person").facts(&agreement()))
        };
        let read = slice.reads.of(&inputs);
        assert_eq!((read.clause, read.kind, read.author), (None, None, None));
    }
    let read = |text: &str| {
        let mut reads = Reads::NOTHING;
        reads.add(text);
        reads.of(&Inputs { kind: Some(2), ..Inputs::of(&Case::new("person").facts(&agreement())) }).kind
    };
    assert_eq!(read("forbid (principal, action == Action::\"send\", resource) when { context.personal };"), None);
    assert_eq!(read("forbid (principal, action, resource) unless { [Kind::\"x\"].contains(resource) };"), Some(2));
    assert_eq!(read("forbid (principal == Party::\"x\", action, resource);"), Some(2));
}

#[test]
fn a_policy_that_reads_what_it_is_not_shown_allows_nothing() {
    let mut slice = Slice::open();
    slice.add("@say(\"never\") forbid (principal, action, resource) when { context.graded };", "HAN-01", false);
    slice.reads = Reads::NOTHING;
    let agreement = agreement();
    let case = Case::new("readout");
    let facts = case.facts(&agreement);
    let public = slice.verdict(&Inputs::of(&facts), &facts).public.unwrap();
    assert!(public.reason == Reason::Undecided && public.say != "never", "{}", public.say);
}

#[test]
fn made_up_names_make_no_new_inputs() {
    let agreement = agreement();
    let policy = policy();
    for number in 0..20 {
        let mut case = Case::new("readout");
        case.header.clause = Some(format!("c1{number}"));
        case.header.kind = format!("made.up/{number}");
        case.header.purpose = Some(format!("p{number}"));
        case.header.offence = Some(format!("o{number}"));
        assert!(policy.decide(&case.facts(&agreement)).public.is_err());
    }
    assert_eq!(evaluated(&policy), 1);
}

#[test]
fn decisions_kept_are_bounded() {
    let agreement = agreement();
    let policy = policy();
    let case = Case::new("readout");
    let facts = case.facts(&agreement);
    let mut inputs = Inputs::of(&facts);
    let slice = &policy.clauses[usize::from(inputs.clause.unwrap())];
    for number in 0..=u16::try_from(DECISIONS_KEPT_MAX).unwrap() {
        inputs.kind = Some(number + 100);
        slice.kept.write().unwrap().insert(inputs, Verdict::default());
    }
    assert!(slice.kept.read().unwrap().len() > DECISIONS_KEPT_MAX);
    assert!(policy.decide(&facts).public.is_ok());
    let kept = slice.kept.read().unwrap().len();
    assert!(kept <= DECISIONS_KEPT_MAX, "{kept}");
}

/// What a record without persons costs. Run it with `--ignored --nocapture` on a quiet machine.
#[test]
#[ignore = "it measures"]
#[expect(clippy::disallowed_methods, reason = "the test measures")]
fn cost_of_a_decision() {
    let agreement = agreement();
    for base in ["readout", "note", "person"] {
        let policy = policy();
        let case = Case::new(base);
        let facts = case.facts(&agreement);
        policy.decide(&facts).public.unwrap();
        let time = |times: u32, run: &dyn Fn()| {
            let rounds = (0..20).map(|_| {
                let start = std::time::Instant::now();
                (0..times).for_each(|_| run());
                start.elapsed() / times
            });
            rounds.min().unwrap_or(Duration::MAX)
        };
        let kept = time(10_000, &|| drop(std::hint::black_box(policy.decide(std::hint::black_box(&facts)))));
        let inputs = time(10_000, &|| {
            std::hint::black_box(Inputs::of(std::hint::black_box(&facts)));
        });
        let all = Inputs::of(&facts);
        let slice = &policy.clauses[usize::from(all.clause.unwrap())];
        let evaluated = time(100, &|| drop(slice.judge(&slice.reads.of(&all), &facts)));
        let context = time(100, &|| drop(all.context(&slice.reads)));
        println!("{base}: kept {kept:?} (inputs {inputs:?}), its clause evaluated {evaluated:?} (context {context:?})");
    }
}

fn any_date() -> impl Strategy<Value = Date> {
    (2025i16..=2029, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn any_approval() -> impl Strategy<Value = GivenApproval> {
    (prop::sample::select(ApprovalRole::ALL.to_vec()), 0u64..4, prop::bool::weighted(0.9)).prop_map(
        |(role, index, verified)| {
            let origin =
                Origin { channel: ChannelId::new([1; 32]), agency: AgencyId::new([2; 32]), epoch: 1, lane: Lane::Main };
            GivenApproval { role, officer: Position { origin, index }, verified }
        },
    )
}

fn any_header() -> impl Strategy<Value = Header> {
    let word = || prop::option::of(prop_oneof!["c1", "c2", "c3", "register", "support_investigation", ".{0,8}"]);
    let kinds = prop_oneof![
        "register.readout/1",
        "correspondence.note/1",
        "requests.reply/1",
        "mithaq.x/1",
        "[a-z./0-9]{0,12}"
    ];
    let codes = prop::collection::vec(prop::sample::select(vec![Handling::H0, Handling::H1, Handling::H2]), 0..4);
    let offence = prop::option::of(prop_oneof!["drugs", "theft", "homicide", "opinion"]);
    let about =
        (any::<bool>(), prop::option::of(0u32..30), prop::option::of(any::<bool>()), any::<bool>(), any::<bool>());
    (kinds, word(), word(), codes, prop::option::of(any_date()), offence, about, 0u8..3).prop_map(
        |(kind, clause, purpose, handling, retain_until, offence, about, ground)| {
            let (personal, subject_count, is_minor, special, graded) = about;
            let bare = Header::protocol(&kind);
            Header {
                clause,
                purpose,
                handling,
                retain_until,
                offence,
                subject_category: personal.then_some(SubjectCategory::Victim),
                subject_count,
                is_minor,
                special_categories: if special { vec![protocol::header::SpecialCategory::Health] } else { vec![] },
                evaluation: graded.then_some(protocol::header::Evaluation::UNGRADED),
                urgency: if ground > 0 { protocol::header::Urgency::Urgent } else { bare.urgency },
                urgency_ground: (ground > 1).then_some(protocol::header::UrgencyGround::ThreatToLife),
                ..bare
            }
        },
    )
}

fn any_body() -> impl Strategy<Value = BodyFacts> {
    let answers = [
        Answer::None,
        Answer::Provided,
        Answer::NothingToProvide,
        Answer::RefusedWithGround,
        Answer::RefusedWithoutGround,
    ];
    let notices = [Notice::None, Notice::Wanted, Notice::Warning, Notice::Other];
    let queries = [Query::None, Query::Case, Query::Group, Query::Standing];
    let judicial = [Judicial::None, Judicial::Referral, Judicial::Act];
    let words = (
        prop::sample::select(answers.to_vec()),
        prop::sample::select(notices.to_vec()),
        prop::sample::select(queries.to_vec()),
        prop::sample::select(judicial.to_vec()),
    );
    let request = prop::option::of((any::<bool>(), any::<bool>(), any::<bool>()));
    (words, request, 0u32..25, any::<[bool; 10]>()).prop_map(
        |((answer, notice, query, judicial), request, persons, flags)| {
            let [
                coercive,
                ungraded,
                unsorted,
                weak_only,
                partisan,
                military,
                return_targets,
                torture_risk,
                passes_on,
                needs_tlp,
            ] = flags;
            let request =
                request.map(|(necessity, link, reason_to_believe)| RequestFacts { necessity, link, reason_to_believe });
            BodyFacts {
                persons,
                request,
                answer,
                notice,
                coercive,
                ungraded,
                unsorted,
                weak_only,
                query,
                partisan,
                military,
                judicial,
                return_targets,
                torture_risk,
                passes_on,
                needs_tlp,
                ..BodyFacts::default()
            }
        },
    )
}

prop_compose! {
    fn any_case()(
        header in any_header(),
        body in any_body(),
        author in prop_oneof!["XAA", "XAB", ".{0,4}"],
        approvals in prop::collection::vec(any_approval(), 0..4),
        today in any_date(),
        receiver: bool,
        month_persons in 180u32..210,
        death_penalty: bool,
        reading in prop::sample::select(vec![case::Reading::Read, case::Reading::Malformed, case::Reading::KindUnknown]),
        protection in any::<[bool; 3]>(),
    ) -> Case {
        let side = if receiver { Side::Receiver } else { Side::Sender };
        let [person, thread, check_due] = protection;
        Case {
            header, body, author, approvals, today, side, month_persons, death_penalty, reading,
            protection: Protection { person, thread, check_due }, ..Case::new("readout")
        }
    }
}

/// All rules at once, without slices and without keeping.
fn decide_without_slices(case: &Case) -> Vec<String> {
    let agreement = agreement();
    let facts = case.facts(&agreement);
    let inputs = Inputs::of(&facts);
    let clause = inputs.clause.map(|place| &agreement.clauses[usize::from(place)]);
    let mut all = Slice::open();
    all.add(floor::AGR_01, "AGR-01", false);
    if let Some(clause) = clause {
        all.add(&clauses::cedar(&agreement, clause), "", false);
    }
    for rule in RULES {
        if let State::Cedar { aspect, hidden, text, .. } = rule.state
            && aspect != Aspect::Clause
        {
            all.add(text, rule.id, hidden);
        }
    }
    let verdict = all.judge(&inputs, &facts).unwrap();
    let public = verdict.public.map_or("allowed".to_owned(), |said| format!("{} {}", said.rule, said.say));
    vec![public, verdict.held.and_then(|said| said.hidden).unwrap_or("free").to_owned()]
}

proptest! {
    // spec: POL-2
    /// Total, and closed by default: what is allowed stands in a clause, word by word, and what is about persons was
    /// signed by two officers, or by one against a threat to life.
    #[test]
    fn what_no_clause_lists_is_refused(case in any_case()) {
        let agreement = agreement();
        if SHARED.decide(&case.facts(&agreement)).public.is_ok() && !case.header.is_protocol() {
            let listed = agreement.clauses.iter().any(|clause| {
                case.header.clause.as_ref() == Some(&clause.id)
                    && case.header.purpose.as_ref() == Some(&clause.purpose)
                    && clause.kinds.contains(&case.header.kind)
                    && clause.authors.contains(&case.author)
            });
            prop_assert!(listed, "{case:?}");
            let alone = case.header.urgency_ground == Some(protocol::header::UrgencyGround::ThreatToLife);
            let needed = if alone { 1 } else { 2 };
            prop_assert!(!case.facts(&agreement).personal() || case.approvals.len() >= needed);
        }
    }

    // spec: POL-10
    /// An answer that provides nothing crosses bare, at either end, and needs nobody's approval.
    #[test]
    fn an_answer_that_provides_nothing_is_bare(case in any_case(), bare: bool) {
        let agreement = agreement();
        let mut case = Case { body: BodyFacts { answer: Answer::NothingToProvide, ..BodyFacts::default() }, ..case };
        if bare {
            (case.header, case.approvals) = case::base("nothing");
        }
        let allowed = SHARED.decide(&case.facts(&agreement)).public.is_ok();
        let header = &case.header;
        if allowed && !header.is_protocol() {
            prop_assert!(case.approvals.is_empty());
            let of = crate::Neutral {
                thread: header.thread.unwrap(),
                asked: header.in_reply_to.clone().unwrap(),
                retain_until: header.retain_until,
                today: case.today,
                fresh: header.fresh.unwrap_or([7; 16]),
            };
            let made = crate::neutral_header(&agreement, header.clause.as_deref().unwrap(), &header.kind, of).unwrap();
            // Who draws nothing is refused nothing.
            prop_assert_eq!(&Header { fresh: header.fresh, ..made }, header);
        }
        let in_time = (case::day("2026-01-01")..=case::day("2026-12-31")).contains(&case.today);
        let fine = in_time && case.reading == case::Reading::Read && matches!(&*case.author, "XAA" | "XAB");
        prop_assert!(!bare || allowed == fine, "{:?}", case);
    }

    /// An agreement without clauses lets nothing cross but protocol records.
    #[test]
    fn an_agreement_without_clauses_allows_nothing(case in any_case()) {
        let mut agreement = agreement();
        agreement.clauses.clear();
        let decision = Policy::compile(&agreement).unwrap().decide(&case.facts(&agreement));
        prop_assert_eq!(decision.public.is_ok(), case.header.is_protocol());
    }

    // spec: POL-7
    /// The public part does not depend on the protection register: word for word, whatever the register holds.
    #[test]
    fn what_is_public_does_not_depend_on_the_protection_register(case in any_case(), other in any::<[bool; 3]>()) {
        let agreement = agreement();
        let [person, thread, check_due] = other;
        let mut twin = case.clone();
        twin.protection = Protection { person, thread, check_due };
        prop_assert_eq!(SHARED.decide(&case.facts(&agreement)).public, SHARED.decide(&twin.facts(&agreement)).public);
    }

    /// A slice leaves out no rule that would have spoken.
    #[test]
    fn slices_decide_as_all_rules_together(case in any_case()) {
        let agreement = agreement();
        if !case.header.is_protocol() {
            let decision = SHARED.decide(&case.facts(&agreement));
            let verdict = SHARED.verdict(&Inputs::of(&case.facts(&agreement)), &case.facts(&agreement));
            let public = verdict.public.map_or("allowed".to_owned(), |said| format!("{} {}", said.rule, said.say));
            prop_assert_eq!(vec![public, decision.held.unwrap_or("free").to_owned()], decide_without_slices(&case));
        }
    }
}
