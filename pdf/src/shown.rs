//! Texts as they can be shown on paper: what would deceive or has no form there is spelled out, such as `<U+202E>`, and
//! what is too long for a line can be broken.
//!
//! What is spelled is what the exchange spells on every other way to people (`docs/decisions/0036`), and beyond it what
//! no font here has a form for: a PDF for archives must not hold empty boxes.

use crate::fonts::Fonts;

/// More marks on one letter would stand on the lines above and below.
const MARKS_MAX: usize = 4;
/// So many characters stand between two places where a line may end.
const PART_CHARACTERS: usize = 4;
/// Arabic letters that are parted no longer join: what is shorter is a word, and rather a little too wide than parted.
const JOINED_CHARACTERS_MIN: usize = 12;
/// A place where a line may end, without a width.
const BREAK: char = '\u{200b}';

/// The text within one line, each character of it visible. What isolates parts of it stays if each isolation ends in it.
pub fn line(text: &str, fonts: &Fonts) -> String {
    let is_balanced = is_balanced(text);
    let mut shown = String::with_capacity(text.len());
    // The letter that marks stand on, with them.
    let mut cluster = String::new();
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let stays = match c {
            '\n' | '\t' => {
                shown.push(' ');
                cluster.clear();
                before = None;
                continue;
            }
            _ if is_isolation(c) => is_balanced,
            '\u{200c}' => separates_letters(before, rest.clone().next()),
            _ if is_deceptive(c) || is_private(c) => false,
            _ if is_mark(c) => {
                cluster.push(c);
                let has_form = cluster.chars().count() <= MARKS_MAX + 1 && fonts.one_has(&cluster);
                if !has_form {
                    cluster.pop();
                }
                has_form
            }
            _ => {
                cluster.clear();
                cluster.push(c);
                fonts.one_has(&cluster)
            }
        };
        if stays {
            shown.push(c);
        } else {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
            cluster.clear();
            cluster.push('>');
        }
        before = Some(c);
    }
    shown
}

/// The text with places where a line may end in each word that is wider than a line of so many ems.
pub fn breakable(text: &str, line_ems: f32, ems: fn(char) -> f32) -> String {
    let mut broken = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        let width: f32 = word.trim_end().chars().map(ems).sum();
        if width <= line_ems {
            broken.push_str(word);
            continue;
        }
        let parts_joined = word.chars().count() > JOINED_CHARACTERS_MIN && width > 1.5 * line_ems;
        let mut since = 0;
        let mut before = None;
        for c in word.chars() {
            let joins = before.is_some_and(is_arabic_letter) && is_arabic_letter(c);
            let is_bound = is_mark(c) || is_isolation(c) || c == '\u{200c}' || before == Some('\u{200c}');
            if since >= PART_CHARACTERS && !is_bound && (!joins || parts_joined) {
                broken.push(BREAK);
                since = 0;
            }
            broken.push(c);
            since += 1;
            before = Some(c);
        }
    }
    broken
}

/// About how wide a character is, rather too wide than too narrow.
pub fn ems(c: char) -> f32 {
    match c {
        _ if is_mark(c) || is_isolation(c) => 0.0,
        'i' | 'j' | 'l' | 'f' | 't' | 'r' | '.' | ',' | ':' | ';' | '-' | '\'' | '(' | ')' => 0.45,
        'a'..='l' | 'n'..='v' | 'x'..='z' | '0'..='9' | '<'..='>' => 0.62,
        _ if is_arabic_letter(c) => 0.62,
        _ => 0.95,
    }
}

/// The same of the font of one pitch, in the template's size of it.
pub fn mono_ems(c: char) -> f32 {
    if c.is_ascii() { 0.54 } else { ems(c) }
}

/// Whether a word is a reference, such as `MTQ-PK-SA-2026-0192`: lines don't end in it, and it runs from left to right.
pub fn is_reference(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'.' | b'_');
    word.contains('-')
        && word.bytes().all(is_part)
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether the character begins or ends an isolation.
const fn is_isolation(c: char) -> bool {
    matches!(c, '\u{2068}' | '\u{2069}')
}

fn is_balanced(text: &str) -> bool {
    let mut open = 0_usize;
    for c in text.chars() {
        match c {
            '\u{2068}' => open += 1,
            '\u{2069}' if open == 0 => return false,
            '\u{2069}' => open -= 1,
            _ => {}
        }
    }
    open == 0
}

/// Controls; what has no width by itself (Unicode's `Default_Ignorable_Code_Point`), which contains all that turns the
/// writing direction; and what separates lines or hides annotations.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What has no meaning that a reader elsewhere could know; PDF/A refuses it.
const fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// A zero-width non-joiner shows only between two letters that would join without it (RFC 5892, appendix A.1).
fn separates_letters(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(joins_onward) && after.is_some_and(is_arabic_letter)
}

/// A letter of the Arabic script.
pub const fn is_arabic_letter(c: char) -> bool {
    matches!(c,
        '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{66f}' | '\u{671}'..='\u{6d3}' | '\u{6d5}' | '\u{6fa}'..='\u{6ff}')
}

/// Arabic letters that join the letter after them: all but alef, dal, reh, waw and their kin (Unicode joining type D).
const fn joins_onward(c: char) -> bool {
    let joins_back_only = matches!(c,
        '\u{621}'..='\u{625}' | '\u{627}' | '\u{629}' | '\u{62f}'..='\u{632}' | '\u{640}' | '\u{648}'
        | '\u{671}'..='\u{677}' | '\u{688}'..='\u{699}' | '\u{6c0}' | '\u{6c3}'..='\u{6cb}' | '\u{6cd}' | '\u{6cf}'
        | '\u{6d2}'..='\u{6d5}');
    is_arabic_letter(c) && !joins_back_only
}

/// Marks that stand on the letter before them, of the scripts that there are fonts for.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{897}'..='\u{89f}' | '\u{8ca}'..='\u{8ff}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_or_has_no_form_is_spelled_out_and_what_people_write_stays() {
        let fonts = Fonts::load();
        for (text, shown) in [
            ("plain ASCII ~ #$*_`<b>", "plain ASCII ~ #$*_`<b>"),
            ("مذكّرة مختلَقة, İzmir, Ҳамкорӣ", "مذكّرة مختلَقة, İzmir, Ҳамкорӣ"),
            ("one\ntwo\tthree\r", "one two three<U+000D>"),
            ("a\u{202e}fdp.exe", "a<U+202E>fdp.exe"),
            ("\u{1b}[2J\u{7}\u{0}", "<U+001B>[2J<U+0007><U+0000>"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("a\u{200c}b", "a<U+200C>b"),
            ("\u{2068}a\u{2069} b", "\u{2068}a\u{2069} b"),
            ("\u{2069}a\u{2068}", "<U+2069>a<U+2068>"),
            ("🙂 \u{e000} 漢", "<U+1F642> <U+E000> <U+6F22>"),
            // No font has both.
            ("ب\u{483}", "ب<U+0483>"),
            ("e\u{301}\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}\u{301}\u{301}<U+0301>"),
        ] {
            assert_eq!(line(text, &fonts), shown, "{text:?}");
        }
    }

    #[test]
    fn only_what_is_no_word_is_broken() {
        assert_eq!(breakable("another Verantwortung", 9.0, ems), "another Verantwortung");
        assert_eq!(breakable("9f4c13d208be5521 end", 6.0, ems), "9f4c\u{200b}13d2\u{200b}08be\u{200b}5521\u{200b} end");
        assert!(breakable("WWWWWWWWWW", 9.0, ems).contains(BREAK), "capitals are wide");
        let arabic = "استقبالاتهم";
        assert_eq!(breakable(arabic, 5.0, ems), arabic, "letters that join are not parted");
        assert!(breakable(&"ب".repeat(200), 8.0, ems).contains(BREAK));
    }
}
