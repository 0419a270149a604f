//! A submission as its lines: each is read by itself.

use std::borrow::Cow;

use protocol::{encoding::from_base64, id::ChannelId, limits::BODY_BYTES_MAX, origin::Lane};
use serde::Deserialize;
use serde_json::value::RawValue;
use texts::say;

use crate::{fault::Fault, limits};

/// Lines of one channel and lane are appended together.
pub(super) type Group = (ChannelId, Lane);

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    /// By which its author knows it.
    #[serde(default, borrow)]
    pub(super) id: Option<Cow<'a, str>>,
    channel: ChannelId,
    #[serde(default)]
    lane: Option<Lane>,
    /// The header as its author wrote it.
    #[serde(borrow)]
    pub(super) header: &'a RawValue,
    #[serde(default, borrow)]
    body: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    body_base64: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    approvals: Option<&'a RawValue>,
}

impl Line<'_> {
    pub(super) fn group(&self) -> Group {
        (self.channel, self.lane.unwrap_or(Lane::Main))
    }

    /// The header's bytes.
    pub(super) fn header_bytes(&self) -> &[u8] {
        self.header.get().as_bytes()
    }

    /// The body, whichever way it is written.
    pub(super) fn body(&self) -> Result<Cow<'_, [u8]>, Fault> {
        let body: Cow<'_, [u8]> = match (&self.body, &self.body_base64) {
            (Some(text), None) => Cow::Borrowed(text.as_bytes()),
            (None, Some(base64)) => Cow::Owned(
                from_base64(base64).ok_or_else(|| Fault::usage(say!("body-not-base64")).in_field("body_base64"))?,
            ),
            _ => return Err(Fault::usage(say!("body-or-base64")).in_field("body")),
        };
        if body.len() > BODY_BYTES_MAX {
            let message = say!("body-bytes-most", body_bytes_max = BODY_BYTES_MAX);
            return Err(Fault::usage(message).in_field("body"));
        }
        Ok(body)
    }

    /// The approvals: a list, whose bytes are kept as they are, or a text that holds one; empty if there are none.
    pub(super) fn approvals(&self) -> Result<Cow<'_, [u8]>, Fault> {
        let Some(approvals) = self.approvals.map(RawValue::get) else { return Ok(Cow::Borrowed(&[])) };
        if approvals.starts_with('[') {
            return Ok(Cow::Borrowed(approvals.as_bytes()));
        }
        serde_json::from_str(approvals)
            .map(|text: String| Cow::Owned(text.into_bytes()))
            .map_err(|_| Fault::usage(say!("approvals-form")).in_field("approvals"))
    }
}

/// The lines of a submission, each read or with what is wrong with it.
pub(super) fn read(text: &[u8]) -> Result<Vec<Result<Line<'_>, Fault>>, Fault> {
    let text = std::str::from_utf8(text).map_err(|_| Fault::usage(say!("request-not-utf8")))?;
    let mut lines = Vec::new();
    for (line, number) in text.lines().filter(|line| !line.trim().is_empty()).zip(1..) {
        if number > limits::SUBMIT_RECORDS_MAX {
            let most = limits::SUBMIT_RECORDS_MAX;
            let message = say!("request-records-most", most = most);
            return Err(Fault::usage(message));
        }
        lines.push(
            serde_json::from_str(line)
                .map_err(|error| Fault::usage(say!("line-problem", number = %number, error = %error))),
        );
    }
    Ok(lines)
}

/// How heavy it is to judge a submission: as heavy as it is long, or as can be, where it may have to wait for its threads.
pub(super) fn weight(text: &[u8]) -> usize {
    if text.len() > limits::SHORT_WORK_BYTES_MAX {
        return text.len();
    }
    let mut acting = desks::kinds::all().filter(|kind| kind.acts).map(|kind| kind.name.as_bytes());
    let waits = acting.any(|name| text.windows(name.len()).any(|part| part == name));
    if waits { usize::MAX } else { text.len() }
}
