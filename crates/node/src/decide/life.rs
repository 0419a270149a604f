//! What stops a record of ours besides policy: where its agreement stands in its life, and its lane.

use protocol::{
    agreement::Agreement,
    channel::{Channel, lanes::lane_refuses},
    date::Date,
    header::Header,
    id::AgencyId,
    origin::{Lane, Origin, Position},
};

use texts::say;

use crate::fault::{Code, Fault};

/// The rule that errors name when the agreement's life stops a record, and no clause or floor rule.
const LIFE_RULE: &str = "agreement";
/// The same for what a lane carries.
pub(crate) const LANE_RULE: &str = "lane";

/// Whether this agency may send records at all now; the error says who has stopped it, and what to do.
pub fn check_sending(channel: &Channel, agreement: &Agreement, today: Date) -> Result<(), Fault> {
    let stopped = |message: String| Err(Fault::new(Code::Refused, message).by_rule(LIFE_RULE));
    let day = |ms: u64| Date::from_unix_ms(ms).map_or_else(String::new, |day| format!(" on {day}"));
    let label = |agency: &AgencyId| agreement.party(agency).map_or_else(|| agency.to_string(), |p| p.label.clone());
    if let Some(suspension) = channel.suspensions().get(&channel.me()) {
        return stopped(format!(
            "This agency suspended the channel{}: it sends only records of the protocol itself until it resumes.",
            day(suspension.since)
        ));
    }
    if channel.partners().all(|partner| channel.is_suspended(&partner)) {
        let who: Vec<String> = channel.partners().map(|partner| label(&partner)).collect();
        return stopped(format!("{} suspended the channel and takes no records until it resumes.", who.join(", ")));
    }
    let last_day = channel.last_day(agreement);
    if last_day < agreement.valid_until && today > last_day {
        let who: Vec<String> = channel.endings().keys().map(label).collect();
        return stopped(format!("{} ended the agreement. Its last day was {last_day}.", who.join(", ")));
    }
    Ok(())
}

/// Whether a record may stand in its lane.
pub fn check_lane(agreement: &Agreement, lane: Lane, header: &Header, body_bytes: usize) -> Result<(), Fault> {
    if lane != Lane::Urgent && desks::kinds::find(&header.kind).is_some_and(|kind| kind.urgent) {
        let message = say!("kind-urgent-lane", kind = %header.kind);
        return Err(Fault::usage(message).in_field("lane"));
    }
    let (message, field) = match lane_refuses(agreement, lane, header, body_bytes) {
        None => return Ok(()),
        Some("thread-in-other-lane") => {
            ("A thread lives in one lane: answer in the lane of the record that is answered.".to_owned(), "in_reply_to")
        }
        Some("attachment-too-large") => {
            let bytes = agreement.attachment_bytes_max();
            (format!("The agreement takes attachments of at most {bytes} bytes each."), "attachments")
        }
        Some(_) => {
            let bytes = agreement.urgent().record_bytes_max;
            (format!("The urgent lane takes at most {bytes} bytes in body and attachments: use main."), "body")
        }
    };
    Err(Fault::new(Code::Refused, message).by_rule(LANE_RULE).in_field(field))
}

/// Whether records of ours that wait must be decided again, however fresh they are, before they leave to a partner.
pub fn has_moved(channel: &Channel, origin: &Origin, last: u64, partner: &AgencyId) -> bool {
    channel.is_suspended(&channel.me())
        || channel.is_suspended(partner)
        || channel.version_at(origin, last) != channel.in_force()
        || channel.has_revoked_since(&Position { origin: *origin, index: last })
}
