//! The members of enrolments and approvals in JSON: which of them stand there, the scheme says.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize};

use super::{Approval, ApprovalKey, ApprovalSignature, EnrolledPasskey, Enrolment, Officer, Scheme};
use crate::{
    agreement::ApprovalRole,
    encoding::base64_bytes,
    passkey::{Algorithm, Assertion, PublicKey},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficerForm {
    office: String,
    scheme: Scheme,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    algorithm: Option<Algorithm>,
    #[serde(with = "base64_bytes")]
    public: Vec<u8>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    rp_id: Option<String>,
}

impl TryFrom<OfficerForm> for Officer {
    type Error = &'static str;

    fn try_from(form: OfficerForm) -> Result<Self, &'static str> {
        let OfficerForm { office, scheme, algorithm, public, origin, rp_id } = form;
        let key = match (scheme, algorithm, origin, rp_id) {
            (Scheme::Ed25519, None, None, None) => ApprovalKey::Ed25519(public),
            (Scheme::Ed25519, ..) => return Err("algorithm, origin and rp_id belong to the scheme webauthn"),
            (Scheme::Webauthn, Some(algorithm), Some(origin), Some(rp_id)) => {
                ApprovalKey::Webauthn(EnrolledPasskey { key: PublicKey { algorithm, bytes: public }, origin, rp_id })
            }
            (Scheme::Webauthn, ..) => return Err("the scheme webauthn needs algorithm, origin and rp_id"),
        };
        Ok(Self { office, key })
    }
}

impl From<Officer> for OfficerForm {
    fn from(officer: Officer) -> Self {
        let (office, scheme) = (officer.office.clone(), officer.scheme());
        match officer.key {
            ApprovalKey::Ed25519(public) => Self { office, scheme, algorithm: None, public, origin: None, rp_id: None },
            ApprovalKey::Webauthn(EnrolledPasskey { key: PublicKey { algorithm, bytes }, origin, rp_id }) => Self {
                office,
                scheme,
                algorithm: Some(algorithm),
                public: bytes,
                origin: Some(origin),
                rp_id: Some(rp_id),
            },
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalForm {
    role: ApprovalRole,
    scheme: Scheme,
    enrolment: Enrolment,
    signature: Bytes,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    authenticator_data: Option<Bytes>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    client_data: Option<Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Bytes(#[serde(with = "base64_bytes")] Vec<u8>);

impl TryFrom<ApprovalForm> for Approval {
    type Error = &'static str;

    fn try_from(form: ApprovalForm) -> Result<Self, &'static str> {
        let ApprovalForm { role, scheme, enrolment, signature: Bytes(signature), authenticator_data, client_data } =
            form;
        let signature = match (scheme, authenticator_data, client_data) {
            (Scheme::Ed25519, None, None) => ApprovalSignature::Ed25519(signature),
            (Scheme::Ed25519, ..) => return Err("authenticator_data and client_data belong to the scheme webauthn"),
            (Scheme::Webauthn, Some(Bytes(authenticator_data)), Some(Bytes(client_data))) => {
                ApprovalSignature::Webauthn(Assertion { authenticator_data, client_data, signature })
            }
            (Scheme::Webauthn, ..) => return Err("the scheme webauthn needs authenticator_data and client_data"),
        };
        Ok(Self { role, enrolment, signature })
    }
}

impl From<Approval> for ApprovalForm {
    fn from(Approval { role, enrolment, signature }: Approval) -> Self {
        let (scheme, signature, authenticator_data, client_data) = match signature {
            ApprovalSignature::Ed25519(signature) => (Scheme::Ed25519, signature, None, None),
            ApprovalSignature::Webauthn(Assertion { authenticator_data, client_data, signature }) => {
                (Scheme::Webauthn, signature, Some(Bytes(authenticator_data)), Some(Bytes(client_data)))
            }
        };
        Self { role, scheme, enrolment, signature: Bytes(signature), authenticator_data, client_data }
    }
}

/// A member that is left out where it is not given: `null` would be a second spelling of that.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}
