//! A page as a PDF file: `mithaq-pdf`, a program of its own, sets what it is given and reads nothing else.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use node::{
    clock,
    db::SUITE,
    fault::{Code, Fault},
    node::Node,
};
use protocol::encoding::to_base64;
use serde::Serialize;
use texts::{Message, say};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    sync::Semaphore,
};

use crate::{
    form::{FieldRead, ValueRead},
    ui::Ui,
};

/// How long a file may take.
const WAIT: Duration = Duration::from_secs(20);
/// How many are set at a time: each takes a processor and some hundred megabytes.
const AT_A_TIME: usize = 2;
/// Largest file that is handed on, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// What the program says of a fault, in bytes of the log.
const FAULT_BYTES_MAX: u64 = 2_000;
/// Words of a field from so many characters on stand under a heading of their own.
const FACT_CHARACTERS_MAX: usize = 200;

/// What makes PDF files, if it is there.
#[derive(Clone)]
pub struct Printer(Option<PathBuf>, Arc<Semaphore>);

/// What is printed. The program's manual (`pdf/README.md`) says of each member what it is.
#[derive(Serialize)]
pub struct Document {
    language: &'static str,
    title: String,
    agency: String,
    made: String,
    made_words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    handling: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash_name: Option<String>,
    page: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_up: Option<String>,
    sections: Vec<Section>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<Attachment>,
}

/// A part of it.
#[derive(Serialize)]
pub struct Section {
    #[serde(skip_serializing_if = "Option::is_none")]
    heading: Option<String>,
    blocks: Vec<Block>,
}

/// What a part consists of.
#[derive(Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Block {
    /// Names with their values.
    Facts {
        /// In order.
        facts: Vec<Fact>,
    },
    /// Paragraphs.
    Text {
        /// One a line.
        text: String,
    },
    /// A table.
    Table {
        /// What its columns are.
        head: Vec<String>,
        /// Its rows.
        rows: Vec<Vec<String>>,
        /// The columns that hold references.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        mono: Vec<usize>,
    },
}

/// A name with its value.
#[derive(Serialize)]
pub struct Fact {
    name: String,
    value: String,
    mono: bool,
}

/// A file that lies in the PDF.
#[derive(Serialize)]
struct Attachment {
    name: String,
    media_type: &'static str,
    description: String,
    base64: String,
}

impl Fact {
    /// Words.
    pub fn new(name: String, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), mono: false }
    }

    /// A reference, or a digest.
    pub fn reference(name: String, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), mono: true }
    }
}

impl Section {
    /// One under a heading, without what has no content.
    pub fn new(heading: impl Into<Option<String>>, blocks: Vec<Block>) -> Self {
        let is_filled = |block: &Block| match block {
            Block::Facts { facts } => !facts.is_empty(),
            Block::Text { text } => !text.trim().is_empty(),
            Block::Table { rows, .. } => !rows.is_empty(),
        };
        Self { heading: heading.into(), blocks: blocks.into_iter().filter(is_filled).collect() }
    }
}

impl Document {
    /// One in the reader's language.
    pub fn new(node: &Node, ui: &Ui, title: String, sections: Vec<Section>) -> Self {
        let now_ms = clock::now_ms();
        let second = i64::try_from(now_ms / 1000).ok().and_then(|second| Timestamp::from_second(second).ok());
        Self {
            language: ui.language.tag(),
            title,
            agency: ui.agency.clone(),
            made: second.unwrap_or_default().to_string(),
            made_words: ui.w("printed-at", &ui.moment(now_ms)),
            handling: None,
            hash: None,
            hash_name: None,
            page: ui.m(&Message::new("page-of-pages").with("page", "{page}").with("pages", "{pages}")),
            made_up: node::callers::sessions::is_made_up(&node.config.country).then(|| ui.t("made-up")),
            sections: sections.into_iter().filter(|section| !section.blocks.is_empty()).collect(),
            attachment: None,
        }
    }

    /// Handled so, as stands on each page.
    pub fn handled(mut self, handling: &[(String, String, String)]) -> Self {
        let said: Vec<String> = handling.iter().map(|(code, short, _)| format!("{code} {short}")).collect();
        self.handling = (!said.is_empty()).then(|| said.join(" · "));
        self
    }

    /// With a digest on each page, and what it is of.
    pub fn with_digest(mut self, name: String, digest: &[u8]) -> Self {
        (self.hash, self.hash_name) = (Some(hex::encode(digest)), Some(name));
        self
    }

    /// With the digest of its own words on each page: two prints that say the same are known by it.
    pub fn with_digest_of_words(self, ui: &Ui) -> Self {
        let words = serde_json::to_vec(&(&self.title, &self.sections)).unwrap_or_default();
        self.with_digest(ui.t("digest-of-words"), &SUITE.sha256(&[&words]))
    }

    /// With a proof file in it.
    pub fn with_proof(mut self, description: String, bytes: &[u8]) -> Self {
        let (name, media_type, base64) = ("proof.mithaq".to_owned(), "application/json", to_base64(bytes));
        self.attachment = Some(Attachment { name, media_type, description, base64 });
        self
    }
}

/// The fields of a body: short ones as facts, long ones under headings of their own.
pub fn fields(ui: &Ui, heading: String, fields: &[FieldRead]) -> Vec<Section> {
    let mut sections = vec![Section::new(heading, Vec::new())];
    for FieldRead { label, value } in fields {
        let blocks = match value {
            ValueRead::Rows(rows) => table(ui, rows),
            value => {
                let text = in_words(ui, value);
                let is_short = !text.contains('\n') && text.chars().count() <= FACT_CHARACTERS_MAX;
                match (is_short, sections.first_mut()) {
                    (true, Some(first)) => {
                        match first.blocks.first_mut() {
                            Some(Block::Facts { facts }) => facts.push(Fact::new(label.clone(), text)),
                            _ => first.blocks.push(Block::Facts { facts: vec![Fact::new(label.clone(), text)] }),
                        }
                        continue;
                    }
                    _ => vec![Block::Text { text }],
                }
            }
        };
        sections.push(Section::new(label.clone(), blocks));
    }
    sections
}

/// Rows of a field as one table: what some of them do not have is left open.
fn table(ui: &Ui, rows: &[Vec<FieldRead>]) -> Vec<Block> {
    let mut head: Vec<String> = Vec::new();
    for cell in rows.iter().flatten() {
        if !head.contains(&cell.label) {
            head.push(cell.label.clone());
        }
    }
    let cell = |row: &Vec<FieldRead>, name: &String| {
        row.iter().find(|cell| cell.label == *name).map(|cell| in_words(ui, &cell.value)).unwrap_or_default()
    };
    let rows = rows.iter().map(|row| head.iter().map(|name| cell(row, name)).collect()).collect();
    vec![Block::Table { head, rows, mono: Vec::new() }]
}

fn in_words(ui: &Ui, value: &ValueRead) -> String {
    match value {
        ValueRead::Words(text) | ValueRead::Word(text) | ValueRead::Day(text) => text.clone(),
        ValueRead::List(items) => items.join(ui.language.comma()),
        ValueRead::Rows(_) => String::new(),
    }
}

impl Printer {
    /// The one that `node.toml` names, or that lies beside this program.
    pub fn of(node: &Node) -> Self {
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join("mithaq-pdf"));
        let program = node.config.pdf_program.clone().or_else(beside).filter(|program| program.is_file());
        Self(program, Arc::new(Semaphore::new(AT_A_TIME)))
    }

    /// Whether it is there.
    pub const fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Sets a document. The file is the answer, under this name.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the program is not there; [`Code::Unavailable`] if it takes too long; [`Code::Internal`] if it fails.
    pub async fn print(&self, document: &Document, name: &str) -> Result<Response, Fault> {
        let Self(Some(program), seats) = self else { return Err(Fault::not_found(say!("no-pdf-program"))) };
        let json = serde_json::to_vec(document).map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        let busy = || Fault::new(Code::Unavailable, say!("pdf-takes-long"));
        let set = async {
            let _seat = seats.acquire().await.map_err(|_| busy())?;
            let child = Command::new(program)
                .env_clear()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn();
            let made = match child {
                Ok(child) => set(child, &json).await,
                Err(error) => Err(error.to_string()),
            };
            made.map_err(|problem| {
                tracing::error!(program = %program.display(), %problem, "no PDF was made");
                Fault::new(Code::Internal, say!("pdf-not-made"))
            })
        };
        let file = tokio::time::timeout(WAIT, set).await.map_err(|_| busy())??;
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let headers = [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.pdf\"")),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        Ok((headers, file).into_response())
    }
}

/// Gives a running program the document and takes the file. What it says of a fault is the error.
async fn set(mut child: Child, json: &[u8]) -> Result<Vec<u8>, String> {
    let (Some(mut input), Some(output), Some(said)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("it has no pipes".into());
    };
    let give = async {
        // A program that ends before it has read all says why.
        drop(input.write_all(json).await);
        drop(input);
    };
    let (mut file, mut fault) = (Vec::new(), Vec::new());
    let (mut output, mut said) = (output.take(FILE_BYTES_MAX + 1), said.take(FAULT_BYTES_MAX));
    let ((), taken, told) = tokio::join!(give, output.read_to_end(&mut file), said.read_to_end(&mut fault));
    taken.and(told).map_err(|error| error.to_string())?;
    let status = child.wait().await.map_err(|error| error.to_string())?;
    let is_whole = u64::try_from(file.len()).is_ok_and(|length| length <= FILE_BYTES_MAX);
    match status.success() && is_whole && file.starts_with(b"%PDF-") {
        true => Ok(file),
        false => Err(format!("{status}: {}", String::from_utf8_lossy(&fault).escape_debug())),
    }
}
