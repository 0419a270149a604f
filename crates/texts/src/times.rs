//! How long until something, and how long ago, in the largest unit that fits.

use crate::{Message, say};

const MINUTE_SECONDS: i64 = 60;
const HOUR_SECONDS: i64 = 60 * MINUTE_SECONDS;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// In how many minutes, hours or days; of less than none, how long ago. Units that are not full are left out.
pub fn from_now(seconds: i64) -> Message {
    let length = seconds.saturating_abs();
    let is_past = seconds < 0;
    if length < MINUTE_SECONDS {
        return say!("just-now");
    }
    if length < HOUR_SECONDS {
        let count = length / MINUTE_SECONDS;
        return if is_past { say!("ago-minutes", count = count) } else { say!("remaining-minutes", count = count) };
    }
    if length < DAY_SECONDS {
        let count = length / HOUR_SECONDS;
        return if is_past { say!("ago-hours", count = count) } else { say!("remaining-hours", count = count) };
    }
    let count = length / DAY_SECONDS;
    if is_past { say!("ago-days", count = count) } else { say!("remaining-days", count = count) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn the_largest_unit_that_fits_is_said_in_the_form_that_the_number_asks_for() {
        let arabic = |seconds| from_now(seconds).in_language(Language::Ar).replace(['\u{2068}', '\u{2069}'], "");
        for (seconds, text) in [
            (59, "الآن"),
            (60, "بعد دقيقة واحدة"),
            (-2 * HOUR_SECONDS, "قبل ساعتين"),
            (3 * DAY_SECONDS, "بعد ٣ أيام"),
            (11 * DAY_SECONDS, "بعد ١١ يومًا"),
            (100 * DAY_SECONDS, "بعد ١٠٠ يوم"),
        ] {
            assert_eq!(arabic(seconds), text);
        }
        assert_eq!(from_now(DAY_SECONDS + HOUR_SECONDS).to_string(), "in 1 day");
        assert_eq!(from_now(i64::MIN).in_language(Language::Tr), "106.751.991.167.300 gün önce");
    }
}
