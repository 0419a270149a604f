//! The description of the agency's port in OpenAPI 3.1, made from the table of routes.

use serde_json::{Map, Value, json};

use super::{
    problem,
    route::{About, Form, Param},
    router,
};
use crate::{
    callers::{Scope, purposes::PURPOSE},
    fault::Code,
};

/// Media type of JSON lines.
const NDJSON: &str = "application/x-ndjson";

/// The whole description.
pub fn description() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in router::routes() {
        let about = &route.about;
        let path = paths.entry(about.path).or_insert_with(|| json!({ "parameters": path_parameters(about.path) }));
        path[about.method.as_str().to_ascii_lowercase()] = operation(about);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Mithaq: a node's own port",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Plain HTTP on loopback, and the same on the socket in the node's folder. Every error is a \
                            problem document (RFC 9457) in the language of Accept-Language where there is a text.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8080" }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": problem_schema() },
            "parameters": {
                "Purpose": {
                    "name": PURPOSE,
                    "in": "header",
                    "description": "One of the caller's purposes: only what was supplied for it is read",
                    "schema": { "type": "string", "pattern": "^[a-z0-9_-]+$" },
                },
            },
            "responses": {
                "Problem": {
                    "description": "It was not done",
                    "content": {
                        problem::MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } },
                    },
                },
            },
        },
    })
}

fn operation(about: &About) -> Value {
    let mut operation = json!({
        "operationId": operation_id(about),
        "summary": about.summary,
        "tags": [about.path.split('/').nth(2).unwrap_or_default()],
        "responses": {
            "200": answer(about.gives),
            "default": { "$ref": "#/components/responses/Problem" },
        },
    });
    match about.scope {
        None => operation["security"] = json!([]),
        Some(scope) => {
            operation["security"] = json!([{ "token": [] }]);
            operation["x-mithaq-scope"] = scope.name().into();
            operation["x-mithaq-roles"] = scope.roles().iter().map(|role| role.name()).collect();
        }
    }
    if about.socket_only {
        operation["x-mithaq-socket-only"] = true.into();
    }
    let mut parameters: Vec<Value> = about.query.iter().map(query_parameter).collect();
    if about.scope.is_some_and(Scope::needs_purpose) {
        parameters.push(json!({ "$ref": "#/components/parameters/Purpose" }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(content) = content(about.takes) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn answer(form: Form) -> Value {
    match content(form) {
        None => json!({ "description": "Done" }),
        Some(content) => json!({ "description": "Done", "content": content }),
    }
}

fn content(form: Form) -> Option<Value> {
    match form {
        Form::Nothing => None,
        Form::Json(schema) => Some(json!({ "application/json": { "schema": schema() } })),
        // JSON Schema has no word for lines: the media type's schema is that of the text, and one line's stands beside.
        Form::Lines(schema) => Some(json!({
            NDJSON: { "schema": { "type": "string" }, "x-mithaq-line": schema() },
        })),
        Form::Bytes(media_type) => Some(json!({ media_type: {} })),
    }
}

fn query_parameter(param: &Param) -> Value {
    json!({
        "name": param.name,
        "in": "query",
        "description": param.about,
        "schema": match param.kind {
            "integer" => json!({ "type": "integer", "minimum": 0 }),
            kind => json!({ "type": kind }),
        },
    })
}

fn path_parameters(path: &str) -> Value {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let schema = match name {
            "epoch" | "index" => json!({ "type": "integer", "minimum": 0 }),
            "lane" => json!({ "type": "string", "enum": ["main", "urgent"] }),
            _ => json!({ "type": "string", "pattern": "^[0-9a-f]{16,64}$" }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    };
    names.map(parameter).collect()
}

/// `get_records_channel`: unique, because method and path are.
fn operation_id(about: &About) -> String {
    let words = about.path.split(['/', '{', '}']).skip(2).filter(|word| !word.is_empty());
    words.fold(about.method.as_str().to_ascii_lowercase(), |id, word| format!("{id}_{word}"))
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "code"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "instance": { "type": "string" },
            "code": { "enum": Code::ALL },
            "field": { "type": "string" },
            "rule": { "type": "string", "description": "The floor rule or clause that refuses" },
            "rule_title": { "type": "string" },
        },
    })
}
