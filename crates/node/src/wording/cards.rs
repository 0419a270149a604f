//! What is wrong with card files and bundles.

use protocol::{
    agreement::{BundleError, SealingKeyProblem},
    card::{CardError, CardKey, FieldProblem, LinkProblem},
    limits::{ADDRESSES_MAX, CARDS_PER_CHAIN_MAX, SIGNED_CARD_BYTES_MAX},
    suite::X_WING_PUBLIC_BYTES,
};
use texts::{Message, say};

use super::faults;

/// A card file that is none.
pub fn card(error: &CardError) -> Message {
    match error {
        CardError::Json(error) => super::json(error),
        CardError::Field { serial, field, problem } => {
            let problem = of_field(*problem);
            say!("card-field", serial = %serial, field = field, problem = problem)
        }
        CardError::WrongNumber(number) => {
            say!("card-number-of", most = CARDS_PER_CHAIN_MAX, number = *number)
        }
        CardError::BrokenLink { serial, problem } => {
            let problem = of_link(*problem);
            say!("card-broken-link", serial = %serial, problem = problem)
        }
        CardError::NotTheNextKeys(serial) => say!("card-not-next-keys", serial = %serial),
        CardError::WrongSignatures { serial, expected } => {
            say!("card-wrong-signatures", serial = %serial, expected = *expected)
        }
        CardError::SignatureInvalid { serial, key } => {
            let key = of_key(*key);
            say!("card-bad-signature", key = key, serial = %serial)
        }
        CardError::OtherAgency { held, offered } => say!("card-other-agency", held = %held, offered = %offered),
        CardError::Forked { agency, serial } => say!("card-forked", serial = %serial, agency = %agency),
    }
}

/// A bundle that is refused.
pub fn bundle(error: &BundleError) -> Message {
    match error {
        BundleError::Json(error) => super::json(error),
        BundleError::Agreement(error) => super::agreement(error),
        BundleError::NotAParty(agency) => say!("bundle-not-a-party", agency = %agency),
        BundleError::CardUnknown { agency, serial } => {
            say!("bundle-card-unknown", agency = %agency, serial = %serial)
        }
        BundleError::SignatureInvalid(agency) => say!("bundle-bad-signature", agency = %agency),
        BundleError::SealingKeySignatureInvalid(agency) => say!("bundle-bad-key-signature", agency = %agency),
        BundleError::SealingKeyWrong { agency, problem } => {
            let problem = of_sealing_key(*problem);
            say!("bundle-key-wrong", agency = %agency, problem = problem)
        }
        BundleError::OtherAgreement => say!("bundle-other-agreement"),
        // A fault of this program, which nobody who reads it can mend.
        BundleError::CannotSign(error) => Message::as_worded(error.to_string()),
    }
}

fn of_field(problem: FieldProblem) -> Message {
    match problem {
        FieldProblem::SerialZero => say!("card-serials"),
        FieldProblem::Names(problem) => faults::of_texts(problem),
        FieldProblem::NotACountry => say!("card-country-form"),
        FieldProblem::TooManyAddresses => say!("fault-at-most", most = ADDRESSES_MAX),
        FieldProblem::NotAnAddress => say!("card-address-form"),
        FieldProblem::NextKeysUsed => say!("card-next-used"),
        FieldProblem::KeyInTwoRoles => say!("card-key-twice"),
        FieldProblem::TooLarge(size) => say!("card-too-large", size = size, most = SIGNED_CARD_BYTES_MAX),
    }
}

fn of_link(problem: LinkProblem) -> Message {
    match problem {
        LinkProblem::FirstSerial => say!("card-first-serial"),
        LinkProblem::FirstAgency => say!("card-first-agency"),
        LinkProblem::FirstPrevious => say!("card-first-previous"),
        LinkProblem::FirstSuccession => say!("card-first-succession"),
        LinkProblem::Serial => say!("card-link-serial"),
        LinkProblem::OtherAgency => say!("card-link-agency"),
        LinkProblem::OtherPrevious => say!("card-link-previous"),
    }
}

fn of_key(key: CardKey) -> Message {
    match key {
        CardKey::Log => say!("card-key-log"),
        CardKey::Receipt => say!("card-key-receipt"),
        CardKey::Document => say!("card-key-document"),
        CardKey::Succession => say!("card-key-succession"),
        CardKey::Previous => say!("card-key-previous"),
    }
}

fn of_sealing_key(problem: SealingKeyProblem) -> Message {
    match problem {
        SealingKeyProblem::LaterVersion => say!("bundle-key-later"),
        SealingKeyProblem::OtherChannel => say!("bundle-key-channel"),
        SealingKeyProblem::OtherAgency => say!("bundle-key-agency"),
        SealingKeyProblem::WrongLength => say!("bundle-key-length", bytes = X_WING_PUBLIC_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use protocol::id::AgencyId;
    use texts::Language;

    use super::*;

    fn arabic(message: &Message) -> String {
        message.in_language(Language::Ar).replace(['\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn cards_are_refused_in_the_readers_language_and_in_english_in_the_protocols_words() {
        let (held, offered) = (AgencyId::new([1; 32]), AgencyId::new([2; 32]));
        let field = |problem| CardError::Field { serial: 2, field: "next".into(), problem };
        let link = |problem| CardError::BrokenLink { serial: 2, problem };
        let key = |key| CardError::SignatureInvalid { serial: 2, key };
        for error in [
            field(FieldProblem::SerialZero),
            field(FieldProblem::NotACountry),
            field(FieldProblem::TooManyAddresses),
            field(FieldProblem::NotAnAddress),
            field(FieldProblem::NextKeysUsed),
            field(FieldProblem::KeyInTwoRoles),
            field(FieldProblem::TooLarge(7)),
            CardError::WrongNumber(65),
            link(LinkProblem::FirstSerial),
            link(LinkProblem::FirstAgency),
            link(LinkProblem::FirstPrevious),
            link(LinkProblem::FirstSuccession),
            link(LinkProblem::Serial),
            link(LinkProblem::OtherAgency),
            link(LinkProblem::OtherPrevious),
            CardError::NotTheNextKeys(2),
            CardError::WrongSignatures { serial: 2, expected: "log, receipt, document" },
            key(CardKey::Log),
            key(CardKey::Receipt),
            key(CardKey::Document),
            key(CardKey::Succession),
            key(CardKey::Previous),
            CardError::OtherAgency { held, offered },
            CardError::Forked { agency: held, serial: 2 },
        ] {
            assert_eq!(card(&error).to_string(), error.to_string());
            assert_ne!(arabic(&card(&error)), error.to_string());
        }
        let error = key(CardKey::Receipt);
        assert_eq!(arabic(&card(&error)), "توقيع مفتاح الإيصال على البطاقة 2 غير صحيح");
    }

    #[test]
    fn bundles_are_refused_in_the_readers_language_and_in_english_in_the_protocols_words() {
        let agency = AgencyId::new([1; 32]);
        let key = |problem| BundleError::SealingKeyWrong { agency, problem };
        for error in [
            BundleError::NotAParty(agency),
            BundleError::CardUnknown { agency, serial: 2 },
            BundleError::SignatureInvalid(agency),
            BundleError::SealingKeySignatureInvalid(agency),
            key(SealingKeyProblem::LaterVersion),
            key(SealingKeyProblem::OtherChannel),
            key(SealingKeyProblem::OtherAgency),
            key(SealingKeyProblem::WrongLength),
            BundleError::OtherAgreement,
        ] {
            assert_eq!(bundle(&error).to_string(), error.to_string());
            assert_ne!(arabic(&bundle(&error)), error.to_string());
        }
        let error = BundleError::CardUnknown { agency, serial: 2 };
        assert!(arabic(&bundle(&error)).ends_with("تلزم بطاقاتها حتى الرقم 2: اجلب ملف بطاقتها"));
    }
}
