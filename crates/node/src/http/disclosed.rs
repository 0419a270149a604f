//! How what may be shown is answered: as JSON, with its note for the audit log, which the gate takes.

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::form::{Form, Gives};
use crate::reading::Disclosed;

impl<T: Serialize> IntoResponse for Disclosed<T> {
    fn into_response(self) -> Response {
        let (shown, noted) = self.into_parts();
        (Extension(noted), Json(shown)).into_response()
    }
}

impl<T: JsonSchema> Gives for Disclosed<T> {
    fn form() -> Form {
        Form::json::<T>()
    }
}
