//! Two officers whose keys are made from constants, and who approve what they are given: the load of a bench. Keys of
//! real officers are made by `mithaq officer new`.

use std::io::{BufRead, Write};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use protocol::{
    agreement::ApprovalRole,
    encoding::to_base64,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    record::{self, Approval, Context, Enrolment},
    suite::AwsLc,
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

const OFFICERS: [(ApprovalRole, [u8; 32]); 2] =
    [(ApprovalRole::Author, [1; 32]), (ApprovalRole::ReleaseAuthority, [2; 32])];

/// The first line that [`approve`] reads: what the records that follow are signed under.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    channel: ChannelId,
    author: AgencyId,
    #[serde(with = "hash_hex")]
    agreement: Hash,
    /// Where the officers are enrolled, in the order of [`public_keys`].
    enrolments: [Enrolment; 2],
}

/// What is read of a line of `POST /v1/records`: the bytes that are signed.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    header: &'a RawValue,
    body: String,
}

/// The officers' public keys in base64, by their role.
///
/// # Errors
/// The cryptographic library is broken.
pub fn public_keys() -> Result<Value, String> {
    let mut keys = Map::new();
    for (role, seed) in OFFICERS {
        keys.insert(role.name().to_owned(), json!(to_base64(pair(&seed)?.public_key().as_ref())));
    }
    Ok(keys.into())
}

/// Reads the terms and then lines of `POST /v1/records`; writes each line with both approvals.
///
/// # Errors
/// A line can't be read or written.
pub fn approve(input: impl BufRead, mut output: impl Write) -> Result<(), String> {
    let mut lines = input.lines();
    let mut next = || lines.next().transpose().map_err(|error| error.to_string());
    let terms: Terms = parse(&next()?.ok_or("no line with the terms")?)?;
    let context = Context { channel: terms.channel, author: terms.author, agreement: terms.agreement };
    let mut officers = Vec::new();
    for ((role, seed), enrolment) in OFFICERS.into_iter().zip(terms.enrolments) {
        officers.push((role, pair(&seed)?, enrolment));
    }
    while let Some(text) = next()? {
        let line: Line<'_> = parse(&text)?;
        let digest = record::digest(&AwsLc, &context, line.header.get().as_bytes(), line.body.as_bytes());
        let approvals: Vec<Approval> = officers
            .iter()
            .map(|(role, key, enrolment)| {
                let signed = record::officer_digest(&AwsLc, role.name(), enrolment, &digest);
                let signature = key.sign(&signed).as_ref().to_vec();
                Approval::ed25519(*role, *enrolment, signature)
            })
            .collect();
        let approvals = serde_json::to_string(&approvals).map_err(|error| error.to_string())?;
        // The line is kept as it is: the header's bytes are signed.
        let rest = text.trim().strip_suffix('}').ok_or("a line is a JSON object")?;
        writeln!(output, "{rest},\"approvals\":{}}}", json!(approvals)).map_err(|error| error.to_string())?;
    }
    output.flush().map_err(|error| error.to_string())
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, String> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use protocol::{
        encoding::from_base64,
        record::{Officer, verify_approval},
    };

    use super::*;

    #[test]
    fn approved_lines_carry_what_a_node_verifies() {
        let (channel, author) = (ChannelId::new([3; 32]), AgencyId::new([4; 32]));
        let origin = format!("mithaq/{channel}/{author}/1/main");
        let terms = json!({
            "channel": channel, "author": author, "agreement": "05".repeat(32),
            "enrolments": [{ "origin": origin, "index": 1 }, { "origin": origin, "index": 2 }],
        });
        let input = format!("{terms}\n{}\n", r#"{"channel":"c","header":{"kind": "x/1"},"body":"b"}"#);
        let mut output = Vec::new();
        approve(input.as_bytes(), &mut output).unwrap();
        let line: Value = serde_json::from_slice(&output).unwrap();
        let approvals = record::parse_approvals(line["approvals"].as_str().unwrap().as_bytes()).unwrap();
        let context = Context { channel, author, agreement: [5; 32] };
        let digest = record::digest(&AwsLc, &context, br#"{"kind": "x/1"}"#, b"b");
        let keys = public_keys().unwrap();
        assert_eq!(approvals.len(), 2);
        for approval in &approvals {
            let officer = Officer::ed25519("desk", from_base64(keys[approval.role.name()].as_str().unwrap()).unwrap());
            assert!(verify_approval(&AwsLc, &officer, approval, &digest).is_ok());
            assert!(verify_approval(&AwsLc, &officer, approval, &[0; 32]).is_err());
        }
    }
}
