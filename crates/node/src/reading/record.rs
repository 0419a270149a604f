//! One record whole.

use protocol::{encoding::to_base64, origin::Position};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use texts::say;

use super::{Disclosed, Found, Proof, Reading};
use crate::{
    audit,
    callers::Caller,
    fault::{Code, Fault},
    words,
};

/// A record with header, body, approvals and state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RecordShown")]
pub struct Record {
    /// The header as it was signed.
    #[schemars(with = "words::Header")]
    pub header: Box<RawValue>,
    /// The approvals as they were signed.
    pub approvals: String,
    /// The body, where it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body in base64, where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Base64>")]
    pub body_base64: Option<String>,
    /// The word of its state.
    #[schemars(with = "words::RecordState")]
    pub state: String,
    /// The manifest's time, milliseconds since 1970.
    pub time_ms: u64,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

impl Reading {
    /// One record whole.
    ///
    /// # Errors
    /// It is not here, its content is gone, or a rule or compartment keeps it from the caller.
    pub fn record(&self, caller: &Caller, position: &Position) -> Result<Disclosed<Record>, Fault> {
        let found = self.find(caller, position)?;
        let allowed = self.consult(caller, &found)?;
        let Found { opened, state, .. } = found;
        let header = serde_json::from_slice(&opened.header_bytes)
            .map_err(|error| Fault::new(Code::NotVerified, say!("header-invalid", error = %error)))?;
        let noted = audit::shown(&opened.secret, &opened.header_bytes, &opened.body);
        let noted = noted.under(&allowed.purpose, &allowed.permissions);
        let (body, body_base64) = match String::from_utf8(opened.body) {
            Ok(text) => (Some(text), None),
            Err(bytes) => (None, Some(to_base64(bytes.as_bytes()))),
        };
        let record = Record {
            header,
            approvals: String::from_utf8_lossy(&opened.approvals).into_owned(),
            body,
            body_base64,
            state: state.to_owned(),
            time_ms: opened.time,
            _proof: Proof::default(),
        };
        Ok(Disclosed::new(record, noted))
    }
}
