//! Replays the golden vectors of records, batches and evidence files, and tries to forge the latter.
//!
//! ML-DSA signatures and HPKE seals are random, so the vectors hold values made once. A set that is absent is made anew
//! and the test fails, so that somebody looks at it before it is committed.

mod batches;
mod evidence;
mod files;
mod records;
mod world;
