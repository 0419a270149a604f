//! The floor's catalogue of offences, and where they may carry death.

/// Codes of the ordinary crimes for which records may cross, each with whether some state punishes it with death.
///
/// Crimes of opinion, against the state, of belief (apostasy, blasphemy), desertion and exit are in no line: an agreement
/// that lists one does not load (NEU-01).
pub const CATALOGUE: &[(&str, bool)] = &[
    ("terrorism", true),
    ("terrorism_financing", true),
    ("drugs", true),
    ("precursors", true),
    ("organised_crime", true),
    ("trafficking_in_persons", true),
    ("migrant_smuggling", false),
    ("arms_and_explosives", true),
    ("forgery", false),
    ("money_laundering", false),
    ("cybercrime", false),
    ("homicide", true),
    ("kidnapping", true),
    ("sexual_violence", true),
    ("theft", false),
    ("antiquities", false),
    ("child_exploitation", true),
];

/// States that have abolished the death penalty for all crimes and bound themselves to it: parties to Protocol No. 13 to
/// the European Convention on Human Rights. A state that is not listed is taken to keep it, so that a gap in this list
/// asks for an assurance too many and never for one too few.
const ABOLISHED: &[&str] =
    &["AUT", "BEL", "DEU", "DNK", "ESP", "FRA", "GBR", "GRC", "IRL", "ITA", "NLD", "NOR", "SWE", "TUR"];

/// Whether a state may impose or execute death.
pub fn keeps_death_penalty(country: &str) -> bool {
    !ABOLISHED.contains(&country)
}

/// The place of a code in the catalogue.
pub(crate) fn place(code: &str) -> Option<usize> {
    CATALOGUE.iter().position(|(known, _)| *known == code)
}

/// Whether some state punishes the offence at a place of the catalogue with death.
pub(crate) fn may_carry_death(place: usize) -> bool {
    CATALOGUE.get(place).is_some_and(|(_, death)| *death)
}
