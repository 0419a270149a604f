//! The clock and the environment: the only place of this tool that reads either.

use std::{
    env,
    ffi::OsString,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// A moment of the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "this tool times real commands, so the real clock is what it wants")]
pub fn now() -> Instant {
    Instant::now()
}

/// The cargo that started this tool, so that every command uses one toolchain.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

/// Whether a program of this name lies on the PATH.
pub fn has_program(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// The date (UTC) so many days from today, as `YYYY-MM-DD`.
#[expect(clippy::disallowed_methods, reason = "a bench sends records that are valid today")]
pub fn date_in_days(days: i64) -> String {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date_of(i64::try_from(now_s / 86_400).unwrap_or_default() + days)
}

/// The civil date of a day counted from 1970-01-01. Years are counted from March, so that the leap day is the last
/// day of a year, and in eras of 400 years, which all have the same length.
fn date_of(day: i64) -> String {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(
            [0, 58, 59, 11_016, 19_782].map(date_of),
            ["1970-01-01", "1970-02-28", "1970-03-01", "2000-02-29", "2024-02-29"]
        );
    }
}
