//! What differs between two texts, word by word.

use similar::{ChangeTag, TextDiff};

/// Words of a text that are compared one by one. Of what is longer, all of the old text is gone and all of the new one has come: the
/// time that it takes to find less grows with the square of it.
const WORDS_MAX: usize = 5_000;

/// Words in a row of which the same is to be said, with the blanks behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What is to be said of them.
    pub change: Change,
    /// They themselves.
    pub text: String,
}

/// What became of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// They are in both texts.
    Same,
    /// They are in the old text only.
    Gone,
    /// They are in the new text only.
    New,
}

/// How the new text comes of the old one.
pub fn words(old: &str, new: &str) -> Vec<Piece> {
    let is_long = |text: &str| text.split_whitespace().nth(WORDS_MAX).is_some();
    if old != new && (is_long(old) || is_long(new)) {
        return joined([(Change::Gone, old), (Change::New, new)]);
    }
    let difference = TextDiff::from_words(old, new);
    joined(difference.iter_all_changes().map(|change| {
        let of = match change.tag() {
            ChangeTag::Equal => Change::Same,
            ChangeTag::Delete => Change::Gone,
            ChangeTag::Insert => Change::New,
        };
        (of, change.value())
    }))
}

fn joined<'a>(pieces: impl IntoIterator<Item = (Change, &'a str)>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for (change, text) in pieces.into_iter().filter(|(_, text)| !text.is_empty()) {
        match joined.last_mut() {
            Some(last) if last.change == change => last.text.push_str(text),
            _ => joined.push(Piece { change, text: text.to_owned() }),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> String {
        let mark = |piece: &Piece| match piece.change {
            Change::Same => piece.text.clone(),
            Change::Gone => format!("[-{}-]", piece.text),
            Change::New => format!("[+{}+]", piece.text),
        };
        words(old, new).iter().map(mark).collect()
    }

    #[test]
    fn words_that_changed_are_told_and_nothing_else() {
        assert_eq!(told("", ""), "");
        assert_eq!(told("the same", "the same"), "the same");
        assert_eq!(told("", "new"), "[+new+]");
        assert_eq!(told("old", ""), "[-old-]");
        assert_eq!(told("open the gate today", "open the door today"), "open the [-gate-][+door+] today");
        assert_eq!(told("فتح البوابة اليوم", "فتح الباب اليوم"), "فتح [-البوابة-][+الباب+] اليوم");
    }

    #[test]
    fn both_texts_are_whole_in_what_is_told() {
        let (old, new) = ("one two\nthree  four", "one 2\nthree  four five");
        let of = |not: Change| -> String {
            words(old, new).into_iter().filter(|piece| piece.change != not).map(|piece| piece.text).collect()
        };
        assert_eq!((of(Change::New), of(Change::Gone)), (old.to_owned(), new.to_owned()));
    }

    #[test]
    fn long_texts_are_told_whole() {
        let (old, new) = ("a ".repeat(WORDS_MAX + 1), "b ".repeat(3));
        assert_eq!(words(&old, &new).len(), 2);
    }
}
