//! Which strings may stand in documents: each rule once, for headers, cards and agreements.

use alloc::{collections::BTreeMap, string::String};

use crate::limits::{FILE_NAME_BYTES_MAX, LANGUAGES_MAX, TOKEN_BYTES_MAX};

/// Texts by language tag (BCP 47).
pub type Texts = BTreeMap<String, String>;

/// Desk, word and schema version: `register.readout/1`.
pub fn is_kind(text: &str) -> bool {
    let Some((name, version)) = text.split_once('/') else { return false };
    let Some((desk, word)) = name.split_once('.') else { return false };
    text.len() <= TOKEN_BYTES_MAX && is_word(desk) && is_word(word) && is_version(version)
}

/// Desk and word, the name of a time limit: `requests.answer`.
pub fn is_limit_name(text: &str) -> bool {
    let Some((desk, word)) = text.split_once('.') else { return false };
    text.len() <= TOKEN_BYTES_MAX && is_word(desk) && is_word(word)
}

/// What a desk calls a duty: the name of a time limit, or a word for one that runs to a date.
pub fn is_duty_label(text: &str) -> bool {
    text.len() <= TOKEN_BYTES_MAX && (is_word(text) || is_limit_name(text))
}

/// A code: letters a to z, digits, `_` and `-`.
pub fn is_token(text: &str) -> bool {
    (1..=TOKEN_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// A language tag in its usual spelling: `ar`, `uz-Cyrl`, `fa-AF`.
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && text.len() <= 35
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// A country: three capital letters (ISO 3166-1 alpha-3, or user-assigned XAA to XZZ).
pub fn is_country(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Type and subtype without parameters, in lower case (RFC 6838 §4.2).
pub fn is_media_type(text: &str) -> bool {
    let Some((kind, subtype)) = text.split_once('/') else { return false };
    [kind, subtype].iter().all(|name| {
        (1..=127).contains(&name.len())
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'&' | b'^' | b'_' | b'.' | b'+' | b'-'))
    })
}

/// Text on one line for people: not empty, no control characters, no white space at its ends.
///
/// Characters that turn the writing direction without a letter are refused too: they make a text look like another.
pub fn is_prose(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len()) && text.trim() == text && !text.chars().any(is_deceptive)
}

/// Text of several lines for people.
pub fn is_long_prose(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len()) && text.trim() == text && !text.chars().any(|c| c != '\n' && is_deceptive(c))
}

/// A file name without a path.
pub fn is_file_name(text: &str) -> bool {
    is_prose(text, FILE_NAME_BYTES_MAX) && !text.contains(['/', '\\']) && !matches!(text, "." | "..")
}

/// What is wrong with texts by language, and what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextsProblem {
    /// There is none.
    #[error("give it in at least one language, such as \"en\"")]
    None,
    /// There are too many.
    #[error("more languages than allowed: at most {LANGUAGES_MAX}")]
    TooMany,
    /// A language is none.
    #[error("not a language tag: write one such as ar, en or fa-AF")]
    NotALanguage,
    /// A text can't be.
    #[error("empty, too long, with white space at its ends or with control characters")]
    NotAText,
}

/// What is wrong with texts by language, if anything: the language concerned and what would be right.
pub fn problem_with_texts(texts: &Texts, is_good: impl Fn(&str) -> bool) -> Option<(&str, TextsProblem)> {
    if texts.is_empty() {
        return Some(("", TextsProblem::None));
    }
    if texts.len() > LANGUAGES_MAX {
        return Some(("", TextsProblem::TooMany));
    }
    texts.iter().find_map(|(language, text)| {
        if !is_language(language) {
            Some((language.as_str(), TextsProblem::NotALanguage))
        } else if !is_good(text) {
            Some((language.as_str(), TextsProblem::NotAText))
        } else {
            None
        }
    })
}

/// Control characters, and the embeddings and overrides of the writing direction (UAX #9), which have no use in one
/// line of plain text. Marks (U+200E, U+200F, U+061C) and isolates stay allowed: mixed Arabic and Latin needs them.
fn is_deceptive(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A number from 1 without a leading zero.
fn is_version(text: &str) -> bool {
    (1..=3).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: DOC-8
    #[test]
    fn each_rule_takes_the_right_and_refuses_the_wrong() {
        type Case = (fn(&str) -> bool, &'static [&'static str], &'static [&'static str]);
        let cases: [Case; 8] = [
            (
                is_limit_name,
                &["requests.answer", "hotline.acknowledge"],
                &["answer", "requests.", ".answer", "requests.answer.urgent", "Requests.answer", "requests.answer/1"],
            ),
            (is_duty_label, &["requests.answer", "due"], &["", "Due", "due date", "answer/due", "a.b.c"]),
            (
                is_kind,
                &["register.readout/1", "mithaq.batch/1"],
                &[
                    "readout/1",
                    "register.readout",
                    "register.readout/0",
                    "Register.readout/1",
                    "a.b/01",
                    "a.b/1/1",
                    ".b/1",
                ],
            ),
            (is_token, &["c1", "locate_wanted", "1-a"], &["", "C1", "a b", "é"]),
            (is_language, &["ar", "fa-AF", "uz-Cyrl"], &["", "e", "EN", "en-", "en_GB", "english"]),
            (is_country, &["XAA"], &["xaa", "XA", "XAAA"]),
            (
                is_media_type,
                &["application/json", "image/svg+xml"],
                &["json", "a/b/c", "Text/plain", "text/plain; x=1", "/"],
            ),
            (is_file_name, &["a.pdf", "تقرير.pdf"], &["", "..", "a/b", "a\\b", "a\nb", "a\u{202e}fdp.exe"]),
        ];
        for (number, (rule, right, wrong)) in cases.iter().enumerate() {
            right.iter().for_each(|text| assert!(rule(text), "{number}: {text}"));
            wrong.iter().for_each(|text| assert!(!rule(text), "{number}: {text}"));
        }
    }

    // spec: DOC-9
    #[test]
    fn a_text_hides_nothing_from_its_reader() {
        assert!(is_prose("ملاحظة مختلقة", 100) && is_long_prose("two\nlines", 100));
        for wrong in ["", " a", "a ", "a\nb", "a\u{7f}b", "a\u{85}b", "a\u{2028}b", "a\u{202e}b", "\u{feff}a"] {
            assert!(!is_prose(wrong, 100), "{wrong:?}");
        }
        assert!(!is_long_prose("a\tb", 100) && !is_long_prose("a\u{202b}b", 100));
        assert!(is_prose("abc", 3) && !is_prose("abcd", 3));
    }

    // spec: DOC-10
    #[test]
    fn texts_are_named_by_language() {
        let texts = |pairs: &[(&str, &str)]| -> Texts {
            pairs.iter().map(|(language, text)| ((*language).into(), (*text).into())).collect()
        };
        let good = |text: &str| is_prose(text, 100);
        assert_eq!(problem_with_texts(&texts(&[("ar", "نص"), ("uz-Cyrl", "матн")]), good), None);
        assert!(problem_with_texts(&texts(&[]), good).is_some());
        assert!(problem_with_texts(&texts(&[("English", "text")]), good).is_some());
        assert!(problem_with_texts(&texts(&[("en", "a\u{202e}b")]), good).is_some());
    }
}
