//! When a document was made.

use typst::foundations::Datetime;

/// Reads an instant in UTC as RFC 3339 writes it, such as `2026-11-25T10:00:00Z`. Fractions of a second are dropped:
/// a PDF has none.
///
/// # Errors
/// A sentence, if it is written otherwise or there is no such day or time.
pub fn instant(text: &str) -> Result<Datetime, String> {
    read(text).ok_or_else(|| "made: write it in UTC as `2026-11-25T10:00:00Z`".to_owned())
}

fn read(text: &str) -> Option<Datetime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let whole = match time.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => time,
    };
    let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?;
    let small = |number: u16| u8::try_from(number).ok();
    Datetime::from_ymd_hms(i32::from(year), small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?)
}

/// Three numbers of so many digits each.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[u16; 3]> {
    let mut parts = text.split(between);
    let mut next = |digits: usize| {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let read = [next(digits[0])?, next(digits[1])?, next(digits[2])?];
    parts.next().is_none().then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_instants_in_utc_are_read() {
        for good in ["2026-11-25T10:00:00Z", "2024-02-29T23:59:59.123456Z"] {
            assert!(instant(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "2026-11-25",
            "2026-11-25T10:00:00",
            "2026-11-25T10:00:00+03:00",
            "2026-02-30T10:00:00Z",
            "2026-11-25T25:00:00Z",
            "2026-11-25T10:00:00.Z",
            "2026-11-25T10:00Z",
            "26-11-25T10:00:00Z",
            "2026-+1-25T10:00:00Z",
            "2026-11-25-01T10:00:00Z",
            "٢٠٢٦-11-25T10:00:00Z",
        ] {
            assert!(instant(bad).is_err(), "{bad}");
        }
    }
}
