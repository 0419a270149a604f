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
