//! The floor: rules beneath every agreement that no agreement can switch off. One rule is one file, named by its id.
//!
//! A rule that decides records is a `.cedar` file with its cases beside it (`.toml`); any other is a `.rs` file with a
//! function that decides and cases that run it. `docs/FLOOR.md` is printed from this table and a run of all cases.

use crate::case::Tried;

mod agr_02;
pub(crate) mod aud_01;
pub(crate) mod han_02;
pub(crate) mod han_03;
pub(crate) mod log_01;
pub(crate) mod neu_04;
pub(crate) mod pur_01;
pub(crate) mod pur_02;
mod rec_01;
mod ret_02;
mod ret_03;

/// A rule of the floor.
pub struct Rule {
    /// Its id: `AGR-01`.
    pub id: &'static str,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// Where it comes from. `(P)` marks what is this project's own proposal.
    pub source: &'static str,
    /// When it is applied: S before a record leaves, R after one arrived, T by a timer, load when an agreement loads.
    pub when: &'static str,
    /// F forbids, Q demands a field, A(role) an approval, X quarantines at the receiver.
    pub effect: &'static str,
    /// Whether it works.
    pub state: State,
}

/// Whether a rule works, and where.
#[derive(Clone, Copy)]
pub enum State {
    /// It decides records, in Cedar.
    Cedar {
        /// With which rules it is evaluated and remembered.
        aspect: Aspect,
        /// Whether it reads what nobody outside may learn; then its refusal shows nowhere.
        hidden: bool,
        /// The policies.
        text: &'static str,
        /// Records that pass and records that are refused, as TOML.
        cases: &'static str,
    },
    /// It is enforced by code.
    Code {
        /// Where.
        at: &'static str,
        /// Runs the cases.
        cases: fn() -> Vec<Tried>,
    },
    /// It is enforced by code of other crates, whose tests hold it.
    Tested {
        /// Where.
        at: &'static str,
        /// The tests: file, from the root of the repository, and function.
        tests: &'static [(&'static str, &'static str)],
    },
    /// Not enforced yet, and why.
    NotYet(&'static str),
}

/// What of a record a rule is about. Rules of one aspect are evaluated together and remembered by what they read, so rules
/// that read the same belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// Its clause: AGR-01 is evaluated with each clause.
    Clause,
    /// What every record has: codes, grade, days, approvals.
    Every,
    /// The persons that it is about.
    Persons,
    /// That it asks, answers, warns, passes on or states.
    Acts,
}

/// AGR-01, which stands in the slice of every clause.
pub(crate) const AGR_01: &str = include_str!("floor/agr_01.cedar");

/// Clauses' own demands come after every rule of the floor.
pub(crate) const RANK_OF_CLAUSES: usize = 1000;

/// In which order reasons are given: by family, and in a family by number.
const FAMILIES: [&str; 19] = [
    "AGR", "NEU", "ASY", "VOL", "DP", "CHD", "PUR", "MIN", "HAN", "ACC", "RET", "BLK", "AUT", "EYE", "LOG", "DSR",
    "AUD", "BRE", "JUD",
];

/// Where the node applies rules whose effect is more than a refusal.
pub const APPLIED: &[(&str, &str)] = &[
    ("ASY-01", "`sending::waits`, before a record is appended, and `sending::again`, before one leaves"),
    (
        "ASY-02",
        "`protection::neutral` composes the answer, `policy::release_ms` draws its moment, `jobs::release` lays it down for \
         every held request and sends it",
    ),
    ("ASY-03", "as ASY-01: threads that the register lists, and those in which a record names the person"),
    (
        "ASY-04",
        "`Decider::concerns`, when the protection officer looks: it is never passed on, and a request ends as by default",
    ),
    ("ASY-05", "`decide::Arrivals` holds the record; `Protection::shows` and the rows of threads at every way to it"),
];

/// Rules that decide, while no kind of record has a field yet for what they forbid.
pub const UNSAID: &[&str] = &["VOL-07", "HAN-04", "ACC-03", "BLK-02"];

/// Every rule of the floor.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule("AGR-01", "A record crosses only if a clause of an agreement in force lists its kind, its author and its purpose.", "LED art. 37(1)(a) legally binding instrument", "S R", "F / X", cedar(Aspect::Clause, false, AGR_01, include_str!("floor/agr_01.toml"))),
    rule("AGR-02", "An agreement that weakens a rule of the floor does not load.", "(P)", "load", "F", State::Code { at: "`Policy::compile`, when an agreement is drafted, signed, imported and loaded", cases: agr_02::cases }),
    rule("AGR-03", "Whoever refuses says on which ground; an answer in part is better.", "2023/977 art. 6", "S", "Q", cedar(Aspect::Acts, false, include_str!("floor/agr_03.cedar"), include_str!("floor/agr_03.toml"))),
    rule("PUR-01", "What was supplied for one purpose is used for that purpose only.", "Prüm II art. 50(1); LED art. 4", "S R T", "F", State::Code { at: "`policy::may_use` where a record is shown, downloaded, exported or used, and by the same comparison in lists, search, threads and what is followed", cases: pur_01::cases }),
    rule("PUR-02", "Another purpose needs the provider's authorisation beforehand.", "Prüm II art. 50(1)", "R", "A(provider)", State::Code { at: "`policy::may_use`, with the provider's `requests.permission/1` as the permission", cases: pur_02::cases }),
    rule("PUR-03", "A request shows necessity, what links person and purpose, and why the other side is believed to hold the data.", "2023/977 art. 4", "S R", "Q", cedar(Aspect::Acts, false, include_str!("floor/pur_03.cedar"), include_str!("floor/pur_03.toml"))),
    rule("NEU-01", "No intervention of political, military, religious or racial character; ordinary offences only.", "INTERPOL Const. art. 3", "S R", "F / X", cedar(Aspect::Every, false, include_str!("floor/neu_01.cedar"), include_str!("floor/neu_01.toml"))),
    rule("NEU-02", "In a mixed case the predominant character is assessed in writing and the fundamental rights officer approves.", "predominance test, AGN/20/RES/11", "S R", "A(fundamental_rights_officer)", State::NotYet("there is no form for the predominance test yet; until then NEU-01 forbids mixed cases")),
    rule("NEU-03", "No military data, no operational thread of a defence track.", "art. 3; (P) schema has no such fields", "S R", "F", cedar(Aspect::Acts, false, include_str!("floor/neu_03.cedar"), include_str!("floor/neu_03.toml"))),
    rule("NEU-04", "Police data cross between law-enforcement bodies only, and a walled desk's between the bodies that it is for.", "definition in EU–UK TCA LAW.PRUM.6; walls (P)", "load", "F", State::Code { at: "`policy::check_bodies`, when an agreement is signed, and `Policy::compile` for what stands beside a walled desk", cases: neu_04::cases }),
    rule("NEU-05", "No search or selection by religion, sect, ethnicity, tribe or opinion.", "Reg. 2016/794 art. 30(2), LED art. 11(3)", "S R", "F", State::NotYet("no kind has a field for such a criterion; matching is not there yet")),
    rule("ASY-01", "Nothing about a protected person goes to the state of origin or feared persecution.", "UNHCR confidentiality; non-refoulement", "S", "F", cedar(Aspect::Persons, true, include_str!("floor/asy_01.cedar"), include_str!("floor/asy_01.toml"))),
    rule("ASY-02", "A blocked answer and an empty one are the same outcome, in content, size, delay and trace.", "INTERPOL does not tell the requester who granted asylum; (P)", "S R", "F (neutral reply)", cedar(Aspect::Acts, false, include_str!("floor/asy_02.cedar"), include_str!("floor/asy_02.toml"))),
    rule("ASY-03", "Presence, address, travel, family and biometrics of protected persons are inside ASY-01.", "(P) from", "S", "F", cedar(Aspect::Persons, true, include_str!("floor/asy_03.cedar"), include_str!("floor/asy_03.toml"))),
    rule("ASY-04", "What the feared state asks or says about a protected person is not processed.", "INTERPOL refugee policy, 3 conditions", "R", "F / suspend", cedar(Aspect::Persons, true, include_str!("floor/asy_04.cedar"), include_str!("floor/asy_04.toml"))),
    rule("ASY-05", "The protection officer sees what comes from a state of origin before any police reader.", "(P)", "R", "A(protection_officer)", cedar(Aspect::Persons, true, include_str!("floor/asy_05.cedar"), include_str!("floor/asy_05.toml"))),
    rule("VOL-01", "Return data cross only if the decision is free, informed and express.", "", "S", "Q", State::NotYet("the return desk is not there yet; no kind carries return data")),
    rule("VOL-02", "UNHCR or an agreed independent substitute witnesses.", "Türkiye practice", "S", "Q", State::NotYet("the return desk is not there yet")),
    rule("VOL-03", "Nobody in detention or under a removal order signs without independent counsel.", "(P)", "S", "F / A(observer)", State::NotYet("the return desk is not there yet")),
    rule("VOL-04", "The state of origin receives the minimum set only.", "lesson of bulk Rohingya sharing", "S", "F", State::NotYet("the return desk is not there yet")),
    rule("VOL-05", "Consent to data sharing is separate from aid or status, and can be refused without effect.", "", "S", "Q", State::NotYet("the return desk is not there yet")),
    rule("VOL-06", "Withdrawal before departure stops the case and erases what was released.", "(P)", "S R", "Q(receipt)", State::NotYet("the return desk is not there yet")),
    rule("VOL-07", "No targets, quotas or lists of persons to be returned.", "'no pressure'; (P)", "S", "F", cedar(Aspect::Acts, false, include_str!("floor/vol_07.cedar"), include_str!("floor/vol_07.toml"))),
    rule("DP-01", "Where the offence may carry death in a receiving state, personal data leave only with a signed assurance.", "LED recital 71; CoE CPT art. 21(3)", "S", "F without / Q", cedar(Aspect::Persons, false, include_str!("floor/dp_01.cedar"), include_str!("floor/dp_01.toml"))),
    rule("DP-02", "No transfer at a real risk of torture or cruel treatment.", "LED recital 71; CoE CPT art. 21(2)", "S", "F", cedar(Aspect::Persons, false, include_str!("floor/dp_02.cedar"), include_str!("floor/dp_02.toml"))),
    rule("DP-03", "Information that may come from torture is marked, not used, and told to the auditor.", "CAT art. 15", "R", "X", State::NotYet("no kind has the mark yet")),
    rule("DP-04", "No prosecution on account of race, religion, nationality, ethnic origin or opinion.", "CoE CPT art. 21(1); UN Model MLA Treaty art. 4", "R", "F", State::NotYet("the form of grounds is not there yet")),
    rule("DP-05", "Assistance and training: risk assessment before, monitoring after, stop on grave violations.", "HRDDP, OSJA", "S T", "A(fundamental_rights_officer)", State::NotYet("the assistance and training desks are not there yet")),
    rule("MIN-01", "A body has the fields of its kind and no others.", "LED art. 4(1)(c)", "S R", "F / X", cedar(Aspect::Every, false, include_str!("floor/min_01.cedar"), include_str!("floor/min_01.toml"))),
    rule("MIN-02", "Hit or no hit first; identity only after a human confirms.", "Prüm II art. 47", "S", "F", State::NotYet("matching is not there yet")),
    rule("MIN-03", "Special categories of data only if strictly necessary; the data protection officer approves.", "LED art. 10; Reg. 2016/794 art. 30(2)", "S R", "A(dpo)", cedar(Aspect::Persons, false, include_str!("floor/min_03.cedar"), include_str!("floor/min_03.toml"))),
    rule("MIN-04", "Unneeded data in an automated reply are deleted at once.", "Prüm II art. 50(3)", "R T", "F(store)", State::NotYet("there are no automated replies yet")),
    rule("CHD-01", "Data of minors, victims and witnesses only if strictly necessary; the data protection officer approves.", "Reg. 2016/794 art. 30(1),(2a)", "S R", "A(dpo)", cedar(Aspect::Persons, false, include_str!("floor/chd_01.cedar"), include_str!("floor/chd_01.toml"))),
    rule("CHD-02", "The category of persons is stated; victims and witnesses stand in no wanted or warning notice.", "LED art. 6; (P)", "S R", "F", cedar(Aspect::Persons, false, include_str!("floor/chd_02.cedar"), include_str!("floor/chd_02.toml"))),
    rule("CHD-03", "Return of a minor needs both guardians' consent or a best-interests decision.", "UNHCR handbook ch. 7; muvafakatname", "S", "A(observer)", State::NotYet("the return desk is not there yet")),
    rule("HAN-01", "Every record states handling codes, and only those of its clause.", "codes; default (P)", "S R", "Q", cedar(Aspect::Every, false, include_str!("floor/han_01.cedar"), include_str!("floor/han_01.toml"))),
    rule("HAN-02", "H1: no use in court without recorded permission.", "", "R", "A(provider)", State::Code { at: "`policy::may_use`, when a use in court is stated or evidence is exported for it; the permission is a `requests.permission/1` of the provider", cases: han_02::cases }),
    rule("HAN-03", "H2: no further dissemination without permission, also inside the state.", "", "R", "A(provider)", State::Code { at: "`policy::may_use`, when a record is given to another office or evidence is exported for it; the permission is a `requests.permission/1` of the provider", cases: han_03::cases }),
    rule("HAN-04", "Passing on to a third state needs the originator's consent.", "LED art. 35(1)(e); TUR–LBY", "R", "A(originator)", cedar(Aspect::Acts, false, include_str!("floor/han_04.cedar"), include_str!("floor/han_04.toml"))),
    rule("HAN-05", "The traffic light label of cyber and meeting papers is there and obeyed.", "", "S R", "F", cedar(Aspect::Every, false, include_str!("floor/han_05.cedar"), include_str!("floor/han_05.toml"))),
    rule("ACC-01", "A 4×4 grade stands on every record and statement; what is ungraded is X/4.", "Reg. 2016/794 art. 29", "S R", "Q", cedar(Aspect::Every, false, include_str!("floor/acc_01.cedar"), include_str!("floor/acc_01.toml"))),
    rule("ACC-02", "Facts and assessments are separated.", "LED art. 7(1)", "S", "Q", cedar(Aspect::Acts, false, include_str!("floor/acc_02.cedar"), include_str!("floor/acc_02.toml"))),
    rule("ACC-03", "X/4 or C/4 alone supports no coercive measure and no notice.", "(P)", "S R", "F", cedar(Aspect::Acts, false, include_str!("floor/acc_03.cedar"), include_str!("floor/acc_03.toml"))),
    rule("ACC-04", "Wrong or unlawful data: all recipients are told, and rectify or erase with receipts.", "LED art. 7(3); Prüm II art. 51", "S R T", "Q", State::NotYet("rectification is not a record yet; erasure by its author is (RET-03)")),
    rule("ACC-05", "Contested accuracy is flagged visibly.", "Prüm II art. 51(3)", "R", "Q", State::NotYet("data-subject requests are not there yet")),
    rule("RET-01", "`retain_until` is stated, not past, and within the clause's maximum.", "LED art. 5; Prüm II art. 51(4)", "S R", "Q / F", cedar(Aspect::Every, false, include_str!("floor/ret_01.cedar"), include_str!("floor/ret_01.toml"))),
    rule("RET-02", "After three years: review with reasons, or automatic erasure.", "Reg. 2016/794 art. 31", "T", "F(keep)", State::Code { at: "`protocol::channel::open::period_of`: content is filed under the period of the earlier day, whose key is destroyed", cases: ret_02::cases }),
    rule("RET-03", "Erasure at the provider is notified, obeyed and receipted; the proof remains, the content does not.", "art. 31(5)", "S R T", "Q(receipt)", State::Code { at: "protocol records `mithaq.erasure/1` and `mithaq.erased/1`", cases: ret_03::cases }),
    rule("BLK-01", "No bulk: at most 20 persons a record and 200 a party and month.", "LED recital 72: not frequent, massive, structural; numbers (P)", "S R", "F", cedar(Aspect::Persons, false, include_str!("floor/blk_01.cedar"), include_str!("floor/blk_01.toml"))),
    rule("BLK-02", "No standing subscription, no query for a whole group.", "(P) from", "S", "F", cedar(Aspect::Acts, false, include_str!("floor/blk_02.cedar"), include_str!("floor/blk_02.toml"))),
    rule("BLK-03", "Pilgrim manifests: one flight, one purpose, erased after arrival.", "LED arts 10, 27; PNR limits", "S R", "F", State::NotYet("the pilgrim desk is not there yet; BLK-01 counts until then")),
    rule("AUT-01", "No adverse decision by a machine alone.", "LED art. 11; Prüm II art. 47(6)", "R", "A(human)", State::NotYet("nothing is decided by machine: there is no matching or boarding desk yet")),
    rule("EYE-01", "Author and release authority are two officers, and both sign, for any personal data.", "(P), standard dual control", "S R", "F / X", cedar(Aspect::Every, false, include_str!("floor/eye_01.cedar"), include_str!("floor/eye_01.toml"))),
    rule("EYE-02", "A third signature for minors, special categories, offences that may carry death and wanted notices.", "art. 30(2a), 41c; (P)", "S", "A(dpo/fro)", cedar(Aspect::Persons, false, include_str!("floor/eye_02.cedar"), include_str!("floor/eye_02.toml"))),
    rule("EYE-03", "One officer releases alone only against an imminent threat to life; review within 24 hours.", "(P)", "S R T", "A(post hoc)", cedar(Aspect::Persons, false, include_str!("floor/eye_03.cedar"), include_str!("floor/eye_03.toml"))),
    rule("LOG-01", "Every access is logged: who, when, why, to whom.", "LED art. 25", "T", "Q", State::Code { at: "`policy::is_complete`, asked of every entry of the audit log before it is written", cases: log_01::cases }),
    rule("LOG-02", "Logs cannot be changed unnoticed.", "Reg. 2016/794 art. 40(1); chain (P)", "T", "F", State::Tested { at: "the logs are Merkle logs whose heads partners countersign; so is the audit log", tests: &[("crates/protocol/tests/it/evidence.rs", "a_file_with_any_byte_changed_is_refused")] }),
    rule("LOG-03", "Logs serve lawfulness, integrity and proceedings only, and are erased after three years.", "LED art. 25(2); Prüm II art. 45(3)", "T", "F", State::Tested { at: "reading the audit log names one of four uses, and `audit::retention` erases entries that no procedure holds", tests: &[("crates/doors/tests/it/audit.rs", "entries_are_erased_after_three_years_unless_a_procedure_needs_them"), ("crates/doors/tests/it/audit.rs", "the_log_is_read_for_a_use_that_is_stated")] }),
    rule("DSR-01", "Intake for access, rectification and erasure, at both nodes and in time.", "LED ch. III", "T", "Q", State::NotYet("data-subject requests are not there yet")),
    rule("DSR-02", "Persons may see when and to which state their data went, unless restricted with reasons.", "LED arts 13–15", "T", "Q", State::NotYet("data-subject requests are not there yet")),
    rule("AUD-01", "The auditor's key comes from outside the ministry; without one the node exchanges nothing.", "LED art. 41 independence; (P)", "load", "F", State::Code { at: "`policy::may_exchange`, for every link, every request of a partner and every submission", cases: aud_01::cases }),
    rule("AUD-02", "A yearly audit report; the auditor can suspend a kind or a partner.", "Prüm II art. 58; (P)", "T", "F", State::NotYet("the auditor has no order to suspend yet")),
    rule("BRE-01", "A breach goes to the supervisor in 72 hours and to the partner without undue delay.", "LED art. 30", "T", "Q", State::NotYet("breach notices are not there yet")),
    rule("JUD-01", "Arrest, extradition, evidence and controlled delivery are referred; an answer says that it is no evidence.", "H1; UNTOC/MLA practice; art. 2's Justice minister shows the second channel", "S R", "F", cedar(Aspect::Acts, false, include_str!("floor/jud_01.cedar"), include_str!("floor/jud_01.toml"))),
    rule("REC-01", "The receiver runs every rule again; what fails is quarantined and refused by signature.", "(P)", "R", "X", State::Code { at: "`decide::arriving` in the node", cases: rec_01::cases }),
];

const fn rule(
    id: &'static str,
    summary: &'static str,
    source: &'static str,
    when: &'static str,
    effect: &'static str,
    state: State,
) -> Rule {
    Rule { id, summary, source, when, effect, state }
}

const fn cedar(aspect: Aspect, hidden: bool, text: &'static str, cases: &'static str) -> State {
    State::Cedar { aspect, hidden, text, cases }
}

impl Rule {
    /// Place in the order in which reasons are given.
    pub(crate) fn rank(&self) -> usize {
        let family = self.id.split('-').next().unwrap_or_default();
        let family = FAMILIES.iter().position(|known| *known == family).unwrap_or(FAMILIES.len());
        let number = self.id.split('-').nth(1).and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
        family.saturating_mul(10).saturating_add(number)
    }
}

impl Aspect {
    /// The aspects with a slice of their own; a clause's slice belongs to its agreement.
    pub(crate) const ALL: [Self; 3] = [Self::Every, Self::Persons, Self::Acts];
}
