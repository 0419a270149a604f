//! What the floor reads from a record's body. The desk that knows the kind says it; policy reads no body itself.

use protocol::date::Date;
use serde::Deserialize;

/// What the floor reads from a body. The default is a body of which none of this can be said: a public readout, say.
///
/// A kind gives it by `policy_facts` of the desks' trait `Record`. Whatever is not said here, the floor takes to be
/// absent; so a kind that can hold persons, requests or notices must say so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BodyFacts {
    /// How many persons the body names or describes, officers acting as such not counted (BLK-01, CHD-02, EYE-01).
    pub persons: u32,
    /// Who they are, as far as the body says. Compared with the protection register and never kept (ASY-01 to ASY-05).
    pub identities: Vec<Identity>,
    /// It asks for information: what it gives for a ground (PUR-03, ASY-05).
    pub request: Option<RequestFacts>,
    /// It answers, and how (AGR-03, JUD-01).
    pub answer: Answer,
    /// It is a notice (CHD-02, ACC-03).
    pub notice: Notice,
    /// It asks for, or is meant to support, an arrest, a search, a seizure or another coercive measure (ACC-03).
    pub coercive: bool,
    /// A statement in it bears no 4×4 grade (ACC-01).
    pub ungraded: bool,
    /// A statement in it is marked neither as a fact nor as an assessment (ACC-02).
    pub unsorted: bool,
    /// It has statements, and every one is graded X/4 or C/4 (ACC-03).
    pub weak_only: bool,
    /// What a query asks for (BLK-02).
    pub query: Query,
    /// It intervenes in political, military, religious or racial matters (NEU-01).
    pub partisan: bool,
    /// It holds military data, or belongs to operations of a defence track (NEU-03).
    pub military: bool,
    /// It is about arrest, extradition, evidence or controlled delivery (JUD-01).
    pub judicial: Judicial,
    /// It sets targets or quotas for returns, or lists persons to be returned (VOL-07).
    pub return_targets: bool,
    /// The risk assessment that it rests on finds a real risk of torture or cruel treatment (DP-02).
    pub torture_risk: bool,
    /// It passes on what another agency provided (HAN-04).
    pub passes_on: bool,
    /// It is a cyber notice or a meeting paper, which bear a traffic light label (HAN-05).
    pub needs_tlp: bool,
}

impl BodyFacts {
    /// A body of which nothing can be said.
    pub const NOTHING: Self = Self {
        persons: 0,
        identities: Vec::new(),
        request: None,
        answer: Answer::None,
        notice: Notice::None,
        coercive: false,
        ungraded: false,
        unsorted: false,
        weak_only: false,
        query: Query::None,
        partisan: false,
        military: false,
        judicial: Judicial::None,
        return_targets: false,
        torture_risk: false,
        passes_on: false,
        needs_tlp: false,
    };
}

impl Default for BodyFacts {
    fn default() -> Self {
        Self::NOTHING
    }
}

/// A person as a body names them. It is compared and never kept; the register holds keyed digests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// All names, in any order.
    pub names: String,
    /// Day of birth.
    pub born: Option<Date>,
    /// Number of an identity or travel document.
    pub document: Option<String>,
}

/// What a request gives for a ground (PUR-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestFacts {
    /// It says why the information is needed. The header's `necessity` does as well.
    pub necessity: bool,
    /// It says what links the person to the purpose, or is about no person.
    pub link: bool,
    /// It says why the other side is believed to hold the information.
    pub reason_to_believe: bool,
}

/// How a body answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is no answer.
    #[default]
    None,
    /// It provides what was asked, all or in part.
    Provided,
    /// It says that there is nothing to provide, which neither confirms nor denies.
    NothingToProvide,
    /// It refuses and says on which ground.
    RefusedWithGround,
    /// It refuses without a ground.
    RefusedWithoutGround,
}

/// What kind of notice a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// It is no notice.
    #[default]
    None,
    /// Points to a wanted person.
    Wanted,
    /// Warns of a person.
    Warning,
    /// Any other: missing, unidentified, threat, method, asset.
    Other,
}

/// What a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// It is no query.
    #[default]
    None,
    /// One case, with the persons or things that belong to it.
    Case,
    /// All persons of a group, such as every national of a state.
    Group,
    /// Whatever comes up from now on.
    Standing,
}

/// How a body touches what belongs to judicial authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judicial {
    /// Not at all.
    #[default]
    None,
    /// It refers to the judicial or central authority.
    Referral,
    /// It asks for the act itself, or grants it.
    Act,
}
