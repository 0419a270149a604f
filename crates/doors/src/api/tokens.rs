//! `/v1/tokens`: tokens of officers and programs. At the socket only.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::tokens::{TokenList, TokenMade, TokenRow},
    audit::Noted,
    callers::{
        Caller, Role,
        tokens::{NewToken, Token},
    },
    fault::Fault,
    node::Node,
    seconds::check_alone,
    work::blocking,
};
use serde::Serialize;

use crate::problem::Failed;

/// Every token, without its secret.
pub async fn list(State(node): State<Node>) -> Json<TokenList> {
    Json(TokenList { tokens: node.tokens.list().iter().map(|token| TokenRow::from(&**token)).collect() })
}

/// Makes a token. Its text is in this answer and nowhere else.
pub async fn create(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<NewToken>,
) -> Result<(Extension<Noted>, Json<TokenMade>), Failed> {
    check_alone(&node.tokens, &caller, Some(new.role))?;
    Ok(blocking(move || {
        let (token, text) = node.tokens.create(&node, new, &mut node::entropy())?;
        let made = TokenMade { row: TokenRow::from(&*token), token: text.as_str().to_owned() };
        Ok::<_, Fault>((noted(&token), Json(made)))
    })
    .await?)
}

/// Which token it was, in the audit log.
#[derive(Serialize)]
struct Named<'a> {
    token: &'a str,
    role: Role,
}

pub(super) fn noted(token: &Token) -> Extension<Noted> {
    Extension(Noted::facts(&Named { token: &token.id, role: token.role }))
}

/// Revokes a token. Doing it again changes nothing.
pub async fn revoke(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<TokenRow>), Failed> {
    Ok(blocking(move || {
        let token = node.tokens.revoke(&node, &id)?;
        Ok::<_, Fault>((noted(&token), Json(TokenRow::from(&*token))))
    })
    .await?)
}
