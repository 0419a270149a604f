//! The cookie by which a browser shows its session.

use axum::http::{HeaderMap, HeaderValue, header};
use node::{
    fault::{Code, Fault},
    limits,
    node::Node,
};
use texts::say;

/// How the cookie is called: with the agency's first digits, because browsers tell the ports of one machine not apart.
fn name(node: &Node) -> String {
    let agency = node.me.to_string();
    format!("mithaq_{}", agency.get(..8).unwrap_or_default())
}

/// What the session's cookie of a request holds.
pub fn session(headers: &HeaderMap, node: &Node) -> Option<String> {
    value(headers, &name(node))
}

/// What a browser carries for its way back from the agency's own sign-in service.
pub fn carried(headers: &HeaderMap, node: &Node) -> Option<String> {
    value(headers, &carrying(node))
}

/// Has the browser carry something for its way back to this path, for ten minutes and out of reach of scripts; nothing has it forget.
/// Another site leads back, so the cookie comes with what that site leads to, and with nothing that it asks for.
///
/// # Errors
/// As [`keep`].
pub fn carry(node: &Node, text: &str, is_encrypted: bool, path: &str) -> Result<HeaderValue, Fault> {
    let secure = if is_encrypted { "; Secure" } else { "" };
    let seconds = if text.is_empty() { 0 } else { limits::SIGN_IN_MS_MAX / 1000 };
    let name = carrying(node);
    header(format!("{name}={text}; Path={path}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"))
}

fn carrying(node: &Node) -> String {
    format!("{}_begun", name(node))
}

/// What a cookie of a request holds.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
    let mut pairs = pairs.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(named, _)| *named == name).map(|(_, value)| value.to_owned())
}

/// Has the browser keep the session, for this site alone and out of reach of scripts.
///
/// # Errors
/// What a session's cookie holds never fails to be a header's value.
pub fn keep(node: &Node, text: &str, is_encrypted: bool) -> Result<HeaderValue, Fault> {
    cookie(node, text, is_encrypted, "")
}

/// Has the browser forget it.
///
/// # Errors
/// As [`keep`].
pub fn forget(node: &Node, is_encrypted: bool) -> Result<HeaderValue, Fault> {
    cookie(node, "", is_encrypted, "; Max-Age=0")
}

fn cookie(node: &Node, text: &str, is_encrypted: bool, more: &str) -> Result<HeaderValue, Fault> {
    let secure = if is_encrypted { "; Secure" } else { "" };
    header(format!("{}={text}; Path=/; HttpOnly; SameSite=Strict{secure}{more}", name(node)))
}

fn header(cookie: String) -> Result<HeaderValue, Fault> {
    HeaderValue::try_from(cookie).map_err(|error| Fault::new(Code::Internal, say!("task-failed", error = %error)))
}
