//! Folding: words that readers of Arabic, Persian, Urdu, Turkish and Latin script take for the same become the same.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds a text before it is indexed or searched: presentation forms, marks and joiners that nobody types, the forms of
/// alef, yeh, kaf and heh, digits, and the two letters i of Turkish. Case and Latin diacritics are left to the index
/// (`unicode61 remove_diacritics 2`).
///
/// It is for finding, never for showing or comparing identities: different words may fold to the same.
pub fn fold(text: &str) -> String {
    text.nfkc().filter_map(fold_char).collect()
}

/// The words of a question, folded; what is neither letter nor digit parts them.
pub(crate) fn words(question: &str) -> Vec<String> {
    let folded = fold(question);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words that a question asks the index for, also without case and diacritics, which the index takes off by itself: one
/// text for whatever finds the same.
pub fn asked_words(question: &str) -> Vec<String> {
    let plain = |word: &String| {
        let small = word.to_lowercase();
        small.nfd().filter(|c| !is_combining_mark(*c)).collect::<String>()
    };
    words(question).iter().map(plain).collect()
}

fn fold_char(c: char) -> Option<char> {
    Some(match c {
        // Tatweel only stretches a word. Vowel signs and marks of recitation are rarely typed, and never by all.
        '\u{0640}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}' => {
            return None;
        }
        // Joiners inside Persian words, and marks of direction that come along when text is copied.
        '\u{200B}'..='\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
            return None;
        }
        // The dot that remains when İ was put into small letters elsewhere.
        '\u{0307}' => return None,
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' => 'ا',
        // Yeh of Arabic, Persian and Urdu, the dotless one at a word's end, and the carrier of hamza.
        'ى' | 'ی' | 'ې' | 'ے' | 'ۓ' | 'ئ' => 'ي',
        'ؤ' => 'و',
        'ک' | 'ڪ' => 'ك',
        // Heh of Arabic, Persian and Urdu; teh marbuta is written as heh by many.
        'ة' | 'ہ' | 'ۂ' | 'ۀ' | 'ە' | 'ھ' | 'ۃ' => 'ه',
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        'İ' | 'ı' | 'I' => 'i',
        other => other,
    })
}

fn digit(c: char, zero: char) -> char {
    u32::from(c).checked_sub(u32::from(zero)).and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_take_for_the_same_becomes_the_same() {
        let same = [
            ("أحمد إبراهيم آل", "احمد ابراهيم ال"),
            ("مُحَمَّد", "محمد"),
            ("محـــمد", "محمد"),
            // Persian and Arabic keyboards.
            ("کریمی", "كريمي"),
            ("علی", "علي"),
            ("على", "علي"),
            // Urdu heh and yeh barree.
            ("ہے", "هي"),
            ("فاطمة", "فاطمه"),
            ("مؤسسة", "موسسه"),
            ("می\u{200C}رود", "ميرود"),
            // Presentation forms, as copied from a page description.
            ("ﻣﺤﻤﺪ", "محمد"),
            ("ﷲ", "الله"),
            ("٢٠٢٦ ۱۴۰۵", "2026 1405"),
            ("\u{200F}٣\u{200F}", "3"),
        ];
        for (written, folded) in same {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn the_letters_i_of_turkish_are_one() {
        for written in ["ISPARTA", "İsparta", "ısparta", "isparta", "I\u{307}sparta"] {
            assert_eq!(fold(written).to_lowercase(), "isparta", "{written}");
        }
    }

    #[test]
    fn other_letters_stay_apart() {
        for (one, other) in [("سلام", "شلام"), ("بت", "تب"), ("گل", "كل"), ("پدر", "بدر"), ("ار", "از")]
        {
            assert_ne!(fold(one), fold(other));
        }
    }

    #[test]
    fn what_finds_the_same_is_asked_for_by_the_same_words() {
        for other in ["LAYLA  özGÜR", "layla-ozgur", "\u{200b}Layla, Ozgu\u{308}r!"] {
            assert_eq!(asked_words(other), ["layla", "ozgur"], "{other}");
        }
        assert_eq!(asked_words("ليلى"), asked_words("ليلي"));
    }

    #[test]
    fn a_question_is_its_words() {
        assert_eq!(words("  \"وثيقة\" (رقم) A-12* OR"), ["وثيقه", "رقم", "A", "12", "OR"]);
        assert!(words(" \"*' ").is_empty());
    }
}
