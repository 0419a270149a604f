//! What differs between two texts, word by word, for pages that show what somebody changed.

use similar::{ChangeTag, DiffableStr, TextDiff};

/// Most words, or lines, of both texts together that are compared one by one: the work grows with the square of what differs, and a
/// page is to be there at once.
const COMPARED_MAX: usize = 8_000;

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// Its words, with the spaces between them.
    pub text: String,
}

/// What became of a stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stands in both.
    Same,
    /// It stands in the later one only.
    Added,
    /// It stood in the earlier one only.
    Removed,
}

/// The stretches of two texts, in their order. Texts of very many words are compared by lines, or as wholes.
pub fn pieces(before: &str, after: &str) -> Vec<Piece> {
    let is_short = |count: fn(&str) -> usize| count(before) + count(after) <= COMPARED_MAX;
    if is_short(|text| text.tokenize_words().len()) {
        gathered(&TextDiff::from_words(before, after))
    } else if is_short(|text| text.lines().count()) {
        gathered(&TextDiff::from_lines(before, after))
    } else {
        whole(before, after)
    }
}

/// Changes one after the other become one stretch: what was removed, then what was added for it.
fn gathered<'a>(diff: &TextDiff<'a, 'a, 'a, str>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let (text, change) = match change.tag() {
            ChangeTag::Equal => (change.value(), Change::Same),
            ChangeTag::Insert => (change.value(), Change::Added),
            ChangeTag::Delete => (change.value(), Change::Removed),
        };
        match pieces.last_mut().filter(|last| last.change == change) {
            Some(last) => last.text.push_str(text),
            None => pieces.push(Piece { change, text: text.to_owned() }),
        }
    }
    pieces
}

fn whole(before: &str, after: &str) -> Vec<Piece> {
    if before == after {
        return vec![Piece { change: Change::Same, text: after.to_owned() }];
    }
    let pieces = [(Change::Removed, before), (Change::Added, after)];
    pieces.map(|(change, text)| Piece { change, text: text.to_owned() }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces, those that were removed in brackets and those that were added in braces.
    fn marked(before: &str, after: &str) -> String {
        let mark = |piece: Piece| match piece.change {
            Change::Same => piece.text,
            Change::Added => format!("{{{}}}", piece.text),
            Change::Removed => format!("[{}]", piece.text),
        };
        pieces(before, after).into_iter().map(mark).collect()
    }

    #[test]
    fn what_changed_is_found_word_by_word_in_every_script() {
        assert_eq!(marked("kept for 365 days", "kept for 730 days"), "kept for [365]{730} days");
        assert_eq!(marked("the same", "the same"), "the same");
        assert_eq!(marked("", "all new"), "{all new}");
        assert_eq!(marked("يجوز لكل طرف أن يرسل", "لا يجوز لكل طرف أن يرسل"), "{لا }يجوز لكل طرف أن يرسل");
    }

    #[test]
    fn both_texts_can_be_read_again_from_the_pieces_whatever_their_length() {
        let long = |word: &str, end: &str| format!("{}{end}", format!("{word} ").repeat(COMPARED_MAX));
        let lines = |word: &str| format!("{word}\n").repeat(COMPARED_MAX);
        for (before, after) in [
            ("one two three".to_owned(), "three two one".to_owned()),
            (long("a", "end"), long("b", "end")),
            (lines("a"), lines("b")),
        ] {
            let pieces = pieces(&before, &after);
            let without = |gone: Change| {
                pieces.iter().filter(|piece| piece.change != gone).map(|piece| piece.text.as_str()).collect::<String>()
            };
            assert_eq!((without(Change::Added), without(Change::Removed)), (before, after));
        }
    }
}
