//! `/v1/tokens`: tokens of officers and programs. At the socket only.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    administration::noted_token,
    answers::tokens::{TokenList, TokenMade, TokenRow},
    audit::Noted,
    callers::{
        Caller, purposes,
        tokens::{NewToken, Token},
    },
    fault::Fault,
    node::Node,
    work::blocking,
};
use texts::say;

use crate::{form::Sent, problem::Failed};

/// Every token, without its secret.
pub async fn list(State(node): State<Node>) -> Json<TokenList> {
    Json(TokenList { tokens: node.tokens.list().iter().map(|token| TokenRow::from(&**token)).collect() })
}

/// Makes a token. Its text is in this answer and nowhere else.
pub async fn create(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(new): Sent<NewToken>,
) -> Result<(Extension<Noted>, Json<TokenMade>), Failed> {
    Ok(blocking(move || {
        let (noted, token, text) = node.administration.make_token(&caller, new)?;
        Ok::<_, Fault>((Extension(noted), Json(made(&node, &token, &text))))
    })
    .await?)
}

/// Gives whoever asks another token in place of the own one, which ends soon.
pub async fn renew(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
) -> Result<(Extension<Noted>, Json<TokenMade>), Failed> {
    let without = || Fault::usage(say!("renew-without-token"));
    let id = caller.with_token().ok_or_else(without)?.id.clone();
    Ok(blocking(move || {
        let (token, text) = node.tokens.renew(&node, &id, &mut node::entropy())?;
        Ok::<_, Fault>((Extension(noted_token(&token)), Json(made(&node, &token, &text))))
    })
    .await?)
}

fn made(node: &Node, token: &Token, text: &str) -> TokenMade {
    let without_clause = match token.role.oversees() {
        true => Vec::new(),
        false => purposes::without_clause(&token.purposes, &node.channels),
    };
    TokenMade { row: TokenRow::from(token), token: text.to_owned(), without_clause }
}

/// Revokes a token. Doing it again changes nothing.
pub async fn revoke(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<TokenRow>), Failed> {
    Ok(blocking(move || {
        let token = node.tokens.revoke(&node, &id)?;
        Ok::<_, Fault>((Extension(noted_token(&token)), Json(TokenRow::from(&*token))))
    })
    .await?)
}
