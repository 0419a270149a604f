//! The description of the agency's port in OpenAPI 3.1, made from the table of routes and the types of their handlers.

use std::collections::BTreeMap;

use node::{
    callers::{Scope, purposes::PURPOSE},
    words,
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    form::{Form, JSON, NDJSON},
    problem::{self, Problem},
    route::{About, Param},
    router,
};

/// A description of an API.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Description(#[schemars(with = "words::OpenApi")] pub Value);

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
    let mut schemas = forms.read.take_definitions(true);
    schemas.extend(forms.written.take_definitions(true));
    schemas.sort_keys();
    let problem = BTreeMap::from([(problem::MEDIA_TYPE, Media { schema: Some(problem.to_value()), line: None })]);
    Description(json!({
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
            "responses": { "Problem": { "description": "It was not done", "content": problem } },
        },
    }))
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

#[derive(Serialize)]
struct Media {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Value>,
    /// JSON Schema has no word for lines: the media type's schema is that of the text, and one line's stands beside.
    #[serde(rename = "x-mithaq-line", skip_serializing_if = "Option::is_none")]
    line: Option<Value>,
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
    one_of: Option<[&'a str; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
}

impl<'a> Scalar<'a> {
    fn of(kind: &'a str) -> Self {
        Self { r#type: kind, minimum: (kind == "integer").then_some(0), ..Self::default() }
    }
}

fn operation<'a>(about: &'a About, forms: &mut Forms) -> Operation<'a> {
    let mut parameters: Vec<Parameter<'_>> = about.query.iter().map(query_parameter).collect();
    if about.scope.is_some_and(Scope::needs_purpose) {
        parameters.push(Parameter::Elsewhere(Reference { to: "#/components/parameters/Purpose" }));
    }
    let takes = content(&[about.takes], &mut forms.read);
    Operation {
        operation_id: operation_id(about),
        summary: about.summary,
        tags: [about.path.split('/').nth(2).unwrap_or_default()],
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
        Form::Json(schema) => Some((JSON, Media { schema: Some(schema(forms).to_value()), line: None })),
        Form::Lines(schema) => {
            let (text, line) = (to_value(&Scalar::of("string")), schema(forms).to_value());
            Some((NDJSON, Media { schema: Some(text), line: Some(line) }))
        }
        Form::Bytes(media_type) => Some((*media_type, Media { schema: None, line: None })),
    };
    bodies.iter().filter_map(media).collect()
}

fn query_parameter(param: &Param) -> Parameter<'_> {
    let (name, schema) = (param.name, Scalar::of(param.kind));
    Parameter::Here { name, r#in: "query", description: Some(param.about), required: false, schema }
}

fn path_parameters(path: &str) -> Vec<Parameter<'_>> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let schema = |name: &str| match name {
        "epoch" | "index" => Scalar::of("integer"),
        "lane" => Scalar { one_of: Some(["main", "urgent"]), ..Scalar::of("string") },
        _ => Scalar { pattern: Some("^[0-9a-f]{16,64}$"), ..Scalar::of("string") },
    };
    let parameter =
        |name| Parameter::Here { name, r#in: "path", description: None, required: true, schema: schema(name) };
    names.map(parameter).collect()
}

/// `get_records_channel`: unique, because method and path are.
fn operation_id(about: &About) -> String {
    let words = about.path.split(['/', '{', '}']).skip(2).filter(|word| !word.is_empty());
    words.fold(about.method.as_str().to_ascii_lowercase(), |id, word| format!("{id}_{word}"))
}

/// Strings, numbers and lists can't fail to be written.
fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
