//! Running other programs.

use std::{
    io::{self, BufRead, BufReader, Read},
    process::{Command, ExitStatus, Stdio},
};

/// Runs a command without standard input and hands each line of its output, standard error included, to `each`.
///
/// # Errors
/// The program can't be started or its output can't be read.
pub fn lines(mut command: Command, mut each: impl FnMut(&str)) -> io::Result<ExitStatus> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    // The command holds the writing ends: while they live the reader sees no end of file.
    drop(command);
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        each(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    child.wait()
}

/// Runs a command and shows its output as it comes; true if it succeeded.
///
/// # Errors
/// As for [`lines`].
pub fn shown(command: Command) -> io::Result<bool> {
    Ok(lines(command, |line| println!("{line}"))?.success())
}

/// Runs a command and returns its whole output, standard error included, and whether it succeeded.
///
/// # Errors
/// As for [`lines`].
pub fn quiet(command: Command) -> io::Result<(bool, String)> {
    let mut text = String::new();
    let status = lines(command, |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    Ok((status.success(), text))
}

/// Runs a command whose standard output is its result; standard error is shown.
///
/// # Errors
/// The program can't be started, its output is not UTF-8, or it can't be read.
pub fn result(mut command: Command) -> io::Result<(bool, String)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text)?;
    }
    Ok((child.wait()?.success(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_and_the_outcome_are_seen() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let (ok, text) = quiet(command).unwrap();
        assert!(!ok);
        assert_eq!(text, "out\nerr\n");
    }
}
