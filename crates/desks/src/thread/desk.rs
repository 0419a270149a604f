//! The desk of what any thread can need: steps and signatures. It has no work of its own.

use super::{signature, step};
use crate::desk::{Compartment, Desk};
use crate::kinds::Kind;

/// The desk's line.
pub const DESK: Desk = Desk {
    name: "thread",
    kinds: &[Kind::of::<step::Step>(), Kind::of::<signature::Signature>()],
    threads: &[],
    compartment: Compartment::OfThread,
    purposes: &[],
    duties: &[],
};
