//! `mithaq draft` and `mithaq pending`: what an office works on before it is sent.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use node::{
    answers::{
        drafts::{Approve, Assign, BringBack, DraftList, DraftRow, DraftShown, HandOver, Release, Said, SaveDraft},
        preparation::Prepared,
        work::{WorkList, WorkShown},
    },
    drafting::{self, ToPrepare},
    office::{SentAs, State, With},
};
use protocol::{
    agreement::ApprovalRole,
    header::Header,
    id::Hash,
    record::{self, Approval, Context},
    suite::AwsLc,
};
use serde::Serialize;
use serde_json::json;
use texts::{Message, say};

use super::{
    agreement::find_channel,
    send::{self, LaneArg},
    word, work,
};
use crate::{
    api::{self, Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    officer::OfficerKey,
    output::{self, Cell},
    said,
};

/// List what waits for you: drafts to write on, to approve or to release, and threads that are with you.
#[derive(ClapArgs)]
#[command(after_help = "Example: mithaq pending node-a --token-file omar.token")]
pub struct PendingArgs {
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Which part of a list.
#[derive(ClapArgs)]
pub struct PageArgs {
    /// Go on behind an earlier page: its `next`.
    #[arg(long)]
    cursor: Option<String>,
    /// At most so many drafts, 1 to 200.
    #[arg(long, default_value_t = 200)]
    limit: u16,
}

#[derive(Subcommand)]
pub enum Command {
    /// Begin a draft. It need not be complete.
    #[command(after_help = "Examples:\n  \
                            mithaq draft new node-a --kind correspondence.note/1 note.json --token-file layla.token\n  \
                            mithaq draft new node-a --reply-to req-0123abcd --kind requests.reply/1 \
                            answer.json")]
    New {
        #[command(flatten)]
        node: NodeArgs,
        #[command(flatten)]
        content: Content,
    },
    /// Write a draft anew, in place of the revision that you saw.
    #[command(
        after_help = "Example: mithaq draft save node-a d-2026-014 --revision 2 --kind correspondence.note/1 note.json"
    )]
    Save {
        #[command(flatten)]
        node: NodeArgs,
        /// The draft.
        id: String,
        /// The revision that you saw.
        #[arg(long)]
        revision: u64,
        #[command(flatten)]
        content: Content,
    },
    /// List the drafts that concern you.
    #[command(after_help = "Example: mithaq draft list node-a --state handed_over")]
    List {
        #[command(flatten)]
        node: NodeArgs,
        /// Only those in this state: open, handed_over, leaving, sent, refused.
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a draft: what will be sent, to whom, under which clause, and what is still to be done.
    #[command(after_help = "Example: mithaq draft show node-a d-2026-014")]
    Show(One),
    /// Hand a draft over: nothing of it changes from then on. Where the clause asks for it, you approve as its author with that.
    #[command(
        after_help = "Examples:\n  mithaq draft hand-over node-a d-2026-014 --key layla.key --token-file layla.token\n  \
                            mithaq draft hand-over node-a d-2026-014 --key layla.key --to-office Release"
    )]
    HandOver {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        key: KeyArgs,
        #[command(flatten)]
        to: To,
    },
    /// Approve a draft that was handed over, as your role does: as data protection officer, as head of delegation.
    #[command(
        after_help = "Example: mithaq draft approve node-a d-2026-014 --as dpo --key dpo.key --token-file dpo.token"
    )]
    Approve {
        #[command(flatten)]
        one: One,
        /// In which part: dpo, fundamental_rights_officer, head_of_delegation, observer, protection_officer, release_authority.
        #[arg(long = "as", value_name = "PART")]
        role: String,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Release a draft, which sends it. Nobody releases what they wrote.
    #[command(after_help = "Example: mithaq draft release node-a d-2026-014 --key omar.key --token-file omar.token")]
    Release {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Send a draft that you handed over and that nobody has to release.
    #[command(after_help = "Example: mithaq draft send node-a d-2026-014 --token-file layla.token")]
    Send(One),
    /// Give a draft back to whoever wrote it, and say why; or take back what you handed over.
    #[command(after_help = "Example: mithaq draft return node-a d-2026-014 \"The offence is missing.\"")]
    Return(Remarked),
    /// Refuse a draft, and say why: it is not sent.
    #[command(after_help = "Example: mithaq draft refuse node-a d-2026-014 \"Not necessary for the case.\"")]
    Refuse(Remarked),
    /// Say something of a draft. It never leaves the node.
    #[command(after_help = "Example: mithaq draft remark node-a d-2026-014 \"Ask Desk 7 for the file number.\"")]
    Remark(Remarked),
    /// Say who deals with a draft.
    #[command(after_help = "Examples:\n  mithaq draft assign node-a d-2026-014 --to-person 7b21\n  \
                            mithaq draft assign node-a d-2026-014     (to nobody but whoever wrote it)")]
    Assign {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        to: To,
    },
    /// Put a draft aside until a day.
    #[command(after_help = "Example: mithaq draft bring-back node-a d-2026-014 --on 2026-12-14")]
    BringBack {
        #[command(flatten)]
        one: One,
        /// The day: YYYY-MM-DD. Without it, at once.
        #[arg(long)]
        on: Option<String>,
    },
    /// Destroy a draft.
    #[command(after_help = "Example: mithaq draft discard node-a d-2026-014")]
    Discard(One),
}

/// One draft.
#[derive(ClapArgs)]
pub struct One {
    #[command(flatten)]
    node: NodeArgs,
    /// The draft: d-2026-014.
    id: String,
}

/// One draft, and what is said of it.
#[derive(ClapArgs)]
pub struct Remarked {
    #[command(flatten)]
    one: One,
    /// What is said.
    remark: String,
}

/// To whom something is given.
#[derive(ClapArgs)]
pub struct To {
    /// A person: id, the beginning of it, or name.
    #[arg(long, value_name = "PERSON", conflicts_with = "to_office")]
    to_person: Option<String>,
    /// Whoever speaks for this office.
    #[arg(long, value_name = "OFFICE")]
    to_office: Option<String>,
}

impl To {
    pub fn with(self) -> Option<With> {
        self.to_person.map(With::Person).or(self.to_office.map(With::Office))
    }
}

/// The key with which somebody approves.
#[derive(ClapArgs)]
pub struct KeyArgs {
    /// Your own key file. It stays on this machine: only the signature is sent.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File with the key's passphrase. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: Option<PathBuf>,
    /// Sign only if the draft has this digest, or one that begins so: what `mithaq draft show` showed.
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
}

/// What a draft says.
#[derive(ClapArgs)]
pub struct Content {
    /// The body in JSON or TOML; - is standard input.
    #[arg(value_name = "BODYFILE")]
    body: PathBuf,
    /// The kind of record.
    #[arg(long)]
    kind: String,
    /// The channel: its id or the beginning of it, or the partner's label; the only one where there is one.
    #[arg(long)]
    channel: Option<String>,
    /// The thread, or the record in it, that this belongs to.
    #[arg(long, value_name = "THREAD|RECORD")]
    reply_to: Option<String>,
    /// The clause that allows it; the thread's, or the only one that does, where there is one.
    #[arg(long, value_name = "ID")]
    clause: Option<String>,
    /// A field of the header: text, or JSON where it begins with [, {, \" or is a number. Repeat it.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// A file that goes with the record. Repeat it.
    #[arg(long = "attach", value_name = "FILE")]
    attachments: Vec<PathBuf>,
    /// Which of the two logs: the thread's, or main.
    #[arg(long)]
    lane: Option<LaneArg>,
}

impl Content {
    async fn read(&self, api: &Api, json: bool) -> Result<ToPrepare, Failure> {
        let kind = drafting::kind(&self.kind)?;
        let bodies = send::bodies(kind, &self.body)?;
        let [body] = &bodies[..] else {
            return Err(Failure::usage(say!("draft-one-record")).in_field("body"));
        };
        let body = str::from_utf8(body).map_err(|_| Failure::usage(say!("body-not-text")))?;
        let mut header = send::fields(None, &self.set)?;
        if !self.attachments.is_empty() {
            let mut attachments = Vec::new();
            for file in &self.attachments {
                attachments.push(send::upload(api, file, json).await?);
            }
            header.insert("attachments".to_owned(), json!(attachments));
        }
        let channel = match &self.channel {
            Some(prefix) => Some(find_channel(api, prefix).await?),
            None => None,
        };
        Ok(ToPrepare {
            channel,
            lane: self.lane.map(LaneArg::lane),
            kind: kind.name.to_owned(),
            clause: self.clause.clone(),
            reply_to: self.reply_to.clone(),
            header,
            body: body.into(),
            name: None,
        })
    }
}

pub async fn pending(PendingArgs { node, page }: PendingArgs, json: bool) -> Result<(), Failure> {
    let api = Api::of(&node).await?;
    let list = drafts(&api, ("waiting", Some("true")), &page).await?.read()?;
    // Whoever only approves reads no threads.
    let work = match api.get::<WorkList>("/v1/work").await {
        Ok(answer) => answer.read()?,
        Err(failure) if failure.is_forbidden() => WorkList { work: Vec::new() },
        Err(failure) => return Err(failure),
    };
    if json {
        return output::json(&Pending { drafts: list.drafts, next: list.next, work: work.work });
    }
    if !list.drafts.is_empty() {
        table(&list)?;
    }
    if work.work.is_empty() { Ok(()) } else { work::table(&work) }
}

/// What waits for somebody.
#[derive(Serialize)]
struct Pending {
    drafts: Vec<DraftRow>,
    /// The cursor of the next page of drafts, if there is one.
    next: Option<String>,
    work: Vec<WorkShown>,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::New { node, content } => {
            let api = Api::of(&node).await?;
            let what = content.read(&api, json).await?;
            told(&api, Call::post_json("/v1/drafts", &what)?, json).await
        }
        Command::Save { node, id, revision, content } => {
            let api = Api::of(&node).await?;
            let draft = content.read(&api, json).await?;
            let path = format!("/v1/drafts/{id}");
            told(&api, Call::put_json(&path, &SaveDraft { revision, draft })?, json).await
        }
        Command::List { node, state, page } => {
            let answer = drafts(&Api::of(&node).await?, ("state", state.as_deref()), &page).await?;
            answer.tell(json, |list| table(&list))
        }
        Command::Show(One { node, id }) => {
            let answer = Api::of(&node).await?.get::<DraftShown>(&format!("/v1/drafts/{id}")).await?;
            answer.tell(json, |shown| show(&shown))
        }
        Command::HandOver { one: One { node, id }, key, to } => {
            let api = Api::of(&node).await?;
            let seen = look(&api, &id).await?;
            let asked = seen.prepared.approvals.iter().any(|asked| asked.role == ApprovalRole::Author);
            let approval = match asked {
                true => Some(key.approve(&seen, ApprovalRole::Author)?),
                false => None,
            };
            let over = HandOver { digest: seen.digest, approval, with: to.with() };
            told(&api, Call::post_json(&format!("/v1/drafts/{id}/hand-over"), &over)?, json).await
        }
        Command::Approve { one: One { node, id }, role, key } => {
            let api = Api::of(&node).await?;
            let seen = look(&api, &id).await?;
            let approval = key.approve(&seen, seen.part(&role)?)?;
            told(&api, Call::post_json(&format!("/v1/drafts/{id}/approve"), &Approve { approval })?, json).await
        }
        Command::Release { one: One { node, id }, key } => {
            let api = Api::of(&node).await?;
            let approval = match &key.key {
                Some(_) => Some(key.approve(&look(&api, &id).await?, ApprovalRole::ReleaseAuthority)?),
                None => None,
            };
            told(&api, Call::post_json(&format!("/v1/drafts/{id}/release"), &Release { approval })?, json).await
        }
        Command::Send(One { node, id }) => {
            let api = Api::of(&node).await?;
            told(&api, Call::post_json(&format!("/v1/drafts/{id}/send"), &Release::default())?, json).await
        }
        Command::Return(said) => say(said, "return", json).await,
        Command::Refuse(said) => say(said, "refuse", json).await,
        Command::Remark(said) => say(said, "remark", json).await,
        Command::Assign { one: One { node, id }, to } => {
            let api = Api::of(&node).await?;
            let with = to.with();
            told(&api, Call::post_json(&format!("/v1/drafts/{id}/assign"), &Assign { with })?, json).await
        }
        Command::BringBack { one: One { node, id }, on } => {
            let day = on.map(|day| day.parse()).transpose();
            let day = day.map_err(|_: protocol::date::NotADate| {
                let form = say!("date-form");
                Failure::usage(say!("day-invalid", error = form)).in_field("day")
            })?;
            let api = Api::of(&node).await?;
            told(&api, Call::post_json(&format!("/v1/drafts/{id}/bring-back"), &BringBack { day })?, json).await
        }
        Command::Discard(One { node, id }) => {
            let path = format!("/v1/drafts/{id}/discard");
            let answer = Api::of(&node).await?.act::<DraftRow>(&path).await?;
            answer.tell(json, |row| output::say(&say!("draft-destroyed", id = %row.id)))
        }
    }
}

async fn drafts(
    api: &Api,
    which: (&str, Option<&str>),
    PageArgs { cursor, limit }: &PageArgs,
) -> Result<Answer<DraftList>, Failure> {
    let limit = limit.to_string();
    let query = [which, ("cursor", cursor.as_deref()), ("limit", Some(&limit))];
    api.get::<DraftList>(&api::query("/v1/drafts", &query)).await
}

async fn say(Remarked { one: One { node, id }, remark }: Remarked, act: &str, json: bool) -> Result<(), Failure> {
    let api = Api::of(&node).await?;
    told(&api, Call::post_json(&format!("/v1/drafts/{id}/{act}"), &Said { remark })?, json).await
}

async fn told(api: &Api, call: Call<'_>, json: bool) -> Result<(), Failure> {
    api.ask::<DraftRow>(call).await?.tell(json, |draft| output::row(row(&draft)))
}

/// A draft as it was seen, with its digest as it was computed here.
struct Seen {
    prepared: Prepared,
    digest: Hash,
}

/// Fetches a draft and computes its digest over the bytes that are shown: nobody signs what they did not see.
async fn look(api: &Api, id: &str) -> Result<Seen, Failure> {
    let shown: DraftShown = api.get::<DraftShown>(&format!("/v1/drafts/{id}")).await?.read()?;
    let DraftShown { draft, prepared, problem, .. } = shown;
    let prepared = match (prepared, problem) {
        (Some(prepared), _) => prepared,
        (None, Some(problem)) => return Err(problem.into()),
        (None, None) => return Err(Failure::usage(say!("sent-already", id = %id))),
    };
    let lying = || Failure::internal(say!("signed-other"));
    let header = Header::parse(prepared.header.get().as_bytes()).map_err(|_| lying())?;
    let is_same = header.kind == draft.kind && drafting::with_fields(&header, &draft.header)? == header;
    let is_body = draft.body.as_str().is_none_or(|body| body == prepared.body);
    if !is_same || !is_body {
        return Err(lying());
    }
    let context = Context { channel: prepared.channel, author: prepared.author, agreement: prepared.agreement };
    let digest = record::digest(&AwsLc, &context, prepared.header.get().as_bytes(), prepared.body.as_bytes());
    if digest == prepared.digest { Ok(Seen { prepared, digest }) } else { Err(lying()) }
}

impl Seen {
    /// The part of this name, if the clause asks for its approval.
    fn part(&self, named: &str) -> Result<ApprovalRole, Failure> {
        let asked = self.prepared.approvals.iter().map(|asked| asked.role);
        let named_so = asked.clone().find(|role| role.name() == named);
        named_so.ok_or_else(|| {
            let parts: Vec<&str> = asked.map(|role| role.name()).collect();
            Failure::usage(say!("no-such-approval", named = %named, parts = %parts.join(", "))).in_field("as")
        })
    }
}

impl KeyArgs {
    fn approve(&self, seen: &Seen, role: ApprovalRole) -> Result<Approval, Failure> {
        let digest = hex::encode(seen.digest);
        if self.digest.as_ref().is_some_and(|stated| !digest.starts_with(stated.as_str())) {
            return Err(Failure::usage(say!("digest-differs", digest = %digest)).in_field("digest"));
        }
        let file =
            self.key.as_ref().ok_or_else(|| Failure::usage(say!("approval-key-missing", role = %role.name())))?;
        let key = OfficerKey::open(file, self.key_passphrase_file.as_deref())?;
        let asked = seen.prepared.approvals.iter().find(|asked| asked.role == role);
        let officers = asked.map(|asked| &asked.officers[..]).unwrap_or_default();
        let own = officers
            .iter()
            .find(|officer| officer.public == key.public())
            .ok_or_else(|| Failure::not_found(say!("key-not-enrolled")))?;
        let enrolment = record::Enrolment { origin: own.enrolment.origin, index: own.enrolment.index };
        Ok(key.approve(role, enrolment, &seen.digest))
    }
}

fn show(shown: &DraftShown) -> Result<(), Failure> {
    let DraftShown { row, to, clause_text, prepared, problem, given, remarks, .. } = shown;
    output::row(self::row(row))?;
    for recipient in to {
        let name = said::text(&recipient.names).unwrap_or_default();
        output::say(&say!("to-recipient", label = %recipient.label, as_str = %name))?;
    }
    if let Some(text) = said::text(clause_text) {
        output::say(&say!("clause-text", text = %text))?;
    }
    if let Some(prepared) = prepared {
        output::say(&say!("digest-is", digest = %hex::encode(prepared.digest)))?;
        output::say(&say!("header-is", get = %prepared.header.get()))?;
        output::lines_of(&prepared.body)?;
    }
    if let Some(problem) = problem {
        output::say(&say!("to-be-mended", message = %problem.message))?;
    }
    given
        .iter()
        .try_for_each(|given| output::say(&say!("approved-as", role = said::officer(given.role), by = %given.by)))?;
    remarks.iter().try_for_each(|remark| output::say(&said::remark(remark)))
}

fn table(DraftList { drafts, next }: &DraftList) -> Result<(), Failure> {
    let heads = [
        "".into(),
        say!("head-draft").into(),
        say!("head-revision").into(),
        say!("head-state").into(),
        say!("head-with").into(),
        say!("head-on").into(),
        say!("head-kind").into(),
        say!("head-title").into(),
    ];
    output::table(heads, drafts.iter().map(row).collect(), &say!("no-drafts"))?;
    next.iter().try_for_each(|next| output::say(&say!("there-are-more", next = %next)))
}

fn row(draft: &DraftRow) -> [Cell; 8] {
    let state = match (&draft.sent, draft.state) {
        (Some(SentAs::Recorded(place)), _) => {
            say!("sent-as", place = format!("{}/{}", super::short(&place.log), place.index))
        }
        (Some(SentAs::Waiting), _) => said::state("sent"),
        (None, State::HandedOver) if draft.missing.is_empty() => say!("to-be-released"),
        (None, State::HandedOver) => {
            let missing: Vec<Message> = draft.missing.iter().map(|role| said::officer(*role)).collect();
            say!("waits-for-roles", roles = missing)
        }
        (None, state) => said::state(&word(&state)),
    };
    let with = match &draft.with {
        Some(With::Person(id)) => id.clone(),
        Some(With::Office(office)) => office.clone(),
        None => "-".to_owned(),
    };
    let day = draft.bring_back.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let unread = if draft.unread { "*" } else { "" };
    let (id, revision) = (draft.id.clone(), format!("r{}", draft.revision));
    let (kind, title) = (draft.kind.as_str().into(), draft.title.as_str().into());
    [unread.into(), id.into(), revision.into(), state.into(), with.into(), day.into(), kind, title]
}
