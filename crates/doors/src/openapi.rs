//! The description of the agency's port in OpenAPI 3.1, made from the table of routes and the types of their handlers.

use std::collections::BTreeMap;

use node::{
    callers::{Scope, purposes::PURPOSE},
    words::OpenApi,
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    events::MEDIA_TYPE as EVENTS,
    form::{Form, JSON, NDJSON},
    problem::{self, Problem},
    route::{About, Param},
    router,
};

/// A description of an API.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Description(#[schemars(with = "OpenApi")] pub Value);

/// The whole description.
pub fn description() -> Description {
    // What is read may leave out what has a default; what is written has it all.
    let mut forms =
        Forms { read: generator(SchemaSettings::for_deserialize), written: generator(SchemaSettings::for_serialize) };
    let problem = forms.written.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for route in router::routes() {
        let about = &route.about;
        let path = paths
            .entry(about.path)
            .or_insert_with(|| to_value(&BTreeMap::from([("parameters", path_parameters(about.path))])));
        path[about.method.as_str().to_ascii_lowercase()] = to_value(&operation(about, &mut forms));
    }
    // What is both read and written is described as it may be read: what it is written as fits that as well.
    let mut schemas = forms.written.take_definitions(true);
    schemas.extend(forms.read.take_definitions(true));
    schemas.sort_keys();
    let problem = BTreeMap::from([(problem::MEDIA_TYPE, Media::of(problem.to_value()))]);
    let mut description = json!({
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
            "schemas": schemas,
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
                    "headers": {
                        "Retry-After": {
                            "description": "Seconds to wait: with the codes `too_many` and `unavailable`",
                            "schema": { "type": "integer", "minimum": 0 },
                        },
                    },
                    "content": problem,
                },
            },
        },
    });
    for_readers(&mut description);
    Description(description)
}

/// Makes what was written for readers of the source read well for readers of the API, in all descriptions of a value.
fn for_readers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => *text = plain(text),
                    member => for_readers(member),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(for_readers),
        _ => {}
    }
}

/// The first paragraph, in one line, with names in place of links: further paragraphs are about the source.
fn plain(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = &*line;
    let mut plain = String::with_capacity(rest.len());
    while let Some((before, link)) = rest.split_once('[') {
        let Some((name, after)) = link.split_once(']') else { break };
        plain.push_str(before);
        let target = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        match (name.strip_prefix('`').and_then(|name| name.strip_suffix('`')), target) {
            (None, None) => plain.extend(["[", name, "]"]),
            (None, Some(_)) => plain.push_str(name),
            (Some(path), _) => plain.extend(["`", path.rsplit("::").next().unwrap_or(path), "`"]),
        }
        rest = target.map_or(after, |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

/// Where the schemas of bodies come from.
struct Forms {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

fn generator(contract: fn(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into());
    contract(settings).into_generator()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation<'a> {
    operation_id: String,
    summary: &'a str,
    tags: [&'a str; 1],
    responses: Responses,
    security: Vec<BTreeMap<&'a str, [&'a str; 0]>>,
    #[serde(rename = "x-mithaq-scope", skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(rename = "x-mithaq-roles", skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<&'a str>>,
    #[serde(rename = "x-mithaq-socket-only", skip_serializing_if = "std::ops::Not::not")]
    socket_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Parameter<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: Option<RequestBody>,
}

#[derive(Serialize)]
struct Responses {
    #[serde(rename = "200")]
    done: Done,
    default: Reference,
}

#[derive(Serialize)]
struct Done {
    description: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    content: Content,
}

#[derive(Serialize)]
struct RequestBody {
    required: bool,
    content: Content,
}

/// What a body can be, by media type.
type Content = BTreeMap<&'static str, Media>;

#[derive(Default, Serialize)]
struct Media {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Value>,
    /// JSON Schema has no word for lines: the media type's schema is that of the text, and one line's stands beside.
    #[serde(rename = "x-mithaq-line", skip_serializing_if = "Option::is_none")]
    line: Option<Value>,
    /// Nor for events: the schema of one, as its name and its data, stands beside.
    #[serde(rename = "x-mithaq-event", skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
    /// Whether its bytes are signed or compared, so that it is kept and sent as it came.
    #[serde(rename = "x-mithaq-as-it-came", skip_serializing_if = "std::ops::Not::not")]
    as_it_came: bool,
}

impl Media {
    fn of(schema: Value) -> Self {
        Self { schema: Some(schema), ..Self::default() }
    }

    /// Text of which a part has a form.
    fn text() -> Self {
        Self::of(to_value(&Scalar::of("string")))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Parameter<'a> {
    Elsewhere(Reference),
    Here {
        name: &'a str,
        r#in: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        required: bool,
        schema: Scalar<'a>,
    },
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "$ref")]
    to: &'static str,
}

#[derive(Default, Serialize)]
struct Scalar<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u64>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
}

impl<'a> Scalar<'a> {
    fn of(kind: &'a str) -> Self {
        Self { r#type: kind, minimum: (kind == "integer").then_some(0), ..Self::default() }
    }
}

fn operation<'a>(about: &'a About, forms: &mut Forms) -> Operation<'a> {
    let mut parameters: Vec<Parameter<'_>> = about.query.iter().map(|param| parameter(param, "query")).collect();
    parameters.extend(about.headers.iter().map(|param| parameter(param, "header")));
    if about.scope.is_some_and(Scope::needs_purpose) {
        parameters.push(Parameter::Elsewhere(Reference { to: "#/components/parameters/Purpose" }));
    }
    let takes = content(&[about.takes], &mut forms.read);
    Operation {
        operation_id: operation_id(about),
        summary: about.summary,
        tags: [words(about.path).next().unwrap_or_default()],
        responses: Responses {
            done: Done { description: "Done", content: content(&about.gives, &mut forms.written) },
            default: Reference { to: "#/components/responses/Problem" },
        },
        security: about.scope.map(|_| BTreeMap::from([("token", [])])).into_iter().collect(),
        scope: about.scope.map(Scope::name),
        roles: about.scope.map(|scope| scope.roles().iter().map(|role| role.name()).collect()),
        socket_only: about.socket_only,
        parameters,
        request_body: (!takes.is_empty()).then_some(RequestBody { required: true, content: takes }),
    }
}

fn content(bodies: &[Form], forms: &mut SchemaGenerator) -> Content {
    let media = |form: &Form| match form {
        Form::Nothing | Form::Untold => None,
        Form::Json(schema) => Some((JSON, Media::of(schema(forms).to_value()))),
        Form::File(schema) => Some((JSON, Media { as_it_came: true, ..Media::of(schema(forms).to_value()) })),
        Form::Lines(schema) => Some((NDJSON, Media { line: Some(schema(forms).to_value()), ..Media::text() })),
        Form::Events(schema) => Some((EVENTS, Media { event: Some(schema(forms).to_value()), ..Media::text() })),
        Form::Bytes(media_type) => Some((*media_type, Media::default())),
    };
    bodies.iter().filter_map(media).collect()
}

fn parameter<'a>(param: &'a Param, place: &'static str) -> Parameter<'a> {
    let Param { name, kind, about, required, words, .. } = *param;
    let schema = Scalar { one_of: words.map(|words| words()), ..Scalar::of(kind) };
    Parameter::Here { name, r#in: place, description: Some(about), required, schema }
}

fn path_parameters(path: &str) -> Vec<Parameter<'_>> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let schema = |name: &str| match name {
        "epoch" | "index" => Scalar::of("integer"),
        "lane" => Scalar { one_of: Some(["main", "urgent"].map(str::to_owned).to_vec()), ..Scalar::of("string") },
        _ => Scalar { pattern: Some("^[0-9a-f]{16,64}$"), ..Scalar::of("string") },
    };
    let parameter =
        |name| Parameter::Here { name, r#in: "path", description: None, required: true, schema: schema(name) };
    names.map(parameter).collect()
}

/// `get_channels_channel`: unique, because method and path are.
fn operation_id(about: &About) -> String {
    let method = about.method.as_str().to_ascii_lowercase();
    words(about.path).fold(method, |id, word| format!("{id}_{word}"))
}

/// The words of a path, without its version.
fn words(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Strings, numbers and lists can't fail to be written.
fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_for_the_source_is_not_described() {
        assert_eq!(plain("Names it:\n[`Problem::code`] as\na URI."), "Names it: `code` as a URI.");
        assert_eq!(plain("Whole. See [the text](../x.md).\n\n```compile_fail\nlet x;\n```"), "Whole. See the text.");
        assert_eq!(plain("From [`a`] to [b] and [1, 2"), "From `a` to [b] and [1, 2");
        let mut found = Vec::new();
        let Description(description) = description();
        texts(&description, &mut found);
        assert!(found.len() > 500, "{}", found.len());
        for text in found {
            assert!(!["[`", "`]", "```", "](", "::", "\n"].iter().any(|mark| text.contains(mark)), "{text}");
        }
    }

    fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        let members: Vec<&Value> = match value {
            Value::Object(members) => {
                found.extend(["description", "summary"].iter().filter_map(|name| members.get(*name)?.as_str()));
                members.values().collect()
            }
            Value::Array(members) => members.iter().collect(),
            _ => Vec::new(),
        };
        members.into_iter().for_each(|member| texts(member, found));
    }
}
