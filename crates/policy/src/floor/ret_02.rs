//! RET-02: after three years there is a review with reasons, or erasure by itself.
//!
//! Reviews are not records yet, so erasure comes by itself: a node files content under the period of the earlier of the
//! day that its header states and three years from its arrival, and destroys that period's key.

use protocol::channel::open::kept_until;

use crate::case::{Tried, day};

pub(super) fn cases() -> Vec<Tried> {
    let kept_on = |stated, on: &str| {
        let until = kept_until(day(stated), day("2026-06-01"));
        if day(on) <= until { Ok(()) } else { Err(format!("kept until {until}")) }
    };
    vec![
        Tried::passes("kept for a year as stated", kept_on("2027-06-01", "2027-06-01")),
        Tried::passes("kept three years of five", kept_on("2031-05-31", "2029-06-01")),
        Tried::refused("kept a fourth year without a review", kept_on("2031-05-31", "2029-06-02")),
    ]
}
