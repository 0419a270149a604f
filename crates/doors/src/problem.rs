//! Errors as problem documents (RFC 9457), in the caller's language.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use node::{
    fault::{Code, Fault},
    limits,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::{Language, Message, say};

/// Media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The beginning of every problem's type; the code's name follows.
const TYPE: &str = "urn:mithaq:problem:";

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Names the kind of problem: `code` as a URI.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words, in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, where, and what to do.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// What kind of error, for programs.
    pub code: Code,
    /// The field of the input, if one is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The floor rule or clause that refuses, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What the rule asks for, in the reader's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_title: Option<String>,
}

impl Problem {
    fn new(error: Fault, instance: &str, language: Language) -> Self {
        let code = code_name(error.code);
        let text = |family, name: &str| Message::of_family(family, name).map(|text| text.in_language(language));
        let title = text("code", &code).unwrap_or_else(|| code.clone());
        let rule_title = error.rule.as_deref().and_then(|rule| text("rule", rule));
        Self {
            kind: format!("{TYPE}{code}"),
            title,
            status: status(error.code).as_u16(),
            detail: match language {
                // What programs read is whole; they ask for no language.
                Language::En => error.message.to_string(),
                language => error.message.in_language(language),
            },
            instance: instance.to_owned(),
            code: error.code,
            field: error.field,
            rule: error.rule,
            rule_title,
        }
    }
}

/// What a handler answers with when it failed.
#[derive(Debug)]
pub struct Failed(pub Fault);

impl<E: Into<Fault>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    /// A status that carries the fault: the layer around all routes writes the problem document, which depends on the
    /// request's language and path.
    fn into_response(self) -> Response {
        let Self(fault) = self;
        let mut response = status(fault.code).into_response();
        response.extensions_mut().insert(fault);
        response
    }
}

/// The HTTP status of a kind of fault.
pub const fn status(code: Code) -> StatusCode {
    match code {
        Code::Refused | Code::Forbidden | Code::WrongOrigin => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Code::Usage => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::Storage => StatusCode::INSUFFICIENT_STORAGE,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::NotVerified => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let Problem { code, rule, detail, field, .. } = problem;
        Self { code, rule, message: detail.into(), field }
    }
}

/// Around all routes: gives every answer that is an error its document, also those that never reached a handler.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let instance = request.uri().path().to_owned();
    let response = next.run(request).await;
    if response.status().is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let error = match head.extensions.remove::<Fault>() {
        Some(error) => error,
        None => of_framework(head.status, body).await,
    };
    // One kind of error has one status, whoever found it.
    head.status = status(error.code);
    if error.code == Code::Unavailable {
        head.headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from(limits::RETRY_AFTER_SECONDS));
    }
    let problem = Problem::new(error, &instance, language);
    let Ok(document) = serde_json::to_vec(&problem) else { return head.status.into_response() };
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    head.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(document))
}

/// There is no such page.
pub fn no_such_page() -> Failed {
    Failed(Fault::not_found(say!("no-such-page")))
}

/// There is no such path.
pub(crate) async fn no_such_path() -> Failed {
    Failed(Fault::not_found(say!("no-such-path")))
}

/// The path has no such method, but these.
pub(crate) async fn wrong_method(method: Method, there_are: String) -> Response {
    let message = say!("method-does-nothing", method = %method, there_are = %there_are);
    let mut response = Failed(Fault::new(Code::WrongMethod, message)).into_response();
    response.headers_mut().extend(HeaderValue::try_from(there_are).ok().map(|methods| (header::ALLOW, methods)));
    response
}

/// What the framework refused before a handler saw it: a path or a body that does not fit.
pub async fn of_framework(status: StatusCode, body: Body) -> Fault {
    let text = to_bytes(body, limits::PROBLEM_BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        status if status.is_client_error() => Code::Usage,
        _ => Code::Internal,
    };
    Fault::new(code, if text.is_empty() { status.to_string() } else { text })
}

/// The name of a kind of fault, in documents and texts.
pub fn code_name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The language that the caller likes best.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let fields = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    Language::accepted(&fields.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_floor_has_a_title_and_every_reason_a_sentence() {
        for rule in policy::floor::RULES {
            let title = Message::of_family("rule", rule.id).unwrap_or_else(|| panic!("{} has no title", rule.id));
            assert_eq!(title.to_string(), rule.summary);
        }
        for reason in policy::Reason::all() {
            assert!(Message::of_family("reason", reason.name()).is_some(), "{reason} has no sentence");
        }
    }

    #[test]
    fn every_code_has_a_title() {
        for code in Code::ALL {
            let problem = Problem::new(Fault::new(*code, "what"), "/v1/x", Language::En);
            assert_ne!(problem.title, code_name(*code), "{code:?}");
            assert_eq!(problem.kind, format!("urn:mithaq:problem:{}", code_name(*code)));
        }
    }

    #[test]
    fn the_readers_language_is_taken() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr, ar;q=0.8"));
        headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_static("en;q=0.5"));
        assert_eq!(language(&headers), Language::Ar);
        let refused = Fault::new(Code::Refused, say!("draft-sent")).by_rule("AGR-01").in_field("kind");
        for language in Language::ALL {
            let problem = Problem::new(refused.clone(), "/v1/records", *language);
            let english = Problem::new(refused.clone(), "/v1/records", Language::En);
            assert_eq!(problem.title == english.title, *language == Language::En, "{}", problem.title);
            assert!(problem.rule_title.is_some());
            assert_eq!(problem.status, 403);
        }
    }
}
