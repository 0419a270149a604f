//! What is wrong with an agreement, field by field.

use policy::{Weak, Weakens, Words};
use protocol::{
    agreement::{ApprovalRole, Fault, Once, Problem},
    limits::{
        CLAUSES_MAX, DEADLINE_HOURS_MAX, KINDS_PER_CLAUSE_MAX, LANGUAGES_MAX, PARTIES_MAX, RETENTION_DAYS_MAX,
        TIME_LIMIT_MINUTES_MAX,
    },
    text::TextsProblem,
};
use texts::{Message, Value, say};

use super::said;

/// A fault with its field.
pub fn of_field(fault: &Fault) -> Message {
    say!("fault-of-field", field = field(&fault.field), problem = of_agreement(&fault.problem))
        .worded(fault.to_string())
}

/// A field by its path, with what readers call it. In English the path says it.
pub fn field(path: &str) -> Message {
    match field_name(path) {
        Some(name) => say!("fault-field-named", path = path, name = name).worded(path),
        None => Message::as_worded(path),
    }
}

/// What readers call a field of an agreement or of a draft, by its path: `clause[0].authors[1]`.
pub fn field_name(path: &str) -> Option<Message> {
    let mut parts = path.split('.').map(|part| part.split('[').next().unwrap_or(part)).peekable();
    let first = parts.next()?;
    let name = match (first, parts.next()) {
        ("agreement", Some(name)) => name,
        ("clause" | "clauses" | "party" | "parties" | "auditor" | "auditors", Some(name)) => name,
        (name, _) => name,
    };
    Some(match name {
        "title" => say!("term-title"),
        "text" => say!("term-text"),
        "valid_from" => say!("draft-first-day"),
        "valid_until" => say!("draft-last-day"),
        "late_days" => say!("draft-late-days"),
        "termination_notice_days" => say!("draft-notice-days"),
        "lanes" => say!("term-urgent"),
        "caps" => say!("term-caps"),
        "party" | "parties" => say!("term-parties"),
        "auditor" | "auditors" => say!("term-auditors"),
        "label" => say!("draft-label"),
        "agency" => say!("draft-agency"),
        "id" => say!("draft-clause-id"),
        "purpose" => say!("term-purpose"),
        "kinds" => say!("draft-kinds"),
        "authors" => say!("draft-authors"),
        "offences" => say!("term-offences"),
        "subject_categories" => say!("term-persons"),
        "handling" => say!("term-handling"),
        "approvals" => say!("term-approvals"),
        "retention_days_max" => say!("draft-retention-days"),
        "onward" => say!("term-onward"),
        "records_per_day_max" => say!("term-records-a-day"),
        "limits" | "deadlines" => say!("term-limits"),
        _ => return None,
    })
}

/// What is wrong with a field of an agreement, and what would be right.
pub fn of_agreement(problem: &Problem) -> Message {
    let message = match problem {
        Problem::VersionZero => say!("fault-version-zero"),
        Problem::FirstHasNone => say!("fault-first-has-none"),
        Problem::PreviousMissing => say!("fault-previous-missing"),
        Problem::VersionSkips { version, previous, expected } => {
            say!("fault-version-skips", version = %version, previous = %previous, expected = %expected)
        }
        Problem::OtherPrevious(hash) => say!("fault-other-previous", hash = hash),
        Problem::EndsBefore { until, from } => say!("agreement-ends-early", until = %until, from = %from),
        Problem::AtMost(most) => say!("fault-at-most", most = *most),
        Problem::NoticeAtMost(most) => say!("fault-notice-at-most", most = *most),
        Problem::OneTo(most) => say!("fault-one-to", most = *most),
        Problem::NumberOfParties => say!("fault-number-of-parties", most = PARTIES_MAX),
        Problem::NumberOfClauses => say!("fault-number-of-clauses", most = CLAUSES_MAX),
        Problem::NumberOfKinds => say!("fault-number-of-kinds", most = KINDS_PER_CLAUSE_MAX),
        Problem::NotALabel(label) => say!("fault-not-a-label", label = label),
        Problem::NoCaps => say!("fault-no-caps"),
        Problem::CapZero => say!("fault-cap-zero"),
        Problem::RecordsZero => say!("fault-records-zero"),
        Problem::Again(what) => {
            let once = once(*what);
            say!("fault-again", once = once)
        }
        Problem::NoPartysLabel { label, known } => {
            say!("fault-no-partys-label", label = label, known = known.clone())
        }
        Problem::NoAuthors => say!("fault-no-authors"),
        Problem::NotACode => say!("fault-not-a-code"),
        Problem::NotAKind(kind) => say!("not-a-kind", kind = kind),
        Problem::ProtocolKind(kind) => say!("fault-protocol-kind", kind = kind),
        Problem::CategoryNone => say!("fault-category-none"),
        Problem::NoHandling => say!("fault-no-handling"),
        Problem::CodesUnordered => say!("fault-codes-unordered"),
        Problem::RolesUnordered => {
            let roles = ApprovalRole::ALL.map(ApprovalRole::name).to_vec();
            say!("fault-roles-unordered", roles = roles)
        }
        Problem::AuthorMissing => say!("fault-author-missing"),
        Problem::Retention(days) => say!("fault-retention", days = *days, most = RETENTION_DAYS_MAX),
        Problem::LimitsTwice => say!("fault-limits-twice"),
        Problem::NotALimit(name) => say!("fault-not-a-limit", name = name),
        Problem::LimitMinutes => say!("fault-limit-minutes", most = TIME_LIMIT_MINUTES_MAX),
        Problem::DeadlineHours => say!("fault-deadline-hours", most = DEADLINE_HOURS_MAX),
        Problem::UnknownLimit(known) => say!("fault-unknown-limit", known = known.clone()),
        Problem::Texts(problem) => return of_texts(*problem),
    };
    // The protocol's words quote what was written.
    message.worded(problem.to_string())
}

/// What the floor has against a clause.
pub fn against(problem: &Words) -> Message {
    said(problem).unwrap_or_else(|| Message::as_worded(problem.to_string()))
}

/// Which clauses weaken which rules of the floor, and how.
pub fn weakens(error: &Weakens) -> Message {
    let clause = |weak: &Weak| {
        let Weak { clause, rule, problem, .. } = weak;
        let (field, title) = (field(&weak.field), Message::of_family("rule", rule));
        let title = title.unwrap_or_else(|| Message::as_worded(*rule));
        let problem = against(problem);
        say!("weakens-clause", clause = clause, field = field, rule = *rule, title = title, problem = problem)
            .worded(weak.to_string())
    };
    let clauses = Value::Below(error.0.iter().map(clause).collect());
    say!("weakens-floor", clauses = clauses).worded(error.to_string())
}

/// What is wrong with texts by language.
pub fn of_texts(problem: TextsProblem) -> Message {
    match problem {
        TextsProblem::None => say!("fault-texts-none"),
        TextsProblem::TooMany => say!("fault-texts-too-many", most = LANGUAGES_MAX),
        TextsProblem::NotALanguage => say!("fault-texts-language"),
        TextsProblem::NotAText => say!("fault-texts-text"),
    }
}

fn once(what: Once) -> Message {
    match what {
        Once::Agency => say!("fault-once-agency"),
        Once::Label => say!("fault-once-label"),
        Once::Auditor => say!("fault-once-auditor"),
        Once::Clause => say!("fault-once-clause"),
        Once::Author => say!("fault-once-author"),
        Once::Kind => say!("fault-once-kind"),
        Once::Offence => say!("fault-once-offence"),
        Once::Category => say!("fault-once-category"),
    }
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;

    #[test]
    fn a_fault_names_its_field_and_in_english_says_what_the_protocol_says() {
        let fault = |field: &str, problem| Fault { field: field.into(), problem };
        for (fault, arabic) in [
            (fault("clauses[0].kinds[1]", Problem::Again(Once::Kind)), "مذكور هنا مرة ثانية: اذكر كل نوع مرة واحدة"),
            (fault("late_days", Problem::AtMost(365)), "لا أكثر من ٣٦٥"),
            (fault("parties[1].label", Problem::NotALabel("x".into())), "\"x\": التسمية من محرفين"),
            (fault("title", Problem::Texts(TextsProblem::None)), "أعطه بلغة واحدة على الأقل"),
            (fault("clauses[2].limits.a.b", Problem::UnknownLimit(vec!["a.c".into()])), "اكتب واحدة من a.c"),
        ] {
            let message = of_field(&fault);
            assert_eq!(message.to_string(), fault.to_string());
            let said = message.in_language(Language::Ar).replace(['\u{2068}', '\u{2069}'], "");
            let name = field_name(&fault.field).unwrap().in_language(Language::Ar);
            assert!(said.starts_with(&format!("{} ({name}): ", fault.field)) && said.contains(arabic), "{said}");
        }
        let weak = Weak {
            clause: "c1".into(),
            field: "clauses[0].kinds[0]".into(),
            rule: "NEU-03",
            problem: Words {
                sentence: "{kind}: military data do not cross".into(),
                values: vec![("kind", policy::Given::Text("military.plan/1".into()))],
            },
        };
        assert_eq!(against(&weak.problem).to_string(), weak.problem.to_string());
        let error = Weakens(vec![weak]);
        assert_eq!(weakens(&error).to_string(), error.to_string());
        let said = weakens(&error).in_language(Language::Ar).replace(['\u{2068}', '\u{2069}'], "");
        assert!(said.contains("\n  البند c1، clauses[0].kinds[0] (ما يجوز إرساله): NEU-03: "), "{said}");
        assert!(said.ends_with("(military.plan/1: لا تعبر البيانات العسكرية)"), "{said}");
        for problem in [TextsProblem::TooMany, TextsProblem::NotALanguage, TextsProblem::NotAText] {
            assert_eq!(of_texts(problem).to_string(), problem.to_string());
        }
    }
}
