//! How what may be shown is answered: as JSON, with its note for the audit log, which the gate takes.

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use node::reading::Disclosed;
use schemars::JsonSchema;
use serde::Serialize;

use super::form::{Form, Gives};

/// What may be shown, as an answer. It is made of a [`Disclosed`] and of nothing else, so a route that answers with something
/// of a record has asked:
///
/// ```no_run
/// use axum::{Extension, extract::State};
/// use mithaq_doors::{disclosed::Shown, problem::Failed, route::Route};
/// use node::{
///     Node,
///     callers::{Caller, Scope},
///     reading::list::{ListQuery, ThreadPage},
/// };
///
/// async fn urgent(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Result<Shown<ThreadPage>, Failed> {
///     Ok(Shown(node.reading.threads(&caller, &ListQuery { overdue: true, ..ListQuery::default() })?))
/// }
///
/// Route::get("/v1/urgent", Scope::RecordsRead, "Threads beyond their deadline", urgent);
/// ```
///
/// A route that answers with what it came by otherwise does not compile:
///
/// ```compile_fail,E0308
/// use axum::{Extension, extract::State};
/// use mithaq_doors::{disclosed::Shown, problem::Failed, route::Route};
/// use node::{
///     Node,
///     callers::{Caller, Scope},
///     reading::list::ThreadPage,
/// };
///
/// async fn urgent(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Result<Shown<ThreadPage>, Failed> {
///     let titles = node.upkeep.index()?.1;
///     Ok(Shown(ThreadPage { threads: Vec::new(), next: None, titles }))
/// }
///
/// Route::get("/v1/urgent", Scope::RecordsRead, "Threads beyond their deadline", urgent);
/// ```
#[derive(Debug)]
pub struct Shown<T>(pub Disclosed<T>);

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        let (shown, noted) = self.0.into_parts();
        (Extension(noted), Json(shown)).into_response()
    }
}

impl<T: JsonSchema> Gives for Shown<T> {
    fn form() -> Form {
        Form::json::<T>()
    }
}
