//! Rust sources as the checks read them: words and marks, without comments and without the code of tests.

/// The tokens of a source: words, `::`, literals of text with their quotes, lifetimes, and single marks. Comments,
/// characters and every item under `#[cfg(test)]` are left out.
pub fn tokens(text: &str) -> Vec<&str> {
    without_tests(&all_tokens(text))
}

/// Whether a token is a word, so a name, a keyword or a number.
pub fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The place after the bracket that closes the one at `open`, or the end of the tokens.
pub fn after_closing(tokens: &[&str], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

fn all_tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, is_kept) = match first {
            _ if first.is_whitespace() => (first.len_utf8(), false),
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (block_comment(rest), false),
            '"' => (quoted(rest), true),
            'r' | 'b' | 'c' if literal_prefix(rest).is_some() => (literal_prefix(rest).unwrap_or(rest.len()), true),
            '\'' => quote(rest),
            ':' if rest.starts_with("::") => (2, true),
            _ if is_word(rest) => (rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()), true),
            _ => (first.len_utf8(), true),
        };
        let (token, after) = rest.split_at(length);
        if is_kept {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// The length of a comment that may hold others.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of a text between quotes, in which a backslash takes what follows with it.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a literal such as `r#"…"#` or `b"…"`, if one begins here.
fn literal_prefix(text: &str) -> Option<usize> {
    let letters = text.find(|c: char| !matches!(c, 'r' | 'b' | 'c'))?;
    let hashes = text[letters..].find(|c| c != '#')?;
    let start = letters + hashes;
    if !text[start..].starts_with('"') || letters > 2 {
        return None;
    }
    if !text[..letters].contains('r') {
        return (hashes == 0).then(|| start + quoted(&text[start..]));
    }
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text[start + 1..].find(&end).map_or(text.len(), |found| start + 1 + found + end.len()))
}

/// A single quote begins a character, which is left out, or a lifetime, which is a token.
fn quote(text: &str) -> (usize, bool) {
    let mut inner = text.char_indices().skip(1);
    match (inner.next(), inner.next()) {
        // The quote that ends an escape is never the character right after the backslash.
        (Some((_, '\\')), Some((escaped, c))) => {
            let from = escaped + c.len_utf8();
            (text[from..].find('\'').map_or(text.len(), |found| from + found + 1), false)
        }
        (Some(_), Some((end, '\''))) => (end + 1, false),
        _ => (1 + text[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - 1), true),
    }
}

fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&TEST) {
            at = after_item(tokens, at + TEST.len());
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// The place after an item: its first semicolon or block outside of other brackets.
fn after_item(tokens: &[&str], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        match tokens[at] {
            ";" => return at + 1,
            "{" => return after_closing(tokens, at),
            "(" | "[" => at = after_closing(tokens, at),
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_characters_are_left_out_and_texts_stay_whole() {
        let text = r##"let a = "x // \" y"; // crate::no
            /* crate::no /* nested */ still */ f::<'static>('"', '\'', '\u{7f}', r#"a " b"#, b"c"); r#type"##;
        let expected = [
            "let",
            "a",
            "=",
            r#""x // \" y""#,
            ";",
            "f",
            "::",
            "<",
            "'static",
            ">",
            "(",
            ",",
            ",",
            ",",
            r##"r#"a " b"#"##,
            ",",
            r#"b"c""#,
            ")",
            ";",
            "r",
            "#",
            "type",
        ];
        assert_eq!(tokens(text), expected);
    }

    #[test]
    fn items_of_tests_are_left_out() {
        let text = "a; #[cfg(test)] #[expect(x, reason = \"y\")] mod tests { fn f([u8; 2]) { g(); } } b; #[cfg(test)] use c::d; e";
        assert_eq!(tokens(text), ["a", ";", "b", ";", "e"]);
    }
}
