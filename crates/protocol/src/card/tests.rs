use alloc::{string::String, vec};

use super::{chain::Merge, *};
use crate::{
    fixtures::{Agency, draft, keys, resigned},
    suite::{AwsLc, KeyRole, Signer as _},
};

fn parse(bytes: &[u8]) -> Result<CardChain, CardError> {
    CardChain::parse(&AwsLc, bytes)
}

/// The file as JSON that a test may spoil.
fn file(chain: &CardChain) -> serde_json::Value {
    serde_json::from_slice(&chain.encode()).unwrap()
}

/// The file with the members in their order, which a map of serde_json loses.
fn bytes_of(cards: &[SignedCard]) -> Vec<u8> {
    let cards: Vec<String> = cards.iter().map(|card| serde_json::to_string(card).unwrap()).collect();
    alloc::format!("{{\"mithaq\":\"cards/1\",\"cards\":[{}]}}", cards.join(",")).into_bytes()
}

fn signed_cards(chain: &CardChain) -> Vec<SignedCard> {
    let cards = file(chain)["cards"].take();
    serde_json::from_value(cards).unwrap()
}

/// Path of the field for which a spoiled first card is refused.
fn refused_field(spoil: impl FnOnce(&mut Card)) -> String {
    let agency = Agency::new(1, "XAA");
    match CardChain::start(&AwsLc, resigned(&agency.chain, &agency.keys, spoil)).unwrap_err() {
        CardError::Field { field, .. } => field,
        other => panic!("{other}"),
    }
}

#[test]
fn a_first_card_founds_the_agency() {
    // spec: CARD-1, CARD-2, CARD-6
    let chain = Agency::new(1, "XAA").chain;
    assert_eq!(parse(&chain.encode()).unwrap(), chain);
    assert_eq!(chain.agency().bytes(), &AwsLc.sha256(&[&chain.current().encode()]));
    assert_eq!((chain.current().serial, chain.cards().count()), (1, 1));
    assert_eq!(chain.qr_text().address.as_deref(), Some("https://node.example:8443"));
    assert_eq!(chain.current().name(["ar", "en"]), "Made-up Police");
}

#[test]
fn the_next_card_is_signed_by_the_keys_announced() {
    // spec: CARD-7, CARD-8
    let first = Agency::new(1, "XAA");
    let second = first.rotated(1, "XAA");
    let third = second.rotated(1, "XAA");
    let chain = parse(&third.chain.encode()).unwrap();
    assert_eq!(chain, third.chain);
    assert_eq!(chain.agency(), first.chain.agency());
    assert_eq!(chain.at_serial(2), Some(second.chain.current()));
    assert_eq!(chain.at_serial(4), None);
    assert_eq!(chain.fingerprint(), first.chain.fingerprint());
    let names: Vec<_> = signed_cards(&chain)[1].signatures.iter().map(|s| s.key).collect();
    assert_eq!(names, [CardKey::Log, CardKey::Receipt, CardKey::Document, CardKey::Succession, CardKey::Previous]);
}

#[test]
fn the_previous_signature_may_be_absent() {
    // spec: CARD-8
    let first = Agency::new(1, "XAA");
    let previous = Predecessor { chain: &first.chain, signer: None };
    let chain = issue(&AwsLc, &keys(1, 1), draft(1, 1, "XAA"), Some(previous)).unwrap();
    assert_eq!(signed_cards(&chain)[1].signatures.len(), 4);
    assert_eq!(parse(&chain.encode()).unwrap(), chain);
}

#[test]
fn a_thief_of_todays_keys_cannot_issue() {
    // spec: CARD-7
    let first = Agency::new(1, "XAA");
    let previous = Some(Predecessor { chain: &first.chain, signer: Some(&first.keys) });
    // The thief has the log, receipt and document keys, and succession keys of its own making.
    let refused = issue(&AwsLc, &keys(66, 1), draft(66, 1, "XAA"), previous);
    assert_eq!(refused, Err(IssueError::NotTheNextKeys(1)));

    // What the thief makes by other means is refused by everyone who reads it.
    let forged = resigned(&first.rotated(1, "XAA").chain, &keys(66, 1), |card| {
        let thief = keys(66, 1);
        card.keys = first.chain.current().keys.clone();
        card.succession = Some(thief.public(KeyRole::Succession).unwrap());
    });
    assert_eq!(first.chain.clone().extend(&AwsLc, forged), Err(CardError::NotTheNextKeys(2)));

    // Revealing the announced public keys without holding them does not help either.
    let forged = resigned(&first.rotated(1, "XAA").chain, &keys(66, 1), |card| {
        let thief = keys(66, 1);
        card.keys = CardKeys {
            log: thief.public(KeyRole::Log).unwrap(),
            receipt: thief.public(KeyRole::Receipt).unwrap(),
            document: thief.public(KeyRole::Document).unwrap(),
        };
    });
    let invalid = CardError::SignatureInvalid { serial: 2, key: CardKey::Succession };
    assert_eq!(first.chain.extend(&AwsLc, forged), Err(invalid));
}

#[test]
fn the_announced_keys_serve_once() {
    // spec: CARD-7
    let first = Agency::new(1, "XAA");
    let previous = Some(Predecessor { chain: &first.chain, signer: None });
    let stale = CardDraft { next: first.chain.current().next, ..draft(1, 1, "XAA") };
    let error = issue(&AwsLc, &keys(1, 1), stale, previous).unwrap_err();
    assert!(matches!(error, IssueError::Refused(CardError::Field { field, .. }) if field == "next"));
}

#[test]
fn a_missing_or_strange_link_is_refused() {
    // spec: CARD-9
    let third = Agency::new(1, "XAA").rotated(1, "XAA").rotated(1, "XAA");
    let cards = signed_cards(&third.chain);
    let broken = |cards: &[SignedCard]| match parse(&bytes_of(cards)).unwrap_err() {
        CardError::BrokenLink { serial, .. } => serial,
        other => panic!("{other}"),
    };
    assert_eq!(broken(&[cards[0].clone(), cards[2].clone()]), 2);
    assert_eq!(broken(&cards[1..]), 1);
    assert_eq!(broken(&[cards[1].clone(), cards[0].clone()]), 1);
    assert_eq!(broken(&[cards[0].clone(), cards[0].clone()]), 2);
    let stranger = signed_cards(&Agency::new(2, "XAB").rotated(2, "XAB").chain);
    assert_eq!(broken(&[cards[0].clone(), stranger[1].clone()]), 2);
    assert_eq!(parse(&bytes_of(&[])), Err(CardError::WrongNumber(0)));
    assert_eq!(parse(&bytes_of(&vec![cards[0].clone(); 65])), Err(CardError::WrongNumber(65)));
}

#[test]
fn signatures_stand_in_one_order_and_none_is_missing() {
    // spec: CARD-6, CARD-8
    let second = Agency::new(1, "XAA").rotated(1, "XAA");
    let cards = signed_cards(&second.chain);
    let wrong = |(number, expected): (usize, u64), spoil: fn(&mut Vec<CardSignature>)| {
        let mut cards = cards[..=number].to_vec();
        spoil(&mut cards[number].signatures);
        match parse(&bytes_of(&cards)).unwrap_err() {
            CardError::WrongSignatures { serial, .. } => assert_eq!(serial, expected),
            other => panic!("{other}"),
        }
    };
    for number in [(0, 1), (1, 2)] {
        wrong(number, |signatures| signatures.swap(0, 1));
        wrong(number, |signatures| drop(signatures.remove(2)));
        wrong(number, |signatures| signatures.push(signatures[0].clone()));
        wrong(number, Vec::clear);
    }
    wrong((1, 2), |signatures| signatures.swap(3, 4));
    wrong((1, 2), |signatures| drop(signatures.remove(3)));
}

#[test]
fn each_signature_counts_only_with_both_halves_and_its_own_key() {
    // spec: CARD-6
    let first = Agency::new(1, "XAA");
    let mut cards = signed_cards(&first.chain);
    let good = cards[0].signatures.clone();
    cards[0].signatures[1].pair = good[0].pair.clone();
    assert_eq!(parse(&bytes_of(&cards)), Err(CardError::SignatureInvalid { serial: 1, key: CardKey::Receipt }));
    cards[0].signatures = good;
    cards[0].signatures[2].pair.ml_dsa_44[9] ^= 1;
    assert_eq!(parse(&bytes_of(&cards)), Err(CardError::SignatureInvalid { serial: 1, key: CardKey::Document }));
}

#[test]
fn every_field_has_its_form() {
    // spec: CARD-3, CARD-4, CARD-5
    assert_eq!(refused_field(|c| c.names.clear()), "names");
    assert_eq!(refused_field(|c| drop(c.names.insert("EN".into(), "x".into()))), "names.EN");
    assert_eq!(refused_field(|c| drop(c.names.insert("en".into(), "a\u{202e}b".into()))), "names.en");
    assert_eq!(refused_field(|c| c.country = "xaa".into()), "country");
    assert_eq!(refused_field(|c| c.addresses = vec!["http://a".into()]), "addresses[0]");
    assert_eq!(refused_field(|c| c.addresses[0].push('/')), "addresses[0]");
    assert_eq!(refused_field(|c| c.addresses = vec!["https://a".into(); 9]), "addresses");
    assert_eq!(refused_field(|c| c.keys.receipt = c.keys.log.clone()), "keys.receipt");
    assert_eq!(refused_field(|c| c.keys.document.ml_dsa_44 = c.keys.log.ml_dsa_44.clone()), "keys.document");
}

#[test]
fn a_first_card_has_no_past() {
    // spec: CARD-2
    let second = Agency::new(1, "XAA").rotated(1, "XAA");
    let spoils: [fn(&mut Card); 4] = [
        |card| card.serial = 2,
        |card| card.agency = Some(AgencyId::new([1; 32])),
        |card| card.previous = Some([1; 32]),
        |card| card.succession = Some(keys(1, 1).public(KeyRole::Succession).unwrap()),
    ];
    for spoil in spoils {
        let signed = resigned(&Agency::new(1, "XAA").chain, &second.keys, spoil);
        let refused = CardChain::start(&AwsLc, signed).unwrap_err();
        assert!(matches!(refused, CardError::BrokenLink { serial: 1, .. }), "{refused}");
    }
}

#[test]
fn chains_extend_equal_or_fork() {
    // spec: CARD-11
    let first = Agency::new(1, "XAA");
    let second = first.rotated(1, "XAA");
    assert_eq!(first.chain.merge(&first.chain), Ok(Merge::Equal));
    assert_eq!(first.chain.merge(&second.chain), Ok(Merge::Extends));
    assert_eq!(second.chain.merge(&first.chain), Ok(Merge::Behind));
    // The same card signed again is the same card: ML-DSA signatures are random.
    assert_eq!(second.chain.merge(&first.rotated(1, "XAA").chain), Ok(Merge::Equal));

    let other = first.rotated(1, "XAB");
    let forked = Err(CardError::Forked { agency: *first.chain.agency(), serial: 2 });
    assert_eq!(second.chain.merge(&other.chain), forked);
    assert_eq!(second.chain.merge(&other.rotated(1, "XAB").chain), forked);
    let stranger = Agency::new(2, "XAB").chain;
    assert!(matches!(first.chain.merge(&stranger), Err(CardError::OtherAgency { .. })));
}

#[test]
fn no_byte_of_a_card_file_can_be_changed() {
    // spec: CARD-10
    let bytes = Agency::new(1, "XAA").rotated(1, "XAA").chain.encode();
    // Every byte outside the long base64 runs, and every 37th within them: verifying takes most of the time.
    for (at, mask) in (0..bytes.len())
        .filter(|at| at % 37 == 0 || *at < 200 || bytes.len() - at < 200)
        .zip([1, 2, 4, 32].into_iter().cycle())
    {
        let mut spoiled = bytes.clone();
        spoiled[at] ^= mask;
        assert!(parse(&spoiled).is_err(), "byte {at} with {mask}");
    }
    assert!(parse(&[bytes.as_slice(), b"\n"].concat()).is_err());
    assert!(parse(&[b" ", bytes.as_slice()].concat()).is_err());
}
