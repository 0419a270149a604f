//! Passkeys: what a browser hands over when a person's authenticator signs, and whether it is what was asked for.
//!
//! W3C Web Authentication Level 3, without attestation: nobody asks which make an authenticator is of. [`verify`] judges an
//! assertion (§7.2), [`registered`] what a new credential is (§7.1). Both take bytes as the browser gave them, read them
//! without trusting them, and are the same for a record's approval and for a person at a desk.
//!
//! An assertion shows that the authenticator, after it had verified its holder, signed this challenge for this origin. It does
//! not show what stood on the screen.

use alloc::{string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    encoding::{ReadError, base64_bytes},
    json::JsonError,
    limits,
    suite::{ED25519_PUBLIC_BYTES, P256_PUBLIC_BYTES, Suite, is_sound_ed25519, is_sound_p256},
};

mod authenticator_data;
mod cbor;
mod client_data;
mod site;
#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests;

use authenticator_data::AuthenticatorData;
use client_data::{ClientData, Purpose};
pub use site::site_problem;

/// A signature algorithm of passkeys. Between them, the two are in every authenticator that is sold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (COSE -7, RFC 9053 §2.1); signatures in ASN.1 DER (§6.5.5).
    Es256,
    /// Ed25519 (COSE -8 on curve 6, RFC 9053 §2.2).
    Ed25519,
}

/// A passkey's public key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// What it is a key of.
    pub algorithm: Algorithm,
    /// ES256: 65 bytes, the uncompressed point of SEC 1 §2.3.3. Ed25519: 32 bytes.
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
}

impl PublicKey {
    /// What can't be so, if anything can't. That the bytes are a point at all, only a [`Suite`] can say.
    pub fn problem(&self) -> Option<&'static str> {
        match self.algorithm {
            Algorithm::Es256 => match <&[u8; P256_PUBLIC_BYTES]>::try_from(self.bytes.as_slice()) {
                Err(_) => Some("an ES256 public key has 65 bytes"),
                Ok(key) if !is_sound_p256(key) => Some("the public key is not the uncompressed spelling of a point"),
                Ok(_) => None,
            },
            Algorithm::Ed25519 => match <&[u8; ED25519_PUBLIC_BYTES]>::try_from(self.bytes.as_slice()) {
                Err(_) => Some("an Ed25519 public key has 32 bytes"),
                Ok(key) if !is_sound_ed25519(key) => {
                    Some("the public key is a point of small order, or not the one spelling of a point")
                }
                Ok(_) => None,
            },
        }
    }

    /// Whether this key signed the message.
    fn signed(&self, suite: &dyn Suite, message: &[u8], signature: &[u8]) -> bool {
        let bytes = self.bytes.as_slice();
        match self.algorithm {
            Algorithm::Es256 => bytes.try_into().is_ok_and(|key| suite.verify_es256(key, message, signature)),
            Algorithm::Ed25519 => bytes.try_into().is_ok_and(|key| suite.verify_ed25519(key, message, signature)),
        }
    }
}

/// What the browser was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked<'a> {
    /// The challenge, as bytes.
    pub challenge: &'a [u8],
    /// The origin of the page that asked, such as `https://exchange.example`: scheme, host and, unless it is the scheme's own,
    /// port.
    pub origin: &'a str,
    /// The relying party: the host of the origin, or a domain above it.
    pub rp_id: &'a str,
}

/// A passkey's answer, whole: `authenticatorData`, `clientDataJSON` and `signature` of an `AuthenticatorAssertionResponse`
/// (§5.2.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// What the authenticator says (§6.1).
    #[serde(with = "base64_bytes")]
    pub authenticator_data: Vec<u8>,
    /// What the browser says, as JSON (§5.8.1).
    #[serde(with = "base64_bytes")]
    pub client_data: Vec<u8>,
    /// Over the authenticator data and the SHA-256 of the client data.
    #[serde(with = "base64_bytes")]
    pub signature: Vec<u8>,
}

impl Assertion {
    /// Whether its authenticator says that the credential may be copied to other devices (flag BE). That is worth what the assertion
    /// is worth, which [`verify`] says.
    pub fn is_backup_eligible(&self) -> bool {
        AuthenticatorData::parse(&self.authenticator_data).is_ok_and(|data| data.is_backup_eligible())
    }
}

/// What the authenticator said of the credential.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// It may be copied to other devices (flag BE).
    pub backup_eligible: bool,
    /// It was copied (flag BS): it is "synced".
    pub backed_up: bool,
    /// How often it signed (§6.1.1). Synced credentials always say 0.
    pub counter: u32,
}

/// A new credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// By what the authenticator finds it again: at most 1,023 bytes, of no meaning to anybody else.
    pub credential: Vec<u8>,
    /// Its public key. Nothing is signed here: that its holder has the private key, the first assertion shows.
    pub key: PublicKey,
    /// What the authenticator said of it.
    pub seen: Seen,
}

/// Why an assertion or a new credential is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// More bytes than any browser gives.
    #[error("the {what} has {bytes} bytes, more than the {limit} allowed")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The client data is not JSON, or a member is of another type.
    #[error(transparent)]
    ClientData(#[from] JsonError),
    /// A member that must be there isn't.
    #[error("the client data has no {0:?}")]
    NoMember(&'static str),
    /// Made for something else: a registration is not an approval.
    #[error("the client data is of type {found:?}, but {expected:?} was asked for")]
    OtherType {
        /// As it stands there.
        found: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// Another challenge was answered.
    #[error("the client data answers another challenge")]
    OtherChallenge,
    /// Another page asked.
    #[error("the client data is of the origin {found:?}, but {expected:?} was asked for")]
    OtherOrigin {
        /// As it stands there.
        found: String,
        /// What was asked for.
        expected: String,
    },
    /// The page stood in a frame of another's.
    #[error("the page that asked stood within another site's page")]
    CrossOrigin,
    /// The authenticator data ends early, or goes on.
    #[error("the authenticator data: {0}")]
    AuthenticatorData(#[from] ReadError),
    /// The credential is another relying party's.
    #[error("the authenticator answered for another relying party")]
    OtherRelyingParty,
    /// Flag UP is not set.
    #[error("the authenticator did not find that anybody was present")]
    NotPresent,
    /// Flag UV is not set.
    #[error("the authenticator did not verify its holder: a PIN, a finger or a face is needed")]
    NotVerified,
    /// Flag BS is set, but not BE.
    #[error("the authenticator says that the credential was copied and that it can't be copied")]
    BackedUpButNotEligible,
    /// Flag AT is set in an assertion.
    #[error("the authenticator data of an assertion holds a new credential")]
    UnaskedCredential,
    /// Flag AT is not set at a registration.
    #[error("the authenticator data holds no new credential")]
    NoCredential,
    /// No authenticator makes such an id.
    #[error("a credential id of {0} bytes: it has 1 to 1023")]
    CredentialId(usize),
    /// Not the CTAP2 canonical form, or not what must stand there.
    #[error("the {what}: {problem}")]
    Cbor {
        /// Which part.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The credential is of an algorithm that nobody asked for.
    #[error("the credential's algorithm is COSE {0}: ES256 (-7) and Ed25519 (-8) are known")]
    OtherAlgorithm(i64),
    /// The key is none.
    #[error("{0}")]
    Key(&'static str),
    /// The signature is not by this key over these bytes.
    #[error("the passkey's signature is not valid")]
    Signature,
}

/// Whether the key's holder gave this assertion when they were asked so (§7.2, steps 10 to 24): the type is
/// `webauthn.get`, challenge, origin and relying party are those asked for, no other site framed the page, the holder was
/// present and verified, and the signature holds.
///
/// Whether the counter rose, and whether the credential is one that may be backed up, the caller decides by what it gets.
pub fn verify(
    suite: &dyn Suite,
    key: &PublicKey,
    asked: &Asked<'_>,
    assertion: &Assertion,
) -> Result<Seen, PasskeyError> {
    if let Some(problem) = key.problem() {
        return Err(PasskeyError::Key(problem));
    }
    ClientData::parse(&assertion.client_data)?.demand(Purpose::Get, asked)?;
    let authenticator = AuthenticatorData::parse(&assertion.authenticator_data)?;
    let seen = authenticator.demand(suite, asked)?;
    if authenticator.credential.is_some() {
        return Err(PasskeyError::UnaskedCredential);
    }
    let mut signed = assertion.authenticator_data.clone();
    signed.extend_from_slice(&suite.sha256(&[&assertion.client_data]));
    if key.signed(suite, &signed, &assertion.signature) { Ok(seen) } else { Err(PasskeyError::Signature) }
}

/// The credential that a browser made when it was asked so (§7.1, steps 7 to 18 and 25), from `getAuthenticatorData()` and
/// `clientDataJSON` of an `AuthenticatorAttestationResponse` (§5.2.1). There is no attestation object: with attestation
/// `none` it says no more.
pub fn registered(
    suite: &dyn Suite,
    asked: &Asked<'_>,
    authenticator_data: &[u8],
    client_data: &[u8],
) -> Result<Registered, PasskeyError> {
    ClientData::parse(client_data)?.demand(Purpose::Create, asked)?;
    let authenticator = AuthenticatorData::parse(authenticator_data)?;
    let seen = authenticator.demand(suite, asked)?;
    let credential = authenticator.credential.ok_or(PasskeyError::NoCredential)?;
    if let Some(problem) = credential.key.problem() {
        return Err(PasskeyError::Key(problem));
    }
    let is_point = match credential.key.algorithm {
        Algorithm::Es256 => {
            <&[u8; P256_PUBLIC_BYTES]>::try_from(credential.key.bytes.as_slice()).is_ok_and(|key| suite.is_p256(key))
        }
        Algorithm::Ed25519 => true,
    };
    if !is_point {
        return Err(PasskeyError::Key("the public key is not a point of P-256"));
    }
    Ok(Registered { credential: credential.id.to_vec(), key: credential.key, seen })
}

/// A challenge as the client data spells it (§5.8.1): base64url without padding.
fn spelled(challenge: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(challenge)
}

/// Refuses what no browser gives, before it is read.
fn within(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), PasskeyError> {
    if bytes.len() > limit { Err(PasskeyError::TooLong { what, bytes: bytes.len(), limit }) } else { Ok(()) }
}
