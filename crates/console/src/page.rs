//! A page as an answer: HTML with the policy that lets nothing else be loaded or run.

use askama::Template;
use axum::{
    Extension,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use doors::problem::Failed;
use node::{
    audit::Noted,
    fault::{Code, Fault},
    reading::Disclosed,
};
use texts::{Language, say};

use crate::ui::Ui;

/// A page: a template with what it shows.
pub trait Page: Template {
    /// For whom it is, and in which language.
    fn ui(&self) -> &Ui;
}

/// A page with what the audit log must note of it.
pub struct Shown<P>(pub P, pub Noted);

impl<P> Shown<P> {
    /// Shows something that may be shown.
    pub fn of<T>(disclosed: Disclosed<T>, page: impl FnOnce(T) -> P) -> Self {
        let (shown, noted) = disclosed.into_parts();
        Self(page(shown), noted)
    }

    /// Shows what is of no record.
    pub fn plain(page: P) -> Self {
        Self(page, Noted::default())
    }
}

impl<P: Page> IntoResponse for Shown<P> {
    fn into_response(self) -> Response {
        let Self(page, noted) = self;
        (Extension(noted), html(StatusCode::OK, &page)).into_response()
    }
}

/// Of an answer that says no: it is a page already, which says more than the fault would.
#[derive(Clone)]
pub struct SaysItself;

/// Answers a form that can't be taken with a page that keeps what it says and names the problem, where somebody can mend it.
pub fn again<P: Page>(fault: Fault, language: Language, page: impl FnOnce(String) -> P) -> Result<Response, Failed> {
    if !matches!(fault.code, Code::Usage | Code::Conflict | Code::Forbidden | Code::NotFound) {
        return Err(fault.into());
    }
    let problem = fault.message.in_language(language);
    Ok((Extension(SaysItself), html(doors::problem::status(fault.code), &page(problem))).into_response())
}

/// A page as HTML.
pub fn html<P: Page>(status: StatusCode, page: &P) -> Response {
    let ui = page.ui();
    let Ok(text) = page.render() else {
        return Failed(Fault::new(Code::Internal, say!("page-not-made"))).into_response();
    };
    let mut response = (status, Html(text)).into_response();
    let headers = response.headers_mut();
    let policy = format!(
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; \
         script-src 'nonce-{}' 'strict-dynamic'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types mithaq",
        ui.nonce
    );
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        // What a page shows stays on this page: not in the browser's cache, nor in a proxy's.
        (header::CACHE_CONTROL, "no-store"),
    ];
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self)"),
    );
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(ui.language.tag()));
    headers.extend(HeaderValue::try_from(policy).ok().map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    response
}

/// Sends the browser to a page after an act, with what the audit log must note of the act.
pub struct Then(pub String, pub Noted);

impl Then {
    /// To this page.
    pub fn to(path: impl Into<String>) -> Self {
        Self(path.into(), Noted::default())
    }
}

impl IntoResponse for Then {
    fn into_response(self) -> Response {
        (Extension(self.1), Redirect::to(&self.0)).into_response()
    }
}

/// Makes a struct with a member `ui` a [`Page`].
macro_rules! page {
    ($page:ident) => {
        impl $crate::page::Page for $page {
            fn ui(&self) -> &$crate::ui::Ui {
                &self.ui
            }
        }
    };
}
pub(crate) use page;
