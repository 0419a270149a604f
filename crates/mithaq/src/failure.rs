//! How a command fails: one sentence for people, one JSON object for programs, one exit code for both.

use std::{borrow::Cow, fmt::Display, path::Path, process::ExitCode, sync::OnceLock};

use doors::problem::Problem;
use node::{
    OpenError,
    fault::{Code, ErrorBody, Fault},
    keys::KeysError,
    wording,
};
use texts::{Language, Message, say, shown};

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub struct Failure(Fault);

impl Failure {
    /// The arguments or a file of the caller have an error.
    pub fn usage(message: impl Into<Message>) -> Self {
        Self(Fault::usage(message))
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<Message>) -> Self {
        Self(Fault::not_found(message))
    }

    /// Something does not verify.
    pub fn not_verified(message: impl Into<Message>) -> Self {
        Self(Fault::new(Code::NotVerified, message))
    }

    /// A partner or the own node is not reached in time.
    pub fn unavailable(message: impl Into<Message>) -> Self {
        Self(Fault::new(Code::Unavailable, message))
    }

    /// Something is taken by somebody else.
    pub fn in_use(message: impl Into<Message>) -> Self {
        Self(Fault::new(Code::Conflict, message))
    }

    /// A folder of the node cannot be read or written.
    pub fn storage(message: impl Into<Message>) -> Self {
        Self(Fault::new(Code::Storage, message))
    }

    /// A fault of this program.
    pub fn internal(message: impl Into<Message>) -> Self {
        Self(Fault::new(Code::Internal, message))
    }

    /// A file of the caller cannot be read.
    pub fn reading(path: &Path, error: &std::io::Error) -> Self {
        let message = say!("unreadable", path = %path.display(), error = wording::io(error));
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::not_found(message),
            _ => Self::usage(message),
        }
    }

    /// A file cannot be written.
    pub fn writing(path: &Path, error: &std::io::Error) -> Self {
        Self::storage(say!("unwritable", path = %path.display(), error = wording::io(error)))
    }

    /// The error that the node's API gave as JSON, or as whatever else came with a status that is no success.
    pub fn from_answer(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => Self(problem.into()),
            Err(_) => {
                let code = match status {
                    400..=499 => Code::Usage,
                    _ => Code::Internal,
                };
                let text: String = String::from_utf8_lossy(body).chars().take(300).collect();
                Self(Fault::new(code, say!("node-answered", status = %status, text = %text)))
            }
        }
    }

    /// Whether trying again later can't help.
    pub fn is_lasting(&self) -> bool {
        self.0.code != Code::Unavailable
    }

    /// Whether the caller's role may not do this.
    pub fn is_forbidden(&self) -> bool {
        self.error().code == Code::Forbidden
    }

    /// Whether there is no such thing, or not yet.
    pub fn is_not_found(&self) -> bool {
        self.0.code == Code::NotFound
    }

    /// Names the field at fault.
    pub fn in_field(self, field: impl Into<String>) -> Self {
        Self(self.0.in_field(field))
    }

    /// Says what was being done.
    pub fn while_doing(mut self, what: impl Display) -> Self {
        self.0.message = say!("while-doing", what = %what, problem = self.0.message);
        self
    }

    /// Names the file from which what the node calls `part` came.
    pub fn of_file(mut self, part: &str, file: &Path) -> Self {
        let message = self.message();
        // The node isolates the part where it writes from right to left.
        if let Some((before, place)) = message
            .split_once(part)
            .filter(|(before, rest)| before.chars().all(shown::is_isolation) && rest.starts_with(':'))
        {
            let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
            self.0.message = Message::as_worded(format!("{before}{}{place}", shown::line(&name)));
        }
        self
    }

    /// The floor rule or clause that refused, if one did.
    pub fn rule(&self) -> Option<&str> {
        self.0.rule.as_deref()
    }

    /// What is wrong, in the caller's language.
    pub fn message(&self) -> String {
        self.0.message.in_language(language())
    }

    /// The error as programs read it.
    pub fn error(&self) -> &Fault {
        &self.0
    }

    /// Writes the failure, for a program on standard output or for a person on standard error, and gives the exit code.
    pub fn report(self, json: bool) -> ExitCode {
        let exit = ExitCode::from(exit(self.0.code));
        if json {
            let body = ErrorBody { error: self.0 };
            println!("{}", shown::json(&serde_json::to_string(&body).unwrap_or_default()));
            return exit;
        }
        let rule = self.0.rule.as_deref().map_or(String::new(), |rule| format!(" ({})", shown::line(rule)));
        let text = format!("{}{rule}", self.message());
        for (line, number) in text.lines().zip(0..) {
            // Only the first line is this program's for certain: what it quotes may hold line ends.
            eprintln!("{} {}", if number == 0 { "mithaq:" } else { "  |" }, shown::own_line(&within_its_line(line)));
        }
        exit
    }
}

/// The line without isolations that begin or end in another: a line is a paragraph, which ends them by itself.
fn within_its_line(line: &str) -> Cow<'_, str> {
    let marks = |mark: char| line.matches(mark).count();
    match marks('\u{2068}') == marks('\u{2069}') {
        true => Cow::Borrowed(line),
        false => line.chars().filter(|c| !shown::is_isolation(*c)).collect(),
    }
}

/// How whoever gave the command is spoken to.
#[derive(Clone, Copy, Default)]
pub struct Caller {
    /// In which language.
    pub language: Language,
    /// Whether what is urgent may be coloured.
    pub colours: bool,
}

/// The caller of this process. It comes from the environment once, before anything is said.
pub fn caller() -> Caller {
    CALLER.get().copied().unwrap_or_default()
}

/// The caller's language.
pub fn language() -> Language {
    caller().language
}

/// Says how this process speaks, once.
pub fn speak(caller: Caller) {
    // A second call would change nothing: what was said stays in one language.
    let _ = CALLER.set(caller);
}

static CALLER: OnceLock<Caller> = OnceLock::new();

/// The exit code of a kind of fault.
pub const fn exit(code: Code) -> u8 {
    match code {
        Code::Refused | Code::Forbidden => 3,
        Code::Usage | Code::Unauthenticated | Code::TooLarge | Code::WrongMethod | Code::WrongOrigin => 2,
        Code::NotFound => 7,
        Code::Conflict => 6,
        Code::Storage => 8,
        Code::Unavailable | Code::TooMany => 5,
        Code::NotVerified => 4,
        Code::Internal => 1,
    }
}

impl From<Fault> for Failure {
    fn from(error: Fault) -> Self {
        Self(error)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotANode(_) => Self::not_found(error.message()),
            OpenError::Config(_) => Self::usage(error.message()),
            OpenError::Keys(
                KeysError::PassphraseTooShort | KeysError::ReadByOthers(_) | KeysError::RotationUnderWay(_),
            ) => Self::usage(error.message()),
            OpenError::Keys(_) => Self::not_verified(error.message()),
            OpenError::Store(source) => Self(source.into()),
            OpenError::Identity(_) | OpenError::Kept(_) => Self::storage(error.message()),
        }
    }
}
