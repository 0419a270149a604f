//! How far long work is: one line on standard error, with counts and the time left.
//!
//! It is drawn only where somebody watches: standard error is a terminal and no JSON was asked for. When the work ends,
//! well or not, the line is gone. What is printed meanwhile goes through [`Progress::beside`], so the two never mix.

use std::{fmt, io::IsTerminal, time::Duration};

use indicatif::{
    FormattedDuration, HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState,
    ProgressStyle,
};
use texts::{Language, Message, Value, say, shown};

use crate::{failure::language, limits};

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
    pub fn start(quiet: bool, what: &Message, unit: Unit, total: Option<u64>) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self::NONE;
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        bar.set_style(style(unit, total.is_some()));
        bar.set_message(said(what));
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
    pub fn note(&self, text: &Message) {
        if let Some(bar) = &self.0 {
            bar.set_prefix(said(text));
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
    let done = move |state: &ProgressState, out: &mut dyn fmt::Write| {
        // What can't be written here is drawn a moment later.
        let _ = out.write_str(&said(&so_far(state, unit)));
    };
    style.progress_chars("=> ").with_key("done", done).with_key("left", left)
}

fn said(message: &Message) -> String {
    shown::own_line(&message.in_language(language())).into_owned()
}

/// How much is done, of how much or in what time.
fn so_far(state: &ProgressState, unit: Unit) -> Message {
    let done = amount(state.pos(), unit);
    match state.len() {
        Some(total) => say!("progress-of", done = done, total = amount(total, unit)),
        None => say!("progress-in", done = done, time = length(state.elapsed(), true)),
    }
}

fn amount(amount: u64, unit: Unit) -> Value {
    match (unit, language()) {
        (Unit::Bytes, _) => HumanBytes(amount).to_string().into(),
        (Unit::Count, Language::En) => HumanCount(amount).to_string().into(),
        (Unit::Count, _) => amount.into(),
    }
}

/// A time in words, or in digits where there are no words for it.
fn length(time: Duration, is_short: bool) -> String {
    match language() {
        Language::En if is_short => format!("{:#}", HumanDuration(time)),
        Language::En => HumanDuration(time).to_string(),
        _ => FormattedDuration(time).to_string(),
    }
}

/// The time left, once something was done from which to tell it.
fn left(state: &ProgressState, out: &mut dyn fmt::Write) {
    if state.pos() > 0 {
        // What can't be written here is drawn a moment later.
        let _ = out.write_str(&said(&say!("progress-left", time = length(state.eta(), false))));
    }
}

const fn template(unit: Unit, bounded: bool) -> &'static str {
    match (unit, bounded) {
        (Unit::Count, true) => "{msg} [{bar:30}] {done}{left} {prefix}",
        (Unit::Bytes, true) => "{msg} [{bar:30}] {done}, {bytes_per_sec}{left} {prefix}",
        (Unit::Count, false) => "{msg}: {done} {prefix}",
        (Unit::Bytes, false) => "{msg}: {done}, {bytes_per_sec} {prefix}",
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
