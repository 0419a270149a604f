//! All that the template can reach: itself, the fonts and what it is given. There are no files, no packages and no clock.

use typst::{
    Feature, Library, LibraryExt, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Dict, Duration, Value},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};

use crate::{Failure, fonts::Fonts};

const TEMPLATE: &str = include_str!("template.typ");

/// The world of one document.
pub struct Closed {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Fonts,
    main: Source,
}

impl Closed {
    /// A world in which the template finds `document`, as JSON, and `attachment`, as bytes.
    ///
    /// # Errors
    /// [`Failure::Internal`], if the template's name is none.
    pub fn new(fonts: Fonts, document: Vec<u8>, attachment: Vec<u8>) -> Result<Self, Failure> {
        let path = VirtualPath::new("document.typ").map_err(|error| Failure::Internal(format!("{error:?}")))?;
        let main = FileId::new(RootedPath::new(VirtualRoot::Project, path));
        let mut inputs = Dict::new();
        inputs.insert("document".into(), Value::Bytes(Bytes::new(document)));
        inputs.insert("attachment".into(), Value::Bytes(Bytes::new(attachment)));
        // Names of facts are marked as heads of their rows, for who has the document read aloud.
        let features = [Feature::A11yExtras].into_iter().collect();
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(inputs).with_features(features).build()),
            book: LazyHash::new(fonts.book()),
            fonts,
            main: Source::new(main, TEMPLATE.to_owned()),
        })
    }
}

impl World for Closed {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use typst_layout::PagedDocument;

    use super::*;

    #[test]
    fn there_is_nothing_but_the_template_and_what_it_is_given() {
        let mut world = Closed::new(Fonts::load(), Vec::new(), Vec::new()).unwrap();
        for markup in
            [r#"#read("/etc/passwd")"#, r#"#image("a.png")"#, r#"#import "@preview/a:1.0.0": b"#, "#datetime.today()"]
        {
            world.main = Source::new(world.main(), markup.to_owned());
            assert!(typst::compile::<PagedDocument>(&world).output.is_err(), "{markup}");
        }
        world.main = Source::new(world.main(), "#datetime(year: 2026, month: 11, day: 25).display()".to_owned());
        assert!(typst::compile::<PagedDocument>(&world).output.is_ok());
    }
}
