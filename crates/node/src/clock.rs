//! The one place where the node reads the clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::date::Date;

/// Milliseconds since 1970. A clock before 1970 counts as 1970, which every partner refuses.
pub fn now_ms() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds since 1970.
pub fn now_us() -> u64 {
    u64::try_from(since_1970().as_micros()).unwrap_or(u64::MAX)
}

/// Today in UTC.
pub fn today() -> Date {
    Date::from_unix_ms(now_ms()).unwrap_or(Date::EPOCH)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where the node reads the clock")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
}
