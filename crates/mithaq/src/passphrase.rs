//! Where a passphrase comes from: a file or a prompt, never the environment or an argument, which others can see.

use std::path::Path;

use texts::{Message, say, shown};
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, language},
    limits, output,
};

/// Reads the passphrase from a file, or asks for it on the terminal.
pub fn read(file: Option<&Path>, what_for: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match file {
        Some(path) => from_file(path),
        None => prompt(&say!("passphrase-of", what = what_for)),
    }
}

/// Reads a new passphrase from a file, or asks for it twice.
pub fn choose(file: Option<&Path>, what_for: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if let Some(path) = file {
        return from_file(path).and_then(long_enough);
    }
    let chosen = long_enough(prompt(&say!("passphrase-new", what = what_for))?)?;
    if prompt(&say!("passphrase-again"))? != chosen {
        return Err(Failure::usage(say!("passphrases-differ")));
    }
    Ok(chosen)
}

/// One rule for all keys: what is shorter is guessed, whatever it protects.
fn long_enough(chosen: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match chosen.len() >= node::limits::PASSPHRASE_BYTES_MIN {
        true => Ok(chosen),
        false => Err(Failure::usage(node::keys::KeysError::PassphraseTooShort.message()).in_field("passphrase")),
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(output::read_secret(path, limits::PASSPHRASE_BYTES_MAX)?);
    // Editors end the line; the line's end is no part of the passphrase.
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    if bytes.is_empty() {
        return Err(Failure::usage(say!("passphrase-empty", path = %path.display())));
    }
    Ok(bytes)
}

fn prompt(text: &Message) -> Result<Zeroizing<Vec<u8>>, Failure> {
    rpassword::prompt_password(format!("{} ", shown::own_line(&text.in_language(language()))))
        .map(|passphrase| Zeroizing::new(passphrase.into_bytes()))
        .map_err(|error| Failure::usage(say!("no-terminal", error = %error)))
}
