//! The console: the node's pages for people, at the port of the agency itself.
//!
//! A page is a file in [`pages`] with its template in `templates/`: a handler asks one of the node's rooms, as the API does, and shows
//! what it gives. Every page and every act on one is a line in [`routes`], with the scope that it needs; the same gate as
//! for programs holds it and writes the audit log. Pages are plain HTML: every act is a form, and works without a script.
//!
//! Wall: reads no store, signs nothing, writes no JSON.

mod assets;
mod browser;
mod diff;
mod form;
mod page;
mod pages;
mod party;
mod pdf;
mod problem;
mod qr;
mod routes;
mod rows;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod typed;
mod ui;
mod upload;
mod words;

use axum::{
    Extension, Router,
    extract::{Request, State},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use doors::router;
use node::{Node, callers::Door, fault::Fault};
use tower::ServiceExt as _;
use tower_http::compression::CompressionLayer;

use pages::service::OwnService;
use pdf::Printer;
pub use routes::routes;

/// What the agency's port answers: pages to people, `/v1` to programs.
///
/// # Errors
/// What `node.toml` says of the agency's own sign-in service can't be used.
pub fn port(node: &Node) -> Result<Router, Fault> {
    let service = OwnService::of(node)?;
    let pages = router::mount(node, Door::Page, routes()).route("/assets/{digest}/{*file}", get(assets::file));
    let programs = router::agency(node.clone(), Door::Port);
    Ok(router::only_ours(node, pages.fallback(otherwise))
        .layer(Extension(service))
        .layer(Extension(Printer::of(node)))
        .layer(middleware::from_fn_with_state(node.clone(), problem::layer))
        // Nobody but this site's own pages can have the browser ask with its cookie, so a length tells nobody anything.
        .layer(CompressionLayer::new().gzip(true))
        .layer(middleware::from_fn_with_state(programs, hand_on))
        .with_state(node.clone()))
}

/// What is for programs goes to their routes.
async fn hand_on(State(programs): State<Router>, request: Request, next: middleware::Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/v1/") || path == "/metrics" {
        return programs.oneshot(request).await.into_response();
    }
    next.run(request).await
}

/// There is no such page.
async fn otherwise() -> doors::problem::Failed {
    doors::problem::no_such_page()
}
