//! One record: what it says, by its kind's table of fields, who approved it, and where its proof is.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
};
use desks::kinds;
use doors::{api::erase::carry_out, problem::Failed};
use node::{
    callers::{Caller, Scope},
    fault::Fault,
    names,
    node::Node,
    reading::{record::Record, reviews::EraseOrder},
    work::blocking,
};
use protocol::{header::Header, origin::Position, record::parse_approvals};
use serde_json::Value;
use texts::{Message, say};

use super::passkeys::Fresh;
use crate::{
    form::{FieldRead, ValueRead, read},
    page::{Shown, Then, page},
    party::{Party, in_language},
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
    evidence: Option<String>,
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
    ui: Ui,
    Path(place): Path<Place>,
) -> Result<Shown<RecordPage>, Failed> {
    let page = blocking(move || {
        let position = position(&node, &place)?;
        let (record, noted) = node.reading.record(&caller, &position)?.into_parts();
        Ok::<_, Fault>(Shown(whole(&node, &caller, ui, (&position, record))?, noted))
    });
    Ok(page.await?)
}

fn whole(node: &Node, caller: &Caller, ui: Ui, (position, record): (&Position, Record)) -> Result<RecordPage, Fault> {
    let origin = position.origin;
    let handle = node.channel(&origin.channel).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
    let channel = handle.value();
    let header = Header::parse(record.header.get().as_bytes())?;
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
    let office = |approval: &protocol::record::Approval| {
        channel.officer(&approval.enrolment).map(|officer| officer.office.clone())
    };
    Ok(RecordPage {
        name: ui.m(&words::kind_named(&header.kind)),
        title: title.unwrap_or_else(|| ui.t("no-title")),
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
        erase: caller.check(Scope::RecordsErase).is_ok().then(|| format!("{path}/erase")),
        beside: kinds::find(&header.kind).is_some_and(|kind| kind.tells).then(|| format!("{path}/beside")),
        is_own: origin.agency == node.me,
        evidence: caller.check(Scope::EvidenceExport).is_ok().then(|| format!("{path}/evidence")),
        retain_until: header.retain_until.map(|day| ui.day(day)),
        office: header.author_office.clone(),
        ui,
    })
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
        evidence,
        beside,
        erase,
        is_own,
        retain_until,
        office
    });
    sample!(FileRow { name, size, href, sha256 });
}
