//! An officer's signing key in a file, and the approvals made with it.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use protocol::{
    agreement::ApprovalRole,
    id::Hash,
    record::{Approval, Enrolment, officer_digest},
    suite::{AwsLc, SystemEntropy, random_32},
};
use texts::say;
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    seed_file::{self, Purpose},
};

/// An officer's key, ready to sign.
pub struct OfficerKey {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl OfficerKey {
    /// Makes a key and writes its file; without a passphrase the file holds the seed in the open.
    pub fn create(file: &Path, passphrase: Option<&[u8]>) -> Result<Self, Failure> {
        let seed = Zeroizing::new(random_32(&mut SystemEntropy));
        let key = Self::from_seed(&*seed, file)?;
        seed_file::create(file, Purpose::Officer, &key.public, &seed, passphrase)?;
        Ok(key)
    }

    /// Reads a key file; asks for its passphrase if it has one.
    pub fn open(file: &Path, passphrase_file: Option<&Path>) -> Result<Self, Failure> {
        let (public, seed) = seed_file::open(file, Purpose::Officer, passphrase_file)?;
        let key = Self::from_seed(&seed, file)?;
        if key.public.as_slice() != public {
            return Err(Failure::not_verified(say!("public-not-of-seed", file = %file.display())));
        }
        Ok(key)
    }

    /// The public key of a file, for which no passphrase is needed.
    pub fn public_of(file: &Path) -> Result<[u8; 32], Failure> {
        seed_file::public(file, Purpose::Officer)?
            .try_into()
            .map_err(|_| Failure::usage(say!("public-length", file = %file.display())))
    }

    /// The public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Approves the record with this digest as an officer enrolled at that place.
    pub fn approve(&self, role: ApprovalRole, enrolment: Enrolment, digest: &Hash) -> Approval {
        let signed = officer_digest(&AwsLc, role.name(), &enrolment, digest);
        Approval::ed25519(role, enrolment, self.pair.sign(&signed).as_ref())
    }

    fn from_seed(seed: &[u8], file: &Path) -> Result<Self, Failure> {
        let wrong = || Failure::usage(say!("seed-length", file = %file.display()));
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| wrong())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| wrong())?;
        Ok(Self { pair, public })
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        id::{AgencyId, ChannelId},
        origin::{Lane, Origin},
        record::{Officer, verify_approval},
    };

    use super::*;

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_only() {
        let dir = tempfile::tempdir().unwrap();
        let (file, right, wrong) = (dir.path().join("key"), dir.path().join("right"), dir.path().join("wrong"));
        crate::output::write_new(&right, b"right\n").unwrap();
        crate::output::write_new(&wrong, b"wrong\n").unwrap();
        let made = OfficerKey::create(&file, Some(b"right")).unwrap();
        assert_eq!(OfficerKey::open(&file, Some(&right)).unwrap().public(), made.public());
        assert!(OfficerKey::open(&file, Some(&wrong)).is_err());
        assert!(OfficerKey::create(&file, None).is_err(), "a key file is never replaced");
    }

    #[test]
    fn an_approval_verifies_under_the_public_key() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        OfficerKey::create(&file, None).unwrap();
        let key = OfficerKey::open(&file, None).unwrap();
        let (channel, agency) = (ChannelId::new([1; 32]), AgencyId::new([2; 32]));
        let enrolment = Enrolment { origin: Origin { channel, agency, epoch: 1, lane: Lane::Main }, index: 3 };
        let approval = key.approve(ApprovalRole::Author, enrolment, &[9; 32]);
        let officer = Officer::ed25519("desk", *key.public());
        assert!(verify_approval(&AwsLc, &officer, &approval, &[9; 32]).is_ok());
        assert!(verify_approval(&AwsLc, &officer, &approval, &[8; 32]).is_err());
    }
}
