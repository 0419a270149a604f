//! A QR code as a picture in a page.

use qrcode::{Color, QrCode};

/// Light modules around a code, without which cameras do not find it (ISO/IEC 18004).
const QUIET: usize = 4;

/// A code, to be drawn as one path.
pub struct Qr {
    /// Its width and height with what is light around it.
    pub side: usize,
    /// The dark modules, as the data of an SVG path.
    pub path: String,
}

impl Qr {
    /// The code of a text; nothing if it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text.as_bytes()).ok()?;
        let width = code.width();
        let dark = code.into_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let square =
            |(place, _): (usize, Color)| format!("M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
        Some(Self { side: width + 2 * QUIET, path: dark.map(square).collect() })
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Qr { side, path });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_three_corners_and_light_around() {
        let qr = Qr::of("mithaq:00").unwrap();
        let is_dark = |x: usize, y: usize| qr.path.contains(&format!("M{x} {y}h1"));
        let last = qr.side - 1;
        assert!(is_dark(QUIET, QUIET) && is_dark(last - QUIET, QUIET) && is_dark(QUIET, last - QUIET));
        assert!(!is_dark(last - QUIET, last - QUIET) || qr.side > 29, "there is no fourth corner");
        assert!((0..qr.side).all(|place| !is_dark(place, 0) && !is_dark(0, place) && !is_dark(place, last)));
        assert!(Qr::of(&"x".repeat(4000)).is_none());
    }
}
