//! The grounds on which an answer or a permission is denied.

use serde::{Deserialize, Serialize};

/// Why an answer is refused (Directive (EU) 2023/977, article 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The request lacks what it must say, also after a question.
    RequestIncomplete,
    /// The judicial authority did not allow it.
    JudicialAuthorisationRefused,
    /// Data of this category may not be exchanged.
    DataCategoryNotAllowed,
    /// What is held is wrong, incomplete or out of date.
    InaccurateOrOutdated,
    /// It would harm essential interests of national security.
    NationalSecurity,
    /// It would harm an investigation or put somebody in danger.
    HarmsInvestigationOrPersonSafety,
    /// It would harm the protected interests of a legal person.
    HarmsLegalPerson,
    /// The offence is punishable by a year at most.
    MinorOffence,
    /// The matter is no offence in the state that was asked.
    NotAnOffenceHere,
    /// The state from which the information comes did not consent.
    ThirdPartyConsentMissing,
    /// Fundamental rights stand against it: one code, so that it tells nothing of the person.
    RightsGround,
}

impl Ground {
    /// The codes as bodies write them.
    pub const WORDS: &'static [&'static str] = &[
        "request_incomplete",
        "judicial_authorisation_refused",
        "data_category_not_allowed",
        "inaccurate_or_outdated",
        "national_security",
        "harms_investigation_or_person_safety",
        "harms_legal_person",
        "minor_offence",
        "not_an_offence_here",
        "third_party_consent_missing",
        "rights_ground",
    ];
}
