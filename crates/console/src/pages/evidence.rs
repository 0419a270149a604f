//! What a proof file proves, in plain words: checked by this node, without any partner, and not kept.

use askama::Template;
use axum::extract::{Multipart, State};
use doors::problem::Failed;
use node::{fault::Fault, node::Node, work::blocking};
use proof::{Beside, Verdict};
use protocol::fingerprint::Fingerprint;

use crate::{
    page::{Shown, page},
    ui::Ui,
    upload::Uploaded,
};

/// The page on which a file is checked.
#[derive(Template)]
#[template(path = "evidence.html")]
pub struct EvidencePage {
    ui: Ui,
    found: Option<Checked>,
}

page!(EvidencePage);

/// What came of a file.
struct Checked {
    name: String,
    class: &'static str,
    icon: &'static str,
    verdict: String,
    about: String,
    /// Title and lines of what the page says.
    lines: Vec<Line>,
}

/// A line of what is proven.
enum Line {
    Heading(String),
    Text(String),
}

/// Shows it before a file was given.
pub async fn show(ui: Ui) -> Shown<EvidencePage> {
    Shown::plain(EvidencePage { ui, found: None })
}

/// Checks a file. The fingerprints that count are the own one and those that were compared with partners.
pub async fn check(State(node): State<Node>, ui: Ui, form: Multipart) -> Result<Shown<EvidencePage>, Failed> {
    let Uploaded { name, bytes } = Uploaded::of(form).await?;
    let page = blocking(move || {
        let confirmed = node.peers.list().into_iter().filter(|peer| peer.trusted).map(|peer| peer.chain.fingerprint());
        let known: Vec<Fingerprint> = confirmed.chain([node.cards().fingerprint()]).collect();
        // A fingerprint of somebody who is in no file says nothing of the file: each is tried by itself.
        let found = checked(&ui, name, &bytes, &known);
        Ok::<_, Fault>(EvidencePage { ui, found: Some(found) })
    });
    Ok(Shown::plain(page.await?))
}

fn checked(ui: &Ui, name: String, bytes: &[u8], known: &[Fingerprint]) -> Checked {
    let inside: Vec<Fingerprint> = known
        .iter()
        .filter(|one| proof::find(bytes, Beside::default(), std::slice::from_ref(*one)).is_ok())
        .cloned()
        .collect();
    let (class, icon, verdict, about, text) = match proof::find(bytes, Beside::default(), &inside) {
        Ok(found) => {
            let text = found.page(&[ui.language]);
            match found.verdict() {
                Verdict::Proven => ("ok", "badge-check", "verdict-proven", ui.t("verdict-proven-help"), text),
                _ => ("warn", "triangle-alert", "verdict-consistent", ui.t("verdict-consistent-help"), text),
            }
        }
        Err(why) => ("bad", "circle-x", "verdict-refused", ui.m(&why), String::new()),
    };
    // A heading stands alone between empty lines; what it heads is indented or follows.
    let lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        match line.ends_with(':') && !line.starts_with(' ') {
            true => Line::Heading(line.trim_end_matches(':').to_owned()),
            false => Line::Text(line.trim().to_owned()),
        }
    });
    Checked { name, class, icon, verdict: ui.t(verdict), about, lines: lines.collect() }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::{Of, Sample, sample};

    sample!(EvidencePage { ui, found });
    sample!(Checked { name, class, icon, verdict, about, lines });

    impl Sample for Line {
        fn sample(of: Of) -> Self {
            Self::Text(String::sample(of))
        }
    }
}
