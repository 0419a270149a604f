//! Made-up agencies that have met, exchanged cards and signed one agreement.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    agreement::{Agreement, AgreementFormat, Bundle, Clause, Onward, Party},
    card::{Body, CardChain, CardDraft, issue, next_keys_hash},
    header::Handling,
    id::AgencyId,
    suite::{AwsLc, KeyRole, SealingKey, Signer, SoftwareKeys, Suite, random_32},
    text::Texts,
};

use crate::suite::{Dice, SimKeys, SimSuite};

/// The kind of every business record of the simulator.
pub const KIND: &str = "correspondence.note/1";

/// How many records its clause lets a party send in a day.
pub const CLAUSE_RECORDS_PER_DAY: u32 = 20;

/// What all nodes of a world know from the start.
pub struct Ceremony {
    /// The cryptography that all of them use.
    pub suite: Box<dyn Suite>,
    /// The parties in the order of the nodes.
    pub agencies: Vec<AgencyId>,
    /// Their cards.
    pub chains: BTreeMap<AgencyId, Arc<CardChain>>,
    /// The agreement, signed by all.
    pub bundle: Bundle,
    /// Its second version, signed by all: it has another clause.
    pub second: Bundle,
}

/// What one party alone holds after the ceremony.
pub struct Secrets {
    /// Its keys.
    pub signer: Box<dyn Signer>,
    /// Its first sealing key.
    pub sealing: SealingKey,
}

impl Ceremony {
    /// Lets `count` agencies meet; with real keys and signatures or with fast ones.
    pub fn hold(dice: &mut Dice, count: usize, real: bool, now: u64) -> (Self, Vec<Secrets>) {
        let suite: Box<dyn Suite> = if real { Box::new(AwsLc) } else { Box::new(SimSuite) };
        let secrets: Vec<Secrets> = (0..count)
            .map(|_| Secrets { signer: signer(dice, real), sealing: suite.sealing_key(random_32(dice)) })
            .collect();
        let chains: Vec<CardChain> = secrets
            .iter()
            .zip(["XAA", "XAB", "XAC"])
            .map(|(secrets, country)| {
                issue(&*suite, &*secrets.signer, draft(&*suite, country), None).expect("the card is well formed")
            })
            .collect();
        let sign = |agreement: Agreement| {
            let mut bundle = Bundle::new(agreement);
            for (secrets, chain) in secrets.iter().zip(&chains) {
                bundle
                    .sign(&*suite, &*secrets.signer, chain, &secrets.sealing.public, now)
                    .expect("each agency is a party and holds its document key");
            }
            bundle
        };
        let bundle = sign(agreement(&chains));
        let mut amended = bundle.agreement().clone();
        (amended.version, amended.previous) = (2, Some(amended.hash(&*suite)));
        amended.clauses[0].id = "c2".into();
        let second = sign(amended);
        let agencies = chains.iter().map(|chain| *chain.agency()).collect();
        let by_agency: BTreeMap<_, _> = chains.iter().map(|chain| (*chain.agency(), chain.clone())).collect();
        bundle.verify(&*suite, &by_agency).expect("all have signed the same agreement");
        let chains = chains.into_iter().map(|chain| (*chain.agency(), Arc::new(chain))).collect();
        (Self { suite, agencies, chains, bundle, second }, secrets)
    }

    /// The node of an agency.
    pub fn number(&self, agency: &AgencyId) -> usize {
        self.agencies.iter().position(|known| known == agency).expect("every partner has a node")
    }
}

fn signer(dice: &mut Dice, real: bool) -> Box<dyn Signer> {
    let roles = [KeyRole::Log, KeyRole::Receipt, KeyRole::Document];
    if !real {
        return Box::new(SimKeys::from_seeds(roles.map(|role| (role, random_32(dice)))));
    }
    let seeds = roles.map(|role| (role, random_32(dice), random_32(dice)));
    let keys = SoftwareKeys::from_seeds(seeds.iter().map(|(role, one, other)| (*role, one, other)));
    Box::new(keys.expect("any 32 bytes are a seed"))
}

/// The simulator changes no cards, so the next keys may be anybody's.
fn draft(suite: &dyn Suite, country: &str) -> CardDraft {
    let next = SimKeys::from_seeds([(KeyRole::Succession, [0; 32])]);
    CardDraft {
        names: texts("Made-up Police"),
        country: country.into(),
        body: Body::Police,
        addresses: vec!["https://node.example:8443".into()],
        tls_pin: [0; 32],
        next: next_keys_hash(suite, &next.public(KeyRole::Succession).expect("it was just made")),
    }
}

fn agreement(chains: &[CardChain]) -> Agreement {
    let parties = chains.iter().map(|chain| Party {
        agency: *chain.agency(),
        label: chain.current().country.clone(),
        names: chain.current().names.clone(),
    });
    Agreement {
        mithaq: AgreementFormat::V1,
        version: 1,
        previous: None,
        title: texts("Made-up agreement"),
        text: texts("The parties write notes to each other."),
        parties: parties.collect(),
        valid_from: "2026-01-01".parse().expect("a date"),
        valid_until: "2027-12-31".parse().expect("a date"),
        late_days: 30,
        termination_notice_days: None,
        lanes: None,
        caps: None,
        auditors: vec![],
        clauses: vec![Clause {
            id: "c1".into(),
            purpose: "support_investigation".into(),
            kinds: vec![KIND.into()],
            authors: chains.iter().map(|chain| chain.current().country.clone()).collect(),
            offences: vec![],
            subject_categories: vec![],
            handling: vec![Handling::H1, Handling::H2],
            deadlines: None,
            retention_days_max: 30,
            onward: Onward::None,
            approvals: vec![],
            records_per_day_max: Some(CLAUSE_RECORDS_PER_DAY),
            limits: [("correspondence.answer", 60)].into_iter().collect(),
            text: texts("Notes."),
        }],
    }
}

fn texts(english: &str) -> Texts {
    [(String::from("en"), english.into())].into()
}
