//! From files to the lines of a request: body, header, approvals.

use std::path::Path;

use desks::{body::BodyError, kinds::Kind};
use node::{
    answers::{
        channels::ChannelRow,
        officers::{LogEntry, OfficerRow},
        records::Uploaded,
        status::Status,
        submission::NewRecord,
    },
    fault::{Code, Fault},
};
use protocol::{
    agreement::{Agreement, ApprovalRole, DraftError},
    date::Date,
    header::{Attachment, Header, ThreadId},
    id::{ChannelId, parse_hash},
    origin::Lane,
    record::{self, Approval, Context, Enrolment},
    suite::{AwsLc, Suite as _},
};
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    Args,
    matter::{Matter, Thread, thread_of},
    required,
};
use crate::{
    api::{self, Api},
    failure::Failure,
    limits,
    officer::OfficerKey,
    output,
};

/// What a channel says about the records that this agency may send in it.
pub struct Terms {
    channel: ChannelId,
    context: Context,
    agreement: Agreement,
}

/// What is drawn for a record.
#[derive(Clone, Copy)]
pub struct Drawn {
    /// What makes its digest its own (HDR-14).
    pub fresh: [u8; 16],
    /// Its thread.
    pub thread: ThreadId,
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
        let agreement =
            shown.agreement_json.ok_or_else(|| Failure::internal("the node's answer holds no agreement's text"))?;
        Ok(Self { channel, context: Context { channel, author, agreement: shown.agreement }, agreement })
    }

    /// The clause for a record: the one named; else that of its thread, if it lets this agency send the kind; else the only one
    /// that does.
    pub fn clause(&self, named: Option<&str>, thread: Option<&Thread>, kind: &Kind) -> Result<String, Failure> {
        if let Some(named) = named {
            return Ok(named.to_owned());
        }
        let me = self.agreement.party(&self.context.author).map(|party| party.label.as_str()).unwrap_or_default();
        let allowing: Vec<&str> = self
            .agreement
            .clauses
            .iter()
            .filter(|clause| clause.allows(kind.name, me))
            .map(|clause| clause.id.as_str())
            .collect();
        let of_thread = thread.and_then(|thread| thread.clause.as_deref()).filter(|clause| allowing.contains(clause));
        match (of_thread, &allowing[..]) {
            (Some(clause), _) => Ok(clause.to_owned()),
            (None, [clause]) => Ok((*clause).to_owned()),
            (None, []) => {
                let message = format!("no clause of the agreement lets this agency send {}", kind.name);
                Err(Failure::from(Fault::new(Code::Refused, message).by_rule("AGR-01")).in_field("kind"))
            }
            (None, several) => {
                let message = format!("--clause is missing, and several allow it: {}", several.join(", "));
                Err(Failure::usage(message).in_field("clause"))
            }
        }
    }

    /// A header with the clause's defaults and what was drawn for the record. A kind that the clause does not list is left for the node to refuse, so that
    /// the rule which forbids it is named by the one that keeps it.
    pub fn header(&self, clause: &str, kind: &Kind, today: Date, drawn: Drawn) -> Result<Header, Failure> {
        let Drawn { fresh, thread } = drawn;
        let drafted = match Header::draft(&self.agreement, clause, kind.name, today, thread) {
            Err(DraftError::KindNotInClause { allowed, .. }) => {
                let stand_in = allowed.first().map_or("", String::as_str);
                Header::draft(&self.agreement, clause, stand_in, today, thread)
            }
            drafted => drafted,
        };
        let drafted = drafted.map_err(|error| Failure::usage(error.to_string()).in_field("clause"))?;
        let (kind, media_type) = (kind.name.to_owned(), kind.media_type.to_owned());
        Ok(Header { kind, media_type, fresh: Some(fresh), ..drafted })
    }

    /// The officer's enrolment in this channel, found by the public key.
    pub async fn enrolment(&self, api: &Api, key: &OfficerKey) -> Result<Enrolment, Failure> {
        let listed: Vec<OfficerRow> = api.get(&format!("/v1/channels/{}/officers", self.channel)).await?.read()?;
        let own = |row: &OfficerRow| {
            let LogEntry { origin, index } = row.enrolment;
            let is_it = row.officer.public == key.public() && origin.agency == self.context.author;
            is_it.then_some(Enrolment { origin, index })
        };
        listed.iter().find_map(own).ok_or_else(|| {
            Failure::not_found("this officer's key is not enrolled in the channel: mithaq officer enrol DIR …")
        })
    }
}

/// A line of `POST /v1/records`, with the approvals of the officers over exactly these bytes.
pub fn line(
    terms: &Terms,
    header: &Header,
    body: &[u8],
    officers: &[Officer<'_>],
    lane: Lane,
    id: Option<&str>,
) -> Result<String, Failure> {
    let header = header.encode();
    let digest = record::digest(&AwsLc, &terms.context, &header, body);
    let approvals: Vec<Approval> =
        officers.iter().map(|officer| officer.key.approve(officer.role, officer.enrolment, &digest)).collect();
    let internal = |error: serde_json::Error| Failure::internal(error.to_string());
    let header = String::from_utf8(header).map_err(|error| Failure::internal(error.to_string()))?;
    let body = std::str::from_utf8(body).map_err(|_| Failure::usage("the body is not text in UTF-8"))?;
    let header = RawValue::from_string(header).map_err(internal)?;
    let approvals = match approvals.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&approvals).map_err(internal)?.into()),
    };
    let line = NewRecord {
        id: id.map(Into::into),
        channel: terms.channel,
        lane: Some(lane),
        header: &header,
        body: Some(body.into()),
        body_base64: None,
        approvals,
    };
    Ok(serde_json::to_string(&line).map_err(internal)? + "\n")
}

impl Drafts {
    /// Reads the files of the command.
    pub fn read(args: &Args) -> Result<Self, Failure> {
        let name = required(args.kind.as_deref(), "--kind")?;
        let kind = desks::kinds::find(name).ok_or_else(|| crate::commands::kinds::unknown(name))?;
        let fields = fields(args.header.as_deref(), &args.set)?;
        if kind.acts && args.reply_to.is_none() && !fields.contains_key("thread") {
            let message = format!("{name} has its effect in a thread that is open: name it with --reply-to THREAD");
            return Err(Failure::usage(message).in_field("reply_to"));
        }
        let file =
            args.body.as_deref().ok_or_else(|| Failure::usage("give the body's file, or - for standard input"))?;
        let text = output::read_text(file, limits::BODY_FILE_BYTES_MAX)?;
        let is_json = match file.extension() {
            Some(extension) => extension == "json",
            None => text.trim_start().starts_with('{'),
        };
        let bodies = match is_json {
            true => vec![text.into_bytes()],
            false => kind
                .drafts_from_toml(&text)
                .map_err(|error| body_failure(&error, file))?
                .into_iter()
                .map(|draft| draft.body.into_bytes())
                .collect(),
        };
        Ok(Self { kind, bodies, fields })
    }

    /// Has attachments uploaded or only described, completes the headers, signs the approvals. `name` is that of the request.
    pub async fn lines(
        &self,
        api: &Api,
        terms: &Terms,
        args: &Args,
        (name, matter): (&str, &Matter),
        attach: impl AsyncFn(&Api, &Path) -> Result<Attachment, Failure>,
    ) -> Result<Vec<String>, Failure> {
        let file = args.body.as_deref().unwrap_or(Path::new("-"));
        let keys = Keys::open(args)?;
        let officers = keys.officers(api, terms).await?;
        let mut attachments = Vec::new();
        for attached in &args.attachments {
            attachments.push(attach(api, attached).await?);
        }
        let clause = terms.clause(args.clause.as_deref(), matter.thread.as_ref(), self.kind)?;
        let today = node::clock::today();
        let mut lines = Vec::new();
        for (body, number) in self.bodies.iter().zip(0..) {
            let thread = matter.thread.as_ref();
            let drawn = Drawn {
                fresh: fresh(name, number),
                thread: thread.map_or_else(|| thread_of(name, number, self.kind, body), |thread| thread.id),
            };
            let mut header = terms.header(&clause, self.kind, today, drawn)?;
            header.in_reply_to = thread.and_then(|thread| thread.in_reply_to.clone());
            header.attachments = attachments.clone();
            let header = with_fields(&header, &self.fields)?;
            self.kind.check(&header, body).map_err(|error| body_failure(&error, file))?;
            lines.push(line(terms, &header, body, &officers, matter.lane, None)?);
        }
        Ok(lines)
    }
}

/// What is drawn for a record (HDR-14): from the name of its request, which is drawn for each command, so that a request
/// which is repeated under its name says the same.
fn fresh(name: &str, number: u64) -> [u8; 16] {
    let digest = AwsLc.sha256(&[b"mithaq/send/fresh/v1\0", &number.to_be_bytes(), name.as_bytes()]);
    let mut fresh = [0; 16];
    fresh.copy_from_slice(&digest[..16]);
    fresh
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

    async fn officers(&self, api: &Api, terms: &Terms) -> Result<Vec<Officer<'_>>, Failure> {
        let mut officers = Vec::new();
        for (role, key) in &self.0 {
            officers.push(Officer { role: *role, key, enrolment: terms.enrolment(api, key).await? });
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
    let sha256 = parse_hash(&sha256).map_err(|error| Failure::internal(format!("the node's answer: {error}")))?;
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
fn fields(file: Option<&Path>, set: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut fields = match file {
        None => Map::new(),
        Some(file) => serde_json::from_slice(&output::read(file, limits::KEY_FILE_BYTES_MAX)?)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())).in_field("header"))?,
    };
    for pair in set {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--set {pair}: write FIELD=VALUE")).in_field("header"))?;
        fields.insert(name.to_owned(), value_of(name, value)?);
    }
    Ok(fields)
}

/// A thread's digits look like a number and are none, so only what can be nothing else is read as JSON.
fn value_of(name: &str, text: &str) -> Result<Value, Failure> {
    let is_json = text.starts_with(['[', '{', '"']) || matches!(text, "true" | "false" | "null");
    if is_json || name == "subject_count" {
        return serde_json::from_str(text)
            .map_err(|error| Failure::usage(format!("--set {name}={text}: {error}")).in_field(name));
    }
    Ok(json!(text))
}

/// The header with some fields set; `null` leaves one out.
fn with_fields(header: &Header, fields: &Map<String, Value>) -> Result<Header, Failure> {
    let internal = |error: serde_json::Error| Failure::internal(error.to_string());
    let mut object: Map<String, Value> = serde_json::from_slice(&header.encode()).map_err(internal)?;
    for (name, value) in fields {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
    let bytes = serde_json::to_vec(&object).map_err(internal)?;
    Header::parse(&bytes).map_err(|error| Failure::usage(error.to_string()).in_field("header"))
}

fn body_failure(error: &BodyError, file: &Path) -> Failure {
    let name = if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
    Failure::usage(error.in_file(&name)).in_field(error.field.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_of_a_request_bears_its_own_and_the_same_when_it_is_repeated() {
        let drawn = |name: &str| (0..3).map(|number| fresh(name, number)).collect::<Vec<_>>();
        assert_eq!(drawn("a"), drawn("a"));
        let all: std::collections::BTreeSet<_> = [drawn("a"), drawn("b"), drawn("")].concat().into_iter().collect();
        assert_eq!(all.len(), 9);
    }

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
