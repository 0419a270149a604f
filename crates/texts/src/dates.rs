//! Days as people write them, in three calendars.
//!
//! Days are kept and compared in the Gregorian calendar (ISO 8601). A calendar is a way to show one.

use icu_calendar::Date;
use icu_datetime::preferences::HijriCalendarAlgorithm;
use icu_datetime::{
    DateTimeFormatter, DateTimeFormatterPreferences,
    fieldsets::{YMD, YMDE},
    preferences::CalendarAlgorithm,
};
use icu_locale_core::Locale;

use crate::Language;

/// In which calendar a day is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// The Gregorian one, with the names of months of the region: Levantine ones in `ar-SY`.
    Gregorian,
    /// The Hijri one of Umm al-Qura, which Saudi Arabia computes; through 1500 AH (November 2077).
    UmmAlQura,
    /// The solar Hijri one of Iran and, with other names of months, Afghanistan.
    SolarHijri,
}

/// Last Gregorian year that lies in the tables of Umm al-Qura as a whole: behind them another calendar would answer.
const UMM_AL_QURA_YEAR_MAX: i32 = 2076;
/// The first one.
const UMM_AL_QURA_YEAR_MIN: i32 = 1938;

/// A day of the Gregorian calendar in full, with the day of the week: `Monday, 21 December 2026`. The locale is a tag or the name
/// of a locale in the environment; of an unknown language it is in English. `None` if there is no such day, or if the
/// calendar's tables do not hold it.
pub fn in_full(year: i32, month: u8, day: u8, locale: &str, calendar: Calendar) -> Option<String> {
    let (date, preferences) = known_day((year, month, day), locale, calendar)?;
    let formatter = DateTimeFormatter::try_new(preferences, YMDE::long()).ok()?;
    Some(formatter.format(&date).to_string())
}

/// The same without the day of the week, as lists have it: `21 Dec 2026`.
pub fn in_short(year: i32, month: u8, day: u8, locale: &str, calendar: Calendar) -> Option<String> {
    let (date, preferences) = known_day((year, month, day), locale, calendar)?;
    let formatter = DateTimeFormatter::try_new(preferences, YMD::medium()).ok()?;
    Some(formatter.format(&date).to_string())
}

/// A day and the wish for its calendar, if the calendar's tables hold it.
fn known_day(
    (year, month, day): (i32, u8, u8),
    locale: &str,
    calendar: Calendar,
) -> Option<(Date<icu_calendar::Iso>, DateTimeFormatterPreferences)> {
    if calendar == Calendar::UmmAlQura && !(UMM_AL_QURA_YEAR_MIN..=UMM_AL_QURA_YEAR_MAX).contains(&year) {
        return None;
    }
    let date = Date::try_new_iso(year, month, day).ok()?;
    let mut preferences = DateTimeFormatterPreferences::from(known(locale));
    preferences.calendar_algorithm = Some(match calendar {
        Calendar::Gregorian => CalendarAlgorithm::Gregory,
        // The bare `islamic` differs from program to program.
        Calendar::UmmAlQura => CalendarAlgorithm::Hijri(Some(HijriCalendarAlgorithm::Umalqura)),
        Calendar::SolarHijri => CalendarAlgorithm::Persian,
    });
    Some((date, preferences))
}

/// `ar_SY.UTF-8` as a locale; English where there are no texts in its language. Without a region, that whose digits the texts
/// have.
fn known(locale: &str) -> Locale {
    let tag = locale.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    let language = Language::of_tag(&tag);
    let has_region = tag.contains('-') && language.is_some();
    tag.parse()
        .ok()
        .filter(|_| has_region)
        .unwrap_or_else(|| crate::bundle::locale(language.unwrap_or_default().locale()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_its_readers_write_it() {
        let day = |locale, calendar| in_full(2026, 12, 21, locale, calendar).unwrap();
        assert_eq!(day("ar_SY.UTF-8", Calendar::Gregorian), "الاثنين، ٢١ كانون الأول ٢٠٢٦");
        assert_eq!(day("ar-SA", Calendar::UmmAlQura), "الاثنين، ١٢ رجب ١٤٤٨ هـ");
        assert_eq!(day("ar", Calendar::Gregorian), "الاثنين، ٢١ ديسمبر ٢٠٢٦");
        assert_eq!(day("fa", Calendar::SolarHijri), "دوشنبه ۳۰ آذر ۱۴۰۵");
        assert_eq!(day("fa-AF", Calendar::SolarHijri), "دوشنبه ۳۰ قوس ۱۴۰۵");
        assert_eq!(day("tr", Calendar::Gregorian), "21 Aralık 2026 Pazartesi");
        assert_eq!(day("ur-PK", Calendar::Gregorian), "پیر، 21 دسمبر، 2026");
        assert!(day("en", Calendar::UmmAlQura).contains("12 Rajab 1448"));
        assert!(day("fr-FR", Calendar::Gregorian).contains("December"));
    }

    #[test]
    fn the_hijri_day_is_that_of_the_official_tables() {
        let day = |year, month, day| in_full(year, month, day, "en", Calendar::UmmAlQura).unwrap();
        for (date, hijri) in [
            ((2026, 2, 18), "1 Ramadan 1447"),
            ((2026, 3, 20), "1 Shawwal 1447"),
            ((2026, 6, 16), "1 Muharram 1448"),
            ((2027, 2, 8), "1 Ramadan 1448"),
        ] {
            assert!(day(date.0, date.1, date.2).contains(hijri), "{}", day(date.0, date.1, date.2));
        }
    }

    #[test]
    fn a_day_that_is_none_has_no_text() {
        assert_eq!(in_full(2026, 2, 29, "en", Calendar::Gregorian), None);
        assert_eq!(in_full(2078, 1, 1, "en", Calendar::UmmAlQura), None);
        assert!(in_full(2078, 1, 1, "en", Calendar::Gregorian).is_some());
    }
}
