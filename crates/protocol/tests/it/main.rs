//! Replays the golden vectors of records, batches and evidence files, tries to forge the latter, and delivers batches
//! between two channels in memory.
//!
//! ML-DSA signatures and HPKE seals are random, so the vectors hold values made once. A set that is absent is made anew
//! and the test fails, so that somebody looks at it before it is committed.

mod batches;
mod delivery;
mod entries;
mod evidence;
mod files;
mod forgeries;
mod life;
mod missed;
mod officers;
mod parties;
mod passkeys;
mod records;
mod session;
mod statements;
mod world;
