//! How far long work is: one line on standard error, with counts and the time left.
//!
//! It is drawn only where somebody watches: standard error is a terminal and no JSON was asked for. When the work ends,
//! well or not, the line is gone. What is printed meanwhile goes through [`Progress::beside`], so the two never mix.

use std::{fmt, io::IsTerminal, time::Duration};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::limits;

/// Progress of one piece of work.
pub struct Progress(Option<ProgressBar>);

/// What is counted.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Things, such as records.
    Count,
    /// Bytes, which have a speed.
    Bytes,
}

impl Progress {
    /// Nothing is shown: nobody watches.
    pub const NONE: Self = Self(None);

    /// Shows how much of `total` is done; without a total, how much and for how long.
    pub fn start(quiet: bool, what: &str, unit: Unit, total: Option<u64>) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self::NONE;
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        bar.set_style(style(unit, total.is_some()));
        bar.set_message(texts::shown::line(what).into_owned());
        // Also work that says nothing for a while shows that it lives.
        bar.tick();
        bar.enable_steady_tick(Duration::from_millis(limits::PROGRESS_TICK_MS));
        Self(Some(bar))
    }

    /// So much more is done.
    pub fn add(&self, done: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(done);
        }
    }

    /// So many of so many are done by now: how many there are shows only on the way.
    pub fn set(&self, done: u64, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_style(style(Unit::Count, true));
            bar.set_length(total);
            bar.set_position(done);
            bar.force_draw();
        }
    }

    /// What is counted beside the bar's own unit.
    pub fn note(&self, text: &str) {
        if let Some(bar) = &self.0 {
            bar.set_prefix(texts::shown::line(text).into_owned());
        }
    }

    /// Prints while the line is away.
    pub fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn style(unit: Unit, bounded: bool) -> ProgressStyle {
    // A test reads the templates, so a broken one never ships; the default style would still count.
    let style = ProgressStyle::with_template(template(unit, bounded)).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ").with_key("left", left)
}

/// The time left, once something was done from which to tell it.
fn left(state: &ProgressState, out: &mut dyn fmt::Write) {
    if state.pos() > 0 {
        // What can't be written here is drawn a moment later.
        let _ = write!(out, ", {} left", HumanDuration(state.eta()));
    }
}

const fn template(unit: Unit, bounded: bool) -> &'static str {
    match (unit, bounded) {
        (Unit::Count, true) => "{msg} [{bar:30}] {human_pos} of {human_len}{left} {prefix}",
        (Unit::Bytes, true) => "{msg} [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}{left} {prefix}",
        (Unit::Count, false) => "{msg}: {human_pos} in {elapsed} {prefix}",
        (Unit::Bytes, false) => "{msg}: {bytes} in {elapsed}, {bytes_per_sec} {prefix}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_one() {
        for unit in [Unit::Count, Unit::Bytes] {
            for bounded in [true, false] {
                assert!(ProgressStyle::with_template(template(unit, bounded)).is_ok());
            }
        }
    }
}
