//! The languages that there are texts in, and which one a reader wants.

/// A language that there are texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Arabic.
    Ar,
    /// English: what is spoken where nothing else was asked for, and to programs.
    #[default]
    En,
    /// Persian.
    Fa,
    /// Turkish.
    Tr,
    /// Urdu.
    Ur,
}

/// Which way a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As English.
    LeftToRight,
    /// As Arabic.
    RightToLeft,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::Ar, Self::En, Self::Fa, Self::Tr, Self::Ur];

    /// The tag of the language (BCP 47): `ar`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::En => "en",
            Self::Fa => "fa",
            Self::Tr => "tr",
            Self::Ur => "ur",
        }
    }

    /// What those who speak it call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ar => "العربية",
            Self::En => "English",
            Self::Fa => "فارسی",
            Self::Tr => "Türkçe",
            Self::Ur => "اردو",
        }
    }

    /// Which way it is written.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Ar | Self::Fa | Self::Ur => Direction::RightToLeft,
            Self::En | Self::Tr => Direction::LeftToRight,
        }
    }

    /// The language of a tag such as `ar-SY` or the name of a locale such as `ar_SY.UTF-8`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL.iter().copied().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The language that the reader likes best, of those that there are, by the field `Accept-Language` (RFC 9110
    /// §12.5.4). English if none is wanted or the field is empty. Of two that are wanted alike the first one counts.
    pub fn accepted(field: &str) -> Self {
        let mut best: Option<(Self, u16)> = None;
        for range in field.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.next().map_or(Some(THOUSAND), weight).unwrap_or(0);
            let language = if tag == "*" { Some(Self::En) } else { Self::of_tag(tag) };
            if let Some(language) = language.filter(|_| weight > best.map_or(0, |(_, best)| best)) {
                best = Some((language, weight));
            }
        }
        best.map_or(Self::En, |(language, _)| language)
    }

    /// The language of a process, by its environment, as POSIX ranks it: the first of `LC_ALL`, `LC_MESSAGES`, `LANG`
    /// that is set decides, also if it names a language that there are no texts in.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
        set.and_then(|locale| Self::of_tag(&locale)).unwrap_or_default()
    }

    /// The locale whose digits and separators numbers in texts have.
    pub(crate) const fn locale(self) -> &'static str {
        match self {
            // Arabic's own digits, which the bare language leaves to the region.
            Self::Ar => "ar-SA",
            Self::En => "en-GB",
            Self::Fa => "fa-IR",
            Self::Tr => "tr-TR",
            Self::Ur => "ur-PK",
        }
    }

    /// What ends a sentence.
    pub const fn full_stop(self) -> &'static str {
        match self {
            Self::Ur => "۔",
            Self::Ar | Self::En | Self::Fa | Self::Tr => ".",
        }
    }

    /// What stands between the items of an enumeration.
    pub const fn comma(self) -> &'static str {
        match self.direction() {
            Direction::RightToLeft => "، ",
            Direction::LeftToRight => ", ",
        }
    }
}

/// Weights have at most three digits behind the point.
const THOUSAND: u16 = 1000;

/// `q=0.8` in thousandths.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    let value: f32 = value.trim().parse().ok()?;
    let is_weight = name.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&value);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 1000")]
    is_weight.then(|| (value * f32::from(THOUSAND)).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_gets_the_language_that_is_liked_best_of_those_there_are() {
        for (field, language) in [
            ("ar-SA,en;q=0.5", Language::Ar),
            ("en;q=0.5, ar;q=0.8", Language::Ar),
            ("fr, ur;q=0.8, en;q=0.8", Language::Ur),
            ("FA-ir", Language::Fa),
            ("tr;q=0, *;q=0.1", Language::En),
            ("tr;q=0", Language::En),
            ("tr;q=2, fa;q=0.1", Language::Fa),
            ("*", Language::En),
            ("fr", Language::En),
            ("arc, tr", Language::Tr),
            ("", Language::En),
            (";,;q=,ar", Language::Ar),
        ] {
            assert_eq!(Language::accepted(field), language, "{field}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |set: &[(&str, &str)]| {
            Language::of_environment(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into()))
        };
        assert_eq!(of(&[("LANG", "ar_SY.UTF-8")]), Language::Ar);
        assert_eq!(of(&[("LANG", "ar_SY.UTF-8"), ("LC_MESSAGES", "tr_TR")]), Language::Tr);
        assert_eq!(of(&[("LANG", "ar"), ("LC_MESSAGES", "tr"), ("LC_ALL", "C")]), Language::En);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "fa@calendar")]), Language::Fa);
        assert_eq!(of(&[]), Language::En);
    }

    #[test]
    fn every_language_is_found_by_its_tag_and_says_its_name() {
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.tag()), Some(*language));
            let is_arabic = language.name().chars().any(|c| ('\u{600}'..'\u{700}').contains(&c));
            assert_eq!(is_arabic, language.direction() == Direction::RightToLeft);
        }
    }
}
