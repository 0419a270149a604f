//! Names made comparable: the same person written in another order, with other marks or on another keyboard.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The words of a name, folded, without diacritics, in small letters, in order and each once. Empty if there is no word.
///
/// Different names may become the same: a register that protects one person too many is safe, one too few is not.
pub(super) fn of_person(names: &str) -> String {
    let plain: String = store::fold(names).nfd().filter(|c| !is_combining_mark(*c)).collect();
    let small = plain.to_lowercase();
    let mut words: Vec<&str> = small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// The number of a document: its letters and digits, in small letters.
pub(super) fn of_document(number: &str) -> String {
    store::fold(number).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_any_order_and_hand() {
        let same = [
            ("Layla Made-Up", "MADE UP, Layla"),
            ("Ayşe Çelik", "celik ayse"),
            ("İpek Işık", "ipek isik"),
            ("أحمد بن مُحَمَّد", "محمد احمد بن"),
            ("علی کریمی", "كريمي علي"),
            ("José  José", "jose"),
        ];
        for (one, other) in same {
            assert_eq!(of_person(one), of_person(other));
        }
        assert_ne!(of_person("Layla Made-Up"), of_person("Leyla Made-Up"), "spellings are entered one by one");
        assert_eq!(of_person(" ,-"), "");
    }

    #[test]
    fn a_document_is_its_letters_and_digits() {
        assert_eq!(of_document("P-00 12/34 x"), of_document("p001234X"));
        assert_eq!(of_document("٠١٢"), "012");
    }
}
