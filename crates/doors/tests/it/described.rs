//! Every answer that a test gets is of the form that the description of the API says.

use std::sync::OnceLock;

use axum::http::{Method, StatusCode};
use mithaq_doors::openapi;
use serde_json::Value;

/// Fails the test if a successful answer is not of the form that the description gives for its route.
pub fn check(method: &Method, path_and_query: &str, status: StatusCode, body: &[u8]) {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let Some(content) = content(method, path).filter(|_| status.is_success()) else { return };
    let lines = content.get("application/x-ndjson").map(|lines| &lines["x-mithaq-line"]);
    let json = content.get("application/json").and_then(|json| json.get("schema"));
    let checked = match (json, lines) {
        (Some(_), Some(line)) if query.contains("progress=true") => each_line(line, body),
        (Some(json), _) => {
            serde_json::from_slice(body).map_err(|error| error.to_string()).and_then(|value| fits(json, &value))
        }
        (None, Some(line)) => each_line(line, body),
        (None, None) => Ok(()),
    };
    if let Err(what) = checked {
        panic!("{method} {path}: the answer is not as described: {what}\n{}", String::from_utf8_lossy(body));
    }
}

fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| openapi::description().0)
}

/// What a successful answer of a route can be, by media type.
fn content(method: &Method, path: &str) -> Option<&'static Value> {
    let asked: Vec<&str> = path.split('/').collect();
    let is_it = |described: &str| {
        let parts: Vec<&str> = described.split('/').collect();
        parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, asked)| part.starts_with('{') || part == asked)
    };
    let paths = description()["paths"].as_object()?;
    // A path without a parameter is meant before one with.
    let mut items: Vec<_> = paths.iter().filter(|(described, _)| is_it(described)).collect();
    items.sort_by_key(|(described, _)| described.matches('{').count());
    items.first()?.1.get(method.as_str().to_lowercase())?["responses"]["200"].get("content")
}

fn each_line(schema: &Value, body: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    text.lines().try_for_each(|line| {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        fits(schema, &value)
    })
}

/// Whether a value is of a form, as far as JSON Schema's words for structure say it. A member that no word names is a fault
/// too: whoever reads the description would not know of it.
pub fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let at = |name: &str, what: String| format!("{name}: {what}");
    if let Some(resolved) = schema.get("$ref") {
        fits(resolve(resolved), value)?;
    }
    for all in members(schema, "allOf") {
        fits(all, value)?;
    }
    for word in ["anyOf", "oneOf"] {
        let one_of: Vec<_> = members(schema, word).map(|form| fits(form, value)).collect();
        if !one_of.is_empty() && one_of.iter().all(Result::is_err) {
            return Err(format!("none of {one_of:?}"));
        }
    }
    if let Some(kind) = schema.get("type") {
        let kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
        if !kinds.iter().any(|kind| is_a(value, kind.as_str().unwrap_or_default())) {
            return Err(format!("{value} is no {kind}"));
        }
    }
    if schema.get("enum").is_some() && !members(schema, "enum").any(|word| word == value) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    if schema.get("const").is_some_and(|word| word != value) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values
            .iter()
            .zip(0..)
            .try_for_each(|(value, place)| fits(items, value).map_err(|what| at(&format!("[{place}]"), what)))?;
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    let missing = members(schema, "required").filter_map(Value::as_str).find(|name| !object.contains_key(*name));
    if let Some(missing) = missing {
        return Err(format!("{missing} is missing"));
    }
    let named = names(schema);
    for (name, value) in object {
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(form), _) => fits(form, value).map_err(|what| at(name, what))?,
            (None, Some(form)) if form.is_object() => fits(form, value).map_err(|what| at(name, what))?,
            // A form without a name is a part of another: the whole says which members there are.
            (None, _) if !named.contains(&name.as_str()) && !named.is_empty() && has_name(schema) => {
                return Err(format!("{name} is not described"));
            }
            (None, _) => {}
        }
    }
    Ok(())
}

/// Whether it is one of the forms that the description names.
fn has_name(schema: &Value) -> bool {
    let schemas = description()["components"]["schemas"].as_object();
    schemas.is_some_and(|schemas| schemas.values().any(|named| named == schema))
}

/// Every member that a form names, also in its parts.
fn names(schema: &Value) -> Vec<&str> {
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let parts = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|word| members(schema, word)).flat_map(names);
    let named = schema.get("$ref").map(resolve).map(names).unwrap_or_default();
    own.chain(parts).chain(named).collect()
}

fn members<'a>(schema: &'a Value, word: &str) -> impl Iterator<Item = &'a Value> {
    schema.get(word).and_then(Value::as_array).into_iter().flatten()
}

fn resolve(reference: &Value) -> &'static Value {
    let path = reference.as_str().and_then(|path| path.strip_prefix('#')).unwrap_or_default();
    description().pointer(path).unwrap_or_else(|| panic!("{reference} is nowhere in the description"))
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn an_answer_of_another_form_is_found() {
    let whole = serde_json::json!({ "ok": true });
    let body = |value: Value| value.to_string().into_bytes();
    check(&Method::GET, "/v1/health", StatusCode::OK, &body(whole));
    for wrong in [serde_json::json!({}), serde_json::json!({ "ok": 1 }), serde_json::json!({ "ok": true, "more": 1 })] {
        let found =
            std::panic::catch_unwind(|| check(&Method::GET, "/v1/health", StatusCode::OK, &body(wrong.clone())));
        assert!(found.is_err(), "{wrong}");
    }
}
