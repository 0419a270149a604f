//! The closed lists of words that a readout uses. Each list is the type and, for checks and help, its words.

use serde::{Deserialize, Serialize};

/// What kind of work a topic is about: the mechanisms that published readouts speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mechanism {
    /// Permanent communication channel.
    M01,
    /// Information exchange.
    M02,
    /// Coordination mechanism.
    M03,
    /// Joint action plan.
    M04,
    /// Periodic follow-up meetings.
    M05,
    /// Signing of an agreement.
    M06,
    /// Delegations, visits, study tours.
    M07,
    /// Counter-terrorism.
    M08,
    /// Organised crime.
    M09,
    /// Counter-terrorism financing.
    M10,
    /// Narcotics.
    M11,
    /// Anti-smuggling.
    M12,
    /// Border management.
    M13,
    /// Border crossings.
    M14,
    /// Pilgrim procedures.
    M15,
    /// Cyber security exchange.
    M16,
    /// Training and capacity.
    M17,
    /// Support to institutions.
    M18,
    /// Voluntary, safe and dignified return.
    M19,
    /// Help with legal status.
    M20,
    /// De-escalation.
    M21,
    /// Mediation by or in a third country.
    M22,
    /// Trade and the economy.
    M23,
    /// Defence cooperation.
    M24,
    /// Political consultation.
    M25,
}

impl Mechanism {
    /// The codes as bodies write them.
    pub const WORDS: &'static [&'static str] = &[
        "M01", "M02", "M03", "M04", "M05", "M06", "M07", "M08", "M09", "M10", "M11", "M12", "M13", "M14", "M15", "M16",
        "M17", "M18", "M19", "M20", "M21", "M22", "M23", "M24", "M25",
    ];
}

/// How far a topic got, according to the readout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Both sides agreed to do it.
    Agreed,
    /// Both sides decided a measure.
    Decided,
    /// It took place.
    Held,
    /// Both sides confirmed what already stood.
    Reaffirmed,
    /// It was spoken about, no more.
    Discussed,
    /// One side stressed it.
    StressedByOneSide,
    /// The press expects it.
    PressExpectation,
    /// The press tells it as background.
    PressBackground,
}

impl Status {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &[
        "agreed",
        "decided",
        "held",
        "reaffirmed",
        "discussed",
        "stressed_by_one_side",
        "press_expectation",
        "press_background",
    ];
}

/// Whether Mithaq may carry work on a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Records may be opened on it, where a clause allows them.
    In,
    /// It stands in the register and carries no operational record.
    RegisterOnly,
    /// It is outside what Mithaq serves; the register mentions it so that the readout is complete.
    Out,
}

impl Scope {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["in", "register_only", "out"];
}

/// Which ministries met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Track {
    /// Ministries of the interior and their bodies.
    Interior,
    /// Ministries of defence: register only (NEU-03).
    Defence,
}

impl Track {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["interior", "defence"];
}

/// The form of the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// An official visit with several meetings.
    OfficialVisitWithMeetings,
    /// A meeting of ministers.
    MinisterialMeeting,
    /// A meeting of ministers beside a visit of state.
    MinisterialMeetingOnMarginsOfStateVisit,
    /// A meeting of ministers during an official visit.
    OfficialVisitMinisterialMeeting,
    /// A session of a working group.
    WorkingGroupSession,
    /// A call or video conference.
    RemoteMeeting,
}

impl Format {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &[
        "official_visit_with_meetings",
        "ministerial_meeting",
        "ministerial_meeting_on_margins_of_state_visit",
        "official_visit_ministerial_meeting",
        "working_group_session",
        "remote_meeting",
    ];
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The readout says it.
    Article,
    /// Another public page says it.
    External,
    /// It could not be found out.
    NotDetermined,
}

impl Basis {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["article", "external", "not_determined"];
}

/// What the meeting's date stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The day of the meeting.
    Day,
    /// The day of the public statement; the meeting was then or shortly before.
    StatementDay,
    /// The meeting had ended by this day.
    EndedOnOrBefore,
}

impl Precision {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["day", "statement_day", "ended_on_or_before"];
}

/// How sure the register is of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Several independent pages agree.
    High,
    /// One page says it, or pages differ slightly.
    Medium,
    /// An inference.
    Low,
}

impl Confidence {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["high", "medium", "low"];
}

/// What an office did at the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficeRole {
    /// It received the other side.
    Host,
    /// It was received.
    Guest,
    /// It led a delegation.
    HeadOfDelegation,
    /// It belonged to a delegation.
    DelegationMember,
    /// It met the delegation.
    Counterpart,
    /// It was present.
    Attendee,
    /// It was visited.
    SiteVisited,
}

impl OfficeRole {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] =
        &["host", "guest", "head_of_delegation", "delegation_member", "counterpart", "attendee", "site_visited"];
}
