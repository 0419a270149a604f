//! Which words a filter may say: one that no row can have would find nothing, and whoever misspelt it would believe that.

use desks::{kinds, thread::PLAIN};
use protocol::control::Control;
use texts::say;

use crate::{fault::Fault, records};

/// That a list of records can be asked for this kind, if for one.
///
/// # Errors
/// No record here has it: those that there are.
pub(super) fn check_record_kind(kind: Option<&str>) -> Result<(), Fault> {
    let kinds: Vec<&str> = kinds::all().map(|kind| kind.name).chain(Control::KINDS).collect();
    check("kind", "kind of record", kind, &kinds)
}

/// That a list of records can be asked for this state, if for one.
///
/// # Errors
/// No record has it: those that there are.
pub(super) fn check_record_state(state: Option<&str>) -> Result<(), Fault> {
    check("state", "state of a record", state, &records::STATES)
}

/// The kind of thread that is asked for: by its name, or by that of the kind of record that opens it.
///
/// # Errors
/// It is neither: the kinds of thread that there are.
pub(super) fn thread_kind(named: Option<&str>) -> Result<Option<&str>, Fault> {
    let opened = named.and_then(|name| kinds::threads().find(|thread| thread.opened_by == name));
    if let Some(thread) = opened {
        return Ok(Some(thread.name));
    }
    let kinds: Vec<&str> = kinds::threads().map(|thread| thread.name).chain([PLAIN.0]).collect();
    check("kind", "kind of thread", named, &kinds)?;
    Ok(named)
}

/// That threads of this kind, or of any, can be asked for this state, if for one.
///
/// # Errors
/// No such thread has it: the states that there are.
pub(super) fn check_thread_state(kind: Option<&str>, state: Option<&str>) -> Result<(), Fault> {
    check("state", "state of such a thread", state, &thread_states(kind))
}

/// The states that threads of a kind, or of any, can have.
pub fn thread_states(kind: Option<&str>) -> Vec<&'static str> {
    let mut states: Vec<&str> = Vec::new();
    let of_desks = kinds::threads().flat_map(|thread| thread.states.iter().map(|state| (thread.name, state.word)));
    for (name, word) in of_desks.chain([PLAIN]) {
        if kind.is_none_or(|kind| kind == name) && !states.contains(&word) {
            states.push(word);
        }
    }
    states
}

fn check(field: &str, what: &str, word: Option<&str>, words: &[&str]) -> Result<(), Fault> {
    match word {
        Some(word) if !words.contains(&word) => Err(Fault::usage(
            say!("no-such-word", word = %format!("{word:?}"), what = %what, words = %words.join(", ")),
        )
        .in_field(field)),
        _ => Ok(()),
    }
}
