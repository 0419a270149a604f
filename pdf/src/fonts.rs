//! The fonts in the program: documents are set with these and no others.

use typst::{
    foundations::Bytes,
    text::{Font, FontBook},
};

const FILES: &[&[u8]] = &[
    include_bytes!("../fonts/IBMPlexSans_400Regular.ttf"),
    include_bytes!("../fonts/IBMPlexSans_700Bold.ttf"),
    include_bytes!("../fonts/IBMPlexSansArabic_400Regular.ttf"),
    include_bytes!("../fonts/IBMPlexSansArabic_700Bold.ttf"),
    include_bytes!("../fonts/Vazirmatn_400Regular.ttf"),
    include_bytes!("../fonts/Vazirmatn_700Bold.ttf"),
    include_bytes!("../fonts/NotoNastaliqUrdu_400Regular.ttf"),
    include_bytes!("../fonts/IBMPlexMono_400Regular.ttf"),
];

/// All fonts, read.
pub struct Fonts {
    fonts: Vec<Font>,
}

impl Fonts {
    /// Reads what the program holds.
    pub fn load() -> Self {
        Self { fonts: FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect() }
    }

    /// What there is to choose from.
    pub fn book(&self) -> FontBook {
        FontBook::from_fonts(&self.fonts)
    }

    /// The font at this place of the book.
    pub fn get(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// Whether one font has a form for each character, so that they can stand on each other.
    pub fn one_has(&self, characters: &str) -> bool {
        self.fonts.iter().any(|font| characters.chars().all(|c| font.info().coverage.contains(u32::from(c))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_font_and_every_language_has_its_letters() {
        let fonts = Fonts::load();
        assert_eq!(fonts.fonts.len(), FILES.len());
        for letters in ["ğüşıöçİ", "ضظغةىء٠٩", "پچژگکی۰۹", "ٹڈڑںےہھ۔", "0123456789abcdefABCDEF", "<U+>…–«»"]
        {
            assert!(fonts.one_has(letters), "{letters}");
        }
    }
}
