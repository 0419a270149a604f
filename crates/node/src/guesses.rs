//! Guesses at the folder's passphrase by whoever can ask a running node to use it.

use texts::say;

use std::sync::{Mutex, PoisonError, TryLockError};

use crate::{
    fault::{Code, Fault},
    limits,
    rotation::RotateError,
};

/// How often it was guessed wrong of late, since the node started.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<Wrong>);

#[derive(Debug, Default)]
struct Wrong {
    times: u32,
    not_before_ms: u64,
}

impl Guesses {
    /// Tries something that takes the passphrase, one try at a time. After a wrong one the next is refused for a while, which
    /// doubles each time; one that is right ends that.
    ///
    /// # Errors
    /// What the try gives; [`Code::TooMany`] if it comes too soon or while another is under way, whatever it would give.
    pub fn guard<T>(
        &self,
        now_ms: impl Fn() -> u64,
        attempt: impl FnOnce() -> Result<T, RotateError>,
    ) -> Result<T, Fault> {
        let mut wrong = match self.0.try_lock() {
            Ok(wrong) => wrong,
            Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
            Err(TryLockError::WouldBlock) => {
                return Err(Fault::new(Code::TooMany, say!("another-try")));
            }
        };
        let wait_ms = wrong.not_before_ms.saturating_sub(now_ms());
        if wait_ms > 0 {
            let wait_s = wait_ms.div_ceil(1000);
            return Err(Fault::new(Code::TooMany, say!("wrong-tries", times = wrong.times, wait_s = wait_s)));
        }
        let result = attempt();
        match &result {
            Err(error) if error.is_a_guess() => {
                let pause_ms = limits::GUESS_PAUSE_MS_MIN.checked_shl(wrong.times).unwrap_or(u64::MAX);
                // From now on: a try itself takes longer on a busy machine than the first pause.
                wrong.not_before_ms = now_ms().saturating_add(pause_ms.clamp(1, limits::GUESS_PAUSE_MS_MAX));
                wrong.times = (wrong.times + 1).min(32);
            }
            _ => *wrong = Wrong::default(),
        }
        Ok(result?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_guess_stops_the_next_for_twice_as_long_each_time() {
        let guesses = Guesses::default();
        let wrong = |now_ms| guesses.guard::<()>(|| now_ms, || Err(RotateError::OtherKeys)).unwrap_err().code;
        let mut now = 0;
        for round in 0..20 {
            assert_eq!(wrong(now), Code::NotVerified);
            assert_eq!(wrong(now), Code::TooMany, "also the right one");
            let pause = (limits::GUESS_PAUSE_MS_MIN << round).min(limits::GUESS_PAUSE_MS_MAX);
            assert_eq!(wrong(now + pause - 1), Code::TooMany);
            now += pause;
        }
        assert_eq!(guesses.guard(|| now, || Ok(1)).unwrap(), 1);
        assert_eq!(wrong(now), Code::NotVerified, "it counts anew");
    }
}
