//! Errors as problem documents (RFC 9457), in the caller's language where there is a text for it.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use fluent_bundle::{FluentBundle, FluentResource};
use node::{
    fault::{Code, Fault},
    limits,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

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
    /// What the rule asks for, in the reader's language, where there is a text for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_title: Option<String>,
}

impl Problem {
    fn new(error: Fault, instance: &str, language: &str) -> Self {
        let texts = Texts::of(language);
        let code = code_name(error.code);
        let title = texts.get(&format!("code-{code}")).unwrap_or_else(|| code.clone());
        let rule_title = error.rule.as_deref().and_then(|rule| texts.get(&format!("rule-{}", rule.to_lowercase())));
        Self {
            kind: format!("{TYPE}{code}"),
            title,
            status: status(error.code).as_u16(),
            detail: error.message,
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
        Self { code, rule, message: detail, field }
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
    head.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language));
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(document))
}

/// There is no such path.
pub(crate) async fn no_such_path() -> Failed {
    Failed(Fault::not_found("there is no such path: /v1/openapi.json lists them all"))
}

/// The path has no such method, but these.
pub(crate) async fn wrong_method(method: Method, there_are: String) -> Response {
    let message = format!("{method} does nothing here: this path has {there_are}");
    let mut response = Failed(Fault::new(Code::WrongMethod, message)).into_response();
    response.headers_mut().extend(HeaderValue::try_from(there_are).ok().map(|methods| (header::ALLOW, methods)));
    response
}

/// What the framework refused before a handler saw it: a path or a body that does not fit.
async fn of_framework(status: StatusCode, body: Body) -> Fault {
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

fn code_name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

const ENGLISH: &str = "en";
const ARABIC: &str = "ar";

/// The first language of `Accept-Language` (RFC 9110 §12.5.4) that there are texts in, English otherwise. Weights are
/// not read: browsers and people write what they like best first.
fn language(headers: &HeaderMap) -> &'static str {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    wanted
        .split(',')
        .filter_map(|range| range.split([';', '-']).next())
        .find_map(|language| [ENGLISH, ARABIC].into_iter().find(|known| *known == language.trim()))
        .unwrap_or(ENGLISH)
}

/// The texts of one language.
struct Texts(FluentBundle<FluentResource>);

impl Texts {
    fn of(language: &str) -> Self {
        let source = match language {
            ARABIC => include_str!("../texts/ar/problems.ftl"),
            _ => include_str!("../texts/en/problems.ftl"),
        };
        // What can be read of a text with a mistake is read; the tests find the mistake.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![language]);
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    fn get(&self, id: &str) -> Option<String> {
        let pattern = self.0.get_message(id)?.value()?;
        Some(self.0.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = include_str!("../texts/en/problems.ftl");
    const AR: &str = include_str!("../texts/ar/problems.ftl");

    fn ids(source: &str) -> Vec<&str> {
        source.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(" = ").next()).collect()
    }

    #[test]
    fn both_languages_have_every_text() {
        assert_eq!(ids(EN), ids(AR));
        for (source, language) in [(EN, ENGLISH), (AR, ARABIC)] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
            let texts = Texts::of(language);
            assert!(ids(source).iter().all(|id| texts.get(id).is_some_and(|text| !text.is_empty())));
        }
    }

    #[test]
    fn every_code_has_a_title() {
        for code in Code::ALL {
            let problem = Problem::new(Fault::new(*code, "what"), "/v1/x", ENGLISH);
            assert_ne!(problem.title, code_name(*code), "{code:?}");
            assert_eq!(problem.kind, format!("urn:mithaq:problem:{}", code_name(*code)));
        }
    }

    #[test]
    fn the_readers_language_is_taken_where_there_is_one() {
        let asked = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap());
            language(&headers)
        };
        assert_eq!(asked("ar-SA,en;q=0.5"), "ar");
        assert_eq!(asked("fr, ar;q=0.8, en"), "ar");
        assert_eq!(asked("fr"), "en");
        let refused = Fault::new(Code::Refused, "c1 does not list it").by_rule("AGR-01").in_field("kind");
        let problem = Problem::new(refused, "/v1/records", "ar");
        assert!(problem.title.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
        assert!(problem.rule_title.is_some());
        assert_eq!(problem.status, 403);
    }
}
