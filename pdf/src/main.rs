//! `mithaq-pdf`: a document as JSON on standard input, its PDF on standard output.
//!
//! Exit codes: 0, the PDF was written; 2, the document is at fault; 1, anything else. A sentence on standard error says
//! what.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use mithaq_pdf::{Failure, limits};

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!(
            "mithaq-pdf takes no arguments: a document as JSON on standard input, its PDF comes on standard output"
        );
        return ExitCode::from(2);
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input(what)) => {
            eprintln!("{what}");
            ExitCode::from(2)
        }
        Err(Failure::Internal(what)) => {
            eprintln!("the document could not be printed: {what}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut json = Vec::new();
    // One byte more than is allowed shows that there is too much.
    let most = u64::try_from(limits::INPUT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(most).read_to_end(&mut json).map_err(|error| internal(&error))?;
    let pdf = mithaq_pdf::pdf(&json)?;
    let mut out = io::stdout().lock();
    out.write_all(&pdf).and_then(|()| out.flush()).map_err(|error| internal(&error))
}

fn internal(error: &io::Error) -> Failure {
    Failure::Internal(error.to_string())
}
