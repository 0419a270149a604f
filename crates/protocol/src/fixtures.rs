//! Made-up agencies and an agreement for this crate's tests.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    agreement::{Agreement, AgreementFormat, ApprovalRole, Clause, Deadlines, Onward, Party, TimeLimits},
    card::{
        Body, CARD_DOCUMENT, Card, CardChain, CardDraft, CardKey, CardSignature, Predecessor, SignedCard, issue,
        next_keys_hash,
    },
    document,
    header::Handling,
    id::AgencyId,
    suite::{AwsLc, KeyRole, SealingKey, Signer as _, SoftwareKeys, Suite as _},
    text::Texts,
};

/// An agency with all its private keys.
pub(crate) struct Agency {
    /// Log, receipt and document keys and, from the second generation, the succession keys just revealed.
    pub keys: SoftwareKeys,
    pub chain: CardChain,
    pub sealing: SealingKey,
}

impl Agency {
    /// An agency with its first card. Different seeds give different agencies.
    pub fn new(seed: u8, country: &str) -> Self {
        let keys = keys(seed, 0);
        let chain = issue(&AwsLc, &keys, draft(seed, 0, country), None).unwrap();
        Self { keys, chain, sealing: AwsLc.sealing_key([seed; 32]) }
    }

    /// The same agency after a change of keys; the old document key signs too.
    pub fn rotated(&self, seed: u8, country: &str) -> Self {
        let generation = u8::try_from(self.chain.current().serial).unwrap();
        let keys = keys(seed, generation);
        let previous = Predecessor { chain: &self.chain, signer: Some(&self.keys) };
        let chain = issue(&AwsLc, &keys, draft(seed, generation, country), Some(previous)).unwrap();
        Self { keys, chain, sealing: self.sealing.clone() }
    }
}

/// The keys of a generation. Its succession keys are those that the generation before announced.
pub(crate) fn keys(seed: u8, generation: u8) -> SoftwareKeys {
    let seeds = |role: u8| ([seed, generation, role, 1], [seed, generation, role, 2]);
    let wide = |short: [u8; 4]| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&short);
        bytes
    };
    let roles = [KeyRole::Log, KeyRole::Receipt, KeyRole::Document, KeyRole::Succession];
    let made: Vec<_> = roles.into_iter().zip(0..).map(|(r, n)| (r, wide(seeds(n).0), wide(seeds(n).1))).collect();
    SoftwareKeys::from_seeds(made.iter().map(|(role, a, b)| (*role, a, b))).unwrap()
}

/// A card draft that announces the succession keys of the next generation.
pub(crate) fn draft(seed: u8, generation: u8, country: &str) -> CardDraft {
    let next = keys(seed, generation + 1).public(KeyRole::Succession).unwrap();
    CardDraft {
        names: texts("Made-up Police"),
        country: country.into(),
        body: Body::Police,
        addresses: vec!["https://node.example:8443".into()],
        tls_pin: [seed; 32],
        next: next_keys_hash(&AwsLc, &next),
    }
}

/// A card whose fields a test spoils, signed again by all its keys.
pub(crate) fn resigned(chain: &CardChain, keys: &SoftwareKeys, spoil: impl FnOnce(&mut Card)) -> SignedCard {
    let mut card = chain.current().clone();
    spoil(&mut card);
    let bytes = card.encode();
    let agency = card.agency.unwrap_or_else(|| AgencyId::new(AwsLc.sha256(&[&bytes])));
    let preimage = document::preimage(CARD_DOCUMENT, &agency, card.serial, &bytes);
    let mut roles = vec![
        (CardKey::Log, KeyRole::Log),
        (CardKey::Receipt, KeyRole::Receipt),
        (CardKey::Document, KeyRole::Document),
    ];
    if card.succession.is_some() {
        roles.push((CardKey::Succession, KeyRole::Succession));
    }
    let sign = |(key, role)| CardSignature { key, pair: keys.sign(role, &preimage).unwrap() };
    SignedCard { card: bytes, signatures: roles.into_iter().map(sign).collect() }
}

pub(crate) fn texts(english: &str) -> Texts {
    [(String::from("en"), english.into())].into()
}

/// An agreement between two agencies with one clause for readouts and one for notes.
pub(crate) fn agreement(first: &CardChain, second: &CardChain) -> Agreement {
    let party = |chain: &CardChain| Party {
        agency: *chain.agency(),
        label: chain.current().country.clone(),
        names: chain.current().names.clone(),
    };
    let clause = Clause {
        id: "c1".into(),
        purpose: "register".into(),
        kinds: vec!["register.readout/1".into()],
        authors: vec!["XAA".into(), "XAB".into()],
        offences: vec![],
        subject_categories: vec![],
        handling: vec![Handling::H1, Handling::H2],
        deadlines: Some(Deadlines::default()),
        retention_days_max: 1825,
        onward: Onward::WithConsent,
        approvals: vec![ApprovalRole::Author],
        records_per_day_max: None,
        limits: TimeLimits::default(),
        text: texts("Readouts may be registered."),
    };
    let notes = Clause {
        id: "c2".into(),
        purpose: "support_investigation".into(),
        kinds: vec!["correspondence.note/1".into()],
        authors: vec!["XAA".into()],
        handling: vec![Handling::H0],
        deadlines: Some(Deadlines { answer_hours: Some(168), ..Deadlines::default() }),
        retention_days_max: 30,
        approvals: vec![ApprovalRole::Author, ApprovalRole::ReleaseAuthority],
        records_per_day_max: Some(100),
        ..clause.clone()
    };
    Agreement {
        mithaq: AgreementFormat::V1,
        version: 1,
        previous: None,
        title: texts("Made-up agreement"),
        text: texts("The parties exchange readouts.\nThey do so in writing."),
        parties: vec![party(first), party(second)],
        valid_from: "2026-01-01".parse().unwrap(),
        valid_until: "2027-12-31".parse().unwrap(),
        late_days: 30,
        termination_notice_days: None,
        lanes: None,
        caps: None,
        auditors: vec![],
        clauses: vec![clause, notes],
    }
}
