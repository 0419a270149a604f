//! JSON Schemas of what the agency's port takes and gives, for its description. The handlers' own types decide; these
//! say the same in the words of JSON Schema.

use desks::fields::FurtherUse;
use serde_json::{Value, json};

use crate::{
    callers::{ROLES, scope::TABLE},
    reviews::Ground,
};

/// Media type of JSON.
pub const JSON: &str = "application/json";
/// Media type of bytes without a form of their own.
pub const BYTES: &str = "application/octet-stream";

/// Body of `POST /v1/card/rotate`.
pub fn rotation() -> Value {
    object(
        &["next_keys_file", "passphrase"],
        json!({
            "next_keys_file": { "type": "string" },
            "passphrase": { "type": "string", "writeOnly": true },
            "names": texts(),
            "addresses": { "type": "array", "items": { "type": "string" } },
        }),
    )
}

/// Body of `POST /v1/peers/fetch`.
pub fn address() -> Value {
    object(&["address"], json!({ "address": { "type": "string", "examples": ["https://node.example:8443"] } }))
}

/// Body of `POST /v1/peers/{agency}/confirm`.
pub fn fingerprint() -> Value {
    object(&["fingerprint"], json!({ "fingerprint": { "type": "string", "description": "Sixty digits" } }))
}

/// Body of `POST /v1/channels/{channel}/terminate`.
pub fn termination() -> Value {
    object(&["last_day"], json!({ "last_day": { "type": "string", "format": "date" } }))
}

/// Body of `POST /v1/channels/{channel}/renew`.
pub fn renewal() -> Value {
    let day = json!({ "type": "string", "format": "date" });
    object(&["valid_until"], json!({ "valid_until": day, "valid_from": day }))
}

/// A line of the answer of `POST /v1/records/try`.
pub fn tried() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": { "type": ["string", "null"] },
            "state": { "enum": ["would_be_recorded", "would_wait"] },
            "agreement": id(),
            "version": { "type": "integer" },
            "clause": { "type": ["string", "null"] },
            "error": { "type": "object" },
        },
    })
}

/// Body of `POST /v1/channels/{channel}/officers`.
pub fn officer() -> Value {
    object(
        &["office", "public", "scheme"],
        json!({
            "office": { "type": "string", "minLength": 1 },
            "public": { "type": "string", "contentEncoding": "base64" },
            "scheme": { "type": "string", "enum": ["ed25519"] },
        }),
    )
}

/// Body of `POST /v1/channels/{channel}/officers/revoke`.
pub fn officers_key() -> Value {
    object(&["public"], json!({ "public": { "type": "string", "contentEncoding": "base64" } }))
}

/// A line of `GET /v1/records`.
pub fn listed() -> Value {
    json!({
        "type": "object",
        "properties": {
            "channel": id(),
            "party": id(),
            "epoch": { "type": "integer" },
            "lane": lane(),
            "index": { "type": "integer" },
            "thread": { "type": ["string", "null"] },
            "cursor": { "type": "string", "description": "A list asked with it goes on behind this record" },
            "arrived": {
                "type": "integer",
                "description": "When its batch arrived here, microseconds since 1970; later in the list is never earlier",
            },
            "kind": { "type": ["string", "null"] },
            "purpose": { "type": ["string", "null"], "description": "For which it was supplied" },
            "direction": { "enum": ["in", "out"] },
            "state": { "type": "string" },
            "sha256": { "type": ["string", "null"] },
            "time": { "type": "integer", "description": "Milliseconds since 1970, as the author claims" },
        },
    })
}

/// A line of `GET /v1/audit`.
pub fn audit_line() -> Value {
    json!({
        "type": "object",
        "properties": {
            "index": { "type": "integer" },
            "entry": { "type": "string", "description": "JSON; its SHA-256 is the log's entry" },
        },
    })
}

/// A line of `POST /v1/records`.
pub fn line() -> Value {
    object(
        &["channel", "header"],
        json!({
            "id": { "type": "string", "description": "Comes back in the answer's line" },
            "channel": id(),
            "lane": lane(),
            "header": { "type": "object", "description": "See docs/spec/header.md" },
            "body": { "type": "string" },
            "body_base64": { "type": "string", "contentEncoding": "base64" },
            "approvals": { "type": "string" },
        }),
    )
}

/// A line of the answer to `POST /v1/records`: a place, that it waits to be released, or an error.
pub fn line_answer() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "ref": { "type": "object", "properties": { "log": { "type": "string" }, "index": { "type": "integer" } } },
            "state": { "enum": ["recorded", "delivered", "waiting"] },
            "error": { "type": "object" },
        },
    })
}

/// Body of `POST /v1/protection`.
pub fn protected() -> Value {
    let day = json!({ "type": "string", "format": "date" });
    let person = object(&[], json!({ "names": { "type": "string" }, "born": day, "document": { "type": "string" } }));
    object(
        &["states"],
        json!({
            "persons": { "type": "array", "items": person, "description": "One person, once for each spelling" },
            "states": { "type": "array", "items": { "type": "string", "pattern": "^[A-Z]{3}$" }, "minItems": 1 },
            "threads": { "type": "array", "items": { "type": "string", "pattern": "^[0-9a-f]{32}$" } },
            "until": day,
        }),
    )
}

/// Body of `POST /v1/erase`.
pub fn erase() -> Value {
    object(
        &["channel", "log", "index"],
        json!({
            "channel": id(),
            "log": { "type": "string", "description": "AGENCY/EPOCH/LANE" },
            "index": { "type": "integer", "minimum": 0 },
            "order": { "type": "boolean", "default": true },
        }),
    )
}

/// Body of `POST /v1/records/…/uses`.
pub fn use_of_record() -> Value {
    object(
        &["use"],
        json!({
            "use": { "enum": FurtherUse::WORDS },
            "to": { "type": ["string", "null"], "description": "With court and office: which; never a person" },
            "purpose": { "type": ["string", "null"], "description": "With purpose: the other purpose's code" },
        }),
    )
}

/// Answer of `POST /v1/records/…/uses`: the use may be made, and is on record.
pub fn used() -> Value {
    json!({
        "type": "object",
        "properties": {
            "use": { "enum": FurtherUse::WORDS },
            "to": { "type": ["string", "null"] },
            "purpose": { "type": "string" },
            "permissions": {
                "type": "array",
                "items": { "type": "object", "description": "A requests.permission/1 of the provider: log and index" },
            },
        },
    })
}

/// Answer of `GET /v1/breaches`.
pub fn breaches() -> Value {
    let breach = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "channel": id(),
            "log": { "type": "string", "description": "The log's name: mithaq/CHANNEL/AGENCY/EPOCH/LANE" },
            "index": { "type": "integer" },
            "against": { "type": ["integer", "null"], "description": "The manifest of the same log that it contradicts" },
            "message": { "type": "string" },
            "refused_ms": { "type": ["integer", "null"], "description": "Milliseconds since 1970" },
            "what": { "type": "object" },
        },
    });
    json!({ "type": "object", "properties": { "breaches": { "type": "array", "items": breach } } })
}

/// Answer of `GET /v1/reviews`.
pub fn reviews() -> Value {
    json!({ "type": "object", "properties": { "reviews": { "type": "array", "items": review() } } })
}

/// A release that one officer made alone.
pub fn review() -> Value {
    let time = json!({ "type": "integer", "description": "Milliseconds since 1970" });
    json!({
        "type": "object",
        "properties": {
            "channel": id(),
            "log": { "type": "string", "description": "AGENCY/EPOCH/LANE" },
            "index": { "type": "integer" },
            "kind": { "type": "string" },
            "released_ms": time,
            "due_ms": time,
            "overdue": { "type": "boolean" },
            "submitted_by": { "type": "string", "description": "Id of a token" },
            "outcome": { "type": ["object", "null"] },
            "erased": { "type": "boolean" },
            "erase": { "type": ["object", "null"], "description": "After an objection: a body for POST /v1/erase" },
        },
    })
}

/// Body of `POST /v1/reviews/…`.
pub fn finding() -> Value {
    object(
        &["finding"],
        json!({
            "finding": { "enum": ["confirmed", "objected"] },
            "ground": { "enum": Ground::WORDS, "description": "With objected" },
        }),
    )
}

/// Body of `POST /v1/standin`.
pub fn stand_in() -> Value {
    object(&["channel", "agency"], json!({ "channel": id(), "agency": id() }))
}

/// Body of `POST /v1/tokens`.
pub fn token() -> Value {
    object(
        &["name", "role"],
        json!({
            "name": { "type": "string", "minLength": 1, "description": "An office or a program, never a person" },
            "role": { "enum": ROLES },
            "office": { "type": ["string", "null"] },
            "only": {
                "type": ["array", "null"],
                "items": { "enum": TABLE.iter().map(|(scope, _)| scope).collect::<Vec<_>>() },
            },
            "purposes": {
                "type": "array",
                "items": { "type": "string", "pattern": "^[a-z0-9_-]+$" },
                "description": "Codes of the agreements' clauses; needed by whoever reads, except for oversight",
            },
            "days": { "type": "integer", "minimum": 1 },
        }),
    )
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

fn lane() -> Value {
    json!({ "enum": ["main", "urgent"] })
}

fn texts() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}
