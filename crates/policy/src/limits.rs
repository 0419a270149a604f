//! The limits of this crate, each with its reason.

/// Most persons that one record may be about: BLK-01 (directive (EU) 2016/680, recital 72: not massive).
pub const RECORD_PERSONS_MAX: u32 = 20;
/// Most persons of whom one party may send records in a channel in a calendar month: BLK-01 (recital 72: not structural).
pub const MONTH_PERSONS_MAX: u32 = 200;
/// Decisions that a slice remembers: its clause's, or the floor's about one aspect. Real traffic has a few dozen distinct
/// inputs; a partner who makes up more only fills this, and it is emptied when full.
pub const DECISIONS_KEPT_MAX: usize = 4096;
