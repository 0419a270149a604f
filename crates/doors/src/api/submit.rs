//! `POST /v1/records`: records as JSON lines, at most [`limits::SUBMIT_RECORDS_MAX`] a request; and
//! `POST /v1/records/try`, which only says what would become of them.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use node::{
    answers::submission::{TriedLine, TriedOutcome, TriedState},
    audit::Noted,
    callers::Caller,
    fault::{ErrorBody, Fault},
    limits,
    node::Node,
    sending::{self, Attempt, Outcome, Taken},
    transport::client::{IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_NAME},
};
use protocol::origin::Origin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use texts::{Language, say};

use crate::{
    form::Query,
    problem::{self, Failed},
    route::Param,
};

/// How long the caller waits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    #[serde(default)]
    wait: WaitFor,
    #[serde(default = "wait_seconds")]
    timeout_s: u64,
}

/// Until when the caller waits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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
    Param::word::<WaitFor>("wait", "Until when; `recorded` without it"),
    Param::new("timeout_s", "integer", "Seconds to wait"),
];

/// Header of [`submit`].
pub const KEY: &[Param] = &[Param::new(
    IDEMPOTENCY_KEY_NAME,
    "string",
    "Names the request for 24 hours: under the same key and with the same body it has its effect once",
)];

/// Answers each line with its place and state, or with its error, in the order of the lines.
pub async fn submit(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failed> {
    let wait = sending::Wait {
        is_for_delivery: wait.wait == WaitFor::Delivered,
        time_max: Duration::from_secs(wait.timeout_s.min(limits::SUBMIT_WAIT_SECONDS_MAX)),
    };
    let outcomes = node.sending.submit(&caller, body, idempotency_key(&headers)?, wait).await?;
    let language = problem::language(&headers);
    Ok((Extension(noted(&outcomes)), lines(answer(outcomes, language))).into_response())
}

/// Says of each line what would become of it, and changes nothing.
pub async fn attempt(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failed> {
    let language = problem::language(&headers);
    let mut text = String::new();
    for Attempt { id, outcome } in node.sending.attempt(&caller, body).await? {
        let outcome = match outcome {
            Ok(would) => TriedOutcome::May {
                state: if would.waits { TriedState::WouldWait } else { TriedState::WouldBeRecorded },
                agreement: would.agreement,
                version: would.version,
                clause: would.clause,
            },
            Err(error) => TriedOutcome::Failed { error: error.said_in(language) },
        };
        let answer = serde_json::to_string(&TriedLine { id, outcome }).unwrap_or_default();
        let _ = writeln!(text, "{answer}");
    }
    Ok(lines(text).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=limits::IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            Fault::usage(say!("idempotency-key-form", idempotency_key_bytes_max = limits::IDEMPOTENCY_KEY_BYTES_MAX))
                .in_field(IDEMPOTENCY_KEY_NAME)
        })
}

/// What was recorded stands in the audit log with its batch. What was refused here is said beside: by rule, or else by the
/// kind of error, and never with words of the record.
fn noted(outcomes: &[Outcome]) -> Noted {
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let (mut placed, mut waiting) = (0, 0);
    for outcome in outcomes {
        match &outcome.taken {
            Ok(Taken::Placed { .. }) => placed += 1,
            Ok(Taken::Waits) => waiting += 1,
            Err(error) => {
                let why = error.rule.clone().unwrap_or_else(|| format!("{:?}", error.code));
                *refused.entry(why).or_default() += 1;
            }
        }
    }
    if refused.is_empty() && waiting == 0 && placed > 0 {
        return Noted::in_batch();
    }
    Noted::facts(&NotPlaced {
        not_recorded: (waiting == 0 || !refused.is_empty()).then_some(refused),
        waiting: (waiting > 0).then_some(waiting),
    })
}

/// What of a submission is in no batch, in the audit log.
#[derive(Serialize)]
struct NotPlaced {
    /// How many lines were refused, by rule or kind of error.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_recorded: Option<BTreeMap<String, u64>>,
    /// How many lines wait to be released.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u64>,
}

fn answer(outcomes: Vec<Outcome>, language: Language) -> String {
    let mut text = String::with_capacity(outcomes.len() * 140);
    // Lines that follow each other mostly lie in one log.
    let mut log: Option<(Origin, String)> = None;
    for Outcome { id, taken } in outcomes {
        text.push('{');
        if let Some(id) = &id {
            let _ = write!(text, "\"id\":{},", Value::from(id.as_str()));
        }
        match taken {
            Ok(Taken::Waits) => text.push_str("\"state\":\"waiting\"}\n"),
            Ok(Taken::Placed { position, is_delivered }) => {
                let name = match log.take() {
                    Some((origin, name)) if origin == position.origin => name,
                    _ => position.origin.short(),
                };
                let (index, state) = (position.index, if is_delivered { "delivered" } else { "recorded" });
                let _ = writeln!(text, "\"ref\":{{\"log\":\"{name}\",\"index\":{index}}},\"state\":\"{state}\"}}");
                log = Some((position.origin, name));
            }
            Err(error) => {
                let body = serde_json::to_string(&ErrorBody { error: error.said_in(language) }).unwrap_or_default();
                let _ = writeln!(text, "{}", body.strip_prefix('{').unwrap_or(&body));
            }
        }
    }
    text
}

fn lines(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/x-ndjson")], text)
}
