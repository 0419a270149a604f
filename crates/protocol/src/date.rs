//! Whole days of the calendar, in UTC.

use alloc::string::String;
use core::{fmt, str::FromStr};

use jiff::{Timestamp, civil, tz::Offset};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day, written `YYYY-MM-DD`; years 0001 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date(civil::Date);

/// A month, written `YYYY-MM`: the span of one period key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Month {
    /// Year, 1 to 9999.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
}

/// The text is not a day of the calendar as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a date is a day of the calendar written YYYY-MM-DD, such as 2026-01-31")]
pub struct NotADate;

/// The text is not a month as `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is written YYYY-MM, such as 2026-01")]
pub struct NotAMonth;

impl Date {
    /// The day on which the count of milliseconds begins: 1 January 1970.
    pub const EPOCH: Self = Self(civil::Date::constant(1970, 1, 1));

    /// The calendar's last day: 31 December 9999.
    pub const MAX: Self = Self(civil::Date::MAX);

    /// The day of the given year (1 to 9999), month (1 to 12) and day of the month.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, NotADate> {
        if year < 1 {
            return Err(NotADate);
        }
        civil::Date::new(year, month, day).map(Self).map_err(|_| NotADate)
    }

    /// The day in UTC of a time in milliseconds since 1970; `None` after the year 9999.
    pub fn from_unix_ms(ms: u64) -> Option<Self> {
        let timestamp = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
        Some(Self(Offset::UTC.to_datetime(timestamp).date()))
    }

    /// The first millisecond of the day in UTC since 1970; zero for earlier days.
    pub fn start_unix_ms(self) -> u64 {
        let timestamp = Offset::UTC.to_timestamp(self.0.to_datetime(civil::Time::midnight()));
        timestamp.ok().and_then(|t| u64::try_from(t.as_millisecond()).ok()).unwrap_or(0)
    }

    /// The last millisecond of the day in UTC since 1970.
    pub fn end_unix_ms(self) -> u64 {
        self.start_unix_ms().saturating_add(86_399_999)
    }

    /// The day that lies `days` later, or the calendar's last day.
    pub fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days.min(MORE_DAYS_THAN_THE_CALENDAR))))
    }

    /// Days from `earlier` to this day; `None` if this day is before it.
    pub fn days_since(self, earlier: Self) -> Option<u32> {
        u32::try_from(earlier.0.duration_until(self.0).as_hours() / 24).ok().filter(|_| self >= earlier)
    }

    /// The month of the day.
    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }
}

/// A span of jiff holds at most 7,304,484 days, which is already past the year 9999 from any day.
const MORE_DAYS_THAN_THE_CALENDAR: u32 = 7_304_484;

impl Month {
    /// The first day of the following month: from then on the month is over. The calendar's last month has none.
    pub fn end(self) -> Option<Date> {
        let (year, month) = if self.month == 12 { (self.year.checked_add(1)?, 1) } else { (self.year, self.month + 1) };
        Date::new(year, month, 1).ok()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Date {
    type Err = NotADate;
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return Err(NotADate) };
        let month_and_day = [number([m1, m2]), number([d1, d2])];
        let (Some(year), [Some(month), Some(day)]) = (number([y1, y2, y3, y4]), month_and_day) else {
            return Err(NotADate);
        };
        let narrow = |n: i16| i8::try_from(n).map_err(|_| NotADate);
        Self::new(year, narrow(month)?, narrow(day)?)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let [y1, y2, y3, y4, b'-', m1, m2] = *text.as_bytes() else { return Err(NotAMonth) };
        let (Some(year), Some(month)) = (number([y1, y2, y3, y4]), number([m1, m2])) else { return Err(NotAMonth) };
        let month = i8::try_from(month).map_err(|_| NotAMonth)?;
        Date::new(year, month, 1).map(Date::month).map_err(|_| NotAMonth)
    }
}

/// The value of up to four decimal digits.
fn number<const N: usize>(digits: [u8; N]) -> Option<i16> {
    digits.iter().try_fold(0_i16, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| i16::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(DateVisitor)
    }
}

struct DateVisitor;

impl de::Visitor<'_> for DateVisitor {
    type Value = Date;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date written YYYY-MM-DD")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
        text.parse().map_err(E::custom)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_has_one_spelling() {
        assert_eq!(alloc::format!("{}", date("2026-01-31")), "2026-01-31");
        for wrong in
            ["2026-1-31", "2026-02-29", "20260131", "2026-01-31 ", "+026-01-31", "0000-01-01", "2026-01-31T", ""]
        {
            assert_eq!(wrong.parse::<Date>(), Err(NotADate), "{wrong}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years_and_the_end_of_the_calendar() {
        assert_eq!(date("2024-02-28").plus_days(2), date("2024-03-01"));
        assert_eq!(date("2026-01-01").plus_days(1825), date("2030-12-31"));
        assert_eq!(date("9999-12-30").plus_days(u32::MAX), date("9999-12-31"));
        assert_eq!(date("2030-12-31").days_since(date("2026-01-01")), Some(1825));
        assert_eq!(date("2026-01-01").days_since(date("2026-01-01")), Some(0));
        assert_eq!(date("2026-01-01").days_since(date("2026-01-02")), None);
    }

    #[test]
    fn a_time_belongs_to_its_day_in_utc() {
        assert_eq!(Date::from_unix_ms(86_399_999), Some(date("1970-01-01")));
        assert_eq!(Date::from_unix_ms(86_400_000), Some(date("1970-01-02")));
        assert_eq!(Date::from_unix_ms(u64::MAX), None);
        assert_eq!(date("1970-01-02").start_unix_ms(), 86_400_000);
        assert_eq!(date("1969-12-31").start_unix_ms(), 0);
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!("2026-12".parse::<Month>().unwrap().end(), Some(date("2027-01-01")));
        assert_eq!(date("2026-02-03").month().end(), Some(date("2026-03-01")));
        assert_eq!("9999-12".parse::<Month>().unwrap().end(), None);
        assert_eq!("2026-13".parse::<Month>(), Err(NotAMonth));
    }
}
