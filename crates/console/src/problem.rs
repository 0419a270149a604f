//! What went wrong, as a page in the reader's language.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use doors::problem as documents;
use node::{
    fault::{Code, Fault},
    node::Node,
};
use texts::Message;

use crate::{
    page::{SaysItself, html, page},
    pages::{passkeys::CONFIRMED, sign_in::own_path},
    ui::Ui,
};

/// What went wrong.
#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct Problem {
    ui: Ui,
    title: String,
    detail: String,
    rule: Option<(String, String)>,
    field: Option<String>,
    /// Where a passkey is shown again, if that is what is missing.
    confirm: Option<String>,
    back: bool,
}

page!(Problem);

/// Around all pages: shows every answer that is an error as a page. Whoever is not signed in is asked to sign in.
pub async fn layer(State(node): State<Node>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let is_read = head.method == Method::GET;
    let wanted = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let ui = Ui::of_stranger(&node, &mut head);
    let from = came_from(&head.headers);
    let response = next.run(Request::from_parts(head, body)).await;
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if !is_error || response.extensions().get::<SaysItself>().is_some() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let fault = match head.extensions.remove::<Fault>() {
        Some(fault) => fault,
        None => documents::of_framework(head.status, body).await,
    };
    if fault.code == Code::Unauthenticated && is_read {
        let to: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        return Redirect::to(&format!("/sign-in?to={to}")).into_response();
    }
    let status = documents::status(fault.code);
    let mut response = show(status, ui, fault, &from);
    if let Some(later) = head.headers.remove(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, later);
    }
    response
}

/// The page of this node from which a browser came.
fn came_from(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = referer.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    own_path(path.unwrap_or_default())
}

fn show(status: StatusCode, ui: Ui, fault: Fault, from: &str) -> Response {
    let language = ui.language;
    let said = |family, name: &str| Message::of_family(family, name).map(|text| text.in_language(language));
    let page = Problem {
        title: said("code", &documents::code_name(fault.code)).unwrap_or_default(),
        detail: fault.message.in_language(language),
        rule: fault.rule.map(|rule| (said("rule", &rule).unwrap_or_default(), rule)),
        confirm: (fault.field.as_deref() == Some(CONFIRMED)).then(|| {
            let to: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
            format!("/confirm?to={to}")
        }),
        field: fault.field.filter(|field| field != CONFIRMED),
        back: fault.code != Code::NotFound,
        ui,
    };
    html(status, &page)
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Problem { ui, title, detail, rule, field, confirm, back });
}
