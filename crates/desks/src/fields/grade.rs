//! The 4×4 grade as bodies write it: reliability of the source, accuracy of the information (ACC-01).

/// The words of [`protocol::header::Source`].
pub const SOURCES: &[&str] = &["A", "B", "C", "X"];

/// The words of [`protocol::header::Information`].
pub const INFORMATION: &[&str] = &["1", "2", "3", "4"];
