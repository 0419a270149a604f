//! The correspondence desk: letters and files between offices.

/// `correspondence.note/1`: a letter.
pub mod note {
    mod record;
    #[cfg(test)]
    mod tests;

    pub use record::Note;
}

/// `correspondence.file/1`: a letter that hands over files.
pub mod file {
    mod record;
    #[cfg(test)]
    mod tests;

    pub use record::File;
}

/// The languages that every page and every text of ours exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// The codes of [`Language`] as bodies write them.
pub const LANGUAGES: &[&str] = &["ar", "en", "fa", "tr", "ur"];
