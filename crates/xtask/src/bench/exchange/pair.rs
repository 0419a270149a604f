//! Two nodes that have met, and a channel between them.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{JSON, PATIENCE_S, POLL_MS};
use crate::{
    bench::{http::Client, node::Node},
    host,
};

/// Cards are exchanged and confirmed. Gives the agencies' ids.
///
/// # Errors
/// What a node refuses.
pub fn introduce(nodes: &[Node; 2]) -> Result<[String; 2], String> {
    let mut clients = [nodes[0].connect_socket()?, nodes[1].connect_socket()?];
    let agencies = [own_agency(&mut clients[0])?, own_agency(&mut clients[1])?];
    for (here, there) in [(0, 1), (1, 0)] {
        let card = clients[there].bytes("GET", "/v1/card", JSON, b"")?;
        clients[here].json("POST", "/v1/peers", JSON, &card)?;
        trust(&mut clients[here], &agencies[there])?;
    }
    Ok(agencies)
}

/// A channel between two nodes; the first one sends.
pub struct Channel {
    agencies: [String; 2],
    agreement: String,
    /// Its id.
    pub id: String,
}

impl Channel {
    /// An agreement is drafted, signed by both, and its channel opens.
    ///
    /// # Errors
    /// What a node refuses, or the channel stays closed.
    pub fn open(nodes: &[Node; 2], agencies: &[String; 2], draft: &str) -> Result<Self, String> {
        let mut clients = [nodes[0].connect_socket()?, nodes[1].connect_socket()?];
        let draft = clients[0].json("POST", "/v1/agreements", "application/toml", draft.as_bytes())?;
        let (agreement, id) = (text(&draft, "agreement")?, text(&draft, "channel")?);
        let (sign, bundle) = (format!("/v1/agreements/{agreement}/sign"), format!("/v1/agreements/{agreement}/bundle"));
        clients[0].json("POST", &sign, JSON, b"")?;
        let signed_once = clients[0].bytes("GET", &bundle, JSON, b"")?;
        clients[1].json("POST", "/v1/agreements/import", JSON, &signed_once)?;
        clients[1].json("POST", &sign, JSON, b"")?;
        let signed_twice = clients[1].bytes("GET", &bundle, JSON, b"")?;
        clients[0].json("POST", "/v1/agreements/import", JSON, &signed_twice)?;
        for client in &mut clients {
            wait_until(|| Ok(channel_state(client, &id)?["state"] == "open"), "the channel does not open")?;
        }
        Ok(Self { agencies: agencies.clone(), agreement, id })
    }

    /// What officers' signatures are made under: the first line for `mithaq-simulator approve`. Enrols the officers
    /// with these public keys at the sender.
    pub fn enrol(&self, sender: &Node, keys: &Value) -> Result<String, String> {
        let mut client = sender.connect_socket()?;
        let mut enrolments = Vec::new();
        for role in ["author", "release_authority"] {
            let officer = json!({"office": format!("bench, {role}"), "scheme": "ed25519", "public": keys[role]});
            let path = format!("/v1/channels/{}/officers", self.id);
            enrolments.push(client.json("POST", &path, JSON, officer.to_string().as_bytes())?);
        }
        let terms = json!({"channel": self.id, "author": self.agencies[0], "agreement": self.agreement,
            "enrolments": enrolments});
        Ok(terms.to_string())
    }

    /// How many entries the sender's main log has, and how many of them the receiver has countersigned.
    pub fn progress(&self, client: &mut Client) -> Result<(u64, u64), String> {
        let state = channel_state(client, &self.id)?;
        let is_own = |log: &&Value| {
            log["origin"].as_str().is_some_and(|origin| origin.contains(&self.agencies[0]) && origin.ends_with("/main"))
        };
        let log = state["logs"].as_array().and_then(|logs| logs.iter().find(is_own));
        // Before the first record there is no log.
        let Some(log) = log else { return Ok((0, 0)) };
        let receipted = log["receipted"][&self.agencies[1]].as_u64().unwrap_or_default();
        Ok((log["size"].as_u64().unwrap_or_default(), receipted))
    }

    /// Waits until everything sent is delivered; gives up when nothing moves any more.
    pub fn wait_for_delivery(&self, client: &mut Client, at_least: u64) -> Result<(), String> {
        let (mut before, mut moved) = (0, host::now());
        loop {
            let (size, receipted) = self.progress(client)?;
            if size >= at_least && receipted >= size {
                return Ok(());
            }
            if receipted > before {
                (before, moved) = (receipted, host::now());
            }
            if moved.elapsed() > Duration::from_secs(PATIENCE_S) {
                return Err(format!("{receipted} of {size} entries were delivered, then nothing for {PATIENCE_S} s"));
            }
            thread::sleep(Duration::from_millis(POLL_MS));
        }
    }
}

fn own_agency(client: &mut Client) -> Result<String, String> {
    text(&client.json("GET", "/v1/status", JSON, b"")?, "agency")
}

/// Confirms the other's fingerprint, as two officers who compare it would.
fn trust(client: &mut Client, agency: &str) -> Result<(), String> {
    let peers = client.json("GET", "/v1/peers", JSON, b"")?;
    let peer = peers["peers"].as_array().and_then(|peers| peers.iter().find(|peer| peer["agency"] == agency));
    let peer = peer.ok_or_else(|| format!("the node does not list the card it was given: {peers}"))?;
    let confirmation = json!({"fingerprint": text(peer, "fingerprint")?}).to_string();
    client.json("POST", &format!("/v1/peers/{agency}/confirm"), JSON, confirmation.as_bytes())?;
    Ok(())
}

fn channel_state(client: &mut Client, channel: &str) -> Result<Value, String> {
    client.json("GET", &format!("/v1/channels/{channel}"), JSON, b"")
}

/// Asks again and again until the answer is yes; fails with the sentence when patience is over.
pub fn wait_until(mut done: impl FnMut() -> Result<bool, String>, otherwise: &str) -> Result<(), String> {
    let started = host::now();
    while !done()? {
        if started.elapsed() > Duration::from_secs(PATIENCE_S) {
            return Err(format!("{otherwise} within {PATIENCE_S} s"));
        }
        thread::sleep(Duration::from_millis(POLL_MS));
    }
    Ok(())
}

fn text(value: &Value, field: &str) -> Result<String, String> {
    value[field].as_str().map(str::to_owned).ok_or_else(|| format!("no text `{field}` in {value}"))
}
