//! Words of the API as the command line says them.

use texts::{Message, say, shown};

/// A state of a thread, draft, token or record; as the API says it if there is no text for it.
pub fn state(word: &str) -> Message {
    Message::of_family("state", word).unwrap_or_else(|| Message::as_worded(shown::line(word)))
}

/// A state that something which is still to come may change.
pub fn provisional(state: Message, is_settled: bool) -> Message {
    if is_settled { state } else { say!("provisional", state = state) }
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;

    #[test]
    fn every_state_of_a_thread_has_a_word_in_every_language_and_in_english_that_of_the_api() {
        for word in desks::kinds::threads().flat_map(|thread| thread.states) {
            assert!(Message::of_family("state", word).is_some(), "{word}");
            assert_eq!(state(word).to_string(), *word);
            assert_ne!(state(word).in_language(Language::Ar), *word);
        }
        assert_eq!(state("unheard-of").in_language(Language::Ar), "unheard-of");
    }
}
