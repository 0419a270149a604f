//! `/v1/tokens`: tokens of officers and programs. At the socket only.

use axum::{
    Json,
    extract::{Path, State},
};
use node::{
    answers::tokens::{TokenList, TokenMade, TokenRow},
    callers::tokens::NewToken,
    fault::Fault,
    node::Node,
    work::blocking,
};

use crate::problem::Failed;

/// Every token, without its secret.
pub async fn list(State(node): State<Node>) -> Json<TokenList> {
    Json(TokenList { tokens: node.tokens.list().iter().map(|token| TokenRow::from(&**token)).collect() })
}

/// Makes a token. Its text is in this answer and nowhere else.
pub async fn create(State(node): State<Node>, Json(new): Json<NewToken>) -> Result<Json<TokenMade>, Failed> {
    Ok(blocking(move || {
        let (token, text) = node.tokens.create(&node, new, &mut node::entropy())?;
        Ok::<_, Fault>(Json(TokenMade { row: TokenRow::from(&*token), token: text.as_str().to_owned() }))
    })
    .await?)
}

/// Revokes a token. Doing it again changes nothing.
pub async fn revoke(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<TokenRow>, Failed> {
    Ok(blocking(move || Ok::<_, Fault>(Json(TokenRow::from(&*node.tokens.revoke(&node, &id)?)))).await?)
}
