//! Authenticator data: what the authenticator says of itself, its holder and the credential (§6.1).

use super::{Asked, PasskeyError, PublicKey, Seen, cbor, limits, within};
use crate::{encoding::Reader, id::Hash, suite::Suite};

/// User present.
const UP: u8 = 0x01;
/// User verified.
const UV: u8 = 0x04;
/// Backup eligible.
const BE: u8 = 0x08;
/// Backup state.
const BS: u8 = 0x10;
/// Attested credential data follow.
const AT: u8 = 0x40;
/// Extension data follow.
const ED: u8 = 0x80;

/// Authenticator data, read to its last byte. The two flags that are reserved mean nothing yet and are not looked at: those
/// for backups were reserved once, and older verifiers had to live with them.
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: Hash,
    flags: u8,
    counter: u32,
    /// The new credential (§6.5.1).
    pub(super) credential: Option<Credential<'a>>,
}

/// Attested credential data. Before them stands the AAGUID, the make of the authenticator: without attestation anybody can
/// write any, so it is passed over.
pub(super) struct Credential<'a> {
    pub(super) id: &'a [u8],
    pub(super) key: PublicKey,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads it. What the flags don't announce may not be there; the values of extensions are not judged, but they must be
    /// one CBOR map that ends where the data end.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        within("authenticator data", bytes, limits::AUTHENTICATOR_DATA_BYTES_MAX)?;
        let mut reader = Reader::new(bytes);
        let (rp_id_hash, flags, counter) = (reader.array()?, reader.u8()?, reader.u32()?);
        let credential = if flags & AT == 0 { None } else { Some(Credential::read(&mut reader)?) };
        if flags & ED != 0 {
            cbor::skip_map(&mut reader).map_err(|problem| PasskeyError::Cbor { what: "extension data", problem })?;
        }
        reader.finish()?;
        Ok(Self { rp_id_hash, flags, counter, credential })
    }

    pub(super) const fn is_backup_eligible(&self) -> bool {
        self.flags & BE != 0
    }

    /// Demands the relying party, a holder who was present and verified, and flags that don't contradict each other
    /// (§6.1.3).
    pub(super) fn demand(&self, suite: &dyn Suite, asked: &Asked<'_>) -> Result<Seen, PasskeyError> {
        let has = |flag: u8| self.flags & flag != 0;
        if self.rp_id_hash != suite.sha256(&[asked.rp_id.as_bytes()]) {
            return Err(PasskeyError::OtherRelyingParty);
        }
        if !has(UP) {
            return Err(PasskeyError::NotPresent);
        }
        if !has(UV) {
            return Err(PasskeyError::NotVerified);
        }
        if has(BS) && !self.is_backup_eligible() {
            return Err(PasskeyError::BackedUpButNotEligible);
        }
        Ok(Seen { backup_eligible: self.is_backup_eligible(), backed_up: has(BS), counter: self.counter })
    }
}

impl<'a> Credential<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, PasskeyError> {
        let _aaguid: [u8; 16] = reader.array()?;
        let id = reader.prefixed_u16()?;
        if id.is_empty() || id.len() > limits::CREDENTIAL_ID_BYTES_MAX {
            return Err(PasskeyError::CredentialId(id.len()));
        }
        Ok(Self { id, key: cbor::cose_key(reader)? })
    }
}
