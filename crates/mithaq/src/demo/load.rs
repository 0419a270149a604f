//! Thousands of notes while both nodes are killed.

use std::time::Duration;

use node::{
    answers::{channels::LogRow, submission::LineAnswer},
    drafting::Drawn,
};
use protocol::origin::Lane;
use texts::say;

use super::{
    Agency, Ledger, Narrator,
    story::{Pair, channel_of, note, wait_until},
};
use crate::{
    api::{self, Answer, Api, Call},
    commands::send::line,
    failure::Failure,
    progress::{Progress, Unit},
};

/// Fewest records that must be recorded at the sender and not delivered when the receiver is killed.
pub const IN_FLIGHT_MIN: usize = 200;
/// Notes in one request.
const REQUEST_NOTES: usize = 400;
/// Requests sent in any case.
const REQUESTS: usize = 6;
/// Tries to kill the receiver while enough is in flight: it may be faster than the kill.
const KILLS_MAX: usize = 6;
/// What the load is made of.
const KIND: &str = "correspondence.note/1";
/// How long the sender works on a request before it is killed.
const BEFORE_KILL: Duration = Duration::from_millis(15);

/// One request: its idempotency key, the ids and bodies of its notes, its lines.
struct Request {
    key: String,
    notes: Vec<(String, Vec<u8>)>,
    lines: String,
}

/// Sends the load through both kills, waits until all is delivered, and gives back how many were in flight at the kill.
pub async fn run(
    pair: &Pair,
    a: &mut Agency,
    b: &mut Agency,
    ledger: &mut Ledger,
    narrator: Narrator,
) -> Result<usize, Failure> {
    let started_ms = node::clock::now_ms();
    let before = ledger.len();
    let mut next = 0;
    let notes = u64::try_from(REQUESTS * REQUEST_NOTES).ok();
    let progress = Progress::start(narrator.check, &say!("progress-notes"), Unit::Count, notes);
    let in_flight = kill_receiver(pair, a, b, ledger, &mut next, &progress).await?;
    progress.beside(|| {
        let what = say!("demo-killed-receiver", label = b.made.label, notes = in_flight);
        narrator.say(&say!("demo-killed"), &what);
    });
    // The sender goes on recording while nobody receives.
    for _ in 0..2 {
        submit(&a.api(), pair, &Request::new(pair, &mut next)?, ledger, &progress).await?;
    }
    b.restart()?;
    kill_sender(pair, a, ledger, &mut next, &progress).await?;
    progress.beside(|| {
        narrator.say(&say!("demo-killed"), &say!("demo-killed-sender", label = a.made.label));
    });
    while next < REQUESTS {
        submit(&a.api(), pair, &Request::new(pair, &mut next)?, ledger, &progress).await?;
    }
    let api = a.api();
    wait_until("not everything was delivered", async || {
        let (size, receipted) = receipted_of(&api, pair, a, b).await?;
        Ok(receipted >= size)
    })
    .await?;
    drop(progress);
    let (notes, ms) = (ledger.len() - before, node::clock::now_ms() - started_ms);
    let seconds = format!("{:.1}", ms as f64 / 1000.0);
    narrator.say(&say!("demo-load"), &say!("demo-load-delivered", notes = notes, seconds = seconds));
    Ok(in_flight)
}

/// Kills the receiver right after a request was recorded, until it happens with enough in flight.
async fn kill_receiver(
    pair: &Pair,
    a: &Agency,
    b: &mut Agency,
    ledger: &mut Ledger,
    next: &mut usize,
    progress: &Progress,
) -> Result<usize, Failure> {
    for _ in 0..KILLS_MAX {
        let request = Request::new(pair, next)?;
        submit(&a.api(), pair, &request, ledger, progress).await?;
        b.kill();
        let (_, receipted) = receipted_of(&a.api(), pair, a, b).await?;
        let in_flight = request
            .notes
            .iter()
            .filter_map(|(id, _)| ledger.get(id).ok()?.reference.rsplit('/').next()?.parse::<u64>().ok())
            .filter(|index| *index >= receipted)
            .count();
        if in_flight >= IN_FLIGHT_MIN {
            return Ok(in_flight);
        }
        b.restart()?;
    }
    Err(Failure::unavailable(format!(
        "the receiver was always faster than the kill: never {IN_FLIGHT_MIN} notes in flight"
    )))
}

/// Kills the sender while it works on a request, starts it again and repeats the request under the same key.
async fn kill_sender(
    pair: &Pair,
    a: &mut Agency,
    ledger: &mut Ledger,
    next: &mut usize,
    progress: &Progress,
) -> Result<(), Failure> {
    let request = Request::new(pair, next)?;
    let api = a.api();
    let interrupted = {
        let sending = post(&api, &request);
        tokio::pin!(sending);
        tokio::select! {
            answered = &mut sending => answered.ok(),
            () = tokio::time::sleep(BEFORE_KILL) => {
                a.kill();
                sending.await.ok()
            }
        }
    };
    a.kill();
    // If the first sending was answered after all, the answer counts: the repetition must give the same places.
    if let Some(answers) = interrupted {
        request.enter(pair, ledger, &answers)?;
    }
    a.restart()?;
    submit(&a.api(), pair, &request, ledger, progress).await
}

async fn submit(
    api: &Api,
    pair: &Pair,
    request: &Request,
    ledger: &mut Ledger,
    progress: &Progress,
) -> Result<(), Failure> {
    request.enter(pair, ledger, &post(api, request).await?)?;
    progress.add(u64::try_from(request.notes.len()).unwrap_or_default());
    Ok(())
}

async fn post(api: &Api, request: &Request) -> Result<Vec<Answer<LineAnswer>>, Failure> {
    let call = Call::post("/v1/records?wait=recorded", api::NDJSON, request.lines.clone());
    api.lines(call.with_idempotency_key(&request.key)).await
}

impl Request {
    /// The next request of the load.
    fn new(pair: &Pair, next: &mut usize) -> Result<Self, Failure> {
        let number = *next;
        *next += 1;
        let (_, terms) = &pair.load;
        let kind = desks::kinds::find(KIND).ok_or_else(|| Failure::internal(format!("no kind {KIND}")))?;
        let mut request = Self { key: format!("load-{number}"), notes: Vec::new(), lines: String::new() };
        for place in 0..REQUEST_NOTES {
            let id = format!("note-{number}-{place}");
            let header = terms.header("load", kind, node::clock::today(), Drawn::random())?;
            let body = note(&format!("Note {place} of request {number}"), "One of many made-up notes.");
            request.lines.push_str(&line(&terms.context, &header, &body, &[], Lane::Main, Some(&id))?);
            request.notes.push((id, body));
        }
        Ok(request)
    }

    fn enter(&self, pair: &Pair, ledger: &mut Ledger, answers: &[Answer<LineAnswer>]) -> Result<(), Failure> {
        if answers.len() != self.notes.len() {
            let (sent, answered) = (self.notes.len(), answers.len());
            return Err(Failure::internal(format!("{sent} notes were sent, {answered} were answered")));
        }
        for ((id, body), answer) in self.notes.iter().zip(answers) {
            let LineAnswer { id: named, outcome } = answer.read()?;
            if named.as_ref() != Some(id) {
                return Err(Failure::internal(format!("the answer to note {id} names {named:?}")));
            }
            ledger.enter(pair.load.0, id, body, outcome)?;
        }
        Ok(())
    }
}

/// How many entries the sender's main log has, and how many of them the receiver has countersigned.
async fn receipted_of(api: &Api, pair: &Pair, a: &Agency, b: &Agency) -> Result<(u64, u64), Failure> {
    let shown = channel_of(api, pair.load.0).await?;
    let is_own = |log: &&LogRow| log.origin.agency == a.id && log.origin.lane == Lane::Main;
    let log = shown.logs.iter().rfind(is_own).ok_or_else(|| Failure::internal("the channel shows no own log"))?;
    Ok((log.size, log.receipted.get(&b.id).copied().unwrap_or_default()))
}
