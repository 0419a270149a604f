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

use serde::Serialize;
use serde_json::value::RawValue;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{failure::Failure, shown};

/// Prints one JSON line.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(|error| Failure::internal(error.to_string()))?;
    as_it_is(&shown::json(&line))
}

/// Prints JSON of the node as it came, in one line.
pub fn json_line(bytes: &[u8]) -> Result<(), Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::internal("the node's answer is not UTF-8"))?;
    let value: &RawValue = serde_json::from_str(text)
        .map_err(|error| Failure::internal(format!("the node's answer is not JSON: {error}")))?;
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

/// Prints a table with heads, each column as wide as its widest cell; nothing if there is no row. On a terminal no line is longer than
/// that is wide: what is last gives way.
pub fn table<const COLUMNS: usize>(heads: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    as_it_is(&as_table(heads, rows, columns_of_terminal()))
}

/// Between columns.
const GAP: &str = "  ";

fn as_table<const COLUMNS: usize>(heads: [&str; COLUMNS], rows: &[[String; COLUMNS]], most: Option<usize>) -> String {
    let heads = heads.map(str::to_owned);
    let shown: Vec<Vec<Cow<'_, str>>> =
        std::iter::once(&heads).chain(rows).map(|row| row.iter().map(|cell| shown::line(cell)).collect()).collect();
    let width = |column: usize| shown.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..COLUMNS).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<Cow<'_, str>>| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
        }
        shortened(line.trim_end(), most)
    };
    shown.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn shortened(line: &str, most: Option<usize>) -> String {
    let Some(most) = most.filter(|most| line.width() > *most) else { return line.to_owned() };
    let mut width = 1;
    let kept = line.chars().take_while(|c| {
        width += c.width().unwrap_or(0);
        width <= most
    });
    kept.chain(['\u{2026}']).collect()
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
        Err(error) => Err(Failure::internal(format!("standard output: {error}"))),
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
        return Err(Failure::usage(format!("{} is larger than {bytes_max} bytes", path.display())));
    }
    Ok(bytes)
}

/// Reads a file that holds a secret, and refuses one that others on the machine can read.
pub fn read_secret(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    // Standard input and what a shell makes of `<(…)` are no files.
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if is_file && node::files::is_read_by_others(path).map_err(|error| Failure::reading(path, &error))? {
        let path = path.display();
        return Err(Failure::usage(format!("{path} can be read by others on this machine: `chmod 600 {path}` first")));
    }
    read(path, bytes_max)
}

/// Reads a text file of at most `bytes_max`.
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    String::from_utf8(read(path, bytes_max)?)
        .map_err(|_| Failure::usage(format!("{} is not text in UTF-8", path.display())))
}

/// Writes a new file that only its owner may read, and refuses to replace one.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = create_new(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| Failure::writing(path, &error))
}

/// Opens a new file that only its owner may read; one that is there already stays as it is.
pub fn create_new(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} is there already and is not replaced: give another name", path.display()))
        }
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

    #[test]
    fn columns_stand_below_each_other_in_any_script_and_give_way_on_a_narrow_terminal() {
        let rows = [["منفذ".to_owned(), "1".to_owned()], ["a\u{202e}b".to_owned(), "a long word".to_owned()]];
        let table = as_table(["who", "what"], &rows, None);
        let at = |line: &str, word: &str| line[..line.find(word).unwrap()].width();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        let places = [at(lines[0], "what"), at(lines[1], "1"), at(lines[2], "a long")];
        assert!(places.iter().all(|place| *place == places[0]), "{table}");
        assert!(table.contains("<U+202E>"), "{table}");
        for most in [1, 9, 16] {
            let narrow = as_table(["who", "what"], &rows, Some(most));
            assert!(narrow.lines().all(|line| line.width() <= most), "{narrow}");
        }
    }
}
