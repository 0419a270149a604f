//! Where two accounts of one cut differ: the threads, found with the partner and kept.

use hyper::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::{
    commit::{Commit, KeptDocument},
    id::AgencyId,
    json,
    origin::Position,
    statement::{
        StatementAnswer, Verdict,
        bisect::{Bisection, Differing, Findings, Question},
    },
};
use serde::{Deserialize, Serialize};
use store::{StoreError, Told, ToldRow};
use texts::say;

use super::{Statements, answers, statement};
use crate::{
    channel::ChannelHandle,
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
    work::blocking,
};

/// The type of the kept document.
const DOCUMENT: &str = "difference";

/// What a comparison found, as it is kept with the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Whose account was compared with the own one.
    pub party: AgencyId,
    /// The threads.
    pub differing: Differing,
}

/// How a partner's account of a statement's cut compares with the own one. `None` while one of the two is not known, or
/// where neither is the statement's author.
pub fn verdict(db: &Db, row: &ToldRow, answers: &[(AgencyId, StatementAnswer)], partner: &AgencyId) -> Option<Verdict> {
    let answer_of = |party: &AgencyId| answers.iter().find(|(by, _)| by == party).map(|(_, answer)| answer);
    let author = row.position.origin.agency;
    let answer = match author {
        author if author == db.me => answer_of(partner)?,
        author if author == *partner => answer_of(&db.me)?,
        _ => return None,
    };
    Some(Verdict::of(&statement(row)?.hash, answer.hash.as_ref()))
}

/// What the comparisons over a statement found.
pub fn kept(db: &Db, statement: &Position) -> Result<Vec<Difference>, StoreError> {
    let documents = db.reader()?.documents(statement.origin.channel, DOCUMENT)?;
    let of_it = documents.iter().filter(|document| document.position.as_ref() == Some(statement));
    Ok(of_it.filter_map(|document| serde_json::from_slice(&document.bytes).ok()).collect())
}

/// Finds the differing threads for every alarm that has none yet.
pub async fn compare_due(room: &Arc<Statements>, handle: &ChannelHandle) -> Result<(), Fault> {
    let (reading, channel) = (Arc::clone(room), handle.value());
    let due = blocking(move || {
        let mut due = Vec::new();
        for row in
            reading.upkeep.threads.rows.told(&channel.id(), Told::Statement, None, limits::STATEMENTS_LOOKED_AT)?
        {
            let answers = answers(&reading, &row.position)?;
            let differs =
                |partner: &AgencyId| verdict(&reading.upkeep.db, &row, &answers, partner) == Some(Verdict::Differs);
            let partners: Vec<AgencyId> = channel.partners().filter(differs).collect();
            if !partners.is_empty() {
                let known = kept(&reading.upkeep.db, &row.position)?;
                let unknown = partners.into_iter().filter(|partner| known.iter().all(|found| found.party != *partner));
                due.extend(unknown.map(|partner| (row.clone(), partner)));
            }
        }
        Ok::<_, StoreError>(due)
    });
    for (row, partner) in due.await? {
        let statement = row.position;
        let differing = compare(room, handle, row, partner).await?;
        let (threads, complete) = (differing.threads.len(), differing.complete);
        tracing::error!(
            channel = %handle.id(), %partner, log = statement.origin.short(), index = statement.index, threads, complete,
            "a partner sees threads otherwise than this node at one cut"
        );
        let (db, found) = (Arc::clone(&room.upkeep.db), Difference { party: partner, differing });
        blocking(move || keep(&db, &statement, &found)).await?;
    }
    Ok(())
}

/// Asks the partner until the threads are named.
async fn compare(
    room: &Arc<Statements>,
    handle: &ChannelHandle,
    row: ToldRow,
    partner: AgencyId,
) -> Result<Differing, Fault> {
    let missing = || Fault::new(Code::Unavailable, say!("cut-not-whole"));
    let statement = row.position;
    let (reading, handle_id) = (Arc::clone(room), handle.id());
    let own = blocking(move || {
        let Some(handle) = reading.upkeep.channels.get(&handle_id) else { return Ok(None) };
        reading.digests(&handle, &row)
    });
    let own = own.await?.ok_or_else(missing)?;
    let mut search = Bisection::default();
    while let Some(ranges) = search.question() {
        let found = ask(room, &partner, &Question { statement, ranges }).await?;
        search.take(SUITE, &own, &found).map_err(|error| {
            Fault::new(Code::Unavailable, say!("partner-silent-on-threads", partner = %partner, error = %error))
        })?;
    }
    Ok(search.differing())
}

async fn ask(room: &Arc<Statements>, partner: &AgencyId, question: &Question) -> Result<Findings, Fault> {
    let away = |what: String| {
        Fault::new(Code::Unavailable, say!("partner-asked-of-threads", partner = %partner, what = %what))
    };
    let peer =
        room.peers.get(partner).filter(|peer| peer.trusted).ok_or_else(|| away("its card is not here".into()))?;
    let body = Bytes::from(json::encode(question));
    let wait_max = Duration::from_secs(limits::PEER_REQUEST_SECONDS_MAX);
    let bytes_max = protocol::limits::BISECT_BYTES_MAX;
    let answer =
        peer.client.request(Method::POST, "/peer/v1/statements", Some("application/json"), body, bytes_max, wait_max);
    let answer = answer.await.map_err(|error| away(error.to_string()))?;
    if answer.status != StatusCode::OK {
        return Err(away(format!("it answered {}", answer.status)));
    }
    Findings::decode(&answer.body).map_err(|error| away(error.to_string()))
}

/// Keeps what was found, durably.
fn keep(db: &Db, statement: &Position, found: &Difference) -> Result<(), Fault> {
    let mut commit = Commit::new(statement.origin.channel);
    commit.documents.push(KeptDocument { kind: DOCUMENT, position: Some(*statement), bytes: json::encode(found) });
    db.store()
        .commit(&commit, crate::clock::now_us(), &mut crate::entropy())
        .map_err(|error| Fault::new(Code::Storage, error.to_string()))
}
