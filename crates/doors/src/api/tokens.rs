//! `/v1/tokens`: tokens of officers and programs. At the socket only.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::tokens::{TokenList, TokenMade, TokenRow},
    audit::Noted,
    callers::{
        Caller, Role, purposes,
        tokens::{NewToken, Token},
    },
    fault::Fault,
    node::Node,
    seconds::{check_alone, check_person},
    work::blocking,
};
use serde::Serialize;
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
    Sent(mut new): Sent<NewToken>,
) -> Result<(Extension<Noted>, Json<TokenMade>), Failed> {
    check_alone(&node.tokens, &caller, Some(new.role))?;
    Ok(blocking(move || {
        node.people.dress(&mut new)?;
        check_person(&node.tokens, &new)?;
        let (token, text) = node.tokens.create(&node, new, &mut node::entropy())?;
        Ok::<_, Fault>((noted(&token), Json(made(&node, &token, &text))))
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
        Ok::<_, Fault>((noted(&token), Json(made(&node, &token, &text))))
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
