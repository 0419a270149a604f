//! `mithaq man`: the manual pages, one a command, made from the same words as `--help`.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use serde_json::json;
use texts::say;

use crate::{
    cli::{Cli, EXIT_CODES},
    failure::Failure,
    output,
};

/// Write the manual pages into a folder, one for each command.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mithaq man ~/.local/share/man/man1
  man mithaq-send")]
pub struct Args {
    /// The folder. Pages of an earlier version are replaced.
    folder: PathBuf,
}

pub fn run(args: &Args, json: bool) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| Failure::writing(&path, &error)
    };
    std::fs::create_dir_all(&args.folder).map_err(failed(&args.folder))?;
    let pages = pages().map_err(|error| Failure::internal(say!("manual-page", error = %error)))?;
    for (name, page) in &pages {
        let path = args.folder.join(name);
        std::fs::write(&path, page).map_err(failed(&path))?;
    }
    match json {
        true => output::json(
            &json!({"folder": args.folder, "pages": pages.iter().map(|(name, _)| name).collect::<Vec<_>>()}),
        ),
        false => output::say(&say!("holds-pages", folder = %args.folder.display(), pages = pages.len())),
    }
}

/// File name and text of every page.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut whole = Cli::command().disable_help_subcommand(true);
    whole.build();
    let mut pages = Vec::new();
    let mut left = vec![(whole.clone(), None)];
    while let Some((command, parent)) = left.pop() {
        pages.push((format!("{}.1", name(&command)), page(&command, parent.as_deref())?));
        left.extend(command.get_subcommands().cloned().map(|below| (below, Some(name(&command)))));
    }
    pages.sort();
    Ok(pages)
}

fn page(command: &Command, parent: Option<&str>) -> std::io::Result<Vec<u8>> {
    let version = format!("mithaq {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name(command)).source(version).manual("Mithaq");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut roff = Roff::new();
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if after.starts_with("Example") {
        roff.control("SH", ["EXAMPLES"]);
        verbatim(&mut roff, &after);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        roff.control("TP", []);
        roff.text([roman(code.to_string())]);
        roff.text([roman(format!("{meaning}."))]);
    }
    roff.control("SH", ["FILES"]);
    for (file, what) in files(command) {
        roff.control("TP", []);
        roff.text([roman(*file)]);
        roff.text([roman(*what)]);
    }
    roff.control("SH", ["SEE ALSO"]);
    let below = command.get_subcommands().map(name);
    let others: Vec<String> =
        parent.map(str::to_owned).into_iter().chain(below).map(|name| format!("{name}(1)")).collect();
    roff.text([roman(match others.is_empty() {
        true => "The folder docs of the source.".to_owned(),
        false => others.join(", "),
    })]);
    roff.to_writer(&mut text)?;
    Ok(text)
}

/// Lines as they stand: commands to be copied.
fn verbatim(roff: &mut Roff, text: &str) {
    roff.control("nf", []);
    for line in text.trim_end().lines().filter(|line| !matches!(*line, "Examples:")) {
        roff.text([roman(line.strip_prefix("Example: ").unwrap_or(line))]);
    }
    roff.control("fi", []);
}

/// What a command reads and writes beyond what its arguments name.
fn files(command: &Command) -> &'static [(&'static str, &'static str)] {
    match command.get_arguments().any(|argument| argument.get_id() == "dir") {
        true => &[
            ("DIR/node.toml", "The configuration, read when the node starts."),
            ("DIR/keys.sealed", "The keys in use, under the passphrase."),
            ("DIR/mithaq.db, DIR/segments, DIR/blobs, DIR/keys", "Logs, records, files and their sealed secrets."),
            ("DIR/projection.db", "Lists of threads, derived from the rest."),
            (
                "DIR/mithaq.sock",
                "The running node's socket; commands use it, and without it open the folder themselves.",
            ),
            ("DIR/lock", "Held by the one process that writes."),
        ],
        false => &[("None", "The command reads and writes only what its arguments name.")],
    }
}

/// `mithaq-agreement-draft`.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}
