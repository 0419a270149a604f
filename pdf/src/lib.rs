//! Documents that the exchange prints: JSON in, PDF out.
//!
//! Nothing but the JSON decides what comes out. Its texts are data for the one template, never a part of it; the program
//! reads no file, asks no clock and opens no connection, and the same JSON gives the same bytes.
//!
//! The PDF keeps to PDF/UA-1, so that it can be read aloud, and to PDF/A-2a, so that archives take it; with an attachment
//! to PDF/A-3a. The typesetter checks both and gives nothing out that fails.

mod check;
pub mod document;
mod fonts;
pub mod limits;
mod made;
mod prepare;
mod shown;
#[cfg(test)]
mod tests;
mod world;

use base64::{Engine, prelude::BASE64_STANDARD};
use document::{Attachment, Document};
use fonts::Fonts;
use typst::{diag::SourceDiagnostic, foundations::Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// Why there is no PDF.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The document is at fault; the sentence says where and what.
    Input(String),
    /// The program is at fault.
    Internal(String),
}

/// The PDF of a document in JSON.
///
/// # Errors
/// [`Failure::Input`] if the JSON is none, or no document, or larger than the [`limits`]; [`Failure::Internal`] if the
/// typesetter refuses what this program gave it.
pub fn pdf(json: &[u8]) -> Result<Vec<u8>, Failure> {
    let fonts = Fonts::load();
    let document = Document::read(json, &fonts)?;
    let pages = set(&document, fonts)?;
    let archival = if document.attachment.is_some() { PdfStandard::A_3a } else { PdfStandard::A_2a };
    let standards = PdfStandards::new(&[archival, PdfStandard::Ua_1])
        .map_err(|error| Failure::Internal(error.message().to_string()))?;
    let Document { title, agency, made, hash, .. } = &document;
    let options = PdfOptions {
        ident: Smart::Custom([title, agency, made, hash.as_deref().unwrap_or_default()].join("\n")),
        creator: Smart::Custom(Some("mithaq-pdf".to_owned())),
        timestamp: Some(Timestamp::new_utc(made::instant(made).map_err(Failure::Input)?)),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&pages, &options).map_err(|errors| internal(&errors))
}

/// The pages, before they are written as a PDF.
fn set(document: &Document, fonts: Fonts) -> Result<PagedDocument, Failure> {
    let prepared = serde_json::to_vec(&prepare::document(document, &fonts))
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let attachment = document.attachment.as_ref().map_or(Ok(Vec::new()), Attachment::bytes).map_err(Failure::Input)?;
    let world = world::Closed::new(fonts, prepared, attachment)?;
    typst::compile(&world).output.map_err(|errors| internal(&errors))
}

impl Attachment {
    /// The file itself.
    ///
    /// # Errors
    /// A sentence, if the base64 is none.
    fn bytes(&self) -> Result<Vec<u8>, String> {
        BASE64_STANDARD.decode(&self.base64).map_err(|error| format!("attachment, base64: {error}"))
    }
}

fn internal(errors: &[SourceDiagnostic]) -> Failure {
    let told: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    Failure::Internal(told.join("; "))
}
