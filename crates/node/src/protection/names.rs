//! Names made comparable: the same person written in another order, with other marks, on another keyboard, or with letters that
//! only look the same; and, less surely, in another script or transliteration.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::confusable_detection::skeleton;

/// Words of a name that are compared in pairs: more are rare, and cost their square.
const PAIRED_WORDS_MAX: usize = 6;
/// Consonants that a pair of words, or a word by itself, must have: fewer say nothing.
const PAIR_SOUNDS_MIN: usize = 4;
const WORD_SOUNDS_MIN: usize = 3;

/// The words of a name as it looks: folded, without diacritics and what has no width, in small letters, each as its skeleton of
/// look-alike letters (UTS 39), in order and each once. Empty if there is no word.
///
/// Different names may become the same: a register that protects one person too many is safe, one too few is not.
pub(super) fn of_person(names: &str) -> String {
    let words = words(names);
    let looks: BTreeSet<String> = words.iter().map(|word| look(word)).collect();
    looks.into_iter().collect::<Vec<_>>().join(" ")
}

/// Everything under which a name is looked up: as [`of_person`] has it, with capitals of other scripts that look like Latin ones
/// taken for those, and as entries of earlier builds have it.
pub(super) fn spellings(names: &str) -> [String; 3] {
    // A capital is taken for what it looks like before it is put into small letters, which may look like nothing else.
    let mut latin = String::new();
    for c in store::fold(&visible(names)).chars() {
        match c.is_uppercase() && !c.is_ascii() {
            true => latin.extend(skeleton(c.encode_utf8(&mut [0; 4]))),
            false => latin.push(c),
        }
    }
    [of_person(names), of_person(&latin), of_person_v1(names)]
}

/// The words as entries made by earlier builds have them: without what [`of_person`] adds.
fn of_person_v1(names: &str) -> String {
    let plain: String = store::fold(names).nfd().filter(|c| !is_combining_mark(*c)).collect();
    let small = plain.to_lowercase();
    let mut words: Vec<&str> = small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Keys by which names are near each other that are written in other scripts, or transliterated otherwise: pairs of words, each
/// as its consonants. Two names with a key in common may be one person's. A single word has a key of its own.
pub(super) fn near(names: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for reading in [Reading::Arabic, Reading::Persian] {
        let sounds: BTreeSet<String> = words(names).iter().map(|word| sound(word, reading)).collect();
        let sounds: Vec<String> = sounds.into_iter().filter(|sound| !sound.is_empty()).take(PAIRED_WORDS_MAX).collect();
        if let [one] = sounds.as_slice()
            && one.len() >= WORD_SOUNDS_MIN
        {
            keys.insert(one.clone());
        }
        for (place, one) in sounds.iter().enumerate() {
            let others = sounds.iter().skip(place + 1).filter(|other| one.len() + other.len() >= PAIR_SOUNDS_MIN);
            keys.extend(others.map(|other| format!("{one} {other}")));
        }
    }
    keys
}

/// The number of a document: its letters and digits, in small letters.
pub(super) fn of_document(number: &str) -> String {
    store::fold(&visible(number)).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a text, folded, in small letters, without diacritics.
fn words(text: &str) -> Vec<String> {
    let plain: String = store::fold(&visible(text)).nfd().filter(|c| !is_combining_mark(*c)).collect();
    let small = plain.to_lowercase();
    small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A text without what nobody sees: code points that are ignored by default (Unicode, `Default_Ignorable_Code_Point`).
fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_ignored(*c)).collect()
}

const fn is_ignored(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A word as it looks: letters that are taken for each other are one. Put into small letters once more, since the letters that
/// stand for others may be capitals, and without the marks that some stand-ins have.
fn look(word: &str) -> String {
    let seen: String = skeleton(word).filter(|c| !is_combining_mark(*c)).collect();
    store::fold(&seen).to_lowercase()
}

/// How letters are read of which Arabic and Persian say two things.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Arabic,
    Persian,
}

/// A word as its consonants, in Latin letters; double ones once, and without an `h` at its end, which many leave out. Half
/// vowels (w, v, y) are vowels: scripts disagree about them.
fn sound(word: &str, reading: Reading) -> String {
    let mut latin = String::new();
    for c in word.chars() {
        match consonant(c, reading) {
            Some(sound) => latin.push_str(sound),
            // A vowel parts two consonants that are the same.
            None => latin.push('-'),
        }
    }
    // What takes two letters in Latin script.
    for (two, one) in [
        ("sch", "S"),
        ("sh", "S"),
        ("ch", "C"),
        ("kh", "h"),
        ("gh", "k"),
        ("zh", "j"),
        ("dj", "j"),
        ("dh", "d"),
        ("th", "t"),
        ("ph", "f"),
        ("dS", "j"),
    ] {
        latin = latin.replace(two, one);
    }
    let mut letters: Vec<char> = latin.replace('c', "k").chars().collect();
    letters.dedup();
    letters.retain(|c| *c != '-');
    while letters.len() > 1 && letters.last() == Some(&'h') {
        letters.pop();
    }
    letters.into_iter().collect()
}

/// How a letter sounds, if it is a consonant; letters of scripts that are not known here stand for themselves elsewhere.
#[rustfmt::skip]
const fn consonant(c: char, reading: Reading) -> Option<&'static str> {
    Some(match c {
        'b' | 'p' | 'ب' | 'پ' | 'б' | 'п' => "b",
        't' | 'ت' | 'ط' | 'ٹ' | 'т' => "t",
        'ث' => if matches!(reading, Reading::Arabic) { "t" } else { "s" },
        'j' | 'ج' | 'ژ' | 'ж' | 'ҷ' => "j",
        'چ' | 'ч' => "C",
        'h' | 'ح' | 'خ' | 'ه' | 'х' | 'һ' | 'ҳ' => "h",
        'd' | 'د' | 'ڈ' | 'д' => "d",
        'ذ' | 'ض' => if matches!(reading, Reading::Arabic) { "d" } else { "z" },
        'r' | 'ر' | 'ڑ' | 'р' => "r",
        'z' | 'ز' | 'ظ' | 'з' => "z",
        's' | 'س' | 'ص' | 'ß' | 'с' => "s",
        'ش' | 'ш' | 'щ' => "S",
        'غ' | 'ق' | 'ғ' | 'қ' | 'q' | 'k' | 'ك' | 'к' => "k",
        'c' => "c",
        'g' | 'گ' | 'г' | 'ґ' => "g",
        'f' | 'ف' | 'ф' => "f",
        'l' | 'ل' | 'л' => "l",
        'm' | 'م' | 'м' => "m",
        'n' | 'ن' | 'ں' | 'н' | 'ң' => "n",
        'x' => "ks",
        'ц' => "ts",
        _ => return None,
    })
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
            assert_eq!(of_person_v1(one), of_person_v1(other), "as entries of earlier builds have it");
        }
        assert_ne!(of_person("Layla Made-Up"), of_person("Leyla Made-Up"), "spellings are entered one by one");
        assert_eq!((of_person(" ,-"), spellings("")), (String::new(), [(); 3].map(|()| String::new())));
        assert_eq!(of_person("НИНА ИЛЬИНА"), of_person("Ильина Нина"));
    }

    // spec: PROT-1
    #[test]
    fn what_nobody_sees_and_what_looks_the_same_changes_nothing() {
        let layla = of_person("Layla Made-Up");
        for other in [
            "Lay\u{200B}la Made-Up",
            "La\u{2060}yla Ma\u{AD}de-Up",
            "Layla\u{FE0F} Made-\u{E0041}Up",
            "L\u{34F}ayla Made-Up",
            "\u{202E}Layla\u{202C} Made-Up",
            // Cyrillic а, у, М, е; Greek Μ; mathematical letters; full-width ones.
            "L\u{430}\u{443}l\u{430} \u{41C}\u{430}d\u{435}-Up",
            "Layla \u{39C}ade-Up",
            "\u{1D40B}ayla Made-Up",
            "Ｌａｙｌａ Ｍａｄｅ－Ｕｐ",
        ] {
            assert!(spellings(other).contains(&layla), "{} {:?}", other.escape_unicode(), spellings(other));
        }
        for c in ['\u{AD}', '\u{2060}', '\u{3164}', '\u{FE0F}', '\u{FEFF}', '\u{E0001}'] {
            assert_eq!(of_document(&format!("P{c}123")), "p123");
        }
    }

    #[test]
    fn a_document_is_its_letters_and_digits() {
        assert_eq!(of_document("P-00 12/34 x"), of_document("p001234X"));
        assert_eq!(of_document("٠١٢"), "012");
    }

    // spec: PROT-1
    #[test]
    fn a_name_is_near_itself_in_other_scripts() {
        let are_near = |one, other| !near(one).is_disjoint(&near(other));
        for (one, other) in [
            ("Layla Karimi", "ليلى كريمي"),
            ("Leyla Karimi", "Laila al-Karimi"),
            ("Лейла Карими", "لیلا کریمی"),
            ("Muhammad Qasim", "محمد قاسم"),
            ("Mohammed Kasem", "Мухаммад Касим"),
            ("Abdullah Ahmad", "عبدالله أحمد"),
            ("Абдулла Ахмад", "Abdallah Ahmed"),
            ("Khaled Shah", "خالد شاه"),
            ("Khaled bin Saleh Shah", "Шах Халед"),
            ("Reza Zahedi", "رضا زاهدی"),
            ("Farooq Chaudhry", "فاروق چودھری"),
        ] {
            assert!(are_near(one, other), "{one} {:?}, {other} {:?}", near(one), near(other));
        }
        for (one, other) in [("Layla Karimi", "Samir Haddad"), ("محمد قاسم", "Viktor Petrov"), ("Layla", "Samir")]
        {
            assert!(!are_near(one, other), "{one}, {other}");
        }
        assert!(near("123 - 456").is_empty() && near("").is_empty());
    }
}
