//! From files to the lines of a request: body, header, approvals.

use std::path::Path;

use desks::{body::BodyError, kinds::Kind};
use node::{
    answers::{
        channels::ChannelRow,
        officers::{LogEntry, OfficerRow},
        preparation::Prepared,
        records::Uploaded,
        status::Status,
        submission::NewRecord,
    },
    drafting::{self, Drawn, ToPrepare},
};
use protocol::{
    agreement::{Agreement, ApprovalRole},
    date::Date,
    header::{Attachment, Header},
    id::{ChannelId, parse_hash},
    origin::Lane,
    record::{self, Approval, Context, Enrolment},
    suite::{AwsLc, Suite as _},
};
use serde_json::{Map, Value, json, value::RawValue};
use texts::say;

use super::{Args, LaneArg, required};
use crate::{
    api::{self, Api},
    commands::agreement::find_channel,
    failure::Failure,
    limits,
    officer::OfficerKey,
    output,
};

/// What a channel says about the records that this agency may send in it.
pub struct Terms {
    /// What officers sign for beside header and body.
    pub context: Context,
    agreement: Agreement,
}

/// An officer who approves.
pub struct Officer<'a> {
    /// In which part.
    pub role: ApprovalRole,
    /// The key.
    pub key: &'a OfficerKey,
    /// Where the key is enrolled.
    pub enrolment: Enrolment,
}

/// The bodies of a command, read and checked before any node is asked.
pub struct Drafts {
    kind: &'static Kind,
    bodies: Vec<Vec<u8>>,
    fields: Map<String, Value>,
}

impl Terms {
    /// Asks the node for the channel's governing agreement.
    pub async fn of(api: &Api, channel: ChannelId) -> Result<Self, Failure> {
        let shown: ChannelRow = api.get(&format!("/v1/channels/{channel}")).await?.read()?;
        let author = api.get::<Status>("/v1/status").await?.read()?.agency;
        let agreement = shown.agreement_json.ok_or_else(|| Failure::internal(say!("agreement-text-missing")))?;
        Ok(Self { context: Context { channel, author, agreement: shown.agreement }, agreement })
    }

    /// A header with the clause's defaults and what was drawn for the record.
    pub fn header(&self, clause: &str, kind: &Kind, today: Date, drawn: Drawn) -> Result<Header, Failure> {
        Ok(drafting::header(&self.agreement, clause, kind, today, drawn)?)
    }

    /// The officer's enrolment in this channel, found by the public key.
    pub async fn enrolment(&self, api: &Api, key: &OfficerKey) -> Result<Enrolment, Failure> {
        enrolment(api, &self.context, key).await
    }
}

/// An own officer's enrolment in a channel, found by the public key.
async fn enrolment(api: &Api, context: &Context, key: &OfficerKey) -> Result<Enrolment, Failure> {
    let listed: Vec<OfficerRow> = api.get(&format!("/v1/channels/{}/officers", context.channel)).await?.read()?;
    let own = |row: &OfficerRow| {
        let LogEntry { origin, index } = row.enrolment;
        let is_it = row.officer.public() == key.public() && origin.agency == context.author && row.revoked.is_none();
        is_it.then_some(Enrolment { origin, index })
    };
    listed.iter().find_map(own).ok_or_else(|| Failure::not_found(say!("officer-not-enrolled")))
}

/// A line of `POST /v1/records`, with the approvals of the officers over exactly these bytes.
pub fn line(
    context: &Context,
    header: &Header,
    body: &[u8],
    officers: &[Officer<'_>],
    lane: Lane,
    id: Option<&str>,
) -> Result<String, Failure> {
    let header = header.encode();
    let digest = record::digest(&AwsLc, context, &header, body);
    let approvals: Vec<Approval> =
        officers.iter().map(|officer| officer.key.approve(officer.role, officer.enrolment, &digest)).collect();
    let internal = |error: serde_json::Error| Failure::internal(error.to_string());
    let header = String::from_utf8(header).map_err(|error| Failure::internal(error.to_string()))?;
    let body = std::str::from_utf8(body).map_err(|_| Failure::usage(say!("body-not-text")))?;
    let header = RawValue::from_string(header).map_err(internal)?;
    let approvals = match approvals.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&approvals).map_err(internal)?.into()),
    };
    let line = NewRecord {
        id: id.map(Into::into),
        channel: context.channel,
        lane: Some(lane),
        header: &header,
        body: Some(body.into()),
        body_base64: None,
        approvals,
    };
    Ok(serde_json::to_string(&line).map_err(internal)? + "\n")
}

/// The bodies in a file: one in JSON, or all of a TOML file.
pub fn bodies(kind: &Kind, file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let text = output::read_text(file, limits::BODY_FILE_BYTES_MAX)?;
    let is_json = match file.extension() {
        Some(extension) => extension == "json",
        None => text.trim_start().starts_with('{'),
    };
    Ok(match is_json {
        true => vec![text.into_bytes()],
        false => kind
            .drafts_from_toml(&text)
            .map_err(|error| body_failure(&error, file))?
            .into_iter()
            .map(|draft| draft.body.into_bytes())
            .collect(),
    })
}

impl Drafts {
    /// Reads the files of the command.
    pub fn read(args: &Args) -> Result<Self, Failure> {
        let name = required(args.kind.as_deref(), "--kind")?;
        let kind = drafting::kind(name)?;
        let file = args.body.as_deref().ok_or_else(|| Failure::usage(say!("body-file-missing")))?;
        let bodies = bodies(kind, file)?;
        Ok(Self { kind, bodies, fields: fields(args.header.as_deref(), &args.set)? })
    }

    /// Has attachments uploaded or only described, headers completed by the node, and signs the approvals. `name` is that of the
    /// request.
    pub async fn lines(
        &self,
        api: &Api,
        args: &Args,
        name: &str,
        attach: impl AsyncFn(&Api, &Path) -> Result<Attachment, Failure>,
    ) -> Result<Lines, Failure> {
        let file = args.body.as_deref().unwrap_or(Path::new("-"));
        let keys = Keys::open(args)?;
        let mut header = self.fields.clone();
        if !args.attachments.is_empty() {
            let mut attachments = Vec::new();
            for attached in &args.attachments {
                attachments.push(attach(api, attached).await?);
            }
            header.insert("attachments".to_owned(), json!(attachments));
        }
        let channel = match &args.channel {
            Some(prefix) => Some(find_channel(api, prefix).await?),
            None => None,
        };
        let (mut lines, mut officers) = (Lines::default(), None);
        for (body, number) in self.bodies.iter().zip(0_u64..) {
            let body = str::from_utf8(body).map_err(|_| Failure::usage(say!("body-not-text")))?;
            let wanted = ToPrepare {
                channel,
                lane: args.lane.map(LaneArg::lane),
                kind: self.kind.name.to_owned(),
                clause: args.clause.clone(),
                reply_to: args.reply_to.clone(),
                header: header.clone(),
                body: body.into(),
                name: Some(format!("{name}/{number}")),
            };
            let asked = api.post::<Prepared>("/v1/records/prepare", &wanted).await;
            let prepared = asked.and_then(|answer| answer.read()).map_err(|failure| failure.of_file("body", file))?;
            let Prepared { channel, lane, header, author, agreement, .. } = prepared;
            let header = Header::parse(header.get().as_bytes())
                .map_err(|error| Failure::internal(say!("node-answer-invalid", error = %error)))?;
            // No key signs what the command did not ask for.
            if header.kind != wanted.kind || drafting::with_fields(&header, &wanted.header)? != header {
                return Err(Failure::internal(say!("header-not-asked")));
            }
            let context = Context { channel, author, agreement };
            if officers.is_none() {
                officers = Some(keys.officers(api, &context).await?);
            }
            // What is signed is computed here, over what is sent.
            let officers = officers.as_deref().unwrap_or_default();
            lines.channel = Some(channel);
            lines.lines.push(line(&context, &header, body.as_bytes(), officers, lane, None)?);
        }
        Ok(lines)
    }
}

/// Lines of a request, and the channel that they are for.
#[derive(Default)]
pub struct Lines {
    pub channel: Option<ChannelId>,
    pub lines: Vec<String>,
}

/// The officers' keys that the command names.
struct Keys(Vec<(ApprovalRole, OfficerKey)>);

impl Keys {
    fn open(args: &Args) -> Result<Self, Failure> {
        let named = [(ApprovalRole::Author, &args.author_key), (ApprovalRole::ReleaseAuthority, &args.release_key)];
        let mut keys = Vec::new();
        for (role, file) in named {
            if let Some(file) = file {
                keys.push((role, OfficerKey::open(file, args.key_passphrase_file.as_deref())?));
            }
        }
        Ok(Self(keys))
    }

    async fn officers(&self, api: &Api, context: &Context) -> Result<Vec<Officer<'_>>, Failure> {
        let mut officers = Vec::new();
        for (role, key) in &self.0 {
            officers.push(Officer { role: *role, key, enrolment: enrolment(api, context, key).await? });
        }
        Ok(officers)
    }
}

/// Uploads a file; what comes back goes into the header.
pub async fn upload(api: &Api, file: &Path, quiet: bool) -> Result<Attachment, Failure> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let media_type = media_type(file);
    let path = api::query("/v1/attachments", &[("name", Some(name.as_str())), ("media_type", Some(media_type))]);
    let Uploaded { sha256, size, name, media_type } = api::send_file(api, &path, file, quiet).await?;
    let sha256 = parse_hash(&sha256).map_err(|error| Failure::internal(say!("node-answer-invalid", error = %error)))?;
    Ok(Attachment { sha256, size, name, media_type })
}

/// What stands in a header about a file that is not uploaded.
pub async fn described(_: &Api, file: &Path) -> Result<Attachment, Failure> {
    let bytes = output::read(file, u64::MAX)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Attachment { sha256: AwsLc.sha256(&[&bytes]), size, name, media_type: media_type(file).to_owned() })
}

/// The media type by the file's ending, for the formats that offices exchange.
fn media_type(file: &Path) -> &'static str {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "json" => "application/json",
        "toml" => "application/toml",
        "pdf" => "application/pdf",
        "txt" | "md" => "text/plain",
        "csv" => "text/csv",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "zip" => "application/zip",
        _ => api::BYTES,
    }
}

/// The header's fields that the command sets: those of the file, then those of `--set`.
pub fn fields(file: Option<&Path>, set: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut fields = match file {
        None => Map::new(),
        Some(file) => serde_json::from_slice(&output::read(file, limits::KEY_FILE_BYTES_MAX)?).map_err(|error| {
            Failure::usage(say!("file-problem", file = %file.display(), error = %error)).in_field("header")
        })?,
    };
    for pair in set {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| Failure::usage(say!("set-form", pair = %pair)).in_field("header"))?;
        fields.insert(name.to_owned(), value_of(name, value)?);
    }
    Ok(fields)
}

/// A thread's digits look like a number and are none, so only what can be nothing else is read as JSON.
fn value_of(name: &str, text: &str) -> Result<Value, Failure> {
    let is_json = text.starts_with(['[', '{', '"']) || matches!(text, "true" | "false" | "null");
    if is_json || name == "subject_count" {
        return serde_json::from_str(text).map_err(|error| {
            Failure::usage(say!("set-invalid", name = %name, text = %text, error = %error)).in_field(name)
        });
    }
    Ok(json!(text))
}

fn body_failure(error: &BodyError, file: &Path) -> Failure {
    let name = if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
    Failure::usage(error.in_file(&name)).in_field(error.field.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_of_digits_stays_text() {
        let digits = "1".repeat(32);
        assert_eq!(value_of("thread", &digits).unwrap(), json!(digits));
        assert_eq!(value_of("subject_count", "3").unwrap(), json!(3));
        assert_eq!(value_of("is_minor", "true").unwrap(), json!(true));
        assert_eq!(value_of("handling", "[\"H1\"]").unwrap(), json!(["H1"]));
        assert!(value_of("handling", "[H1]").is_err());
    }
}
