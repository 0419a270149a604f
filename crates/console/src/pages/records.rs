//! One record: what it says, by its kind's table of fields, who approved it, and where its proof is.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use desks::{kinds, thread::SIGNATURE};
use doors::{api::erase::carry_out, problem::Failed};
use node::{
    audit::Noted,
    callers::{Caller, Scope},
    db::SUITE,
    fault::Fault,
    names,
    node::Node,
    reading::{record::Record, reviews::EraseOrder},
    work::blocking,
};
use protocol::{
    channel::Channel,
    encoding::from_base64,
    header::Header,
    origin::Position,
    record::{self, Context, parse_approvals},
};
use serde_json::Value;
use texts::{Message, say};

use super::passkeys::Fresh;
use crate::{
    form::{FieldRead, ValueRead, read},
    page::{Shown, Then, page},
    party::{Party, in_language},
    pdf::{self, Block, Document, Fact, Printer, Section},
    rows,
    ui::Ui,
    words,
};

/// One record.
#[derive(Template)]
#[template(path = "record.html")]
pub struct RecordPage {
    ui: Ui,
    name: String,
    title: String,
    path: String,
    author: Party,
    moment: String,
    iso: String,
    state: String,
    fields: Vec<FieldRead>,
    lang: String,
    raw: Option<String>,
    header: Vec<(String, String)>,
    handling: Vec<(String, String, String)>,
    clause: (String, String),
    approvals: Vec<(String, String)>,
    files: Vec<FileRow>,
    thread: Option<String>,
    place: String,
    /// What officers signed, in hexadecimal.
    digest: String,
    /// Where it is had as a PDF file.
    pdf: Option<String>,
    evidence: Option<String>,
    /// Where the text that is shown here is signed, if it is one that others sign.
    sign: Option<(String, String)>,
    /// Of a readout, the page on which it stands beside another of the same meeting.
    beside: Option<String>,
    erase: Option<String>,
    is_own: bool,
    retain_until: Option<String>,
    office: Option<String>,
}

page!(RecordPage);

struct FileRow {
    name: String,
    size: String,
    href: String,
    sha256: String,
}

/// Where a record is, as a path names it.
pub type Place = (String, String, String, String, String);

/// The place that a path names.
pub fn position(node: &Node, (channel, party, epoch, lane, index): &Place) -> Result<Position, Fault> {
    names::position(&node.channels, [channel, party, epoch, lane, index])
}

/// Shows it.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(printer): Extension<Printer>,
    ui: Ui,
    Path(place): Path<Place>,
) -> Result<Shown<RecordPage>, Failed> {
    let (mut page, noted) = read_whole(node, caller, ui, place).await?;
    page.pdf = printer.is_there().then(|| format!("{}/pdf", page.path));
    Ok(Shown(page, noted))
}

/// The same as a PDF file.
pub async fn pdf(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(printer): Extension<Printer>,
    ui: Ui,
    Path(place): Path<Place>,
) -> Result<Response, Failed> {
    let (page, noted) = read_whole(node.clone(), caller, ui, place).await?;
    let file = printer.print(&document(&node, &page), "record").await?;
    Ok((Extension(noted), file).into_response())
}

async fn read_whole(node: Node, caller: Caller, ui: Ui, place: Place) -> Result<(RecordPage, Noted), Fault> {
    blocking(move || {
        let position = position(&node, &place)?;
        let (record, noted) = node.reading.record(&caller, &position)?.into_parts();
        Ok::<_, Fault>((whole(&node, &caller, ui, (&position, record))?, noted))
    })
    .await
}

/// What the page says, to be printed.
fn document(node: &Node, page: &RecordPage) -> Document {
    let RecordPage { ui, name, author, moment, state, office, place, digest, clause, .. } = page;
    let mut about = vec![
        Fact::new(ui.t("record-author"), format!("{} {}", author.label, author.name)),
        Fact::new(ui.t("when"), moment.clone()),
        Fact::new(ui.t("head-state"), state.clone()),
    ];
    about.extend(office.clone().map(|office| Fact::new(ui.t("office"), office)));
    about.push(Fact::reference(ui.t("place"), place.clone()));
    let mut terms: Vec<Fact> = page.header.iter().map(|(name, value)| Fact::new(name.clone(), value.clone())).collect();
    terms.extend(page.retain_until.clone().map(|day| Fact::new(ui.t("kept-until"), day)));
    let approvals = page.approvals.iter().map(|(role, office)| Fact::new(role.clone(), office.clone())).collect();
    let files = Block::Table {
        head: vec![ui.t("files"), ui.t("file-size"), "SHA-256".to_owned()],
        rows: page.files.iter().map(|file| vec![file.name.clone(), file.size.clone(), file.sha256.clone()]).collect(),
        mono: vec![2],
    };
    let mut sections = vec![Section::new(None, vec![Block::Facts { facts: about }])];
    match &page.raw {
        Some(raw) => sections.push(Section::new(name.clone(), vec![Block::Text { text: raw.clone() }])),
        None => sections.extend(pdf::fields(ui, name.clone(), &page.fields)),
    }
    sections.push(Section::new(ui.t("files"), vec![files]));
    sections
        .push(Section::new(format!("{} {}", ui.t("clause"), clause.0), vec![Block::Text { text: clause.1.clone() }]));
    sections.push(Section::new(ui.t("terms"), vec![Block::Facts { facts: terms }]));
    sections.push(Section::new(ui.t("approved-by"), vec![Block::Facts { facts: approvals }]));
    let digest = hex::decode(digest).unwrap_or_default();
    Document::new(node, ui, page.title.clone(), sections)
        .handled(&page.handling)
        .with_digest(ui.t("digest-signed"), &digest)
}

fn whole(node: &Node, caller: &Caller, ui: Ui, (position, record): (&Position, Record)) -> Result<RecordPage, Fault> {
    let origin = position.origin;
    let handle = node.channel(&origin.channel).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
    let channel = handle.value();
    let header = Header::parse(record.header.get().as_bytes())?;
    if kinds::stands_alone(&header.kind) {
        // The page is shown also where it can't be kept that it was read.
        drop(node.personal.read_record(caller, position));
    }
    let kind = kinds::find(&header.kind);
    let body: Option<Value> = record.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
    let fields = match (kind, &body) {
        (Some(kind), Some(body)) => read(&ui, kind, kind.fields, body, ""),
        _ => Vec::new(),
    };
    let language = header.language.clone().or_else(|| Some(body.as_ref()?.get("language")?.as_str()?.to_owned()));
    let lang = language.unwrap_or_else(|| "und".to_owned());
    let title = kind
        .zip(record.body.as_deref())
        .and_then(|(kind, body)| Some(kind.check(&header, body.as_bytes()).ok()?.title));
    let version = channel.version(&channel.version_at(&origin, position.index));
    let clause = header.clause.clone().unwrap_or_default();
    let clause_text = version.and_then(|version| version.agreement.clause(&clause));
    let path = rows::record_path(&origin.channel, origin.short(), position.index);
    let approvals = parse_approvals(record.approvals.as_bytes()).unwrap_or_default();
    let office =
        |approval: &record::Approval| channel.officer(&approval.enrolment).map(|officer| officer.office.clone());
    Ok(RecordPage {
        name: ui.m(&words::kind_named(&header.kind)),
        title: title.unwrap_or_else(|| ui.t("no-title")),
        path: path.clone(),
        author: Party::of(&channel, &origin.agency, ui.language),
        moment: ui.moment(record.time_ms),
        iso: ui.iso(record.time_ms),
        state: ui.m(&words::state(&record.state)),
        raw: fields.is_empty().then(|| record.body.clone()).flatten(),
        fields,
        lang,
        header: header_rows(&ui, record.header.get()),
        handling: rows::handling(&ui, &header.handling),
        clause: (clause, clause_text.map(|clause| in_language(&clause.text, ui.language)).unwrap_or_default()),
        approvals: approvals
            .iter()
            .map(|approval| (ui.m(&words::approval(approval.role.name())), office(approval).unwrap_or_default()))
            .collect(),
        files: header
            .attachments
            .iter()
            .map(|file| FileRow {
                name: file.name.clone(),
                size: size(&ui, file.size),
                href: format!("{path}/files/{}", hex::encode(file.sha256)),
                sha256: hex::encode(file.sha256),
            })
            .collect(),
        thread: header.thread.map(|thread| rows::thread_path(&origin.channel, origin.lane, &thread)),
        place: format!("{}/{}", origin.short(), position.index),
        digest: digest(&channel, position, &record),
        pdf: None,
        erase: caller.check(Scope::RecordsErase).is_ok().then(|| format!("{path}/erase")),
        beside: kinds::find(&header.kind).is_some_and(|kind| kind.tells).then(|| format!("{path}/beside")),
        sign: sign_href(node, caller, position, (&header, &record)).map(|href| (href, ui.m(&words::act_label("sign")))),
        is_own: origin.agency == node.me,
        evidence: caller.check(Scope::EvidenceExport).is_ok().then(|| format!("{path}/evidence")),
        retain_until: header.retain_until.map(|day| ui.day(day)),
        office: header.author_office.clone(),
        ui,
    })
}

/// The form of a signature under another party's text, with the digest of what this page shows.
fn sign_href(
    node: &Node,
    caller: &Caller,
    position: &Position,
    (header, record): (&Header, &Record),
) -> Option<String> {
    let body = record.body.as_deref()?;
    let may = caller.check(Scope::DraftsWrite).is_ok() && position.origin.agency != node.me;
    let thread = header.thread.filter(|_| may && kinds::is_signed_by_others(&header.kind))?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("kind", SIGNATURE).append_pair("channel", &position.origin.channel.to_string());
    query.append_pair("reply_to", &thread.to_string()).append_pair("lane", position.origin.lane.name());
    query.append_pair("clause", header.clause.as_deref().unwrap_or_default());
    query.append_pair("b.record", &format!("{}/{}", position.origin.short(), position.index));
    query.append_pair("b.text_sha256", &hex::encode(SUITE.sha256(&[body.as_bytes()])));
    Some(format!("/write?{}", query.finish()))
}

/// What the officers of a record sign.
fn digest(channel: &Channel, position: &Position, record: &Record) -> String {
    let origin = position.origin;
    let agreement = channel.version_at(&origin, position.index);
    let context = Context { channel: origin.channel, author: origin.agency, agreement };
    let body = match (&record.body, &record.body_base64) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(bytes)) => from_base64(bytes).unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    hex::encode(record::digest(SUITE, &context, record.header.get().as_bytes(), &body))
}

/// Destroys the content of a record here, and orders partners to do so where it is an own one.
pub async fn erase(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    _: Fresh,
    Path(place): Path<Place>,
) -> Result<Then, Failed> {
    let position = position(&node, &place)?;
    let origin = position.origin;
    let order = EraseOrder {
        channel: origin.channel,
        log: origin.short(),
        index: position.index,
        order: origin.agency == node.me,
    };
    carry_out(node, caller, order).await?;
    Ok(Then::to("/correspondence"))
}

/// What stands in a header beside what the page says of it anyway.
fn header_rows(ui: &Ui, header: &str) -> Vec<(String, String)> {
    const SAID: &[&str] = &[
        "kind",
        "thread",
        "media_type",
        "fresh",
        "attachments",
        "clause",
        "handling",
        "retain_until",
        "author_office",
        "in_reply_to",
        "language",
    ];
    let header: serde_json::Map<String, Value> = serde_json::from_str(header).unwrap_or_default();
    let shown = header.iter().filter(|(name, _)| !SAID.contains(&name.as_str()));
    shown.map(|(name, value)| rows::header_row(ui, name, value)).collect()
}

/// The size of a file as people say it.
pub fn size(ui: &Ui, bytes: u64) -> String {
    ui.m(&size_in_words(bytes))
}

/// The same, to stand in another text.
pub fn size_in_words(bytes: u64) -> Message {
    const KIB: u64 = 1024;
    let (count, unit) = match bytes {
        0..KIB => (bytes, "unit-bytes"),
        KIB..1_048_576 => (bytes.div_ceil(KIB), "unit-kib"),
        _ => (bytes.div_ceil(KIB * KIB), "unit-mib"),
    };
    Message::new(unit).with("count", usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(RecordPage {
        ui,
        name,
        title,
        path,
        author,
        moment,
        iso,
        state,
        fields,
        lang,
        raw,
        header,
        handling,
        clause,
        approvals,
        files,
        thread,
        place,
        digest,
        pdf,
        evidence,
        sign,
        beside,
        erase,
        is_own,
        retain_until,
        office
    });
    sample!(FileRow { name, size, href, sha256 });
}
