//! ASY-02: a blocked answer and an empty one are the same outcome, in content, size, delay and trace.
//!
//! Both are the same record, `nothing_to_provide`, and both wait for a time drawn by [`delay_ms`]. So an answer that
//! nobody gave because a hidden rule stopped it leaves as one that an officer gave because there was nothing.

use crate::case::Tried;

/// Shortest delay of an answer that provides nothing: nobody can tell an officer's look from a rule's.
const DELAY_MS_MIN: u64 = 60 * 60 * 1000;
/// Longest delay: inside the three days of an urgent request (directive (EU) 2023/977, article 5).
const DELAY_MS_MAX: u64 = 48 * 60 * 60 * 1000;

/// How long an answer that provides nothing waits before it is released, whoever or whatever caused it. `random` is
/// drawn anew for each answer.
pub fn delay_ms(random: u64) -> u64 {
    let span = DELAY_MS_MAX.saturating_sub(DELAY_MS_MIN);
    // Multiplied, not a remainder: every moment of the span is equally likely.
    let part = u128::from(random).saturating_mul(u128::from(span)) >> 64;
    DELAY_MS_MIN.saturating_add(u64::try_from(part).unwrap_or(span))
}

pub(super) fn cases() -> Vec<Tried> {
    let inside = |random| {
        let delay = delay_ms(random);
        if (DELAY_MS_MIN..=DELAY_MS_MAX).contains(&delay) { Ok(()) } else { Err(format!("{delay} ms")) }
    };
    let at_once = |delay| if delay >= DELAY_MS_MIN { Ok(()) } else { Err(format!("{delay} ms is no such delay")) };
    vec![
        Tried::passes("the shortest delay", inside(0)),
        Tried::passes("the longest delay", inside(u64::MAX)),
        Tried::refused("an answer at once", at_once(0)),
    ]
}
