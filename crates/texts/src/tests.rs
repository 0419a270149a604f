//! All texts, read as translators and readers would: what one language says every other says, and nothing that the code says is
//! missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};

use crate::{Language, Lines, Message, Value, bundle, message::For, say, shown};

/// What a message has: its variables, and of each variable that plurals depend on, the forms that there are texts for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outline {
    variables: BTreeSet<String>,
    plurals: Vec<BTreeSet<String>>,
}

impl Outline {
    fn take(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.take_expression(expression);
            }
        }
    }

    fn take_expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.take_inline(inline),
            Expression::Select { selector, variants } => {
                self.take_inline(selector);
                let key = |key: &VariantKey<&str>| match key {
                    VariantKey::Identifier { name } => (*name).to_owned(),
                    VariantKey::NumberLiteral { value } => (*value).to_owned(),
                };
                self.plurals.push(variants.iter().map(|variant| key(&variant.key)).collect());
                variants.iter().for_each(|variant| self.take(&variant.value));
            }
        }
    }

    fn take_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                // The form of a number comes with the number.
                let name = id.name.strip_suffix(bundle::FORM).unwrap_or(id.name);
                self.variables.insert(name.to_owned());
            }
            InlineExpression::Placeable { expression } => self.take_expression(expression),
            // Texts have variables only: a reference would hide what a message says from who translates it.
            InlineExpression::StringLiteral { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The messages of a file.
fn outlines(source: &str) -> BTreeMap<String, Outline> {
    let resource = fluent_syntax::parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut messages = BTreeMap::new();
    for entry in resource.body {
        match entry {
            Entry::Message(message) => {
                let mut outline = Outline::default();
                outline.take(&message.value.expect("every message has a text"));
                assert!(message.attributes.is_empty(), "{} has attributes", message.id.name);
                let twice = messages.insert(message.id.name.to_owned(), outline);
                assert!(twice.is_none(), "{} stands twice", message.id.name);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            other => panic!("{other:?}"),
        }
    }
    messages
}

/// All messages of a language.
fn all(language: Language) -> BTreeMap<String, Outline> {
    let mut messages = BTreeMap::new();
    for (area, source) in bundle::files(language) {
        for (id, outline) in outlines(source) {
            assert!(messages.insert(id.clone(), outline).is_none(), "{id} stands in {area} and in another file");
        }
    }
    messages
}

#[test]
fn every_language_has_every_message_with_the_same_variables_in_the_same_file() {
    for (area, english) in bundle::files(Language::En) {
        let english = outlines(english);
        for language in Language::ALL {
            let (_, source) = bundle::files(*language).iter().find(|(of, _)| of == area).unwrap();
            let own = outlines(source);
            let ids = |outlines: &BTreeMap<String, Outline>| outlines.keys().cloned().collect::<Vec<_>>();
            assert_eq!(ids(&own), ids(&english), "{} {area}", language.tag());
            for (id, outline) in &own {
                let (own, english) = (&outline.variables, &english[id].variables);
                let place = format!("{} {area} {id}", language.tag());
                // Where the form of a word says the number, the number may be left out, but not the choice.
                assert_eq!(own, english, "{place}");
            }
        }
    }
}

#[test]
fn every_file_of_every_language_is_part_of_the_program() {
    for language in Language::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(language.tag());
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        found.sort();
        let known: Vec<&str> = bundle::files(*language).iter().map(|(area, _)| *area).collect();
        assert_eq!(found, known, "{}", language.tag());
    }
}

#[test]
fn every_message_formats_with_what_it_names_and_every_value_is_shown() {
    for language in Language::ALL {
        for (id, outline) in all(*language) {
            let id = bundle::id(&id).unwrap();
            let mut message = Message::new(id);
            for name in &outline.variables {
                let value = if outline.plurals.is_empty() { Value::from("quoted") } else { Value::Number(7) };
                message = message.with(String::leak(name.clone()), value);
            }
            let text = message.in_language(*language);
            assert_eq!(message.errors_in(*language), [], "{} {id}", language.tag());
            assert!(!text.is_empty() && text != id, "{} {id}", language.tag());
            let is_quoted = outline.plurals.is_empty() && !outline.variables.is_empty();
            assert_eq!(text.contains("quoted"), is_quoted, "{} {id}: {text}", language.tag());
        }
    }
}

#[test]
fn every_plural_of_a_language_has_all_of_its_forms() {
    for language in Language::ALL {
        let forms: BTreeSet<String> = match language {
            Language::Ar => ["zero", "one", "two", "few", "many", "other"].map(str::to_owned).into(),
            _ => ["one", "other"].map(str::to_owned).into(),
        };
        for (id, outline) in all(*language) {
            for plural in &outline.plurals {
                assert_eq!(*plural, forms, "{} {id}", language.tag());
            }
        }
    }
}

#[test]
fn arabic_takes_the_form_that_each_number_asks_for() {
    let say = |count: i64| say!("remaining-days", count = count).in_language(Language::Ar);
    for (number, word) in [
        (0, "أقل من يوم"),
        (1, "يوم واحد"),
        (2, "يومين"),
        (3, "أيام"),
        (10, "أيام"),
        (11, "يومًا"),
        (99, "يومًا"),
        (100, "يوم"),
        (103, "أيام"),
    ] {
        assert!(say(number).ends_with(word), "{number}: {}", say(number));
    }
}

#[test]
fn numbers_are_written_in_the_digits_of_the_language_and_plainly_in_english() {
    let number = |language| say!("remaining-days", count = 1448_u64).in_language(language);
    assert_eq!(number(Language::En), "in 1448 days");
    assert_eq!(number(Language::Ar), "بعد \u{2068}١٬٤٤٨\u{2069} يومًا");
    assert_eq!(number(Language::Fa), "تا \u{2068}۱٬۴۴۸\u{2069} روز دیگر");
    assert_eq!(number(Language::Tr), "1.448 gün sonra");
    assert_eq!(number(Language::Ur), "\u{2068}1,448\u{2069} دنوں میں");
}

#[test]
fn values_of_others_stay_in_their_place() {
    let hostile = "a\u{2069}\u{202e}b\u{2068}\u{1b}[2J\nforged";
    for language in Language::ALL {
        let message = say!("missed-party", name = hostile, label = vec![hostile, "b"]);
        let text = message.in_language(*language);
        assert_eq!(shown::own_line(&text), text, "{text}");
        assert!(text.contains("a<U+2069><U+202E>b<U+2068><U+001B>[2J<U+000A>forged"), "{text}");
        // A text in a text keeps its own isolations, and what is worded by others is no exception.
        let nested = say!("duty-named", class = message, label = Value::Lines(Lines("one\n\u{202e}two".to_owned())));
        let nested = nested.in_language(*language);
        assert!(nested.lines().count() == 2 && nested.contains("<U+202E>two"), "{nested}");
    }
    // Programs get all of it as it is.
    assert_eq!(say!("missed-party", name = hostile, label = "b").to_string(), format!("{hostile} (b)."));
    let isolates = |language| say!("missed-party", name = "n", label = "l").in_language(language).contains('\u{2068}');
    assert_eq!(
        Language::ALL.iter().copied().filter(|language| isolates(*language)).collect::<Vec<_>>(),
        [Language::Ar, Language::Fa, Language::Ur]
    );
}

#[test]
fn a_list_is_written_in_the_way_of_the_language() {
    let list = |language| Value::from(vec!["a", "b", "c"]).written(language, For::People);
    assert_eq!(list(Language::En), "a, b, c");
    assert_eq!(list(Language::Tr), "a, b, c");
    assert!(list(Language::Ar).contains("\u{2068}b\u{2069}"));
}

#[test]
fn what_is_worded_elsewhere_is_the_same_in_every_language_and_only_english_can_be_worded() {
    let worded = Message::as_worded("as it is");
    assert!(Language::ALL.iter().all(|language| worded.in_language(*language) == "as it is"));
    let message = say!("just-now").worded("right now");
    assert_eq!(message.to_string(), "right now");
    assert_eq!(message.in_language(Language::Tr), "şimdi");
    assert_eq!(serde_json::to_string(&message).unwrap(), "\"right now\"");
    assert_eq!(serde_json::from_str::<Message>("\"right now\"").unwrap(), Message::as_worded("right now"));
}

/// Families whose messages are chosen by a name at run time: [`Message::of_family`].
const FAMILIES: &[&str] = &[
    "about-",
    "against-",
    "code-",
    "document-",
    "help-",
    "level-",
    "persons-",
    "reason-",
    "role-",
    "route-",
    "rule-",
    "state-",
];

/// Files whose messages are named elsewhere than in the code: `desks` holds its own and its tables together, `console` its own and its
/// templates, also those of `agreements`.
const OF_TABLES: &[&str] = &["agreements", "console", "desks", "forms", "words"];

#[test]
fn the_code_says_what_there_is_with_the_values_that_it_has_and_nothing_is_left_unsaid() {
    let texts = all(Language::En);
    let mut said = BTreeSet::new();
    let mut files = Vec::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for found in std::fs::read_dir(crates).unwrap() {
        rust_files(&found.unwrap().path().join("src"), &mut files);
    }
    for file in files.iter().filter(|file| !file.ends_with("texts/src/tests.rs")) {
        let code = std::fs::read_to_string(file).unwrap();
        for call in code.split("say!(").skip(1).filter(|call| call.trim_start().starts_with('"')) {
            let (id, values) = call_of(call);
            let place = format!("{}: {id}", file.display());
            let outline = texts.get(&id).unwrap_or_else(|| panic!("{place} is no message"));
            assert_eq!(values, outline.variables, "{place}");
            said.insert(id);
        }
    }
    let of_tables = bundle::files(Language::En).iter().filter(|(area, _)| OF_TABLES.contains(area));
    said.extend(of_tables.flat_map(|(_, source)| outlines(source).into_keys()));
    let is_unsaid = |id: &&String| !said.contains(*id) && !FAMILIES.iter().any(|family| id.starts_with(family));
    assert_eq!(texts.keys().filter(is_unsaid).collect::<Vec<_>>(), [""; 0], "nobody says these");
}

#[test]
fn every_sentence_of_the_floor_and_of_clauses_has_its_text_and_every_text_a_sentence() {
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("policy/src");
    let mut files: Vec<_> = policy.join("floor").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    rust_files(&policy, &mut files);
    let mut sentences = BTreeSet::new();
    for file in files {
        let code = std::fs::read_to_string(&file).unwrap();
        for mark in ["@say(", "Sentence("] {
            let calls = code.split(mark).skip(1).filter_map(|call| call.trim_start().strip_prefix('"'));
            // A literal that goes on in the next line begins there with its first letter.
            let whole = calls.map(|call| call.split('"').next().unwrap().split("\\\n").map(str::trim_start).collect());
            sentences.extend(whole.filter(|sentence: &String| !sentence.is_empty()));
        }
    }
    assert!(sentences.len() > 70, "{sentences:?}");
    for sentence in &sentences {
        assert!(Message::of_floor(sentence).is_some(), "crates/texts/en/floor.ftl lacks: {sentence}");
    }
    let beside = ["against-none", "against-lacks-necessity", "against-lacks-link", "against-lacks-reason-to-believe"];
    let said: BTreeSet<_> = sentences.iter().map(|sentence| Message::of_floor(sentence).unwrap().id()).collect();
    let unsaid =
        |id: &&String| id.starts_with("against-") && !said.contains(id.as_str()) && !beside.contains(&id.as_str());
    assert_eq!(all(Language::En).keys().filter(unsaid).collect::<Vec<_>>(), [""; 0], "nobody says these");
}

fn rust_files(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => rust_files(&path, files),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
}

/// The id and the names of the values of a call, from what stands behind its bracket.
fn call_of(rest: &str) -> (String, BTreeSet<String>) {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    let mut parts = vec![String::new()];
    for c in rest.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            _ if is_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    let id = parts[0].trim().trim_matches('"').to_owned();
    // A comma within angle brackets or bars splits a value: only what begins with a name and `=` is one.
    let names = parts[1..].iter().filter_map(|part| part.trim().split_once(" = ").map(|(name, _)| name.to_owned()));
    (
        id,
        names
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit()))
            .collect(),
    )
}
