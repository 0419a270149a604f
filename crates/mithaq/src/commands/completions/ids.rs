//! The ids that fit where one is asked for, of what a running node lists for whoever asks.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap::{ArgMatches, Command, CommandFactory, builder::ValueParser};
use node::{
    answers::{
        agreements::AgreementList, channels::ChannelRow, drafts::DraftList, people::PersonList, seconds::WaitingList,
        tokens::TokenList,
    },
    reading::list::ThreadPage,
};
use protocol::origin::Origin;
use tokio::time::timeout;

use crate::{api::Api, cli::Cli, commands::short, failure::Failure, limits, output};

/// Prints the ids that fit in place of the last word. Where no node runs, or it does not say them at once, there are none: who types waits
/// for nothing, and learns from the command itself what is wrong.
pub async fn print(words: &[OsString]) -> Result<(), Failure> {
    let Some(asked) = Asked::of(words) else { return Ok(()) };
    let found = timeout(limits::COMPLETION_WAIT_MAX, asked.ids()).await;
    let mut found = found.ok().and_then(Result::ok).unwrap_or_default();
    found.retain(|id| id.starts_with(&asked.begun) && id.chars().all(is_plain));
    found.sort_unstable();
    found.dedup();
    found.iter().try_for_each(|id| output::line_of(&format!("{}{id}", asked.before)))
}

/// A shell takes nothing else for anything but itself.
const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')
}

/// Of what ids are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Agreements,
    Channels,
    Drafts,
    /// Agencies by the labels that agreements give them.
    Labels,
    /// Agencies by their whole ids.
    Agencies,
    People,
    /// Records as far as their logs: which numbers are records, the log's size does not say.
    Records,
    Seconds,
    Threads,
    Tokens,
}

/// Which arguments take an id, by the words of their command and their own name. The first line that fits counts.
const TABLE: &[(&str, &str, Of)] = &[
    ("agreement", "agreement", Of::Agreements),
    ("draft", "id", Of::Drafts),
    ("second", "id", Of::Seconds),
    ("token", "id", Of::Tokens),
    ("standin", "agency", Of::Agencies),
    ("", "awaits", Of::Labels),
    ("", "channel", Of::Channels),
    ("", "deputy", Of::People),
    ("", "party", Of::Labels),
    ("person", "person", Of::People),
    ("token", "person", Of::People),
    ("", "record", Of::Records),
    ("", "records", Of::Records),
    ("", "reply_to", Of::Threads),
    ("", "statement", Of::Records),
    ("", "thread", Of::Threads),
    ("", "to_person", Of::People),
];

/// What is asked for on an unfinished line.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    of: Of,
    dir: PathBuf,
    token_file: Option<PathBuf>,
    purpose: Option<String>,
    /// What of the id is typed.
    begun: String,
    /// What stands before it in the same word: `--channel=`.
    before: String,
}

/// Stands in place of the word that is being typed, so that the arguments themselves say whose value it is.
const TYPED: &str = "\u{1}";

impl Asked {
    fn of(words: &[OsString]) -> Option<Self> {
        let (last, words) = words.split_last()?;
        let last = last.to_str()?;
        let (before, begun) = match last.split_once('=') {
            Some((option, begun)) if option.starts_with("--") => (format!("{option}="), begun),
            // bash takes `--channel=3f` for three words.
            _ => (String::new(), if last == "=" { "" } else { last }),
        };
        let line = std::iter::once(OsStr::new("mithaq"))
            .chain(words.iter().map(OsString::as_os_str).filter(|word| *word != "="))
            .chain((!before.is_empty()).then(|| OsStr::new(before.trim_end_matches('='))))
            .chain([OsStr::new(TYPED)]);
        let whole = lenient(Cli::command());
        let matches = whole.clone().try_get_matches_from(line).ok()?;
        let (path, command, matches) = leaf(&whole, &matches);
        let raw = |name: &str| {
            command.get_arguments().any(|arg| arg.get_id() == name).then(|| matches.get_raw(name)?.next()).flatten()
        };
        let is_typed = |name: &str| matches.get_raw(name).is_some_and(|mut values| values.any(|value| value == TYPED));
        let typed = command.get_arguments().map(|arg| arg.get_id().as_str()).find(|name| is_typed(name))?;
        let fits = |(of, name, _): &&(&str, &str, Of)| (of.is_empty() || path.first() == Some(of)) && *name == typed;
        Some(Self {
            of: TABLE.iter().find(fits)?.2,
            dir: raw("dir")?.into(),
            token_file: raw("token_file").map(PathBuf::from),
            purpose: raw("purpose").and_then(OsStr::to_str).map(str::to_owned),
            begun: begun.to_owned(),
            before,
        })
    }

    async fn ids(&self) -> Result<Vec<String>, Failure> {
        // A pipe would be waited for.
        if self.token_file.as_ref().is_some_and(|file| !file.is_file()) {
            return Ok(Vec::new());
        }
        let api = Api::of_running(&self.dir, self.token_file.as_deref(), self.purpose.clone())?;
        let channels = async || api.get::<Vec<ChannelRow>>("/v1/channels").await?.read();
        Ok(match self.of {
            Of::Agreements => {
                let AgreementList { agreements } = api.get("/v1/agreements").await?.read()?;
                agreements.iter().map(|row| short(&hex::encode(row.progress.agreement))).collect()
            }
            Of::Channels => channels().await?.iter().map(|row| short(&row.channel)).collect(),
            Of::Labels => channels().await?.iter().flat_map(|row| row.labels.keys().cloned()).collect(),
            Of::Agencies => {
                channels().await?.iter().flat_map(|row| row.parties.iter().map(ToString::to_string)).collect()
            }
            Of::Records => channels().await?.iter().flat_map(logs).collect(),
            Of::Drafts => {
                let DraftList { drafts, .. } = api.get("/v1/drafts").await?.read()?;
                drafts.into_iter().map(|draft| draft.id).collect()
            }
            Of::People => {
                let PersonList { people } = api.get("/v1/people").await?.read()?;
                people.into_iter().map(|person| person.id).collect()
            }
            Of::Seconds => {
                let WaitingList { waiting } = api.get("/v1/seconds").await?.read()?;
                waiting.into_iter().map(|row| row.id).collect()
            }
            Of::Threads => {
                let ThreadPage { threads, .. } = api.get("/v1/threads?limit=200").await?.read()?;
                threads.into_iter().map(|thread| thread.name).collect()
            }
            Of::Tokens => {
                let TokenList { tokens } = api.get("/v1/tokens").await?.read()?;
                tokens.into_iter().map(|token| token.id).collect()
            }
        })
    }
}

/// The logs of a channel, as the names of their records begin.
fn logs(row: &ChannelRow) -> Vec<String> {
    let begins = |origin: &Origin| {
        let Origin { agency, epoch, lane, .. } = origin;
        format!("{}/{}/{epoch}/{lane}/", short(&row.channel), short(agency))
    };
    row.logs.iter().map(|log| begins(&log.origin)).collect()
}

/// The command of whose arguments every value is a word, and to which nothing is missing.
fn lenient(command: Command) -> Command {
    let any =
        |arg: clap::Arg| if arg.get_action().takes_values() { arg.value_parser(ValueParser::os_string()) } else { arg };
    command.ignore_errors(true).mut_args(any).mut_subcommands(lenient)
}

/// The innermost command of a line, with the words that lead to it.
fn leaf<'a>(whole: &'a Command, matches: &'a ArgMatches) -> (Vec<&'a str>, &'a Command, &'a ArgMatches) {
    let (mut path, mut command, mut matches) = (Vec::new(), whole, matches);
    while let Some((name, below)) = matches.subcommand() {
        let Some(next) = command.find_subcommand(name) else { break };
        path.push(name);
        (command, matches) = (next, below);
    }
    (path, command, matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &[&str]) -> Option<Asked> {
        Asked::of(&line.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_arguments_say_what_is_asked_for() {
        for (line, of, begun) in [
            (&["threads", "show", "a", "re"][..], Of::Threads, "re"),
            (&["work", "assign", "a", "--to-office", "Desk", ""], Of::Threads, ""),
            (&["send", "a", "--kind", "x", "--reply-to", "req-"], Of::Threads, "req-"),
            (&["send", "a", "--channel", ""], Of::Channels, ""),
            (&["agreement", "suspend", "a", "3"], Of::Channels, "3"),
            (&["agreement", "show", "a", "3"], Of::Agreements, "3"),
            (&["draft", "release", "a", "d-"], Of::Drafts, "d-"),
            (&["draft", "save", "a", ""], Of::Drafts, ""),
            (&["erase", "a", "3f/"], Of::Records, "3f/"),
            (&["evidence", "a", "3f/1/1/main/1", "3f"], Of::Records, "3f"),
            (&["threads", "list", "a", "--awaits", "X"], Of::Labels, "X"),
            (&["standin", "a", "--agency", ""], Of::Agencies, ""),
            (&["person", "away", "a", "7b21", "--deputy", ""], Of::People, ""),
            (&["token", "revoke", "a", ""], Of::Tokens, ""),
            (&["second", "confirm", "a", ""], Of::Seconds, ""),
        ] {
            // Options and files of another place change nothing; nor does what is missing still.
            let found = asked(line).unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!((found.of, found.begun.as_str(), found.dir.to_str()), (of, begun, Some("a")), "{line:?}");
        }
        // A file, a number and a text are no ids; nor is the folder itself.
        for line in [
            &["threads", "show", ""][..],
            &["agreement", "import", "a", ""],
            &["pair", "a", "https://x", "--agreement", ""],
            &["work", "remark", "a", "req-1", ""],
            &["thr"],
            &[],
        ] {
            assert_eq!(asked(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_token_of_the_line_asks_and_no_other() {
        let found = asked(&["threads", "list", "a", "--token-file", "t", "--purpose", "p", "--channel=3"]).unwrap();
        assert_eq!((found.before.as_str(), found.begun.as_str()), ("--channel=", "3"));
        assert_eq!((found.token_file, found.purpose), (Some("t".into()), Some("p".into())));
        let split = asked(&["threads", "list", "a", "--channel", "=", "3"]).unwrap();
        assert_eq!((split.of, split.before.as_str(), split.begun.as_str()), (Of::Channels, "", "3"));
        assert_eq!(split.token_file, None);
    }
}
