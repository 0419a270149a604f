//! `POST /v1/records`: records as JSON lines, at most [`limits::SUBMIT_RECORDS_MAX`] a request.
//!
//! Each line is checked, decided and sealed by itself: a refused line is refused, the others are recorded. All lines of
//! one channel and lane that pass are appended in one batch, in their order, under the request's idempotency key. A request
//! that is repeated under its key is answered as it was ([`repeat`]).

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt::Write as _,
    sync::Arc,
    time::Duration,
};

use axum::{
    Extension,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use protocol::{
    channel::{
        Channel,
        admit::period_of,
        append::{AppendError, Prepared},
        life::Standing,
    },
    commit::{Period, SubmitResult},
    date::Date,
    encoding::{from_base64, to_base64},
    header::Header,
    id::{ChannelId, Hash},
    limits::{APPROVALS_BYTES_MAX, BODY_BYTES_MAX},
    origin::{Lane, Origin, Position},
    record::{Context, Parts},
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tokio::time::timeout;

use self::repeat::{Before, Numbers, conflict, placed_key, refused_before, waiting_key};
use crate::{
    audit::{By, Noted},
    callers::Caller,
    channel::{ChannelHandle, delivered_to_all},
    clock,
    db::SUITE,
    decide::{self, Candidate, Terms, life},
    fault::{Code, ErrorBody, Fault},
    http::route::Param,
    limits,
    node::Node,
    person_counts::Claim,
    protection::{
        Item, Leaving, aside,
        neutral::{self, Asked},
    },
    threads,
    transport::client::IDEMPOTENCY_KEY,
    work::{self, blocking},
    writer::{Order, Submission, Submitted, WriteError},
};

mod repeat;

/// How long the caller waits.
#[derive(Debug, Deserialize)]
pub struct Wait {
    #[serde(default)]
    wait: WaitFor,
    #[serde(default = "wait_seconds")]
    timeout_s: u64,
}

/// Until when the caller waits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WaitFor {
    /// Durable at this node.
    #[default]
    Recorded,
    /// Receipted by every partner.
    Delivered,
}

const fn wait_seconds() -> u64 {
    limits::SUBMIT_WAIT_SECONDS
}

/// Query of [`submit`].
pub const WAIT: &[Param] = &[
    Param::new("wait", "string", "`recorded` (as without it) or `delivered`"),
    Param::new("timeout_s", "integer", "Seconds to wait"),
];

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(default, borrow)]
    id: Option<Cow<'a, str>>,
    channel: ChannelId,
    #[serde(default)]
    lane: Option<Lane>,
    #[serde(borrow)]
    header: &'a RawValue,
    #[serde(default, borrow)]
    body: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    body_base64: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    approvals: Option<Cow<'a, str>>,
}

impl Line<'_> {
    fn group(&self) -> Group {
        (self.channel, self.lane.unwrap_or(Lane::Main))
    }
}

/// The lines of a request, each read or with what is wrong with it.
fn lines(body: &[u8]) -> Result<Vec<Result<Line<'_>, Fault>>, Fault> {
    let text = std::str::from_utf8(body).map_err(|_| Fault::usage("the request is not UTF-8"))?;
    let mut lines = Vec::new();
    for (line, number) in text.lines().filter(|line| !line.trim().is_empty()).zip(1..) {
        if number > limits::SUBMIT_RECORDS_MAX {
            let most = limits::SUBMIT_RECORDS_MAX;
            let message = format!("a request holds at most {most} records: send the rest in another");
            return Err(Fault::usage(message));
        }
        lines.push(serde_json::from_str(line).map_err(|error| Fault::usage(format!("line {number}: {error}"))));
    }
    Ok(lines)
}

/// What became of one line: refused, or the place among the accepted lines of its group.
struct Judged {
    id: Option<String>,
    /// Absent where the line can't be read.
    group: Option<Group>,
    outcome: Result<Accepted, Fault>,
}

/// What becomes of an accepted line.
#[derive(Clone, Copy)]
enum Accepted {
    /// It is recorded: its place among those of its group.
    Placed(Group, u64),
    /// It is taken, and waits to be released.
    Waits(Group),
}

/// Lines of one channel and lane are appended together.
type Group = (ChannelId, Lane);

/// The accepted lines of a group, sealed.
struct Batch {
    handle: Arc<ChannelHandle>,
    /// The value under which every line of the group is judged and sealed.
    channel: Arc<Channel>,
    context: Context,
    /// What the lines are decided under.
    decided: Standing,
    terms: Terms,
    /// Whether the office of the caller's token, if it has one, is enrolled in the channel by this agency.
    is_office_enrolled: bool,
    prepared: Prepared,
    used_attachments: Vec<Hash>,
    claims: Vec<Claim>,
    /// The purposes of the records, for the batch's audit entry.
    why: BTreeSet<String>,
    /// Places and kinds of those that one officer releases alone.
    alone: Vec<(u64, String)>,
    waiting: Vec<Waiting>,
    /// The lines that are sealed.
    sealed_lines: Numbers,
    /// The lines that are taken and wait.
    waiting_lines: Numbers,
    /// What became of the lines when the request was made before under its key.
    before: Before,
}

/// A line that is taken and waits.
enum Waiting {
    /// A record towards a state that somebody in the protection register fears: it is decided when it is released.
    Release(Box<Leaving>, Period),
    /// An answer that provides nothing: the node makes it.
    Nothing(Asked),
}

impl Batch {
    fn open(judge: &Judge, (id, lane): Group) -> Result<Self, Fault> {
        let Judge { node, caller, key, today, bytes } = judge;
        let handle = node
            .channel(&id)
            .ok_or_else(|| Fault::not_found(format!("no channel {id} is open here")).in_field("channel"))?;
        let channel = handle.value();
        let origin = channel.own_log(lane);
        let agreement = channel.governing(&origin);
        let terms = Terms::of(node, &channel, &origin, &agreement, *today)?
            .ok_or_else(|| Fault::new(Code::Internal, "nothing is decided under the governing agreement"))?;
        let context = Context { channel: id, author: node.me, agreement };
        let decided = channel.standing(&origin);
        let is_office_enrolled = caller
            .office()
            .is_none_or(|office| channel.own_officers().any(|enrolled| enrolled.officer.office == office));
        // A sealed record is about as long as its line.
        let prepared = Prepared::with_capacity(bytes / limits::RECORD_BYTES_USUAL, *bytes);
        let before = key.as_ref().map(|key| Before::of(node, (id, lane), key)).transpose()?.unwrap_or_default();
        Ok(Self {
            handle,
            channel,
            context,
            decided,
            terms,
            is_office_enrolled,
            prepared,
            used_attachments: Vec::new(),
            claims: Vec::new(),
            why: BTreeSet::new(),
            alone: Vec::new(),
            waiting: Vec::new(),
            sealed_lines: Numbers::default(),
            waiting_lines: Numbers::default(),
            before,
        })
    }

    /// Takes a line that waits.
    fn wait(&mut self, group: Group, number: usize, waiting: Waiting) -> Result<Accepted, Fault> {
        if self.before.waiting.is_some() {
            return Err(refused_before());
        }
        self.waiting.push(waiting);
        self.waiting_lines.push(number);
        Ok(Accepted::Waits(group))
    }
}

/// Where the records of a group came to lie.
struct Placed {
    handle: Arc<ChannelHandle>,
    /// The log's short name.
    log: String,
    first: u64,
    last: Position,
}

impl Placed {
    /// Receipts cover all that lies below, so the last record stands for all.
    fn is_delivered(&self) -> bool {
        delivered_to_all(&self.handle.value(), &self.last)
    }
}

/// Answers each line with its place and state, or with its error, in the order of the lines.
pub async fn submit(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    node.auditors.check()?;
    let by = Arc::new(By::caller(&caller));
    let key = idempotency_key(&headers)?;
    let key = key.map(|key| (key, SUITE.sha256(&[&body])));
    let judge = Judge { node: node.clone(), caller, key: key.clone(), today: clock::today(), bytes: body.len() };
    let (mut judged, mut batches) = judge.clone().over(&body, None).await?;
    let mut placed: BTreeMap<Group, Result<Placed, Fault>> = BTreeMap::new();
    let mut laid: BTreeMap<Group, Result<(), Fault>> = BTreeMap::new();
    let deadline = Duration::from_secs(wait.timeout_s.min(limits::SUBMIT_WAIT_SECONDS_MAX));
    let mut tries = 0;
    while let Some((group, mut batch)) = batches.pop_first() {
        let waiting = (std::mem::take(&mut batch.waiting), std::mem::take(&mut batch.waiting_lines));
        if let Some((origin, first, lines)) = &batch.before.placed {
            let last = Position { origin: *origin, index: first + lines.count().saturating_sub(1) };
            let handle = Arc::clone(&batch.handle);
            placed.insert(group, Ok(Placed { handle, log: origin.short(), first: *first, last }));
        }
        if batch.prepared.is_empty() {
            laid.insert(group, lay(&node, group, waiting, key.clone()).await);
            continue;
        }
        let count = batch.prepared.len() as u64;
        let handle = Arc::clone(&batch.handle);
        let result = match timeout(deadline, place(&node, group, batch, Arc::clone(&by), key.clone())).await {
            // The agreement changed under the decision, or the same request overtook this one: the group's lines are
            // judged again, and the caller sees only what comes of that.
            Ok(Err(NotPlaced::Moved)) if tries < limits::DECIDE_AGAIN_MAX => {
                tries += 1;
                let (lines, again) = judge.clone().over(&body, Some(group)).await?;
                for (line, outcome) in judged.iter_mut().zip(lines).filter(|(line, _)| line.group == Some(group)) {
                    *line = outcome;
                }
                batches.extend(again);
                continue;
            }
            Ok(Err(NotPlaced::Moved)) => Err(WriteError::from(AppendError::Moved).into()),
            Ok(Err(NotPlaced::Error(error))) => Err(error),
            Ok(Ok((origin, first))) => {
                Ok(Placed { handle, log: origin.short(), first, last: Position { origin, index: first + count - 1 } })
            }
            Err(_) => Err(Fault::new(
                Code::Unavailable,
                "not recorded in time: the node waits for a partner to show its heads, or its disk is slow; ask again \
                 with the same idempotency key",
            )),
        };
        placed.insert(group, result);
        laid.insert(group, lay(&node, group, waiting, key.clone()).await);
    }
    if wait.wait == WaitFor::Delivered {
        let all = async {
            for placed in placed.values().flatten() {
                placed.handle.delivered(&placed.last).await;
            }
        };
        // Who waits no longer learns that the records are recorded: the answer says so for each line.
        let _ = timeout(deadline, all).await;
    }
    for Judged { outcome, .. } in &mut judged {
        if let Ok(Accepted::Waits(group)) = outcome
            && let Some(Err(error)) = laid.get(group)
        {
            *outcome = Err(error.clone());
        }
    }
    let noted = noted(&judged, &placed);
    Ok((Extension(noted), [(CONTENT_TYPE, "application/x-ndjson")], answer(judged, &placed)).into_response())
}

/// Lays the lines of a group aside that wait, in one transaction with the result under the caller's key.
async fn lay(
    node: &Node,
    group: Group,
    (waiting, lines): (Vec<Waiting>, Numbers),
    key: Option<(String, Hash)>,
) -> Result<(), Fault> {
    if waiting.is_empty() {
        return Ok(());
    }
    let node = node.clone();
    blocking(move || {
        let now = clock::now_ms();
        let mut records = Vec::new();
        for waiting in waiting {
            match waiting {
                Waiting::Nothing(asked) => neutral::intend(&node, &asked, now)?,
                Waiting::Release(leaving, period) => records.push((Item::Leaving(leaving), period)),
            }
        }
        let result = key.map(|(key, digest)| SubmitResult {
            key: waiting_key(group, &key),
            digest,
            answer: lines.to_string().into_bytes(),
            time: now,
        });
        aside::lay_all(&node, group.0, records, result)?;
        node.protection.woken.notify_one();
        Ok::<_, Fault>(())
    })
    .await
}

/// What was recorded stands in the audit log with its batch. What was refused here is said beside: by rule, or else by the
/// kind of error, and never with words of the record.
fn noted(judged: &[Judged], placed: &BTreeMap<Group, Result<Placed, Fault>>) -> Noted {
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let failed = judged.iter().filter_map(|judged| match &judged.outcome {
        Err(error) => Some(error),
        Ok(Accepted::Placed(group, _)) => placed.get(group)?.as_ref().err(),
        Ok(Accepted::Waits(_)) => None,
    });
    for error in failed {
        let why = error.rule.clone().unwrap_or_else(|| format!("{:?}", error.code));
        *refused.entry(why).or_default() += 1;
    }
    let waiting = judged.iter().filter(|judged| matches!(judged.outcome, Ok(Accepted::Waits(_)))).count();
    match (refused.is_empty(), waiting) {
        (true, 0) if !placed.is_empty() => Noted::in_batch(),
        (_, 0) => Noted::facts(json!({ "not_recorded": refused })),
        (true, _) => Noted::facts(json!({ "waiting": waiting })),
        _ => Noted::facts(json!({ "not_recorded": refused, "waiting": waiting })),
    }
}

/// Says of each line what would become of it, and changes nothing: the same checks and decisions as for a submission,
/// without attachments' uploads, the hour's count of the urgent lane and what a reader decides for itself.
pub async fn attempt(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Response, Fault> {
    let judge = Judge { node, caller, key: None, today: clock::today(), bytes: body.len() };
    let answers = work::over(weight(&body), move || judge.attempt(&body))
        .await
        .ok_or_else(|| Fault::new(Code::Internal, "checking the records was interrupted"))??;
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], answers).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=limits::IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            Fault::usage(format!(
                "an idempotency key is 1 to {} visible ASCII characters",
                limits::IDEMPOTENCY_KEY_BYTES_MAX
            ))
        })
}

/// How heavy it is to judge a request: as heavy as it is long, or as can be, where it may have to wait for its threads.
fn weight(body: &[u8]) -> usize {
    let nothing = b"nothing_to_provide";
    if body.len() > limits::SHORT_WORK_BYTES_MAX {
        return body.len();
    }
    if body.windows(nothing.len()).any(|part| part == nothing) { usize::MAX } else { body.len() }
}

/// Checks, decides and seals lines. Pure work on one thread: it runs beside the writer.
#[derive(Clone)]
struct Judge {
    node: Node,
    caller: Caller,
    key: Option<(String, Hash)>,
    today: Date,
    /// Length of the request.
    bytes: usize,
}

impl Judge {
    /// Judges the lines, or only those of one group, beside the writer.
    async fn over(self, body: &Bytes, only: Option<Group>) -> Result<(Vec<Judged>, BTreeMap<Group, Batch>), Fault> {
        let body = body.clone();
        work::over(weight(&body), move || self.judge(&body, only))
            .await
            .ok_or_else(|| Fault::new(Code::Internal, "checking the records was interrupted"))?
    }

    /// Lines of other groups than `only` are read and not sealed: their place in the list stays.
    fn judge(&self, body: &[u8], only: Option<Group>) -> Result<(Vec<Judged>, BTreeMap<Group, Batch>), Fault> {
        let mut judged = Vec::new();
        let mut batches = BTreeMap::new();
        for (line, number) in lines(body)?.into_iter().zip(0..) {
            judged.push(match line {
                Err(error) => Judged { id: None, group: None, outcome: Err(error) },
                Ok(line) => {
                    let id = line.id.as_deref().map(str::to_owned);
                    let group = line.group();
                    let outcome = match only.is_none_or(|only| only == group) {
                        true => self.seal(&line, number, &mut batches),
                        false => Ok(Accepted::Placed(group, 0)),
                    };
                    Judged { id, group: Some(group), outcome }
                }
            });
        }
        // A group of which every line was refused has nothing to append.
        batches.retain(|_, batch: &mut Batch| {
            !batch.prepared.is_empty() || !batch.waiting.is_empty() || batch.before.placed.is_some()
        });
        Ok((judged, batches))
    }

    fn attempt(&self, body: &[u8]) -> Result<String, Fault> {
        let mut text = String::new();
        let mut batches = BTreeMap::new();
        for line in lines(body)? {
            let id = line.as_ref().ok().and_then(|line| line.id.as_deref().map(str::to_owned));
            let outcome = line.and_then(|line| {
                let batch = self.batch(&line, &mut batches)?;
                let record = Checked::new(&self.node, &line, batch, &self.caller, self.today)?;
                Ok(json!({
                    "id": id,
                    "state": if record.waits.is_some() { "would_wait" } else { "would_be_recorded" },
                    "agreement": hex::encode(batch.context.agreement),
                    "version": batch.terms.agreement().version,
                    "clause": record.header.clause,
                }))
            });
            let answer = outcome.unwrap_or_else(|error| json!({ "id": id, "error": error }));
            let _ = writeln!(text, "{answer}");
        }
        Ok(text)
    }

    /// The open batch of a line's group.
    fn batch<'a>(&self, line: &Line<'_>, batches: &'a mut BTreeMap<Group, Batch>) -> Result<&'a mut Batch, Fault> {
        Ok(match batches.entry(line.group()) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => new.insert(Batch::open(self, line.group())?),
        })
    }

    fn seal(&self, line: &Line<'_>, number: usize, batches: &mut BTreeMap<Group, Batch>) -> Result<Accepted, Fault> {
        let group = line.group();
        let batch = self.batch(line, batches)?;
        if let Some(place) = batch.before.place(number) {
            return Ok(Accepted::Placed(group, place));
        }
        if batch.before.waits(number) {
            return Ok(Accepted::Waits(group));
        }
        let mut record = Checked::new(&self.node, line, batch, &self.caller, self.today)?;
        if let Some(Waits::Nothing(asked)) = record.waits.take_if(|waits| matches!(waits, Waits::Nothing(_))) {
            return batch.wait(group, number, Waiting::Nothing(asked));
        }
        let (attachments, blob_bytes) = crate::attachments::keys_for(&self.node, &record.header)?;
        if record.waits.is_none() && batch.before.placed.is_some() {
            return Err(refused_before());
        }
        let period = period_of(&record.header, clock::now_ms());
        if record.waits.is_some() {
            let leaving = Leaving {
                lane: group.1,
                header: line.header.get().to_owned(),
                body: to_base64(&record.body),
                approvals: String::from_utf8_lossy(record.approvals).into_owned(),
                token: self.caller.id().to_owned(),
                role: self.caller.role().to_owned(),
                stopped: None,
                hidden: false,
                recorded: None,
            };
            return batch.wait(group, number, Waiting::Release(Box::new(leaving), period));
        }
        let place = batch.prepared.len() as u64;
        batch.sealed_lines.push(number);
        let header = line.header.get().as_bytes();
        let parts = Parts { header, approvals: record.approvals, attachments: &attachments, body: &record.body };
        batch
            .prepared
            .push(SUITE, &mut crate::entropy(), &batch.context, &parts, period, &blob_bytes)
            .map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        batch.used_attachments.extend(record.header.attachments.iter().map(|attachment| attachment.sha256));
        batch.claims.extend(record.claim);
        if let Some(purpose) = record.header.purpose.filter(|purpose| !batch.why.contains(purpose)) {
            batch.why.insert(purpose);
        }
        if record.alone {
            batch.alone.push((place, record.header.kind));
        }
        Ok(Accepted::Placed(group, place))
    }
}

/// A line that may be recorded.
struct Checked<'a> {
    header: Header,
    body: Cow<'a, [u8]>,
    approvals: &'a [u8],
    /// The persons that it is about, counted in.
    claim: Option<Claim>,
    /// Whether one officer releases it alone (EYE-03).
    alone: bool,
    /// Why it waits, if it does.
    waits: Option<Waits>,
}

/// Why a line waits.
enum Waits {
    /// Somebody in the protection register fears a state on the other side.
    Register,
    /// It provides nothing in answer to this request.
    Nothing(Asked),
}

impl<'a> Checked<'a> {
    fn new(node: &Node, line: &'a Line<'_>, batch: &Batch, caller: &Caller, today: Date) -> Result<Self, Fault> {
        let header = Header::parse(line.header.get().as_bytes())
            .map_err(|error| Fault::usage(error.to_string()).in_field("header"))?;
        if header.is_protocol() {
            let message = "records of the protocol itself are written by the node";
            return Err(Fault::usage(message).in_field("kind"));
        }
        caller.check_kind(Some(&header.kind))?;
        check_office(caller, batch.is_office_enrolled, &header)?;
        let body: Cow<'_, [u8]> = match (&line.body, &line.body_base64) {
            (Some(text), None) => Cow::Borrowed(text.as_bytes()),
            (None, Some(base64)) => Cow::Owned(from_base64(base64).ok_or_else(|| {
                Fault::usage("the body is not padded base64 of the standard alphabet").in_field("body_base64")
            })?),
            _ => return Err(Fault::usage("a record has either `body` or `body_base64`").in_field("body")),
        };
        if body.len() > BODY_BYTES_MAX {
            let message = format!("a body is at most {BODY_BYTES_MAX} bytes: send more as an attachment");
            return Err(Fault::usage(message).in_field("body"));
        }
        let approvals = line.approvals.as_deref().unwrap_or_default().as_bytes();
        if approvals.len() > APPROVALS_BYTES_MAX {
            return Err(Fault::usage("the approvals are too long").in_field("approvals"));
        }
        if desks::kinds::provides_nothing(&header, &body) {
            let waits = Some(Waits::Nothing(nothing(node, batch, caller, (&header, line.group().1), today)?));
            return Ok(Self { header, body, approvals, claim: None, alone: false, waits });
        }
        let given =
            decide::approvals_of(&batch.channel, &batch.context, line.header.get().as_bytes(), &body, approvals)?;
        let agreement = batch.terms.agreement();
        life::check_sending(&batch.channel, agreement, today)?;
        life::check_lane(agreement, line.group().1, &header, body.len())?;
        let claim = batch.terms.leaving(&Candidate { header: &header, body: &body, approvals: &given })?;
        let alone = decide::is_released_alone(&header, &given);
        // What waits is counted when it is released.
        let waits = batch.terms.waits().then_some(Waits::Register);
        Ok(Self { header, body, approvals, claim: claim.filter(|_| waits.is_none()), alone, waits })
    }
}

/// The request that an answer that provides nothing is meant for, if the node may make that answer: of the officer's record
/// only thread and lane count (ASY-02).
fn nothing(
    node: &Node,
    batch: &Batch,
    caller: &Caller,
    (header, lane): (&Header, Lane),
    today: Date,
) -> Result<Asked, Fault> {
    threads::catch_up(node)?;
    let asked = match header.thread {
        Some(thread) => neutral::asked(node, &batch.channel, lane, thread)?,
        None => None,
    };
    let asked =
        asked.filter(|asked| node.protection.shows(caller, &asked.position, Some(&asked.thread))).ok_or_else(|| {
            let message = "no request in this thread and lane waits for an answer of this agency";
            Fault::new(Code::Refused, message).in_field("thread")
        })?;
    life::check_sending(&batch.channel, batch.terms.agreement(), today)?;
    let (header, body) = neutral::compose(node, &batch.channel, batch.terms.agreement(), &asked, today)?;
    batch.terms.leaving(&Candidate { header: &header, body, approvals: &[] })?;
    Ok(asked)
}

/// A token speaks for its own office only, and only in a channel in which that office is enrolled.
fn check_office(caller: &Caller, is_enrolled: bool, header: &Header) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(Code::Forbidden, message).in_field("author_office"));
    match (caller.office(), header.author_office.as_deref()) {
        (Some(office), Some(stated)) if office == stated && is_enrolled => Ok(()),
        (Some(office), Some(stated)) if office == stated => {
            refuse(format!("no officer of {office} is enrolled in this channel: enrol one with `mithaq officer enrol`"))
        }
        (Some(office), _) => refuse(format!("the token speaks for {office}: the header must name this office")),
        (None, Some(_)) if caller.is_without_office() => refuse(
            "the token is bound to no office, so the header may not name one: ask for a token of the office".into(),
        ),
        (None, _) => Ok(()),
    }
}

/// Why a group was not placed.
enum NotPlaced {
    /// What the decision read has changed, or the same request was recorded meanwhile: judge again.
    Moved,
    /// Anything else.
    Error(Fault),
}

impl From<Fault> for NotPlaced {
    fn from(error: Fault) -> Self {
        Self::Error(error)
    }
}

/// Gives a group's records to the writer, waiting as long as the channel may not sign.
async fn place(
    node: &Node,
    (channel, lane): Group,
    batch: Batch,
    by: Arc<By>,
    key: Option<(String, Hash)>,
) -> Result<(Origin, u64), NotPlaced> {
    batch.handle.may_sign().await?;
    let submission = |reply| Submission {
        lane,
        by,
        why: batch.why,
        alone: batch.alone,
        prepared: batch.prepared,
        decided: batch.decided,
        key: key.map(|(key, digest)| (placed_key((channel, lane), &key), digest)),
        claims: batch.claims,
        aside: None,
        answer: Box::new(move |origin, first| repeat::placed(origin, first, &batch.sealed_lines)),
        reply,
    };
    let submitted = match batch.handle.ask(|reply| Order::Submit(Box::new(submission(reply)))).await {
        Err(WriteError::Append(AppendError::Moved)) => return Err(NotPlaced::Moved),
        submitted => submitted.map_err(Fault::from)?,
    };
    let placed = match submitted {
        Submitted::Placed { origin, first } => (origin, first),
        // The same request, made at the same time, came first.
        Submitted::Repeated => return Err(NotPlaced::Moved),
        Submitted::Conflict => return Err(conflict().into()),
    };
    for sha256 in batch.used_attachments {
        node.keys.destroy_pending(&sha256).map_err(Fault::from)?;
    }
    Ok(placed)
}

fn answer(judged: Vec<Judged>, placed: &BTreeMap<Group, Result<Placed, Fault>>) -> String {
    let states: BTreeMap<&Group, &str> = placed
        .iter()
        .filter_map(|(group, placed)| Some((group, placed.as_ref().ok()?)))
        .map(|(group, placed)| (group, if placed.is_delivered() { "delivered" } else { "recorded" }))
        .collect();
    let mut text = String::with_capacity(judged.len() * 140);
    for Judged { id, outcome, .. } in judged {
        text.push('{');
        if let Some(id) = &id {
            let _ = write!(text, "\"id\":{},", serde_json::Value::from(id.as_str()));
        }
        let place = outcome.and_then(|accepted| match accepted {
            Accepted::Waits(_) => Ok(None),
            Accepted::Placed(group, place) => match (placed.get(&group), states.get(&group)) {
                (Some(Ok(placed)), Some(state)) => Ok(Some((placed, placed.first + place, state))),
                (Some(Err(error)), _) => Err(error.clone()),
                _ => Err(Fault::new(Code::Internal, "the record's batch is missing")),
            },
        });
        match place {
            Ok(None) => text.push_str("\"state\":\"waiting\"}\n"),
            Ok(Some((Placed { log, .. }, index, state))) => {
                let _ = writeln!(text, "\"ref\":{{\"log\":\"{log}\",\"index\":{index}}},\"state\":\"{state}\"}}");
            }
            Err(error) => {
                let body = serde_json::to_string(&ErrorBody { error }).unwrap_or_default();
                let _ = writeln!(text, "{}", body.strip_prefix('{').unwrap_or(&body));
            }
        }
    }
    text
}
