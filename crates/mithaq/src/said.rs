//! Words of the API as the command line says them.

use node::office::Remark;
use protocol::{agreement::ApprovalRole, header::SubjectCategory, text::Texts};
use texts::{Message, say, shown};

use crate::{commands::time, failure::language};

/// A state of a thread, draft, token or record; as the API says it if there is no text for it.
pub fn state(word: &str) -> Message {
    Message::of_family("state", word).unwrap_or_else(|| Message::as_worded(shown::line(word)))
}

/// A state that something which is still to come may change.
pub fn provisional(state: Message, is_settled: bool) -> Message {
    if is_settled { state } else { say!("provisional", state = state) }
}

/// The part in which an officer signs.
pub fn officer(role: ApprovalRole) -> Message {
    let word = role.name();
    Message::of_family("role", &word.replace('_', "-")).unwrap_or_else(|| Message::as_worded(word))
}

/// A category of persons.
pub fn persons(category: SubjectCategory) -> Message {
    let word = crate::commands::word(&category);
    Message::of_family("persons", &word).unwrap_or_else(|| Message::as_worded(word))
}

/// What somebody said of a draft or thread.
pub fn remark(remark: &Remark) -> Message {
    say!("remark-said", time = time(remark.at_ms), by = %remark.by, text = %remark.text)
}

/// A text that is there in several languages: in the reader's, or in English, or in whichever there is.
pub fn text(texts: &Texts) -> Option<&str> {
    let text = texts.get(language().tag()).or_else(|| texts.get("en")).or_else(|| texts.values().next());
    text.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;

    #[test]
    fn every_state_of_a_thread_has_a_word_in_every_language_and_in_english_that_of_the_api() {
        for word in desks::kinds::threads().flat_map(|thread| thread.states).map(|state| state.word) {
            assert!(Message::of_family("state", word).is_some(), "{word}");
            assert_eq!(state(word).to_string(), word);
            assert_ne!(state(word).in_language(Language::Ar), word);
        }
        assert_eq!(state("unheard-of").in_language(Language::Ar), "unheard-of");
    }

    #[test]
    fn every_part_and_every_category_has_a_word_in_every_language() {
        for role in ApprovalRole::ALL {
            assert!(!officer(role).id().is_empty(), "{role:?}");
        }
        use SubjectCategory::{
            ContactOrAssociate, Convicted, Missing, None, Officer, Returnee, Suspect, Traveller, Victim,
            WitnessOrInformant,
        };
        for category in [
            None,
            Suspect,
            Convicted,
            Victim,
            WitnessOrInformant,
            ContactOrAssociate,
            Missing,
            Traveller,
            Returnee,
            Officer,
        ] {
            assert!(!persons(category).id().is_empty(), "{category:?}");
        }
    }
}
