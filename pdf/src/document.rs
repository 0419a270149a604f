//! The document as it comes in, and reading it.

use serde::{Deserialize, Serialize};

use crate::{Failure, check, fonts::Fonts, limits};

/// A document to be printed. All its texts are data: nothing in them is markup.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The reader's language: it decides direction, fonts and digits of the page.
    pub language: Language,
    /// What the document is; the first heading, and the title in the PDF's metadata.
    pub title: String,
    /// The agency that printed it, at the top of each page.
    pub agency: String,
    /// When it was printed, in UTC: `2026-11-25T10:00:00Z`. The PDF's date.
    pub made: String,
    /// The same in words and in the reader's calendar, below the title.
    pub made_words: String,
    /// How it must be handled, in words, at the top of each page.
    #[serde(default)]
    pub handling: Option<String>,
    /// A short marking such as `TLP:AMBER`, at the top and the foot of each page.
    #[serde(default)]
    pub label: Option<String>,
    /// A digest in hexadecimal, at the foot of each page.
    #[serde(default)]
    pub hash: Option<String>,
    /// What the digest is of, before it.
    #[serde(default)]
    pub hash_name: Option<String>,
    /// How pages are counted, in which `{page}` and `{pages}` stand for numbers: `Page {page} of {pages}`.
    pub page: String,
    /// A notice on each page that what stands there was made up.
    #[serde(default)]
    pub made_up: Option<String>,
    /// The parts of the document, in order.
    pub sections: Vec<Section>,
    /// A file that lies in the PDF. The PDF is PDF/A-3a then, otherwise PDF/A-2a.
    #[serde(default)]
    pub attachment: Option<Attachment>,
}

/// A part of a document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What stands above it; also in the PDF's outline.
    #[serde(default)]
    pub heading: Option<String>,
    /// What it consists of.
    pub blocks: Vec<Block>,
}

/// A piece of a section; `is` says which.
#[derive(Debug, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Block {
    /// Names with their values, one a line.
    Facts {
        /// In order.
        facts: Vec<Fact>,
    },
    /// Paragraphs, separated by line ends.
    Text {
        /// The paragraphs.
        text: String,
        /// Its language, unless it is the document's.
        #[serde(default)]
        language: Option<Language>,
    },
    /// A table. Its head stands again on each page that it reaches.
    Table {
        /// What the columns are.
        head: Vec<String>,
        /// As many cells in each as the head has.
        rows: Vec<Vec<String>>,
        /// Which columns hold references, counted from 0: they are set in a fixed pitch and from left to right.
        #[serde(default)]
        mono: Vec<usize>,
    },
    /// A remark in a frame.
    Note {
        /// Paragraphs, separated by line ends.
        text: String,
    },
}

/// A name with its value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// In the document's language.
    pub name: String,
    /// What it is.
    pub value: String,
    /// The value's language. Without it the value's letters say which way it runs.
    #[serde(default)]
    pub language: Option<Language>,
    /// A reference or a digest: set in a fixed pitch and from left to right.
    #[serde(default)]
    pub mono: bool,
}

/// A file that lies in the PDF.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its name, without a folder.
    pub name: String,
    /// Such as `application/json`.
    pub media_type: String,
    /// What it is, for who opens the PDF.
    pub description: String,
    /// Its bytes, in padded standard base64.
    pub base64: String,
}

/// A language that documents are printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Arabic.
    Ar,
    /// English.
    En,
    /// Persian.
    Fa,
    /// Turkish.
    Tr,
    /// Urdu.
    Ur,
}

impl Language {
    /// Whether it is written from right to left.
    pub const fn is_rtl(self) -> bool {
        matches!(self, Self::Ar | Self::Fa | Self::Ur)
    }

    /// Its first digit; the nine others follow it.
    pub const fn zero(self) -> char {
        match self {
            Self::Ar => '٠',
            Self::Fa => '۰',
            Self::En | Self::Tr | Self::Ur => '0',
        }
    }
}

impl Document {
    /// Reads a document and looks whether it can be printed.
    ///
    /// # Errors
    /// [`Failure::Input`] with the line and column, or the place in the document, and what is wrong there.
    pub(crate) fn read(json: &[u8], fonts: &Fonts) -> Result<Self, Failure> {
        if json.len() > limits::INPUT_BYTES_MAX {
            return Err(Failure::Input(format!("the document has more than {} bytes", limits::INPUT_BYTES_MAX)));
        }
        let document: Self = serde_json::from_slice(json).map_err(|error| {
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            Failure::Input(format!("line {}, column {}: {what}", error.line(), error.column()))
        })?;
        check::document(&document, fonts).map_err(Failure::Input)?;
        Ok(document)
    }
}
