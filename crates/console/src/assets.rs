//! Style, scripts, icons and fonts: part of the program, served under a path that holds their digest, so that browsers keep them
//! until another program answers.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::suite::{AwsLc, Suite as _};

/// The files: name, media type, content.
const FILES: &[(&str, &str, &[u8])] = &[
    ("mithaq.css", CSS, include_bytes!("../assets/mithaq.css")),
    ("icons.svg", "image/svg+xml", include_bytes!("../assets/icons.svg")),
    ("mark.svg", "image/svg+xml", include_bytes!("../assets/mark.svg")),
    ("acts.js", JS, include_bytes!("../assets/acts.js")),
    ("keys.js", JS, include_bytes!("../assets/keys.js")),
    ("live.js", JS, include_bytes!("../assets/live.js")),
    ("draft.js", JS, include_bytes!("../assets/draft.js")),
    ("passkey.js", JS, include_bytes!("../assets/passkey.js")),
    ("fonts/plex-latin.woff2", WOFF2, include_bytes!("../assets/fonts/plex-latin.woff2")),
    ("fonts/plex-latin-ext.woff2", WOFF2, include_bytes!("../assets/fonts/plex-latin-ext.woff2")),
    ("fonts/plex-arabic-400.woff2", WOFF2, include_bytes!("../assets/fonts/plex-arabic-400.woff2")),
    ("fonts/plex-arabic-500.woff2", WOFF2, include_bytes!("../assets/fonts/plex-arabic-500.woff2")),
    ("fonts/plex-arabic-600.woff2", WOFF2, include_bytes!("../assets/fonts/plex-arabic-600.woff2")),
    ("fonts/plex-arabic-700.woff2", WOFF2, include_bytes!("../assets/fonts/plex-arabic-700.woff2")),
    ("fonts/vazirmatn.woff2", WOFF2, include_bytes!("../assets/fonts/vazirmatn.woff2")),
    ("fonts/nastaliq.woff2", WOFF2, include_bytes!("../assets/fonts/nastaliq.woff2")),
    ("fonts/mono-400.woff2", WOFF2, include_bytes!("../assets/fonts/mono-400.woff2")),
    ("fonts/mono-500.woff2", WOFF2, include_bytes!("../assets/fonts/mono-500.woff2")),
    ("fonts/IBM-Plex-LICENSE.txt", TEXT, include_bytes!("../assets/fonts/IBM-Plex-LICENSE.txt")),
    ("fonts/Vazirmatn-LICENSE.txt", TEXT, include_bytes!("../assets/fonts/Vazirmatn-LICENSE.txt")),
    ("fonts/Noto-Nastaliq-Urdu-LICENSE.txt", TEXT, include_bytes!("../assets/fonts/Noto-Nastaliq-Urdu-LICENSE.txt")),
    ("Lucide-LICENSE.txt", TEXT, include_bytes!("../assets/Lucide-LICENSE.txt")),
];

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const WOFF2: &str = "font/woff2";

/// Digits of the digest in the path: enough to tell programs apart.
const DIGITS: usize = 16;

/// The path before the name of each file.
pub fn path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| {
        let parts: Vec<&[u8]> = FILES.iter().map(|(_, _, content)| *content).collect();
        let digest = hex::encode(AwsLc.sha256(&parts));
        format!("/assets/{}/", digest.get(..DIGITS).unwrap_or(&digest))
    });
    &PATH
}

/// A file. A path with another digest is of a page that another program made, and gets what there is now.
pub async fn file(Path((_, name)): Path<(String, String)>) -> Response {
    let Some((_, media_type, content)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, *content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_style_names_is_served() {
        let css = std::str::from_utf8(include_bytes!("../assets/mithaq.css")).unwrap();
        let named = css.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
        let mut count = 0;
        for name in named {
            assert!(FILES.iter().any(|(known, _, _)| *known == name), "{name}");
            count += 1;
        }
        assert!(count >= 10);
    }

    #[test]
    fn the_style_knows_no_left_and_no_right() {
        let css = std::str::from_utf8(include_bytes!("../assets/mithaq.css")).unwrap();
        for physical in [
            "margin-left",
            "margin-right",
            "padding-left",
            "padding-right",
            "border-left",
            "border-right",
            "float:left",
            "float:right",
            "text-align:left",
            "text-align:right",
            ";left:",
            "{left:",
            ";right:",
            "{right:",
        ] {
            assert!(!css.replace(' ', "").contains(physical), "{physical}");
        }
    }
}
