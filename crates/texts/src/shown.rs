//! Text of others, made harmless before anybody sees it, and the marks that keep it in its place.
//!
//! What a partner wrote is kept as it was sent: it is signed. But a terminal obeys some characters, and others hide or
//! reorder what stands beside them. On their way to people they are spelled out, such as `<U+202E>`; on their way to
//! programs they are escaped as JSON escapes them, so that the data stay the same.

use std::borrow::Cow;

/// Text within one line: nothing in it ends the line, so that no text can pass for a line of this program.
pub fn line(text: &str) -> Cow<'_, str> {
    spelled(text, |_| false)
}

/// Text of several lines: line ends and tabs stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    spelled(text, |c| matches!(c, '\n' | '\t'))
}

/// Text of this program within one line, in which it isolated the text of others: as [`line`], but isolations stay if
/// each ends within the text. Such a text turns nothing that stands beside it.
pub fn own_line(text: &str) -> Cow<'_, str> {
    if is_balanced(text) { spelled(text, is_isolation) } else { line(text) }
}

/// As [`own_line`], of several lines: line ends and tabs stay.
pub fn own_lines(text: &str) -> Cow<'_, str> {
    let stays = |c| is_isolation(c) || matches!(c, '\n' | '\t');
    if is_balanced(text) { spelled(text, stays) } else { lines(text) }
}

/// The text between marks that keep its writing direction to itself. It must be harmless already.
pub fn isolated(text: &str) -> String {
    format!("{ISOLATE}{text}{END_OF_ISOLATE}")
}

/// Begins a text whose own first strong letter says which way it is written (U+2068).
const ISOLATE: char = '\u{2068}';
/// Ends it (U+2069).
const END_OF_ISOLATE: char = '\u{2069}';

/// Whether the character begins or ends an isolation.
pub fn is_isolation(c: char) -> bool {
    matches!(c, ISOLATE | END_OF_ISOLATE)
}

fn is_balanced(text: &str) -> bool {
    let mut open = 0_usize;
    for c in text.chars() {
        match c {
            ISOLATE => open += 1,
            END_OF_ISOLATE if open == 0 => return false,
            END_OF_ISOLATE => open -= 1,
            _ => {}
        }
    }
    open == 0
}

/// A line of JSON with the same meaning, in which every deceptive character is escaped.
pub fn json(line: &str) -> Cow<'_, str> {
    if is_plain(line) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len());
    let mut units = [0; 2];
    for c in line.chars() {
        match is_deceptive(c) {
            true => c.encode_utf16(&mut units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}"))),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn spelled(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if !is_deceptive(c) || stays(c) || separates_letters(before, c, rest.clone().next()) {
            shown.push(c);
        } else {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
        }
        before = Some(c);
    }
    Cow::Owned(shown)
}

/// Most text is printable ASCII and passes as it is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Controls, which a terminal may obey (escape sequences begin with U+001B or U+0080 to U+009F); what has no width by
/// itself (Unicode's `Default_Ignorable_Code_Point`), which contains all that turns the writing direction; and what
/// separates lines or hides annotations.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Persian and Urdu write a zero-width non-joiner between two letters that would join without it (RFC 5892, appendix
/// A.1). There it shows, so it stays; anywhere else it is invisible.
fn separates_letters(before: Option<char>, c: char, after: Option<char>) -> bool {
    c == '\u{200c}' && before.is_some_and(joins_onward) && after.is_some_and(is_arabic_letter)
}

fn is_arabic_letter(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{66f}' | '\u{671}'..='\u{6d3}' | '\u{6d5}' | '\u{6fa}'..='\u{6ff}')
}

/// Arabic letters that join the letter after them: all but alef, dal, reh, waw and their kin (Unicode joining type D).
fn joins_onward(c: char) -> bool {
    let joins_back_only = matches!(c,
        '\u{621}'..='\u{625}' | '\u{627}' | '\u{629}' | '\u{62f}'..='\u{632}' | '\u{640}' | '\u{648}'
        | '\u{671}'..='\u{677}' | '\u{688}'..='\u{699}' | '\u{6c0}' | '\u{6c3}'..='\u{6cb}' | '\u{6cd}' | '\u{6cf}'
        | '\u{6d2}'..='\u{6d5}');
    is_arabic_letter(c) && !joins_back_only
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_is_spelled_out_and_what_people_write_stays() {
        for (text, shown) in [
            ("plain ASCII ~", "plain ASCII ~"),
            ("مذكرة مختلقة, İzmir, Ҳамкорӣ 🙂", "مذكرة مختلقة, İzmir, Ҳамкорӣ 🙂"),
            ("a\u{202e}fdp.exe", "a<U+202E>fdp.exe"),
            ("\u{1b}[2J\u{9b}31m\u{7}", "<U+001B>[2J<U+009B>31m<U+0007>"),
            ("a\u{200b}b\u{2066}c\u{feff}\u{e0041}\u{ad}", "a<U+200B>b<U+2066>c<U+FEFF><U+E0041><U+00AD>"),
            ("one\ntwo\tthree\r", "one<U+000A>two<U+0009>three<U+000D>"),
            // Persian "I want": the letter yeh would join.
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            // After alef, which never joins, and between Latin letters nobody sees it.
            ("دا\u{200c}ود a\u{200c}b", "دا<U+200C>ود a<U+200C>b"),
            ("می\u{200c}", "می<U+200C>"),
        ] {
            assert_eq!(line(text), shown);
        }
        assert_eq!(lines("one\n\ttwo\r\n\u{1b}"), "one\n\ttwo<U+000D>\n<U+001B>");
    }

    #[test]
    fn own_isolations_stay_only_if_each_ends_in_the_text() {
        assert_eq!(own_line(&isolated("a")), "\u{2068}a\u{2069}");
        for text in ["a\u{2069}b\u{2068}", "\u{2068}a", "a\u{2069}"] {
            assert_eq!(own_line(text), line(text));
            assert!(!own_line(text).contains(['\u{2068}', '\u{2069}']));
        }
        assert_eq!(own_lines("\u{2068}a\n\tb\u{2069}\r"), "\u{2068}a\n\tb\u{2069}<U+000D>");
        assert!(own_lines("\u{2068}a\nb").starts_with("<U+2068>"));
        assert_eq!(own_line("\u{2068}a\u{202e}\u{2069}"), "\u{2068}a<U+202E>\u{2069}");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "\u{1b}[2J \u{9b} \u{7f} a\u{202e}b\u{200c} می\u{200c}خواهم \u{e0041} 🙂 \"\\";
        let written = serde_json::to_string(&serde_json::json!({ text: [text] })).unwrap();
        let shown = json(&written);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), serde_json::json!({ text: [text] }));
        assert!(!shown.chars().any(is_deceptive), "{shown}");
        assert!(shown.contains("خواهم") && shown.contains("\\udb40\\udc41"), "{shown}");
    }
}
