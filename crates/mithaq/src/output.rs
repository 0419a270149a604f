//! What a command prints: JSON for programs or plain lines for people, never both.
//!
//! Everything passes through [`shown`], so no command can forget that a partner may have written part of it.

use std::{
    borrow::Cow,
    fs::{File, OpenOptions},
    io::{IsTerminal as _, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::value::RawValue;
use texts::{Direction, Language, Message, say, shown};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::failure::{Caller, Failure, caller, language};

/// Prints one JSON line.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(|error| Failure::internal(error.to_string()))?;
    as_it_is(&shown::json(&line))
}

/// Prints JSON of the node as it came, in one line.
pub fn json_line(bytes: &[u8]) -> Result<(), Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::internal(say!("answer-not-utf8")))?;
    let value: &RawValue =
        serde_json::from_str(text).map_err(|error| Failure::internal(say!("answer-not-json", error = %error)))?;
    as_it_is(&shown::json(value.get()))
}

/// Prints one line.
pub fn line_of(text: &str) -> Result<(), Failure> {
    as_it_is(&shown::line(text))
}

/// Prints a text of several lines, all of them by this program.
pub fn lines_of(text: &str) -> Result<(), Failure> {
    as_it_is(&shown::lines(text))
}

/// Prints a text of this program in the caller's language. What it quotes was made harmless with the text.
pub fn say(message: &Message) -> Result<(), Failure> {
    as_it_is(&shown::own_line(&message.in_language(language())))
}

/// As [`say`], below the line that it belongs to.
pub fn say_below(message: &Message) -> Result<(), Failure> {
    say_at(1, message)
}

/// Prints a line of this program so many steps below the one that it belongs to.
pub fn say_at(depth: usize, message: &Message) -> Result<(), Failure> {
    as_it_is(&format!("{}{}", GAP.repeat(depth), shown::own_line(&message.in_language(language()))))
}

/// A part of a line or table.
pub enum Cell {
    /// What others wrote, a name or a number.
    Text(String),
    /// What this program says.
    Said(Message),
    /// What this program says, and what somebody should look at first.
    Alarm(Message),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Message> for Cell {
    fn from(message: Message) -> Self {
        Self::Said(message)
    }
}

impl Cell {
    fn text(&self, language: Language) -> String {
        match self {
            Self::Text(text) => shown::line(text).into_owned(),
            Self::Said(message) | Self::Alarm(message) => shown::own_line(&message.in_language(language)).into_owned(),
        }
    }

    /// The text as it is printed: isolated where the language is written from right to left, so that columns stay in their order,
    /// and coloured if it alarms.
    fn printed(&self, text: &str, caller: Caller) -> String {
        let text = match caller.language.direction() {
            Direction::RightToLeft if !text.is_empty() => shown::isolated(text),
            _ => text.to_owned(),
        };
        match self {
            Self::Alarm(_) if caller.colours => format!("{ALARM}{text}{ALARM:#}"),
            _ => text,
        }
    }
}

/// How what is urgent looks.
const ALARM: Style = AnsiColor::Red.on_default().bold();

/// Prints parts in one line.
pub fn parts<const PARTS: usize>(cells: [Cell; PARTS]) -> Result<(), Failure> {
    as_it_is(&as_line(&cells, caller()))
}

/// Prints what a row of a table says in one line, without the columns that say nothing.
pub fn row<const COLUMNS: usize>(cells: [Cell; COLUMNS]) -> Result<(), Failure> {
    let is_said = |cell: &Cell| !matches!(cell, Cell::Text(text) if matches!(text.as_str(), "" | "-"));
    as_it_is(&as_line(&cells.into_iter().filter(is_said).collect::<Vec<_>>(), caller()))
}

/// Parts as one line.
pub fn as_line(cells: &[Cell], caller: Caller) -> String {
    let printed = cells.iter().map(|cell| cell.printed(&cell.text(caller.language), caller));
    printed.collect::<Vec<_>>().join(GAP)
}

/// Prints a table with heads, each column as wide as its widest cell; if there is no row, a sentence that says so. On a terminal no
/// line is longer than that is wide: what is last gives way.
pub fn table<const COLUMNS: usize>(
    heads: [Cell; COLUMNS],
    rows: Vec<[Cell; COLUMNS]>,
    none: &Message,
) -> Result<(), Failure> {
    if rows.is_empty() {
        return say(none);
    }
    as_it_is(&as_table(heads, rows, columns_of_terminal(), caller()))
}

/// Between columns.
const GAP: &str = "  ";
/// Stands where something was cut off.
const CUT: char = '\u{2026}';

fn as_table<const COLUMNS: usize>(
    heads: [Cell; COLUMNS],
    rows: Vec<[Cell; COLUMNS]>,
    most: Option<usize>,
    caller: Caller,
) -> String {
    let cells: Vec<[Cell; COLUMNS]> = std::iter::once(heads).chain(rows).collect();
    let texts: Vec<Vec<String>> =
        cells.iter().map(|row| row.iter().map(|cell| cell.text(caller.language)).collect()).collect();
    let width = |column: usize| texts.iter().filter_map(|row| row.get(column)).map(|text| text.width()).max();
    let widths: Vec<usize> = (0..COLUMNS).map(|column| width(column).unwrap_or(0)).collect();
    let lines = cells.iter().zip(&texts).map(|(row, texts)| {
        let mut line = String::new();
        let mut left = most.unwrap_or(usize::MAX);
        for (number, (cell, (text, width))) in row.iter().zip(texts.iter().zip(&widths)).enumerate() {
            if number > 0 {
                line.extend(GAP.chars().take(left));
                left = left.saturating_sub(GAP.len());
            }
            line.push_str(&cell.printed(&shortened(text, left), caller));
            let padding = width.saturating_sub(text.width()).min(left.saturating_sub(text.width()));
            line.extend(std::iter::repeat_n(' ', padding));
            left = left.saturating_sub(*width);
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The text in at most so many columns, with a sign if it was longer.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.width() <= most {
        return Cow::Borrowed(text);
    }
    let mut width = 1;
    let kept = text.chars().take_while(|c| {
        width += c.width().unwrap_or(0);
        width <= most
    });
    let kept: String = kept.collect();
    // An isolation that was cut through ends here.
    let open = kept.matches('\u{2068}').count().saturating_sub(kept.matches('\u{2069}').count());
    kept.chars().chain((most > 0).then_some(CUT)).chain(std::iter::repeat_n('\u{2069}', open)).collect()
}

/// How wide the terminal is, if it is one.
fn columns_of_terminal() -> Option<usize> {
    let out = std::io::stdout();
    let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(out).ok()).flatten()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Prints what was made harmless before, piece by piece. A reader that closed the pipe (`| head`) ends the command
/// without an error of ours.
pub fn as_it_is(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::internal(say!("standard-output", error = %error))),
        Ok(()) => Ok(()),
    }
}

/// Reads a file of at most `bytes_max`; `-` is standard input.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::reading(path, &error);
    let mut bytes = Vec::new();
    let limit = bytes_max.saturating_add(1);
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(Failure::usage(say!("file-too-large", path = %path.display(), bytes_max = bytes_max)));
    }
    Ok(bytes)
}

/// Reads a file that holds a secret, and refuses one that others on the machine can read.
pub fn read_secret(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    // Standard input and what a shell makes of `<(…)` are no files.
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if is_file && node::files::is_read_by_others(path).map_err(|error| Failure::reading(path, &error))? {
        let path = path.display();
        return Err(Failure::usage(say!("secret-readable", path = %path)));
    }
    read(path, bytes_max)
}

/// Reads a text file of at most `bytes_max`.
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    String::from_utf8(read(path, bytes_max)?).map_err(|_| Failure::usage(say!("file-not-text", path = %path.display())))
}

/// Writes a new file that only its owner may read, and refuses to replace one.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = create_new(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| Failure::writing(path, &error))
}

/// Opens a new file that only its owner may read; one that is there already stays as it is.
pub fn create_new(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(say!("file-there-already", path = %path.display())),
        _ => Failure::writing(path, &error),
    })
}

/// A new file for a secret that is still to come. It is removed again if the secret does not come.
pub struct NewSecret {
    path: PathBuf,
    to: File,
    is_kept: bool,
}

impl NewSecret {
    /// Makes the file. Only its owner may read it.
    ///
    /// # Errors
    /// As [`create_new`].
    pub fn create(path: PathBuf) -> Result<Self, Failure> {
        Ok(Self { to: create_new(&path)?, path, is_kept: false })
    }

    /// Writes the secret as a line, durably.
    ///
    /// # Errors
    /// It can't be written.
    pub fn keep(mut self, secret: &str) -> Result<(), Failure> {
        writeln!(self.to, "{secret}")
            .and_then(|()| self.to.sync_all())
            .map_err(|error| Failure::writing(&self.path, &error))?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewSecret {
    fn drop(&mut self) {
        if !self.is_kept {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Caller = Caller { language: Language::En, colours: false };

    #[test]
    fn columns_stand_below_each_other_in_any_script_and_give_way_on_a_narrow_terminal() {
        let rows = || vec![["منفذ".into(), "1".into()], ["a\u{202e}b".into(), "a long word".into()]];
        let heads = || [Cell::from("who"), Cell::from("what")];
        let table = as_table(heads(), rows(), None, PLAIN);
        let at = |line: &str, word: &str| line[..line.find(word).unwrap()].width();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        let places = [at(lines[0], "what"), at(lines[1], "1"), at(lines[2], "a long")];
        assert!(places.iter().all(|place| *place == places[0]), "{table}");
        assert!(table.contains("<U+202E>"), "{table}");
        for most in [1, 9, 16] {
            let narrow = as_table(heads(), rows(), Some(most), PLAIN);
            assert!(narrow.lines().all(|line| line.width() <= most), "{narrow}");
        }
    }

    #[test]
    fn in_arabic_columns_keep_their_order_and_stand_below_each_other() {
        let caller = Caller { language: Language::Ar, colours: false };
        let rows = || vec![[Cell::from("req-0123abcd"), say!("overdue", time = "2027-01-15").into(), "طلب".into()]];
        let heads = || [say!("head-thread").into(), say!("head-due").into(), say!("head-title").into()];
        for most in [None, Some(30), Some(18), Some(3)] {
            let table = as_table(heads(), rows(), most, caller);
            for line in table.lines() {
                assert_eq!(line.matches('\u{2068}').count(), line.matches('\u{2069}').count(), "{table}");
                assert!(most.is_none_or(|most| line.width() <= most), "{table}");
                assert_eq!(shown::own_line(line), line);
            }
        }
        let table = as_table(heads(), rows(), None, caller);
        // Every column is isolated, so nothing outside of them has a direction of its own.
        let begins =
            |line: &str| line.match_indices("  \u{2068}").map(|(at, _)| line[..at].width()).collect::<Vec<_>>();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].starts_with('\u{2068}') && lines[1].starts_with("\u{2068}req-"), "{table}");
        assert_eq!(begins(lines[0]).last(), begins(lines[1]).last(), "{table}");
        assert!(table.contains("متأخر"), "{table}");
    }

    #[test]
    fn only_what_alarms_is_coloured_and_only_where_colours_are_wanted() {
        let line = |colours| {
            let cells = [Cell::Alarm(say!("overdue", time = "2027")), Cell::from("\u{1b}[2J")];
            as_line(&cells, Caller { language: Language::En, colours })
        };
        assert_eq!(line(false), "2027 OVERDUE  <U+001B>[2J");
        assert_eq!(line(true), "\u{1b}[1m\u{1b}[31m2027 OVERDUE\u{1b}[0m  <U+001B>[2J");
    }
}
