//! An office that a body names.

use texts::say;

use crate::body::Fault;

/// That a field names an office and no person.
///
/// It catches the usual way in which a person slips in. It is a help to the writer and no proof: the proof is that there is
/// no field for a name.
///
/// # Errors
/// It begins with a form of address.
pub fn check_office(field: &str, office: &str) -> Result<(), Fault> {
    const HONORIFICS: [&str; 12] =
        ["mr", "mrs", "ms", "dr", "he", "excellency", "sheikh", "السيد", "السيدة", "الدكتور", "آقای", "جناب"];
    let first = office.split_whitespace().next().unwrap_or_default();
    let first: String = first.chars().filter(|c| *c != '.').flat_map(char::to_lowercase).collect();
    match HONORIFICS.contains(&first.as_str()) {
        true => Err(Fault::new(field, say!("must-name-office"))),
        false => Ok(()),
    }
}
