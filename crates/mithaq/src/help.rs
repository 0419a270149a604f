//! The command line in the reader's language: what `--help` says, and what is wrong with the arguments.
//!
//! The words in English stand in the code, where the argument is; each has a message that reads so in English, and is replaced by it in
//! the other languages. Command lines stay as they are.

use std::num::ParseIntError;

use clap::{
    Arg, Command, CommandFactory, Error,
    builder::PossibleValue,
    error::{ContextKind, ContextValue, ErrorKind},
};
use texts::{Language, Message, say};

use crate::cli::Cli;

/// The program's arguments, described in a language.
pub fn command(language: Language) -> Command {
    let mut whole = Cli::command();
    if language == Language::En {
        return whole;
    }
    whole.build();
    in_language(whole, language)
}

fn in_language(command: Command, language: Language) -> Command {
    let said = |text: Option<&clap::builder::StyledStr>| text.and_then(|text| translated(&text.to_string(), language));
    let about = said(command.get_about());
    let long = command.get_long_about().and_then(|text| at_length(&text.to_string(), language));
    let after = command.get_after_help().map(|text| lines(&text.to_string(), language));
    let template = template(&command, language);
    let mut command = command.mut_args(|arg| argument(arg, language)).help_template(template);
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long) = long {
        command = command.long_about(long);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command.mut_subcommands(|below| in_language(below, language))
}

fn argument(arg: Arg, language: Language) -> Arg {
    let Some(short) = arg.get_help().and_then(|text| translated(&text.to_string(), language)) else { return arg };
    let long = arg.get_long_help().and_then(|text| at_length(&text.to_string(), language));
    let mut more = String::new();
    let takes_values = arg.get_action().takes_values();
    let value: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if takes_values && !value.is_empty() {
        more.push_str(&format!(" {}", say!("default-is", value = value).in_language(language)));
    }
    let values = if takes_values { arg.get_possible_values() } else { Vec::new() };
    let names: Vec<_> = values.iter().map(|value| value.get_name().to_owned()).collect();
    let explained = explained(&values, language);
    let one_of = match names.is_empty() {
        true => String::new(),
        false => format!(" {}", say!("one-of", values = names).in_language(language)),
    };
    let arg = arg.hide_default_value(true).hide_possible_values(true).help(format!("{short}{more}{one_of}"));
    match (long, explained) {
        (None, None) => arg,
        (long, None) => arg.long_help(format!("{}{more}{one_of}", long.unwrap_or(short))),
        (long, Some(values)) => arg.long_help(format!("{}{more}\n\n{values}", long.unwrap_or(short))),
    }
}

/// What each value means, a line each, if the program says so of any.
fn explained(values: &[PossibleValue], language: Language) -> Option<String> {
    values.iter().any(|value| value.get_help().is_some()).then(|| {
        let head = format!("{}:", say!("head-values").in_language(language));
        let lines = values.iter().map(|value| {
            let said = value.get_help().and_then(|text| translated(&text.to_string(), language)).unwrap_or_default();
            format!("- {}: {said}", value.get_name())
        });
        std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
    })
}

/// A text of several paragraphs, of which the first is the short text as a sentence.
fn at_length(text: &str, language: Language) -> Option<String> {
    let mut paragraphs = text.split(PARAGRAPH);
    let sentence = paragraphs.next()?;
    let mut first = translated(as_short(sentence), language)?;
    if sentence.ends_with('.') {
        first.push_str(language.full_stop());
    }
    let rest = paragraphs.map(|paragraph| translated(paragraph, language));
    Some(std::iter::once(Some(first)).chain(rest).collect::<Option<Vec<_>>>()?.join(PARAGRAPH))
}

/// Between paragraphs.
const PARAGRAPH: &str = "\n\n";

fn as_short(sentence: &str) -> &str {
    sentence.strip_suffix('.').unwrap_or(sentence)
}

/// The sections that a command has, under heads of the language.
fn template(command: &Command, language: Language) -> String {
    let style = command.get_styles().get_header();
    let head = |head: Message| format!("{style}{}:{style:#}", head.in_language(language));
    let mut template = format!("{{about-with-newline}}\n{} {{usage}}", head(say!("head-usage")));
    let mut section = |is_there: bool, name: Message, tag: &str| {
        if is_there {
            template.push_str(&format!("\n\n{}\n{{{tag}}}", head(name)));
        }
    };
    section(command.has_subcommands(), say!("head-commands"), "subcommands");
    section(command.get_positionals().next().is_some(), say!("head-arguments"), "positionals");
    section(
        command.get_opts().next().is_some() || command.get_arguments().next().is_some(),
        say!("head-options"),
        "options",
    );
    template.push_str("{after-help}");
    template
}

/// What stands below the help: remarks are translated, command lines stay.
fn lines(text: &str, language: Language) -> String {
    text.lines().map(|line| line_of(line, language)).collect::<Vec<_>>().join("\n")
}

fn line_of(line: &str, language: Language) -> String {
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    if let Some(text) = translated(text, language) {
        return format!("{indent}{text}");
    }
    // `Example: mithaq …`
    if let Some((head, rest)) = text.split_once(": ")
        && let Some(head) = translated(&format!("{head}:"), language)
    {
        let rest = rest.split(" · ").map(|item| remark(item, " ", language)).collect::<Vec<_>>().join(" · ");
        return format!("{indent}{head} {}", remark(&rest, "   ", language));
    }
    format!("{indent}{}", remark(text, "   ", language))
}

/// A remark behind a command line or a number, in the language.
fn remark(text: &str, gap: &str, language: Language) -> String {
    let Some(at) = text.find(gap) else { return text.to_owned() };
    let (line, said) = text.split_at(at);
    let remark = said.trim_start();
    let gap = &said[..said.len() - remark.len()];
    format!("{line}{gap}{}", translated(remark, language).unwrap_or_else(|| remark.to_owned()))
}

fn translated(english: &str, language: Language) -> Option<String> {
    Some(Message::of_help(english)?.in_language(language))
}

/// Whether it is no error but what was asked for, or the help in place of a command that is missing.
pub fn is_help(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingSubcommand
    )
}

/// What is wrong with the arguments.
pub fn wrong(error: &Error) -> Message {
    let problem = problem(error);
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    // The most similar one stands last.
    let problem = match suggested.into_iter().find_map(|kind| words(error, kind).pop()) {
        Some(suggestion) => say!("parse-did-you-mean", problem = problem, suggestion = suggestion),
        None => problem,
    };
    let usage = words(error, ContextKind::Usage).concat();
    match usage.trim().split_once("Usage: ") {
        Some((_, usage)) => {
            let usage = usage.split_whitespace().collect::<Vec<_>>().join(" ");
            say!("parse-with-usage", problem = problem, usage = usage)
        }
        None => problem,
    }
}

fn problem(error: &Error) -> Message {
    let all = |kind| words(error, kind);
    let one = |kind| all(kind).concat();
    let argument = one(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => say!("parse-unknown-argument", argument = argument),
        ErrorKind::InvalidSubcommand => {
            say!("parse-unknown-command", command = one(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue => match one(ContextKind::InvalidValue) {
            value if value.is_empty() => say!("parse-value-missing", argument = argument),
            value => {
                say!("parse-not-one-of", argument = argument, value = value, values = all(ContextKind::ValidValue))
            }
        },
        ErrorKind::ValueValidation => {
            let problem = std::error::Error::source(error).map(|source| match source.downcast_ref::<Message>() {
                Some(message) => message.clone(),
                None if source.is::<ParseIntError>() => say!("parse-no-number"),
                None => Message::as_worded(source.to_string()),
            });
            let problem = problem.unwrap_or_else(|| Message::as_worded(error.kind().to_string()));
            say!("parse-unfit-value", argument = argument, value = one(ContextKind::InvalidValue), problem = problem)
        }
        ErrorKind::NoEquals => say!("parse-value-missing", argument = argument),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            say!("parse-number-of-values", argument = argument)
        }
        ErrorKind::ArgumentConflict => match all(ContextKind::PriorArg) {
            others if others.is_empty() || others == [argument.clone()] => {
                say!("parse-number-of-values", argument = argument)
            }
            others => say!("parse-conflict", argument = argument, others = others),
        },
        ErrorKind::MissingRequiredArgument => say!("parse-missing", arguments = all(ContextKind::InvalidArg)),
        ErrorKind::InvalidUtf8 => say!("parse-not-utf8"),
        kind => Message::as_worded(kind.to_string()),
    }
}

/// What an error says of itself.
fn words(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        Some(ContextValue::Number(number)) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::builder::StyledStr;

    use super::*;

    /// Every text of `-h` and `--help` for which there must be a message: of every command what it is about and its arguments, in short
    /// and at length, what their values mean, and what stands below.
    fn texts() -> Vec<(String, String)> {
        let mut whole = Cli::command();
        whole.build();
        let mut left = vec![("mithaq".to_owned(), whole)];
        let mut texts = Vec::new();
        while let Some((words, command)) = left.pop() {
            let mut take = |of: &str, short: Option<&StyledStr>, long: Option<&StyledStr>| {
                texts.extend(short.map(|text| (of.to_owned(), text.to_string())));
                let long = long.map(ToString::to_string).unwrap_or_default();
                let (first, rest) = long.split_once(PARAGRAPH).unwrap_or((&long, ""));
                let paragraphs = std::iter::once(as_short(first)).chain(rest.split(PARAGRAPH));
                let paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty());
                texts.extend(paragraphs.map(|paragraph| (of.to_owned(), paragraph.to_owned())));
            };
            take(&words, command.get_about(), command.get_long_about());
            assert!(command.get_after_long_help().is_none() && command.get_before_help().is_none(), "{words}");
            for arg in command.get_arguments() {
                let of = format!("{words} {}", arg.get_id());
                take(&of, arg.get_help(), arg.get_long_help());
                arg.get_possible_values().iter().for_each(|value| take(&of, value.get_help(), None));
            }
            for line in command.get_after_help().map(ToString::to_string).unwrap_or_default().lines() {
                // What is indented is a command line or a file's text; what stands behind a head may be one.
                if !line.starts_with(' ') && !line.is_empty() {
                    let is_whole = Message::of_help(line).is_some();
                    let head = line.split_once(": ").filter(|_| !is_whole).map(|(head, _)| format!("{head}:"));
                    texts.push((words.clone(), head.unwrap_or_else(|| line.to_owned())));
                }
            }
            left.extend(
                command.get_subcommands().map(|below| (format!("{words} {}", below.get_name()), below.clone())),
            );
        }
        texts
    }

    #[test]
    fn all_that_help_says_is_there_in_every_language() {
        let missing: Vec<_> = texts().into_iter().filter(|(_, text)| Message::of_help(text).is_none()).collect();
        assert!(missing.is_empty(), "no message in texts/*/help.ftl is in English: {missing:#?}");
    }

    #[test]
    fn help_at_length_is_there_in_every_language_and_in_no_other() {
        let long = |language: Language| {
            let (mut found, mut left) = (Vec::new(), vec![command(language)]);
            while let Some(mut command) = left.pop() {
                command.build();
                found.extend(command.get_long_about().map(ToString::to_string));
                found.extend(command.get_arguments().filter_map(Arg::get_long_help).map(ToString::to_string));
                left.extend(command.get_subcommands().cloned());
            }
            found
        };
        let english = long(Language::En);
        for language in Language::ALL.iter().filter(|language| **language != Language::En) {
            let own = long(*language);
            assert!(own.len() >= english.len() && own.len() > 20, "{} {}", language.tag(), own.len());
            for text in own {
                assert!(!english.contains(&text), "{}: {text}", language.tag());
            }
        }
        let mut export =
            command(Language::Ur).find_subcommand("auditor").unwrap().find_subcommand("export").unwrap().clone();
        let export = export.render_long_help().to_string();
        assert!(export.contains("- self-monitoring: ادارے کی خود نگرانی"), "{export}");
        assert!(!export.contains("Possible values"), "{export}");
    }

    #[test]
    fn help_is_in_the_language_and_its_command_lines_are_as_they_were() {
        for language in Language::ALL {
            let mut whole = command(*language);
            whole.build();
            let help = |words: &[&str]| {
                let mut at = whole.clone();
                for word in words {
                    at = at.find_subcommand(word).unwrap().clone();
                }
                at.render_long_help().to_string()
            };
            let send = help(&["send"]);
            let said = say!("head-options").in_language(*language);
            assert!(send.contains(&format!("{said}:")), "{send}");
            assert_eq!(send.contains("Options:"), *language == Language::En, "{send}");
            assert!(send.contains("--reply-to <THREAD|RECORD>"), "{send}");
            let exits = help(&[]);
            assert!(exits.contains("· 10 ") && exits.contains("mithaq demo"), "{exits}");
            assert_eq!(exits.contains("a fault was found"), *language == Language::En, "{exits}");
            let countersign = help(&["auditor", "countersign"]);
            assert!(countersign.contains("mithaq auditor countersign node-a --key auditor.key"), "{countersign}");
            assert_eq!(countersign.contains("(then)"), *language == Language::En, "{countersign}");
        }
    }

    #[test]
    fn wrong_arguments_are_told_in_the_language() {
        let told = |words: &[&str], language| {
            let words = std::iter::once("mithaq").chain(words.iter().copied());
            let error = command(language).try_get_matches_from(words).unwrap_err();
            assert!(!is_help(&error));
            wrong(&error).in_language(language)
        };
        for (words, english) in [
            (&["send", "a", "--foo"][..], "there is no argument --foo here"),
            (&["serv"], "there is no command serv. Did you mean serve?"),
            (&["verify", "x", "--lang", "xx"], "--lang <LANG>: xx is none of ar, en, fa, tr, ur, both"),
            (&["card", "export", "a"], "missing: <FILE>"),
            (&["threads", "list", "a", "--limit", "x"], "--limit <LIMIT>: x: this is no whole number"),
            (&["record", "show", "a", "x"], "<RECORD>: x: a record is named CHANNEL/AGENCY/EPOCH/LANE/INDEX"),
            (&["erase", "a", "a/b/1/main/2", "--yes", "--dry-run"], "--yes can't be given together with --dry-run"),
            (&["serve", "a", "--peer"], "--peer <HOST:PORT> needs a value"),
        ] {
            let text = told(words, Language::En);
            assert!(text.starts_with(english), "{text}");
            assert!(words != ["send", "a", "--foo"] || text.contains("usage: mithaq send"), "{text}");
            let arabic = told(words, Language::Ar);
            assert!(arabic.chars().any(|c| ('\u{600}'..'\u{700}').contains(&c)), "{arabic}");
        }
    }
}
