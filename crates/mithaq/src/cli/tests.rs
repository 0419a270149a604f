use clap::{Command, CommandFactory, error::ErrorKind};

use super::*;

/// Commands that print something else than JSON also with --json, and why.
const NEVER_JSON: [(&str, &str); 1] = [("mithaq completions", "a shell reads the script")];

fn whole() -> Command {
    let mut whole = Cli::command().disable_help_subcommand(true);
    whole.build();
    whole
}

/// Every command that does something by itself, with its words.
fn leaves() -> Vec<(String, Command)> {
    let mut left = vec![("mithaq".to_owned(), whole())];
    let mut leaves = Vec::new();
    while let Some((words, command)) = left.pop() {
        if !command.has_subcommands() {
            leaves.push((words, command));
            continue;
        }
        assert!(command.get_about().is_some(), "{words} says what it is about");
        left.extend(command.get_subcommands().map(|below| (format!("{words} {}", below.get_name()), below.clone())));
    }
    leaves
}

#[test]
fn the_arguments_hold_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_teaches() {
    for (words, mut command) in leaves() {
        assert!(command.get_about().is_some_and(|about| about.to_string().len() > 10), "{words} says what it does");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{words}: {} says what it is", argument.get_id());
        }
        let help = command.render_long_help().to_string();
        let shown = examples(&command).iter().any(|example| example.starts_with(&words));
        assert!(help.contains("Example") && shown, "{words} shows an example of itself:\n{help}");
        assert!(command.get_arguments().any(|argument| argument.get_id() == "json"), "{words} takes --json");
    }
    for (words, _) in NEVER_JSON {
        assert!(leaves().iter().any(|(leaf, _)| leaf == words), "{words} is a command");
    }
}

#[test]
fn every_example_is_a_command_line() {
    for (words, command) in leaves() {
        for example in examples(&command) {
            match whole().try_get_matches_from(words_of(&example)) {
                Ok(_) => {}
                // Ids and fingerprints are shortened for the reader.
                Err(error) if error.kind() == ErrorKind::ValueValidation => {}
                Err(error) => panic!("{words}: {example}\n{error}"),
            }
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_errors() {
    let mut codes: Vec<u8> = node::fault::Code::ALL.iter().map(|code| crate::failure::exit(*code)).collect();
    codes.extend([0, proof::Verdict::Consistent.exit(), crate::commands::doctor::FOUND]);
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, EXIT_CODES.map(|(code, _)| code));
}

/// Each command line of this program in a command's examples, without what it is piped from and to.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let joined = help.split("\\\n").map(str::trim_start).collect::<String>();
    let mut examples = Vec::new();
    for line in joined.lines().flat_map(|line| line.split(" && ")).flat_map(|line| line.split(" | ")) {
        let line = line.trim().trim_start_matches("Example: ");
        let line = line.split(['#', '>']).next().unwrap_or_default();
        // Remarks stand in brackets behind many spaces.
        let line = line.split("   ").next().unwrap_or_default().trim();
        if line.starts_with("mithaq ") && !line.contains('·') {
            examples.push(line.trim_end_matches('|').trim().to_owned());
        }
    }
    examples
}

/// The words of a command line as a shell reads them.
fn words_of(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None, ' ') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
