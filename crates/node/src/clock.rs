//! The one place where the node reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::date::Date;

/// Milliseconds since 1970. A clock before 1970 counts as 1970, which every partner refuses.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the node reads the clock")]
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX))
}

/// Today in UTC.
pub fn today() -> Date {
    Date::from_unix_ms(now_ms()).unwrap_or(Date::EPOCH)
}
