//! A draft to begin with.

use protocol::date::Date;
use texts::say;

use crate::fault::Fault;

/// The draft that the howto explains field by field.
const EXAMPLE: &str = include_str!("../../../../docs/howto/agreement.toml");

/// How long an agreement of the draft is valid.
const DAYS: u32 = 365;

/// The labels of two agencies by their countries: of one country, they are told apart.
pub fn labels(us: &str, them: &str) -> (String, String) {
    match us == them {
        true => (format!("{us}-A"), format!("{them}-B")),
        false => (us.to_owned(), them.to_owned()),
    }
}

/// The draft between this agency and the one that `with` names, valid for a year from `today`.
///
/// # Errors
/// A name can't stand in TOML between quotes.
pub fn filled(us: &str, with: &str, label: &str, today: Date) -> Result<String, Fault> {
    if let Some(odd) = [us, with, label].into_iter().find(|name| name.contains(['"', '\\', '\n'])) {
        return Err(Fault::usage(say!("not-a-party-name", odd = %odd)));
    }
    let until = today.plus_days(DAYS - 1);
    let mut text = String::with_capacity(EXAMPLE.len());
    for line in EXAMPLE.lines() {
        let filled = match line.split_once(" = ") {
            Some(("valid_from", _)) => format!("valid_from = {today}"),
            Some(("valid_until", _)) => format!("valid_until = {until}"),
            Some(("agency", r#""XAB""#)) => format!("agency = \"{with}\""),
            _ => line.replace("\"XAA\"", &format!("\"{us}\"")).replace("\"XAB\"", &format!("\"{label}\"")),
        };
        text.push_str(&filled);
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use protocol::{id::AgencyId, text::Texts};

    use super::*;
    use crate::agreements::{Known, render};

    #[test]
    fn the_draft_renders_between_the_two_from_today_on() {
        let known = [("SYR", 1), ("PAK", 2)].map(|(country, id)| Known {
            agency: AgencyId::new([id; 32]),
            country: country.to_owned(),
            names: Texts::from([("en".into(), format!("Interior of {country}"))]),
        });
        let today: Date = "2026-11-30".parse().unwrap();
        let text = filled("SYR", &known[1].agency.to_string(), "PAK", today).unwrap();
        let agreement = render(&text, &known, None).unwrap();
        assert_eq!((agreement.valid_from, agreement.valid_until), (today, "2027-11-29".parse().unwrap()));
        let parties: Vec<_> = agreement.parties.iter().map(|party| (party.label.as_str(), party.agency)).collect();
        assert_eq!(parties, [("SYR", known[0].agency), ("PAK", known[1].agency)]);
        assert!(agreement.clauses.iter().all(|clause| clause.authors == ["SYR", "PAK"]));
        assert!(filled("SYR", "a\"\nb", "PAK", today).is_err());
        assert_eq!(labels("SYR", "SYR").1, "SYR-B");
    }
}
