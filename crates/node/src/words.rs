//! How words of the protocol look in answers and in their description. The protocol's types write and read themselves and
//! know nothing of JSON Schema; a form names the word beside its field: `#[schemars(with = "words::Id")]`.

use std::borrow::Cow;

use desks::ROLES;
use protocol::{agreement, origin::Position};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{reading::filter, records};

/// A record's place inside its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The log: `AGENCY/EPOCH/LANE`.
    pub log: String,
    /// Number of the entry, from 0.
    pub index: u64,
}

impl From<&Position> for Place {
    fn from(position: &Position) -> Self {
        Self { log: position.origin.short(), index: position.index }
    }
}

macro_rules! words {
    ($($(#[$about:meta])* $name:ident = $schema:tt;)*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

words! {
    /// Names an agency, a channel or a version of an agreement: a SHA-256 digest.
    Id = { "type": "string", "pattern": "^[0-9a-f]{64}$" };
    /// Names a thread.
    ThreadId = { "type": "string", "pattern": "^[0-9a-f]{32}$" };
    /// A day.
    Day = { "type": "string", "format": "date" };
    /// A digest.
    Digest = { "type": "string", "pattern": "^[0-9a-f]{64}$" };
    /// An approval of an officer.
    Approval = {
        "description": "docs/spec/records.md",
        "type": "object",
        "required": ["role", "scheme", "enrolment", "signature"],
        "properties": {
            "role": { "type": "string" },
            "scheme": { "type": "string", "enum": ["ed25519", "webauthn"] },
            "enrolment": { "type": "object", "required": ["origin", "index"] },
            "signature": { "type": "string", "contentEncoding": "base64" },
            "authenticator_data": { "type": "string", "contentEncoding": "base64" },
            "client_data": { "type": "string", "contentEncoding": "base64" },
        },
    };
    /// Approvals of officers.
    Approvals = {
        "description": "docs/spec/records.md; a text is read as such a list",
        "anyOf": [
            { "type": "string" },
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["role", "scheme", "enrolment", "signature"],
                    "properties": {
                        "role": { "type": "string" },
                        "scheme": { "type": "string", "enum": ["ed25519", "webauthn"] },
                        "enrolment": { "type": "object", "required": ["origin", "index"] },
                        "signature": { "type": "string", "contentEncoding": "base64" },
                        "authenticator_data": { "type": "string", "contentEncoding": "base64" },
                        "client_data": { "type": "string", "contentEncoding": "base64" },
                    },
                },
            },
        ],
    };
    /// A lane.
    Lane = { "type": "string", "enum": ["main", "urgent"] };
    /// A log inside a channel.
    LogName = { "type": "string", "description": "AGENCY/EPOCH/LANE" };
    /// A log's whole name.
    Origin = { "type": "string", "description": "The log's name: mithaq/CHANNEL/AGENCY/EPOCH/LANE" };
    /// A text by language.
    Texts = { "type": "object", "additionalProperties": { "type": "string" } };
    /// Bytes.
    Base64 = { "type": "string", "contentEncoding": "base64" };
    /// A code of an agreement's clauses.
    Purpose = { "type": "string", "pattern": "^[a-z0-9_-]+$" };
    /// A state.
    Country = { "type": "string", "pattern": "^[A-Z]{3}$" };
    /// A record of the channel.
    Entry = {
        "type": "object",
        "required": ["log", "index"],
        "properties": {
            "log": { "type": "string", "description": "AGENCY/EPOCH/LANE" },
            "index": { "type": "integer", "minimum": 0 },
        },
    };
    /// An officer by office and key.
    Officer = {
        "description": "docs/spec/records.md; algorithm, origin and rp_id are of a passkey's, and of no other",
        "type": "object",
        "required": ["office", "scheme", "public"],
        "properties": {
            "office": { "type": "string", "minLength": 1 },
            "scheme": { "type": "string", "enum": ["ed25519", "webauthn"] },
            "algorithm": { "type": "string", "enum": ["es256", "ed25519"] },
            "public": { "type": "string", "contentEncoding": "base64" },
            "origin": { "type": "string" },
            "rp_id": { "type": "string" },
        },
        "additionalProperties": false,
    };
    /// The signature scheme of an officer's key.
    Scheme = { "type": "string", "enum": ["ed25519", "webauthn"] };
    /// The signature algorithm of a passkey.
    PasskeyAlgorithm = { "type": "string", "enum": ["es256", "ed25519"] };
    /// The public halves of a pair of keys.
    Keys = {
        "type": "object",
        "required": ["ed25519", "ml_dsa_44"],
        "properties": {
            "ed25519": { "type": "string", "contentEncoding": "base64" },
            "ml_dsa_44": { "type": "string", "contentEncoding": "base64" },
        },
    };
    /// An agreement's text.
    Agreement = { "type": "object", "description": "The text that the parties signed: docs/spec/agreement.md" };
    /// A record's header.
    Header = { "type": "object", "description": "docs/spec/header.md" };
    /// Why a version does not take effect.
    VersionRefused = {
        "type": "string",
        "enum": ["not_signed", "signature", "not_a_successor", "other_successor", "other_parties"],
    };
    /// What is false in a manifest.
    ManifestFault = {
        "type": "object",
        "required": ["fault", "log"],
        "properties": {
            "fault": { "type": "string", "enum": ["seen_went_back", "seen_of_other_logs", "seen_never_signed"] },
            "log": { "type": "string" },
            "size": { "type": "integer" },
            "before": { "type": "integer" },
            "signed": { "type": "integer" },
        },
    };
    /// A state that was shown and is no longer so.
    Correction = {
        "type": "object",
        "required": ["at", "was", "is"],
        "properties": {
            "at": { "type": "object", "description": "The first event that is new or now reads otherwise" },
            "was": { "type": "string" },
            "is": { "type": "string" },
        },
    };
    /// What a record does in its thread, as its desk writes it.
    Act = { "type": ["object", "string", "null"] };
    /// What of an audit entry follows from the protection register: the numbers of a batch's records that were held, or an act of
    /// the protection officer.
    Local = { "type": "object" };
    /// Something that a party does not accept to owe.
    Contested = {
        "type": "object",
        "required": ["thread", "lane", "what", "ground"],
        "properties": {
            "thread": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
            "lane": { "enum": ["main", "urgent"] },
            "what": { "type": ["string", "null"], "description": "The duty" },
            "ground": { "enum": ["not_known", "not_due", "other_time", "done_since"] },
        },
    };
    /// How two accounts compare.
    Verdict = { "type": "string", "enum": ["agrees", "differs", "undetermined"] };
    /// Threads of which two accounts differ.
    Differing = {
        "type": "object",
        "required": ["threads", "complete"],
        "properties": {
            "threads": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["thread", "lane"],
                    "properties": {
                        "thread": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
                        "lane": { "enum": ["main", "urgent"] },
                    },
                },
            },
            "complete": { "type": "boolean", "description": "Whether these are all" },
        },
    };
    /// The description of the API.
    OpenApi = { "type": "object", "description": "OpenAPI 3.1" };
    /// A use beyond reading.
    FurtherUse = { "type": "string", "enum": ["court", "office", "purpose"] };
}

macro_rules! one_of {
    ($($(#[$about:meta])* $name:ident = $words:expr;)*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let words: Vec<&str> = $words;
                json_schema!({ "type": "string", "enum": words })
            }
        }
    )*};
}

one_of! {
    /// The role of whoever asks.
    Role = ROLES.iter().map(|role| role.name()).collect();
    /// In which part somebody approves.
    ApprovalRole = agreement::ApprovalRole::ALL.iter().map(|role| role.name()).collect();
    /// How a record stands.
    RecordState = records::STATES.to_vec();
    /// How a thread stands, of whatever kind it is.
    ThreadState = filter::thread_states(None);
}
