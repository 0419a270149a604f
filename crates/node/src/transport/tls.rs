//! TLS between nodes: the key of a node, the pins of its partners, and who is let through.
//!
//! A node's TLS key is Ed25519. With AWS-LC on the reference machine it signs in 11 µs and verifies in 42 µs, P-256
//! in 18 µs and 52 µs; its signatures need no randomness, so one key always gives one certificate; and every PKCS#11
//! token that can hold a node's other keys can hold it. No other kind of key is accepted from a partner.
//!
//! Sessions are never resumed. A resumed session would carry over what a partner proved earlier, and a pin that was
//! replaced since would go unnoticed. Early data is off for the same reason, and because it can be replayed.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use aws_lc_rs::{constant_time, digest};
use protocol::id::{AgencyId, Hash};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ED25519};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName as AuthorityName, Error as TlsError,
    OtherError, PeerMisbehaved, ServerConfig, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms,
        aws_lc_rs::{
            cipher_suite::{TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256},
            default_provider,
            kx_group::X25519MLKEM768,
        },
        verify_tls13_signature,
    },
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
    server::{
        NoServerSessionStorage, ParsedCertificate,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::TLS13,
};
use zeroize::Zeroizing;

use crate::limits;

/// The SHA-256 of the DER form of a TLS public key (SubjectPublicKeyInfo, RFC 5280 §4.1), as a card names it.
pub type Pin = Hash;

/// The name of the only application protocol spoken (RFC 7301), so that no other service's bytes pass for ours.
const ALPN_HTTP_1: &[u8] = b"http/1.1";

/// A node's TLS key with a self-signed certificate over it.
pub struct TlsIdentity {
    certificate: CertificateDer<'static>,
    key: Zeroizing<Vec<u8>>,
    pin: Pin,
}

impl TlsIdentity {
    /// Makes a new key. `agency_name` only helps a person who looks at the certificate; no node reads it.
    ///
    /// # Errors
    /// If the system has no randomness to give, or the name cannot stand in a certificate.
    pub fn generate(agency_name: &str) -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519).map_err(IdentityError::Key)?;
        Self::certify(agency_name, &key)
    }

    /// Makes the identity again from its stored key. The same name and key give the same certificate, byte by byte.
    ///
    /// # Errors
    /// If `key` is not an Ed25519 private key in PKCS#8 DER, or the name cannot stand in a certificate.
    pub fn from_pkcs8(agency_name: &str, key: &[u8]) -> Result<Self, IdentityError> {
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(key), &PKCS_ED25519)
            .map_err(IdentityError::Key)?;
        Self::certify(agency_name, &key)
    }

    fn certify(agency_name: &str, key: &KeyPair) -> Result<Self, IdentityError> {
        // The defaults of rcgen keep the certificate a pure function of its input: dates from 1975 to 4096, and a
        // serial number that is a hash of the public key.
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, agency_name);
        let certificate = parameters.self_signed(key).map_err(IdentityError::Certificate)?.der().clone();
        let pin = pin_of(&certificate).map_err(IdentityError::Unreadable)?;
        Ok(Self { certificate, key: Zeroizing::new(key.serialize_der()), pin })
    }

    /// The certificate in DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The private key in PKCS#8 DER, to be sealed before it is stored.
    pub fn key_pkcs8(&self) -> &Zeroizing<Vec<u8>> {
        &self.key
    }

    /// The pin that the agency's card names.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.to_vec()).into()
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsIdentity(pin {})", hex::encode(self.pin))
    }
}

/// A TLS identity could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key could not be made or read.
    #[error("the TLS key is no Ed25519 key in PKCS#8 form; restore it from the backup or make a new card")]
    Key(#[source] rcgen::Error),
    /// The certificate could not be made.
    #[error("no TLS certificate can be made for this agency; check its name")]
    Certificate(#[source] rcgen::Error),
    /// The certificate just made cannot be read.
    #[error("the TLS certificate just made cannot be read")]
    Unreadable(#[source] TlsError),
}

/// Whose TLS key is whose: the pins of all cards in force, shared by the listener and whoever changes cards. And from which
/// addresses their holders may be expected to call.
///
/// A change takes effect for the next handshake and for the next request on a connection that is already open.
#[derive(Clone, Debug, Default)]
pub struct Pins(Arc<RwLock<Pinned>>);

#[derive(Debug, Default)]
struct Pinned {
    agencies: BTreeMap<Pin, AgencyId>,
    /// What the cards' addresses lead to.
    homes: BTreeSet<IpAddr>,
    /// From where a pinned key was last shown, the newest last.
    seen: VecDeque<IpAddr>,
}

impl Pins {
    /// Pins for these partners.
    pub fn new(pins: BTreeMap<Pin, AgencyId>) -> Self {
        Self(Arc::new(RwLock::new(Pinned { agencies: pins, ..Pinned::default() })))
    }

    /// Puts these pins in place of all earlier ones.
    pub fn replace(&self, pins: BTreeMap<Pin, AgencyId>) {
        self.write().agencies = pins;
    }

    /// The agency whose card in force names this pin.
    pub fn agency(&self, pin: &Pin) -> Option<AgencyId> {
        self.read().agencies.get(pin).copied()
    }

    /// Puts these addresses of partners in place of all that their cards named before.
    pub fn set_homes(&self, homes: BTreeSet<IpAddr>) {
        self.write().homes = homes;
    }

    /// Notes that a pinned key was shown from this address.
    pub fn note_seen(&self, address: IpAddr) {
        let (address, mut pinned) = (address.to_canonical(), self.write());
        pinned.seen.retain(|seen| *seen != address);
        pinned.seen.push_back(address);
        if pinned.seen.len() > limits::PARTNER_ADDRESSES_MAX {
            pinned.seen.pop_front();
        }
    }

    /// Whether a partner may be expected to call from there. It proves nothing: it only keeps seats apart.
    pub fn expects(&self, address: IpAddr) -> bool {
        let (address, pinned) = (address.to_canonical(), self.read());
        pinned.homes.contains(&address) || pinned.seen.contains(&address)
    }

    fn read(&self) -> RwLockReadGuard<'_, Pinned> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Pinned> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the node answers partners: it shows `identity`, asks for a certificate and lets one through only if it is
/// pinned. A client without a certificate is let through as a stranger, who may fetch the card and nothing else.
///
/// # Errors
/// If TLS refuses the key of `identity`.
pub fn server_config(identity: &TlsIdentity, pins: Pins) -> Result<ServerConfig, TlsError> {
    let provider = provider();
    let verifier = KeyVerifier::new(Accepted::Pinned(pins), &provider);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![identity.certificate.clone()], identity.private_key())?;
    config.alpn_protocols = vec![ALPN_HTTP_1.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(config)
}

/// How the node calls a partner: it shows `identity` and talks to nobody but the holder of `expected_pin`.
///
/// # Errors
/// If TLS refuses the key of `identity`.
pub fn client_config(identity: &TlsIdentity, expected_pin: Pin) -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let verifier = KeyVerifier::new(Accepted::Only(expected_pin), &provider);
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_auth_cert(vec![identity.certificate.clone()], identity.private_key())?;
    Ok(without_resumption(config))
}

/// How the node fetches a card from somebody it does not know yet: it shows nothing and trusts nothing. What comes
/// back proves itself by its own signatures, and the officers' comparison of fingerprints does the rest.
///
/// # Errors
/// If TLS refuses its own defaults.
pub fn client_config_unpinned() -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let verifier = KeyVerifier::new(Accepted::Any, &provider);
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(without_resumption(config))
}

/// The pin of a certificate.
///
/// # Errors
/// If the certificate cannot be read.
pub fn pin_of(certificate: &CertificateDer<'_>) -> Result<Pin, TlsError> {
    let public_key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
    let mut pin = [0; 32];
    pin.copy_from_slice(digest::digest(&digest::SHA256, &public_key).as_ref());
    Ok(pin)
}

/// A certificate that verifies but is not the one that a pin asks for. It travels inside [`TlsError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the TLS key {} is not pinned by a card in force", hex::encode(.found))]
pub struct UnpinnedKey {
    /// The pin of the key that was shown.
    pub found: Pin,
}

impl UnpinnedKey {
    /// Finds this error in what a failed handshake reports.
    pub fn find(error: &TlsError) -> Option<Self> {
        match error {
            TlsError::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
                inner.downcast_ref::<Self>().copied()
            }
            _ => None,
        }
    }
}

impl From<UnpinnedKey> for TlsError {
    fn from(error: UnpinnedKey) -> Self {
        CertificateError::Other(OtherError(Arc::new(error))).into()
    }
}

/// AWS-LC with one key exchange and the two cipher suites of 256 bits: AES where the processor has it, ChaCha20 where
/// it has not.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: vec![TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256],
        kx_groups: vec![X25519MLKEM768],
        ..default_provider()
    })
}

fn without_resumption(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![ALPN_HTTP_1.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    // The name says nothing to a verifier of pins, and it would cross the wire in the clear.
    config.enable_sni = false;
    config
}

/// Whose keys a verifier accepts.
#[derive(Debug)]
enum Accepted {
    /// Those that a card in force names.
    Pinned(Pins),
    /// This one.
    Only(Pin),
    /// Every key, for fetching a card.
    Any,
}

/// Verifies the other side of a connection, whether it called or was called: its key is accepted, and it holds the
/// private half. Nothing else in a certificate is looked at.
#[derive(Debug)]
struct KeyVerifier {
    accepted: Accepted,
    algorithms: WebPkiSupportedAlgorithms,
}

impl KeyVerifier {
    fn new(accepted: Accepted, provider: &CryptoProvider) -> Arc<Self> {
        Arc::new(Self { accepted, algorithms: provider.signature_verification_algorithms })
    }

    fn accept(&self, certificate: &CertificateDer<'_>) -> Result<(), TlsError> {
        let found = pin_of(certificate)?;
        let is_accepted = match &self.accepted {
            Accepted::Pinned(pins) => pins.agency(&found).is_some(),
            Accepted::Only(expected) => constant_time::verify_slices_are_equal(expected, &found).is_ok(),
            Accepted::Any => true,
        };
        if is_accepted { Ok(()) } else { Err(UnpinnedKey { found }.into()) }
    }

    /// Verifies what makes a pin worth something: that the other side holds the private key of its certificate.
    fn verify_possession(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        if signature.scheme != SignatureScheme::ED25519 {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn refuse_tls12() -> Result<HandshakeSignatureValid, TlsError> {
        Err(TlsError::General("TLS 1.2 is not spoken here".into()))
    }
}

impl ClientCertVerifier for KeyVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[AuthorityName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        self.accept(certificate).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Self::refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verify_possession(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.accept(certificate).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Self::refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verify_possession(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_gives_one_certificate() {
        let made = TlsIdentity::generate("Agency A").expect("generate");
        let again = TlsIdentity::from_pkcs8("Agency A", made.key_pkcs8()).expect("from_pkcs8");
        assert_eq!(again.certificate(), made.certificate());
        assert_eq!(again.key_pkcs8(), made.key_pkcs8());
        assert_eq!(again.pin(), made.pin());

        let renamed = TlsIdentity::from_pkcs8("Agency B", made.key_pkcs8()).expect("from_pkcs8");
        assert_eq!(renamed.pin(), made.pin(), "the pin is of the key, not of the certificate");
        assert_ne!(TlsIdentity::generate("Agency A").expect("generate").pin(), made.pin());
    }

    /// The layout of an Ed25519 SubjectPublicKeyInfo is fixed by RFC 8410 §4, so the pin can be computed by hand.
    #[test]
    fn the_pin_is_the_hash_of_the_public_key_info() {
        let identity = TlsIdentity::generate("Agency A").expect("generate");
        let key = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(identity.key_pkcs8().as_slice()),
            &PKCS_ED25519,
        )
        .expect("key");
        let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let info = [prefix.as_slice(), key.public_key_raw()].concat();
        assert_eq!(identity.pin().as_slice(), digest::digest(&digest::SHA256, &info).as_ref());
    }

    #[test]
    fn other_keys_are_refused() {
        let p256 = KeyPair::generate().expect("generate").serialize_der();
        assert!(matches!(TlsIdentity::from_pkcs8("Agency A", &p256), Err(IdentityError::Key(_))));
        assert!(matches!(TlsIdentity::from_pkcs8("Agency A", b"no key"), Err(IdentityError::Key(_))));
    }

    #[test]
    fn debug_shows_no_key() {
        let identity = TlsIdentity::generate("Agency A").expect("generate");
        assert_eq!(format!("{identity:?}"), format!("TlsIdentity(pin {})", hex::encode(identity.pin())));
    }
}
