//! A document as the template takes it: texts that can be shown, each with its language, direction and width.

use serde::Serialize;

use crate::{
    document::{Block, Document, Fact, Language, Section},
    fonts::Fonts,
    shown,
};

/// The width between the margins of an A4 page, in points, as the template has it.
const PAGE_POINTS: f32 = 493.0;
/// The share of it that names of facts have.
const NAME_SHARE: f32 = 0.3;
/// The size of most text, in points.
const TEXT_POINTS: f32 = 9.5;
/// The size of text in tables.
const TABLE_POINTS: f32 = 8.5;
/// What a cell keeps free on its sides, both together, in points.
const CELL_POINTS: f32 = 11.0;
/// The share of the page's head that the agency has beside the mark; the marking has the rest.
const AGENCY_SHARE: f32 = 0.54;
/// What the marking has at the head and at the foot, in ems of its size.
const LABEL_EMS: f32 = 14.0;
/// What stands above the digest is as wide as it, in ems of its size.
const HASH_NAME_EMS: f32 = 34.0;
/// Digits of a digest in a line.
const HASH_LINE: usize = 64;
/// A column is as wide as this many characters at least, so that it can hold a word.
const COLUMN_CHARACTERS_MIN: usize = 5;
/// Wider texts are broken into lines rather than given more room, in a table of few columns and in one of many.
const COLUMN_CHARACTERS_MAX: [usize; 2] = [32, 18];
/// So many columns are few.
const FEW_COLUMNS_MAX: usize = 6;
/// What a cell keeps free is as wide as this many characters.
const CELL_CHARACTERS: usize = 3;
/// What is longer may be more than one line.
const ONE_LINE_CHARACTERS: usize = 44;

/// What the template is given.
#[derive(Serialize)]
pub struct Prepared {
    language: Language,
    title: Run,
    /// The same as a plain text, for the PDF's properties.
    title_text: String,
    agency: Run,
    /// The same as a plain text, for the PDF's properties.
    agency_text: String,
    made_words: Run,
    handling: Option<Run>,
    label: Option<Run>,
    hash: Vec<String>,
    hash_name: Option<Run>,
    page: Vec<Part>,
    digits: Vec<char>,
    made_up: Option<Run>,
    sections: Vec<PreparedSection>,
    attachment: Option<PreparedAttachment>,
}

/// A text of one line, or of one paragraph.
#[derive(Serialize)]
pub struct Run {
    /// Words, and references that must stay whole, one after the other.
    parts: Vec<Piece>,
    language: Language,
    rtl: bool,
    mono: bool,
    /// Whether it may be longer than a line. Then it stands where its own lines begin and keeps their distance, else
    /// where the page's begin and on one line with what is beside it.
    own: bool,
}

/// A part of a text.
#[derive(Serialize)]
#[serde(untagged)]
enum Piece {
    Words(String),
    Whole { whole: String },
}

/// A part of the words that count pages.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Words(String),
    Page,
    Pages,
}

#[derive(Serialize)]
struct PreparedSection {
    heading: Option<Run>,
    blocks: Vec<PreparedBlock>,
}

#[derive(Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum PreparedBlock {
    Facts { facts: Vec<(Run, Run)> },
    Text { paragraphs: Vec<Run> },
    Table { widths: Vec<usize>, head: Vec<Run>, rows: Vec<Vec<Run>> },
    Note { paragraphs: Vec<Run> },
}

#[derive(Serialize)]
struct PreparedAttachment {
    name: String,
    media_type: String,
    description: String,
}

/// Prepares a document that was looked through.
pub fn document(document: &Document, fonts: &Fonts) -> Prepared {
    let writer = Writer { fonts, page: document.language };
    let own = |text: &str| writer.own(text, PAGE_POINTS / TEXT_POINTS);
    let some = |text: &Option<String>| text.as_deref().map(own);
    Prepared {
        language: document.language,
        // Twice as large as other text.
        title: writer.own(&document.title, PAGE_POINTS / (2.0 * TEXT_POINTS)),
        agency: writer.own(&document.agency, PAGE_POINTS * AGENCY_SHARE / TEXT_POINTS),
        title_text: shown::line(&document.title, fonts),
        agency_text: shown::line(&document.agency, fonts),
        made_words: own(&document.made_words),
        handling: some(&document.handling),
        label: document.label.as_deref().map(|label| writer.any(label, LABEL_EMS)),
        hash: document.hash.as_deref().map(hash_lines).unwrap_or_default(),
        hash_name: document.hash_name.as_deref().map(|name| writer.own(name, HASH_NAME_EMS)),
        page: page_parts(&shown::line(&document.page, fonts)),
        digits: (u32::from(document.language.zero())..).take(10).filter_map(char::from_u32).collect(),
        made_up: some(&document.made_up),
        sections: document.sections.iter().map(|section| writer.section(section)).collect(),
        attachment: document.attachment.as_ref().map(|attachment| PreparedAttachment {
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            description: shown::line(&attachment.description, fonts),
        }),
    }
}

/// Makes texts of a document's into runs.
struct Writer<'a> {
    fonts: &'a Fonts,
    page: Language,
}

impl Writer<'_> {
    fn section(&self, section: &Section) -> PreparedSection {
        PreparedSection {
            heading: section.heading.as_deref().map(|text| self.any(text, PAGE_POINTS / 12.0)),
            blocks: section.blocks.iter().map(|block| self.block(block)).collect(),
        }
    }

    fn block(&self, block: &Block) -> PreparedBlock {
        let full = PAGE_POINTS / TEXT_POINTS;
        match block {
            Block::Facts { facts } => {
                PreparedBlock::Facts { facts: facts.iter().map(|fact| self.fact(fact)).collect() }
            }
            Block::Text { text, language } => PreparedBlock::Text {
                paragraphs: paragraphs(text)
                    .map(|text| Run {
                        own: true,
                        ..language.map_or_else(|| self.any(text, full), |language| self.of(text, language, full))
                    })
                    .collect(),
            },
            Block::Note { text } => PreparedBlock::Note {
                paragraphs: paragraphs(text).map(|text| Run { own: true, ..self.any(text, 0.9 * full) }).collect(),
            },
            Block::Table { head, rows, mono } => self.table(head, rows, mono),
        }
    }

    fn fact(&self, fact: &Fact) -> (Run, Run) {
        let points = |share: f32| (PAGE_POINTS * share - CELL_POINTS) / TEXT_POINTS;
        let (name, value) = (points(NAME_SHARE), points(1.0 - NAME_SHARE));
        let value = match (fact.mono, fact.language) {
            (true, _) => self.mono(&fact.value, value),
            (false, Some(language)) => self.of(&fact.value, language, value),
            (false, None) => self.any(&fact.value, value),
        };
        (self.own(&fact.name, name), value)
    }

    fn table(&self, head: &[String], rows: &[Vec<String>], mono: &[usize]) -> PreparedBlock {
        let widths = widths(head, rows);
        let sum: usize = widths.iter().sum();
        let ems: Vec<f32> =
            widths.iter().map(|width| (PAGE_POINTS * share(*width, sum) - CELL_POINTS) / TABLE_POINTS).collect();
        let row = |cells: &[String], is_head: bool| {
            let cells = cells.iter().zip(&ems).enumerate();
            cells
                .map(|(column, (text, ems))| match !is_head && mono.contains(&column) {
                    true => self.mono(text, *ems),
                    false => self.any(text, *ems),
                })
                .collect()
        };
        PreparedBlock::Table {
            head: row(head, true),
            rows: rows.iter().map(|cells| row(cells, false)).collect(),
            widths,
        }
    }

    /// A text in the document's language.
    fn own(&self, text: &str, line_ems: f32) -> Run {
        self.of(text, self.page, line_ems)
    }

    fn of(&self, text: &str, language: Language, line_ems: f32) -> Run {
        let shown = shown::line(text, self.fonts);
        let own = shown.chars().count() > ONE_LINE_CHARACTERS;
        let parts = pieces(&shown::breakable(&shown, line_ems, shown::ems));
        Run { parts, language, rtl: language.is_rtl(), mono: false, own }
    }

    /// A text whose language nobody said.
    fn any(&self, text: &str, line_ems: f32) -> Run {
        let run = self.of(text, language_of(text, self.page), line_ems);
        // Phone numbers, dates and times: figures follow each other from left to right in every language.
        let is_figures = !text.chars().any(char::is_alphabetic) && text.contains(|c: char| c.is_ascii_digit());
        if is_figures && run.rtl { self.of(text, Language::En, line_ems) } else { run }
    }

    fn mono(&self, text: &str, line_ems: f32) -> Run {
        let text = shown::breakable(&shown::line(text, self.fonts), line_ems, shown::mono_ems);
        Run { parts: vec![Piece::Words(text)], language: self.page, rtl: false, mono: true, own: false }
    }
}

/// Which language a text is probably in: the document's, if it may be; its first letter and letters that only some
/// languages have say so. It decides fonts and direction, nothing else.
fn language_of(text: &str, page: Language) -> Language {
    let Some(first) = text.chars().find(|c| c.is_alphabetic()) else { return page };
    if !shown::is_arabic_letter(first) {
        return if page.is_rtl() { Language::En } else { page };
    }
    let has = |letters: &str| text.contains(|c| letters.contains(c));
    match page {
        Language::Ur => Language::Ur,
        _ if has("ٹڈڑںےہھ") => Language::Ur,
        Language::Fa => Language::Fa,
        _ if has("پچژگکی") => Language::Fa,
        Language::Ar | Language::En | Language::Tr => Language::Ar,
    }
}

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn hash_lines(hash: &str) -> Vec<String> {
    let digits: Vec<char> = hash.chars().collect();
    digits.chunks(HASH_LINE).map(|line| line.iter().collect()).collect()
}

/// The text, in which references stand apart.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    for word in text.split_inclusive(' ') {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        match word.split_once(bare) {
            Some((before, after)) if shown::is_reference(bare) => {
                words.push_str(before);
                pieces.push(Piece::Words(std::mem::take(&mut words)));
                pieces.push(Piece::Whole { whole: bare.to_owned() });
                words.push_str(after);
            }
            _ => words.push_str(word),
        }
    }
    pieces.push(Piece::Words(words));
    pieces
}

/// `{page}` and `{pages}` stand in it once each.
fn page_parts(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find("{page") {
        let (before, from) = rest.split_at(at);
        parts.push(Part::Words(before.to_owned()));
        let (part, after) = match (from.strip_prefix("{page}"), from.strip_prefix("{pages}")) {
            (Some(after), _) => (Part::Page, after),
            (_, Some(after)) => (Part::Pages, after),
            // Something else that begins alike.
            _ => break,
        };
        parts.push(part);
        rest = after;
    }
    parts.push(Part::Words(rest.to_owned()));
    parts
}

/// How wide columns are against each other: as their longest texts, within bounds.
fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let length = |text: &String| text.chars().count();
    let word = |text: &String| text.split(' ').map(|word| word.chars().count()).max().unwrap_or_default() + 1;
    let [few, many] = COLUMN_CHARACTERS_MAX;
    let most = if head.len() > FEW_COLUMNS_MAX { many } else { few };
    (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(length).max().unwrap_or_default();
            let name = head.get(column).map(word).unwrap_or_default();
            cells.max(name).clamp(COLUMN_CHARACTERS_MIN, most) + CELL_CHARACTERS
        })
        .collect()
}

fn share(part: usize, sum: usize) -> f32 {
    // Both are a few hundred at most.
    let number = |number: usize| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
    number(part) / number(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_text_is_the_documents_unless_its_letters_say_otherwise() {
        use Language::{Ar, En, Fa, Tr, Ur};
        for (text, page, language) in [
            ("Istanbul", Tr, Tr),
            ("Istanbul", Ar, En),
            ("تهران", Fa, Fa),
            ("مسافر", Ur, Ur),
            ("مسافر کی شناخت ہے", En, Ur),
            ("گزارش", Ar, Fa),
            ("محضر", En, Ar),
            ("2026-11-25", Ar, Ar),
        ] {
            assert_eq!(language_of(text, page), language, "{text} on a page in {page:?}");
        }
    }

    #[test]
    fn figures_run_from_left_to_right() {
        let fonts = Fonts::load();
        let writer = Writer { fonts: &fonts, page: Language::Ar };
        assert!(!writer.any("+966 50 123 4567", 30.0).rtl && !writer.any("2026-11-25 13:41", 30.0).rtl);
        assert!(writer.any("٢٠٢٦–٢٠٢٧", 30.0).rtl && writer.any("محضر", 30.0).rtl);
    }

    #[test]
    fn columns_are_as_wide_as_their_texts_within_bounds() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let head = row(&["No.", "Decision", "Countersigned"]);
        assert_eq!(widths(&head, &[row(&["1", &"word ".repeat(30), "yes"])]), [8, 35, 17]);
        assert_eq!(widths(&vec![String::new(); 12], &[vec!["w".repeat(40); 12]]), [21; 12]);
    }

    #[test]
    fn references_stay_whole() {
        let whole = |text: &str| {
            let whole = |piece: &Piece| match piece {
                Piece::Words(_) => None,
                Piece::Whole { whole } => Some(whole.clone()),
            };
            pieces(text).iter().filter_map(whole).collect::<Vec<_>>()
        };
        assert_eq!(whole("المرجع MTQ-PK-SA-2026-0192، (A-1/2)"), ["MTQ-PK-SA-2026-0192", "A-1/2"]);
        assert!(whole("well-known, 12 - 13 and 9f4c-\u{200b}13d2").is_empty());
    }

    #[test]
    fn the_words_that_count_pages_may_come_in_any_order() {
        let words = |parts: Vec<Part>| {
            let part = |part: Part| match part {
                Part::Words(words) => words,
                Part::Page => "1".to_owned(),
                Part::Pages => "9".to_owned(),
            };
            parts.into_iter().map(part).collect::<String>()
        };
        assert_eq!(words(page_parts("Page {page} of {pages}.")), "Page 1 of 9.");
        assert_eq!(words(page_parts("{pages} sayfanın {page}.")), "9 sayfanın 1.");
    }
}
