//! `/v1/tokens`: tokens of officers and programs. At the socket only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use crate::{
    callers::tokens::{NewToken, Token},
    fault::Fault,
    node::Node,
    work::blocking,
};

/// Every token, without its secret.
pub async fn list(State(node): State<Node>) -> Json<Value> {
    Json(json!({ "tokens": node.tokens.list().iter().map(|token| row(token)).collect::<Vec<_>>() }))
}

/// Makes a token. Its text is in this answer and nowhere else.
pub async fn create(State(node): State<Node>, Json(new): Json<NewToken>) -> Result<Json<Value>, Fault> {
    blocking(move || {
        let (token, text) = node.tokens.create(&node, new, &mut crate::entropy())?;
        let mut shown = row(&token);
        shown["token"] = text.as_str().into();
        Ok::<_, Fault>(Json(shown))
    })
    .await
}

/// Revokes a token. Doing it again changes nothing.
pub async fn revoke(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<Value>, Fault> {
    blocking(move || Ok::<_, Fault>(Json(row(&*node.tokens.revoke(&node, &id)?)))).await
}

fn row(token: &Token) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "office": token.office,
        "only": token.only,
        "purposes": token.purposes,
        "created_ms": token.created_ms,
        "expires_ms": token.expires_ms,
        "revoked_ms": token.revoked_ms,
    })
}
