//! What a document must keep to beyond its form.

use crate::{
    document::{Attachment, Block, Document},
    fonts::Fonts,
    limits, made, shown,
};

/// Looks through the whole document.
///
/// # Errors
/// A sentence that says where and what.
pub fn document(document: &Document, fonts: &Fonts) -> Result<(), String> {
    heading("title", &document.title, fonts)?;
    filled("agency", &document.agency)?;
    made::instant(&document.made)?;
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    for (name, text, characters_max) in [
        ("agency", document.agency.clone(), limits::NAME_CHARACTERS_MAX),
        ("made_words", document.made_words.clone(), limits::PAGE_CHARACTERS_MAX),
        ("page", document.page.clone(), limits::COUNT_CHARACTERS_MAX),
        ("handling", some(&document.handling), limits::PAGE_CHARACTERS_MAX),
        ("made_up", some(&document.made_up), limits::PAGE_CHARACTERS_MAX),
        ("label", some(&document.label), limits::LABEL_CHARACTERS_MAX),
        ("hash_name", some(&document.hash_name), limits::NAME_CHARACTERS_MAX),
    ] {
        at_most(name, &shown::line(&text, fonts), characters_max)?;
    }
    document.label.as_deref().map_or(Ok(()), |label| filled("label", label))?;
    if let Some(hash) = &document.hash {
        filled("hash", hash)?;
        at_most("hash", hash, limits::HASH_CHARACTERS_MAX)?;
        if !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("hash: only hexadecimal digits may stand in it".to_owned());
        }
    }
    for name in ["{page}", "{pages}"] {
        if document.page.matches(name).count() != 1 {
            return Err(format!("page: `{name}` must stand in it once"));
        }
    }
    document.attachment.as_ref().map_or(Ok(()), attachment)?;
    sections(document, fonts)
}

fn sections(document: &Document, fonts: &Fonts) -> Result<(), String> {
    if document.sections.len() > limits::SECTIONS_MAX {
        return Err(format!(
            "sections: there are {}, at most {} are printed",
            document.sections.len(),
            limits::SECTIONS_MAX
        ));
    }
    let mut total = Total { fonts, pieces: 0, characters: 0 };
    for (section, number) in document.sections.iter().zip(1..) {
        if let Some(text) = &section.heading {
            heading(&format!("section {number}, heading"), text, fonts)?;
            total.add(1, text)?;
        }
        for (block, position) in section.blocks.iter().zip(1..) {
            self::block(block, &mut total).map_err(|what| format!("section {number}, block {position}: {what}"))?;
        }
    }
    Ok(())
}

fn block(block: &Block, total: &mut Total<'_>) -> Result<(), String> {
    match block {
        Block::Facts { facts } => {
            for (fact, number) in facts.iter().zip(1..) {
                at_most(
                    &format!("fact {number}, name"),
                    &shown::line(&fact.name, total.fonts),
                    limits::HEADING_CHARACTERS_MAX,
                )?;
                total.add(1, &fact.name)?;
                total.add(0, &fact.value)?;
            }
        }
        Block::Text { text, .. } | Block::Note { text } => total.add(text.lines().count(), text)?,
        Block::Table { head, rows, mono } => {
            if head.is_empty() || head.len() > limits::COLUMNS_MAX {
                return Err(format!("a table has 1 to {} columns, not {}", limits::COLUMNS_MAX, head.len()));
            }
            if let Some(column) = mono.iter().find(|column| **column >= head.len()) {
                return Err(format!("mono: there is no column {column}; they are counted from 0"));
            }
            for cell in head {
                total.add(1, cell)?;
            }
            for (row, number) in rows.iter().zip(1..) {
                if row.len() != head.len() {
                    return Err(format!("row {number} has {} cells, the head has {}", row.len(), head.len()));
                }
                for cell in row {
                    total.add(1, cell)?;
                }
            }
        }
    }
    Ok(())
}

/// What the whole document has to be set.
struct Total<'a> {
    fonts: &'a Fonts,
    pieces: usize,
    characters: usize,
}

impl Total<'_> {
    fn add(&mut self, pieces: usize, text: &str) -> Result<(), String> {
        self.pieces += pieces;
        self.characters += shown::line(text, self.fonts).chars().count();
        if self.pieces > limits::PIECES_MAX {
            return Err(format!("up to here there are more than {} facts, cells and paragraphs", limits::PIECES_MAX));
        }
        if self.characters > limits::CHARACTERS_MAX {
            return Err(format!("up to here there are more than {} characters", limits::CHARACTERS_MAX));
        }
        Ok(())
    }
}

fn attachment(attachment: &Attachment) -> Result<(), String> {
    let Attachment { name, media_type, description, base64 } = attachment;
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '(' | ')');
    if name.is_empty() || name.starts_with(['.', ' ']) || !name.chars().all(is_plain) {
        return Err("attachment, name: a name of letters, digits, spaces and -_.() that begins with none of the \
                    first and no dot is needed"
            .to_owned());
    }
    if name.len() > limits::FILE_NAME_BYTES_MAX {
        return Err(format!("attachment, name: it has more than {} bytes", limits::FILE_NAME_BYTES_MAX));
    }
    if !media_type.split_once('/').is_some_and(|(kind, part)| is_part(kind) && is_part(part)) {
        return Err("attachment, media_type: write it as `application/json`".to_owned());
    }
    at_most("attachment, media_type", media_type, limits::PAGE_CHARACTERS_MAX)?;
    filled("attachment, description", description)?;
    at_most("attachment, description", description, limits::HEADING_CHARACTERS_MAX)?;
    if base64.len() > limits::ATTACHMENT_BYTES_MAX.div_ceil(3) * 4 {
        return Err(format!("attachment: it has more than {} bytes", limits::ATTACHMENT_BYTES_MAX));
    }
    attachment.bytes().map(|_| ())
}

fn heading(name: &str, text: &str, fonts: &Fonts) -> Result<(), String> {
    filled(name, text)?;
    at_most(name, &shown::line(text, fonts), limits::HEADING_CHARACTERS_MAX)
}

fn filled(name: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err(format!("{name}: it is empty")) } else { Ok(()) }
}

fn at_most(name: &str, text: &str, characters_max: usize) -> Result<(), String> {
    let characters = text.chars().count();
    if characters > characters_max {
        return Err(format!("{name}: it has {characters} characters, at most {characters_max} are printed"));
    }
    Ok(())
}
