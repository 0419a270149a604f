//! Texts that a standard describes. Only their form is checked, so that both ends and later years come to the same.

use jiff::{Timestamp, civil};

/// As many digits as the longest that a field has.
pub(super) const ZEROS: &str = "0000000000000000";

/// A text of the number, for those with which a range begins.
pub(super) const fn digits(number: u32) -> &'static str {
    match number {
        0 => "0",
        1 => "1",
        _ => "2",
    }
}

/// A whole number in a range: no sign, no leading zero.
pub(super) fn is_count(text: &str, min: u32, max: u32) -> bool {
    let is_minimal = text == "0" || !text.starts_with('0');
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    is_minimal && number.is_some_and(|number| (min..=max).contains(&number))
}

/// RFC 3339 with seconds and offset. A leap second is a moment that clocks differ about.
pub(super) fn is_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has_form = bytes.get(10) == Some(&b'T') && bytes.get(13) == Some(&b':') && bytes.get(16) == Some(&b':');
    let ends = text.get(19..).is_some_and(|offset| {
        offset == "Z" || (offset.len() == 6 && offset.starts_with(['+', '-']) && offset.get(3..4) == Some(":"))
    });
    has_form && ends && text.get(17..19) != Some("60") && text.parse::<Timestamp>().is_ok()
}

/// ISO 8601 week of a year that has it.
pub(super) fn is_week(text: &str) -> bool {
    let Some((year, week)) = text.split_once("-W") else { return false };
    let fits = year.len() == 4 && week.len() == 2 && text.bytes().filter(u8::is_ascii_digit).count() == 6;
    let numbers = year.parse().ok().zip(week.parse().ok());
    fits && numbers.is_some_and(|(year, week)| civil::ISOWeekDate::new(year, week, civil::Weekday::Monday).is_ok())
}

/// The form of an IANA zone's name. Which zones there are changes with every edition of that database.
pub(super) fn is_zone(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    text.len() <= 64 && text.split('/').all(part) && text.split('/').count() <= 3
}

/// BCP 47, the form of RFC 5646: subtags of letters and digits.
pub(super) fn is_language(text: &str) -> bool {
    let mut subtags = text.split('-');
    let first = subtags.next().unwrap_or_default();
    let starts = (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_lowercase());
    let fits = |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= 35 && starts && subtags.all(fits)
}

/// E.164: a plus and at most fifteen digits, the first of which is not zero.
pub(super) fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (5..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The form of RFC 5321, section 4.1.2, without quoted names and literal addresses.
pub(super) fn is_mailbox(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let atom = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let label = |part: &str| {
        let fits = (1..=63).contains(&part.len()) && !part.starts_with('-') && !part.ends_with('-');
        fits && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_short = name.len() <= 64 && text.len() <= 254;
    is_short && name.split('.').all(atom) && domain.contains('.') && domain.split('.').all(label)
}

/// WGS 84 latitude and longitude in degrees: minimal decimals, at most five.
pub(super) fn is_point(text: &str) -> bool {
    let Some((latitude, longitude)) = text.split_once(',') else { return false };
    is_degrees(latitude, 90) && is_degrees(longitude, 180)
}

fn is_degrees(text: &str, most: u32) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let has_decimals = digits.contains('.');
    let minimal = !has_decimals || ((1..=5).contains(&decimals.len()) && !decimals.ends_with('0'));
    let is_nothing = whole == "0" && decimals.is_empty();
    let at_most = is_count(whole, 0, most) && (decimals.is_empty() || whole.parse::<u32>().is_ok_and(|w| w < most));
    minimal && decimals.bytes().all(|b| b.is_ascii_digit()) && at_most && !(is_nothing && text.starts_with('-'))
}
