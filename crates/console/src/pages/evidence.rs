//! What a proof file proves, in plain words: checked by this node, without any partner, and not kept.

use askama::Template;
use axum::{
    Extension,
    extract::{Multipart, State},
    response::Response,
};
use doors::problem::Failed;
use node::{db::SUITE, fault::Fault, node::Node, work::blocking};
use proof::{Beside, Verdict};
use protocol::fingerprint::Fingerprint;

use crate::{
    page::{Shown, page},
    pdf::{Block, Document, Printer, Section},
    ui::Ui,
    upload::Uploaded,
};

/// The page on which a file is checked.
#[derive(Template)]
#[template(path = "evidence.html")]
pub struct EvidencePage {
    ui: Ui,
    found: Option<Checked>,
    may_print: bool,
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
pub async fn show(Extension(printer): Extension<Printer>, ui: Ui) -> Shown<EvidencePage> {
    Shown::plain(EvidencePage { ui, found: None, may_print: printer.is_there() })
}

/// Says the same in a PDF file, in which the proof file lies.
pub async fn pdf(
    State(node): State<Node>,
    Extension(printer): Extension<Printer>,
    ui: Ui,
    form: Multipart,
) -> Result<Response, Failed> {
    let Uploaded { name, bytes } = Uploaded::of(form).await?;
    let work = node.clone();
    let (ui, found, bytes) = blocking(move || {
        let found = judged(&work, &ui, name, &bytes);
        Ok::<_, Fault>((ui, found, bytes))
    })
    .await?;
    Ok(printer.print(&document(&node, &ui, &found, &bytes), "proof").await?)
}

/// What the page says of a file, to be printed.
fn document(node: &Node, ui: &Ui, found: &Checked, bytes: &[u8]) -> Document {
    let about = [&found.verdict, &found.about].map(String::as_str).join("\n");
    let mut sections = vec![Section::new(found.name.clone(), vec![Block::Text { text: about }])];
    let (mut heading, mut text) = (None, String::new());
    let mut end = |heading: &mut Option<String>, text: &mut String| {
        sections.push(Section::new(heading.take(), vec![Block::Text { text: std::mem::take(text) }]));
    };
    for line in &found.lines {
        match line {
            Line::Heading(next) => {
                end(&mut heading, &mut text);
                heading = Some(next.clone());
            }
            Line::Text(line) => text += &format!("{line}\n"),
        }
    }
    end(&mut heading, &mut text);
    Document::new(node, ui, ui.t("nav-evidence"), sections)
        .with_digest(ui.t("digest-of-file"), &SUITE.sha256(&[bytes]))
        .with_proof(found.verdict.clone(), bytes)
}

/// Checks a file. The fingerprints that count are the own one and those that were compared with partners.
pub async fn check(
    State(node): State<Node>,
    Extension(printer): Extension<Printer>,
    ui: Ui,
    form: Multipart,
) -> Result<Shown<EvidencePage>, Failed> {
    let Uploaded { name, bytes } = Uploaded::of(form).await?;
    let page = blocking(move || {
        let found = Some(judged(&node, &ui, name, &bytes));
        Ok::<_, Fault>(EvidencePage { ui, found, may_print: printer.is_there() })
    });
    Ok(Shown::plain(page.await?))
}

fn judged(node: &Node, ui: &Ui, name: String, bytes: &[u8]) -> Checked {
    let confirmed = node.peers.list().into_iter().filter(|peer| peer.trusted).map(|peer| peer.chain.fingerprint());
    let known: Vec<Fingerprint> = confirmed.chain([node.cards().fingerprint()]).collect();
    // A fingerprint of somebody who is in no file says nothing of the file: each is tried by itself.
    checked(ui, name, bytes, &known)
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

    sample!(EvidencePage { ui, found, may_print });
    sample!(Checked { name, class, icon, verdict, about, lines });

    impl Sample for Line {
        fn sample(of: Of) -> Self {
            Self::Text(String::sample(of))
        }
    }
}
