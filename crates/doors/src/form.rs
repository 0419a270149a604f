//! The bodies of a route, as the types of its handler say them. What a handler takes and gives is described nowhere else, so
//! the description can't say anything else.

use std::error::Error;

use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Path, Request, State, rejection::JsonRejection},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use node::{fault::Fault, limits, wording};
use protocol::json;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use texts::say;

use crate::problem::Failed;

/// Media type of JSON.
pub const JSON: &str = "application/json";
/// Media type of JSON lines.
pub const NDJSON: &str = "application/x-ndjson";
/// Media type of bytes without a form of their own.
pub const BYTES: &str = "application/octet-stream";

/// The form of a body.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// There is none.
    Nothing,
    /// JSON, with its schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// JSON lines, with the schema of one.
    Lines(fn(&mut SchemaGenerator) -> Schema),
    /// Bytes of a media type.
    Bytes(&'static str),
    /// JSON whose bytes count, with its schema: it is signed or compared, so it is kept and sent as it came.
    File(fn(&mut SchemaGenerator) -> Schema),
    /// Server-sent events, with the schema of one.
    Events(fn(&mut SchemaGenerator) -> Schema),
    /// The handler's types do not tell it, so the route's line must.
    Untold,
}

impl Form {
    /// JSON.
    pub fn json<T: JsonSchema>() -> Self {
        Self::Json(SchemaGenerator::subschema_for::<T>)
    }

    /// JSON lines, each a `T`.
    pub fn lines<T: JsonSchema>() -> Self {
        Self::Lines(SchemaGenerator::subschema_for::<T>)
    }

    /// JSON whose bytes count.
    pub fn file<T: JsonSchema>() -> Self {
        Self::File(SchemaGenerator::subschema_for::<T>)
    }

    /// Server-sent events, each a `T`.
    pub fn events<T: JsonSchema>() -> Self {
        Self::Events(SchemaGenerator::subschema_for::<T>)
    }
}

/// The query's parameters. What does not fit is refused with the name of the parameter.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        axum::extract::Query::try_from_uri(&parts.uri).map(|axum::extract::Query(asked)| Self(asked)).map_err(
            |rejected| match cause::<serde_path_to_error::Error<serde::de::value::Error>>(&rejected) {
                Some(error) => misfit("query", error.path(), &error.inner().to_string()),
                None => Failed(Fault::usage(rejected.body_text())),
            },
        )
    }
}

/// JSON that was sent as such. What does not fit is refused with the path of the member.
#[derive(Debug, Clone, Copy)]
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        let rejected = match Json::from_request(request, state).await {
            Ok(Json(sent)) => return Ok(Self(sent)),
            Err(rejected) => rejected,
        };
        if let JsonRejection::MissingJsonContentType(_) = rejected {
            let message = say!("body-is-json", json = %JSON);
            return Err(Fault::usage(message).in_field(header::CONTENT_TYPE.as_str()).into());
        }
        Err(match cause::<serde_path_to_error::Error<serde_json::Error>>(&rejected) {
            Some(error) => misfit("request", error.path(), &error.inner().to_string()),
            None => Failed(Fault::usage(rejected.body_text())),
        })
    }
}

/// The error of this type from which another came.
fn cause<'a, E: Error + 'static>(mut error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    loop {
        match error.downcast_ref() {
            Some(found) => return Some(found),
            None => error = error.source()?,
        }
    }
}

/// What was read does not fit, at this path.
fn misfit(what: &str, path: &serde_path_to_error::Path, problem: &str) -> Failed {
    let path = path.to_string();
    // "." is the top, "?" what has no name.
    let path = path.trim_end_matches('?').trim_end_matches('.');
    at(what, path, problem)
}

/// What was read does not fit in a member, or in one of its members that the problem names.
fn at(what: &str, path: &str, problem: &str) -> Failed {
    let beginnings = ["missing field `", "unknown field `", "duplicate field `"];
    let named = beginnings.into_iter().find_map(|beginning| Some(problem.strip_prefix(beginning)?.split_once('`')?.0));
    let field = match named {
        Some(name) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path.to_owned(),
    };
    match &field[..] {
        "" => Fault::usage(say!("while-doing", what = %what, problem = wording::reader(problem))),
        field => Fault::usage(say!("in-field", what = %what, field = %field, problem = wording::reader(problem)))
            .in_field(field),
    }
    .into()
}

/// JSON in which no name stands twice and nothing follows, whatever media type it came with.
#[derive(Debug, Clone, Copy)]
pub struct Strict<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Strict<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        use axum::response::IntoResponse;
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        json::parse_strict(&body, limits::API_SMALL_BODY_BYTES_MAX, "request").map(Self).map_err(|error| {
            let place = format!("{}, line {}, column {}", error.what, error.line, error.column);
            at(&place, &error.field, &error.problem).into_response()
        })
    }
}

/// A handler whose types say which bodies it takes and gives. `T` tells handlers of different arguments apart.
pub trait Told<T> {
    /// The body of a request.
    fn takes() -> Form;
    /// The body of a successful answer.
    fn gives() -> Form;
}

/// What one argument of a handler says of the request's body.
pub trait Takes {
    /// The body, if the argument is made from it.
    fn form() -> Form {
        Form::Nothing
    }
}

impl<T> Takes for State<T> {}
impl<T> Takes for Path<T> {}
impl<T> Takes for Query<T> {}
impl<T> Takes for Extension<T> {}
impl Takes for HeaderMap {}

impl<T: JsonSchema> Takes for Sent<T> {
    fn form() -> Form {
        Form::json::<T>()
    }
}

impl<T: JsonSchema> Takes for Strict<T> {
    fn form() -> Form {
        Form::json::<T>()
    }
}

impl Takes for String {
    fn form() -> Form {
        Form::Bytes("text/plain")
    }
}

impl Takes for Bytes {
    fn form() -> Form {
        Form::Untold
    }
}

impl Takes for Body {
    fn form() -> Form {
        Form::Untold
    }
}

/// What a handler's result says of the answer's body.
pub trait Gives {
    /// The body.
    fn form() -> Form;
}

impl<T: JsonSchema> Gives for Json<T> {
    fn form() -> Form {
        Form::json::<T>()
    }
}

impl<R: Gives, E> Gives for Result<R, E> {
    fn form() -> Form {
        R::form()
    }
}

impl<T, R: Gives> Gives for (Extension<T>, R) {
    fn form() -> Form {
        R::form()
    }
}

impl Gives for Response {
    fn form() -> Form {
        Form::Untold
    }
}

macro_rules! told {
    ($($argument:ident)*) => {
        impl<H, A, R, M, $($argument),*> Told<(M, $($argument,)*)> for H
        where
            H: FnOnce($($argument),*) -> A,
            A: Future<Output = R>,
            R: Gives,
            $($argument: Takes,)*
        {
            fn takes() -> Form {
                let forms: &[Form] = &[$($argument::form()),*];
                forms.iter().copied().find(|form| !matches!(form, Form::Nothing)).unwrap_or(Form::Nothing)
            }

            fn gives() -> Form {
                R::form()
            }
        }
    };
}

told!();
told!(T1);
told!(T1 T2);
told!(T1 T2 T3);
told!(T1 T2 T3 T4);
told!(T1 T2 T3 T4 T5);
told!(T1 T2 T3 T4 T5 T6);
