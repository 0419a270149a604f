//! The texts of each language, read once.

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use fluent_bundle::{
    FluentArgs, FluentError, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber,
};
use icu_decimal::{
    DecimalFormatter,
    input::Decimal,
    options::{DecimalFormatterOptions, GroupingStrategy},
};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRuleType, PluralRules};
use intl_memoizer::concurrent::IntlLangMemoizer;
use unic_langid::LanguageIdentifier;

use crate::{Direction, Language, Value, message::For, shown};

/// The files of a language, by their areas. One line an area; a test finds a file that is not here.
macro_rules! files {
    ($tag:literal) => {
        &[
            ("agreements", include_str!(concat!("../", $tag, "/agreements.ftl"))),
            ("check", include_str!(concat!("../", $tag, "/check.ftl"))),
            ("cli", include_str!(concat!("../", $tag, "/cli.ftl"))),
            ("console", include_str!(concat!("../", $tag, "/console.ftl"))),
            ("demo", include_str!(concat!("../", $tag, "/demo.ftl"))),
            ("desks", include_str!(concat!("../", $tag, "/desks.ftl"))),
            ("doctor", include_str!(concat!("../", $tag, "/doctor.ftl"))),
            ("doors", include_str!(concat!("../", $tag, "/doors.ftl"))),
            ("faults", include_str!(concat!("../", $tag, "/faults.ftl"))),
            ("fields", include_str!(concat!("../", $tag, "/fields.ftl"))),
            ("floor", include_str!(concat!("../", $tag, "/floor.ftl"))),
            ("forms", include_str!(concat!("../", $tag, "/forms.ftl"))),
            ("help", include_str!(concat!("../", $tag, "/help.ftl"))),
            ("lists", include_str!(concat!("../", $tag, "/lists.ftl"))),
            ("node", include_str!(concat!("../", $tag, "/node.ftl"))),
            ("problems", include_str!(concat!("../", $tag, "/problems.ftl"))),
            ("reasons", include_str!(concat!("../", $tag, "/reasons.ftl"))),
            ("report", include_str!(concat!("../", $tag, "/report.ftl"))),
            ("rules", include_str!(concat!("../", $tag, "/rules.ftl"))),
            ("times", include_str!(concat!("../", $tag, "/times.ftl"))),
            ("verify", include_str!(concat!("../", $tag, "/verify.ftl"))),
            ("words", include_str!(concat!("../", $tag, "/words.ftl"))),
        ]
    };
}

/// The files of a language: area and content.
pub(crate) const fn files(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Ar => files!("ar"),
        Language::En => files!("en"),
        Language::Fa => files!("fa"),
        Language::Tr => files!("tr"),
        Language::Ur => files!("ur"),
    }
}

/// A message with its values, each made harmless for people; the id of a message that there is not. What is wrong is added to
/// `errors`.
pub(crate) fn format(
    language: Language,
    id: &str,
    values: &[(&'static str, Value)],
    reader: For,
    errors: &mut Vec<FluentError>,
) -> String {
    let bundle = bundle(language);
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else { return id.to_owned() };
    let mut args = FluentArgs::with_capacity(values.len());
    for (name, value) in values {
        let value = match value {
            Value::Number(number) => {
                args.set(format!("{name}{FORM}"), plural_form(language, *number));
                // The bundle's formatter writes it.
                FluentValue::from(*number)
            }
            other => FluentValue::String(Cow::Owned(other.written(language, reader))),
        };
        args.set(*name, value);
    }
    bundle.format_pattern(pattern, Some(&args), errors).into_owned()
}

/// Ends the name of a variable that holds the plural form of another: Fluent's own rules know no Arabic number above 100.
pub(crate) const FORM: &str = "_form";

/// The form that a number asks for: `few`.
fn plural_form(language: Language, number: i64) -> &'static str {
    let rules = PluralRules::try_new(locale(language.locale()).into(), PluralRuleType::Cardinal.into());
    match rules.map(|rules| rules.category_for(number.unsigned_abs())) {
        Ok(PluralCategory::Zero) => "zero",
        Ok(PluralCategory::One) => "one",
        Ok(PluralCategory::Two) => "two",
        Ok(PluralCategory::Few) => "few",
        Ok(PluralCategory::Many) => "many",
        Ok(PluralCategory::Other) | Err(_) => "other",
    }
}

/// The id as the texts have it, if there is such a message.
pub(crate) fn id(wanted: &str) -> Option<&'static str> {
    static IDS: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    let of_file = |(_, source): &(_, &'static str)| source.lines().filter_map(|line| Some(line.split_once(" =")?.0));
    IDS.get_or_init(|| files(Language::En).iter().flat_map(of_file).collect()).get(wanted).copied()
}

/// Begins the ids of what `--help` says.
const HELP: &str = "help-";

/// The help text that is this in English.
pub(crate) fn help(english: &str) -> Option<&'static str> {
    static BY_ENGLISH: OnceLock<BTreeMap<String, &'static str>> = OnceLock::new();
    let texts = BY_ENGLISH.get_or_init(|| {
        let ids = files(Language::En).iter().flat_map(|(_, source)| source.lines());
        let ids = ids.filter_map(|line| id(line.split_once(" =")?.0)).filter(|id| id.starts_with(HELP));
        ids.map(|id| (format(Language::En, id, &[], For::Programs, &mut Vec::new()), id)).collect()
    });
    texts.get(english).copied()
}

/// Begins the ids of what the floor says.
const SAYS: &str = "against-";

/// The text of what the floor says that is this sentence in English, with the names of its values in braces.
pub(crate) fn says(sentence: &str) -> Option<&'static str> {
    static BY_ENGLISH: OnceLock<BTreeMap<String, &'static str>> = OnceLock::new();
    let texts = BY_ENGLISH.get_or_init(|| {
        let lines = files(Language::En).iter().flat_map(|(_, source)| source.lines());
        let texts = lines.filter_map(|line| line.split_once(" = ")).filter(|(id, _)| id.starts_with(SAYS));
        texts.map(|(id, english)| (english.replace("{ $", "{").replace(" }", "}"), id)).collect()
    });
    texts.get(sentence).copied()
}

/// A number in the digits of the language.
pub fn number(language: Language, number: i64) -> String {
    let decimal = Decimal::from(number);
    let with = |formatter: &OnceCell<Option<DecimalFormatter>>| {
        let formatter = formatter.get_or_init(|| {
            let mut options = DecimalFormatterOptions::default();
            // English is also what programs and logs get, and there a number is a number.
            options.grouping_strategy =
                Some(if language == Language::En { GroupingStrategy::Never } else { GroupingStrategy::Auto });
            DecimalFormatter::try_new(locale(language.locale()).into(), options).ok()
        });
        formatter.as_ref().map_or_else(|| number.to_string(), |formatter| formatter.format(&decimal).to_string())
    };
    NUMBERS.with(|formatters| formatters.get(language as usize).map_or_else(|| number.to_string(), with))
}

/// An enumeration in the way of the language. Where it is written from right to left every item is isolated.
pub(crate) fn list(language: Language, items: &[String]) -> String {
    // One item stands in the text by itself, isolated as any value.
    if let [one] = items {
        return one.clone();
    }
    let isolated = items.iter().map(|item| match language.direction() {
        Direction::RightToLeft => shown::isolated(item),
        Direction::LeftToRight => item.clone(),
    });
    isolated.collect::<Vec<_>>().join(language.comma())
}

/// A locale that this crate names itself.
pub(crate) fn locale(tag: &str) -> Locale {
    tag.parse().unwrap_or(Locale::UNKNOWN)
}

type Bundle = FluentBundle<FluentResource>;

fn bundle(language: Language) -> &'static Bundle {
    static BUNDLES: [OnceLock<Bundle>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
    #[expect(clippy::indexing_slicing, reason = "there is a place for every language")]
    BUNDLES[language as usize].get_or_init(|| read(language))
}

thread_local! {
    // ICU's formatters stay with their thread.
    static NUMBERS: [OnceCell<Option<DecimalFormatter>>; Language::ALL.len()] = const {
        [const { OnceCell::new() }; Language::ALL.len()]
    };
}

fn read(language: Language) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Latin names and digits inside lines from right to left need isolating marks; other lines do without.
    bundle.set_use_isolating(language.direction() == Direction::RightToLeft);
    bundle.set_formatter(Some(match language {
        Language::Ar => written::<0>,
        Language::En => written::<1>,
        Language::Fa => written::<2>,
        Language::Tr => written::<3>,
        Language::Ur => written::<4>,
    }));
    for (_, source) in files(language) {
        // A test reads every file, so what is broken in one never ships; what still can be read is used.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// How Fluent writes a number in the language of that place in [`Language::ALL`].
fn written<const LANGUAGE: usize>(value: &FluentValue<'_>, _: &IntlLangMemoizer) -> Option<String> {
    let FluentValue::Number(FluentNumber { value, .. }) = value else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "it was made of an integer")]
    Some(number(*Language::ALL.get(LANGUAGE)?, *value as i64))
}
