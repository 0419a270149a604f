//! Every limit, with its reason. Whoever calls the program waits twenty seconds at most.

/// What is read at all: a document at the other limits with its attachment.
pub const INPUT_BYTES_MAX: usize = 16 << 20;
/// A file in the PDF: an evidence file with all that belongs to it has far less.
pub const ATTACHMENT_BYTES_MAX: usize = 8 << 20;
/// Sections: one a record, and no printed file has more records.
pub const SECTIONS_MAX: usize = 2_000;
/// Facts, cells and paragraphs in all: each is set by itself, which takes most of the time, and some forty kilobytes of
/// memory.
pub const PIECES_MAX: usize = 20_000;
/// Characters in all, of which what has no form counts as what is spelled for it: the Urdu script takes the longest for
/// each.
pub const CHARACTERS_MAX: usize = 1_500_000;
/// Columns of a table: with more, an A4 page has no room for words.
pub const COLUMNS_MAX: usize = 12;
/// The title and each heading: they stand in the PDF's outline.
pub const HEADING_CHARACTERS_MAX: usize = 500;
/// What stands on each page: how the document is handled, that it was made up, and when it was printed. A page must have
/// room for its content.
pub const PAGE_CHARACTERS_MAX: usize = 300;
/// What stands on each page as a name: the agency, and what the digest is of.
pub const NAME_CHARACTERS_MAX: usize = 120;
/// The words that count pages.
pub const COUNT_CHARACTERS_MAX: usize = 60;
/// A marking stands in one line beside the agency.
pub const LABEL_CHARACTERS_MAX: usize = 40;
/// A digest of 512 bits, in hexadecimal: two lines.
pub const HASH_CHARACTERS_MAX: usize = 128;
/// Names of files: file systems take 255 bytes.
pub const FILE_NAME_BYTES_MAX: usize = 200;
