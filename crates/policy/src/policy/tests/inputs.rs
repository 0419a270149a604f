//! By which inputs decisions are remembered, and that each input has a case in which it decides.

use super::*;
use crate::inputs::{self, FLAGS, Flag, WORDS, Word};

/// Inputs that decide nothing alone, each with why.
const NEVER_ALONE: &[(&str, &str)] = &[
    ("naming: known", NO_CLAUSE),
    ("naming: missing", NO_CLAUSE),
    ("naming: unknown", NO_CLAUSE),
    ("receiver", "what names a protected person is held on its way out (ASY-01) and on its way in (ASY-04) alike"),
];
const NO_CLAUSE: &str =
    "without a clause purpose, codes, retention and kind are refused too; it decides which rule speaks";

/// Inputs that are neither word nor flag.
const PLACES: [&str; 3] = ["receiver", "kind", "author"];

/// An input that no two cases tell apart could be computed wrongly, or left out, and no test would see it.
#[test]
fn every_flag_and_every_word_has_a_case_in_which_it_decides() {
    let mut decided = BTreeSet::new();
    for records in [of_the_floor(), of_a_clauses_lists()].into_iter().chain(ApprovalRole::ALL.map(of_a_demand)) {
        let (passing, refused): (Vec<_>, Vec<_>) = records.into_iter().partition(|(_, passes)| *passes);
        for (passing, _) in &passing {
            for (refused, _) in &refused {
                if let [only] = &differing(passing, refused)[..] {
                    decided.extend(only.clone());
                }
            }
        }
    }
    let words = WORDS.iter().flat_map(|word| word.values().map(|value| format!("{}: {value}", word.name)));
    let flags = FLAGS.iter().map(|flag| flag.name.to_owned());
    let all: BTreeSet<_> = words.chain(flags).chain(PLACES.map(str::to_owned)).collect();
    let undecided: Vec<_> = all.difference(&decided).map(String::as_str).collect();
    let expected: Vec<_> = NEVER_ALONE.iter().map(|(name, _)| *name).collect();
    assert_eq!(undecided, expected, "write a record that passes and one that is refused, which differ in this only");
}

/// What a record is decided by, and whether it passes.
fn judged(case: &Case, agreement: &Agreement) -> (Inputs, bool) {
    let facts = case.facts(agreement);
    let decision = Policy::compile(agreement).unwrap().decide(&facts);
    (Inputs::of(&facts), decision == Decision::ALLOWED)
}

fn of_the_floor() -> Vec<(Inputs, bool)> {
    RULES.iter().flat_map(case::of_rule).map(|case| judged(&case, &case.agreement())).collect()
}

/// A record about each category of persons, and one about each offence, that lacks nothing but perhaps its line in the
/// clause.
fn of_a_clauses_lists() -> Vec<(Inputs, bool)> {
    let agreement = agreement();
    let clause = agreement.clause("c3").unwrap();
    let values = |name| WORDS.iter().find(|word| word.name == name).unwrap().values();
    let mut base = Case::new("person");
    base.header.necessity = Some("the only means".to_owned());
    base.approvals.push(base.approvals[0]);
    (base.approvals[2].role, base.approvals[2].officer.index) = (ApprovalRole::Dpo, 3);

    let subjects = values("subject").filter(|value| !matches!(*value, "unstated" | "none")).map(|value| {
        let mut case = base.clone();
        case.header.subject_category = Some(serde_json::from_value(value.into()).unwrap());
        let listed = clause.subject_categories.iter().any(|category| category.name() == value);
        (case, listed, Reason::SubjectNotListed)
    });
    let offences = values("offence").filter(|value| *value != "unlisted").map(|value| {
        let mut case = base.clone();
        case.header.offence = (value != "none").then(|| value.to_owned());
        let reason = if value == "none" { Reason::OffenceMissing } else { Reason::OffenceNotListed };
        (case, clause.offences.iter().any(|code| code == value), reason)
    });
    let tried = subjects.chain(offences).map(|(case, listed, reason)| {
        let decision = SHARED.decide(&case.facts(&agreement)).public.map_err(|refusal| (refusal.rule, refusal.reason));
        assert_eq!(decision, if listed { Ok(()) } else { Err((Source::Clause("c3".to_owned()), reason)) });
        judged(&case, &agreement)
    });
    tried.collect()
}

/// A record under a clause that demands an approval, with it and without.
fn of_a_demand(role: ApprovalRole) -> Vec<(Inputs, bool)> {
    let mut agreement = agreement();
    agreement.clauses[0].approvals = vec![role];
    let without = Case::new("readout");
    let with = Case { approvals: vec![GivenApproval { role, ..case::base("note").1[0] }], ..without.clone() };
    let refusal = Policy::compile(&agreement).unwrap().decide(&without.facts(&agreement)).public.unwrap_err();
    assert_eq!((refusal.rule, refusal.reason), (Source::Clause("c1".to_owned()), Reason::ApprovalMissing));
    let judged = [with, without].map(|case| judged(&case, &agreement));
    assert_eq!(judged.map(|(_, passes)| passes), [true, false], "{role:?}");
    judged.to_vec()
}

/// In what two inputs differ: of each its name, of a word its two values.
fn differing(one: &Inputs, other: &Inputs) -> Vec<Vec<String>> {
    let words = WORDS.iter().zip(one.words.iter().zip(other.words)).filter(|(_, (one, other))| *one != other);
    let words = words.map(|(word, (one, other))| {
        let value = |place: u8| format!("{}: {}", word.name, word.values().nth(usize::from(place)).unwrap());
        vec![value(*one), value(other)]
    });
    let flags = FLAGS.iter().filter(|flag| (one.flags ^ other.flags) & bit(flag) > 0);
    let places = [one.receiver != other.receiver, one.kind != other.kind, one.author != other.author];
    let places = PLACES.iter().zip(places).filter(|(_, differs)| *differs).map(|(name, _)| *name);
    let clause = (one.clause != other.clause).then_some("clause");
    let named = flags.map(|flag| flag.name).chain(places).chain(clause).map(|name| vec![name.to_owned()]);
    words.chain(named).collect()
}

fn bit(flag: &Flag) -> u64 {
    inputs::flags(|other| other.name == flag.name)
}

/// Every input by itself makes an entry of its own where it is read, and none where it is not.
#[test]
fn records_that_differ_in_one_input_share_an_entry_only_where_it_is_not_read() {
    let agreement = agreement();
    let case = Case::new("person");
    let facts = case.facts(&agreement);
    let base = Inputs::of(&facts);
    let variants = variants(&base);
    let mut everything = Slice::open();
    for (name, policy) in readers() {
        // Each slice tells sender from receiver, and what is about certain parties is also asked about kinds.
        let reads = |changed: &str| match name {
            "kind" | "author" => PLACES.contains(&changed),
            _ => changed == name || changed == "receiver",
        };
        let slice = slice(&policy);
        slice.verdict(&base, &facts);
        let mut entries = 1;
        for (changed, inputs) in &variants {
            entries += u64::from(reads(changed));
            // What was evaluated once is remembered.
            slice.verdict(inputs, &facts);
            slice.verdict(inputs, &facts);
            assert_eq!(slice.evaluated.load(Ordering::Relaxed), entries, "{changed}, where {name} is read");
        }
        everything.add(&policy, "HAN-01", false);
    }
    for (_, inputs) in &variants {
        everything.verdict(inputs, &facts);
    }
    assert_eq!(everything.evaluated.load(Ordering::Relaxed), u64::try_from(variants.len()).unwrap());
}

#[test]
fn a_rule_is_shown_the_value_that_the_record_has() {
    let agreement = agreement();
    let case = Case::new("person");
    let facts = case.facts(&agreement);
    let variants = variants(&Inputs::of(&facts));
    let forbids = |slice: &Slice, inputs| match slice.verdict(inputs, &facts).public {
        None => false,
        Some(said) => {
            assert_eq!(said.say, "No.");
            true
        }
    };
    for flag in FLAGS {
        let slice = slice(&forbid_flag(flag));
        for (changed, inputs) in &variants {
            assert_eq!(forbids(&slice, inputs), inputs.flags & bit(flag) > 0, "{}, {changed}", flag.name);
        }
    }
    for (number, word) in WORDS.iter().enumerate() {
        for (place, value) in word.values().enumerate() {
            let slice = slice(&forbid_word(word, value));
            for (changed, inputs) in &variants {
                let has = usize::from(inputs.words[number]) == place;
                assert_eq!(forbids(&slice, inputs), has, "{}: {value}, {changed}", word.name);
            }
        }
    }
}

#[test]
fn a_value_that_no_word_names_is_not_allowed() {
    let agreement = agreement();
    let case = Case::new("person");
    let facts = case.facts(&agreement);
    for (number, word) in WORDS.iter().enumerate() {
        let mut inputs = Inputs::of(&facts);
        inputs.words[number] = u8::MAX;
        let verdict = slice(&forbid_word(word, word.values().next().unwrap())).verdict(&inputs, &facts);
        let said = verdict.public.unwrap();
        assert!(said.reason == Reason::Undecided && said.say != "No.", "{}: {}", word.name, said.say);
    }
}

/// The inputs, and with every other value of every input, each with the name of what is changed.
fn variants(of: &Inputs) -> Vec<(&'static str, Inputs)> {
    let mut variants = vec![
        ("nothing", *of),
        ("receiver", Inputs { receiver: !of.receiver, ..*of }),
        ("kind", Inputs { kind: None, ..*of }),
        ("author", Inputs { author: None, ..*of }),
    ];
    variants.extend(FLAGS.iter().map(|flag| (flag.name, Inputs { flags: of.flags ^ bit(flag), ..*of })));
    for (number, word) in WORDS.iter().enumerate() {
        let places = (0..word.values().count()).map(|place| u8::try_from(place).unwrap());
        variants.extend(places.filter(|place| *place != of.words[number]).map(|place| {
            let mut words = of.words;
            words[number] = place;
            (word.name, Inputs { words, ..*of })
        }));
    }
    variants
}

/// A policy for each input, by its name: it reads that one and no other.
fn readers() -> Vec<(&'static str, String)> {
    let mut readers = vec![
        ("receiver", forbid("principal, action == Action::\"receive\", resource", "true")),
        ("kind", forbid("principal, action, resource == Kind::\"x\"", "true")),
        ("author", forbid("principal == Party::\"x\", action, resource", "true")),
    ];
    readers.extend(FLAGS.iter().map(|flag| (flag.name, forbid_flag(flag))));
    readers.extend(WORDS.iter().map(|word| (word.name, forbid_word(word, word.values().next().unwrap()))));
    readers
}

fn forbid_flag(flag: &Flag) -> String {
    forbid("principal, action, resource", &format!("context.{}", flag.name))
}

fn forbid_word(word: &Word, value: &str) -> String {
    let condition = format!("context.{} == {}::\"{value}\"", word.name, word.type_name());
    forbid("principal, action, resource", &condition)
}

fn forbid(scope: &str, condition: &str) -> String {
    format!("@say(\"No.\") forbid ({scope}) when {{ {condition} }};")
}

fn slice(policy: &str) -> Slice {
    let mut slice = Slice::open();
    slice.add(policy, "HAN-01", false);
    slice
}

#[test]
fn the_schema_is_what_the_tables_print() {
    let committed = include_str!("../../floor.cedarschema");
    assert!(committed == inputs::schema(), "floor.cedarschema is old: run `cargo xtask floor`");
}

// spec: POL-7
#[test]
fn only_hidden_rules_read_the_protection_register() {
    let agreement = agreement();
    let mut public = Reads::NOTHING;
    let mut hidden = Reads::NOTHING;
    for rule in RULES {
        if let State::Cedar { hidden: is_hidden, text, .. } = rule.state {
            if is_hidden { hidden.add(text) } else { public.add(text) }
        }
    }
    agreement.clauses.iter().for_each(|clause| public.add(&clauses::cedar(&agreement, clause)));

    let mut case = Case::new("person");
    let unknown = Inputs::of(&case.facts(&agreement));
    case.protection = Protection { person: true, thread: true, check_due: true };
    let known = Inputs::of(&case.facts(&agreement));
    assert_eq!(public.of(&known), public.of(&unknown));
    assert_ne!(hidden.of(&known), hidden.of(&unknown));
}

proptest! {
    /// Two inputs that differ in anything that a slice reads never share what it decided: the key is all of that.
    #[test]
    fn inputs_that_differ_never_share_an_entry(one in any_case(), other in any_case()) {
        let agreement = agreement();
        let (one, other) = (Inputs::of(&one.facts(&agreement)), Inputs::of(&other.facts(&agreement)));
        let case = Case::new("readout");
        let facts = case.facts(&agreement);
        let slice = clause_slice(&clauses::cedar(&agreement, &agreement.clauses[0]));
        slice.verdict(&one, &facts);
        slice.verdict(&other, &facts);
        let alike = slice.reads.of(&one) == slice.reads.of(&other);
        prop_assert_eq!(slice.evaluated.load(Ordering::Relaxed), if alike { 1 } else { 2 });
    }
}
