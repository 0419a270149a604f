//! The answer that provides nothing: one record, whoever or whatever made it (ASY-02).

use protocol::agreement::{Agreement, DraftError};
use protocol::date::Date;
use protocol::header::{Header, RecordRef, ThreadId};
use protocol::origin::Lane;

/// Shortest delay where the clause sets no deadline: nobody can tell an officer's look from a rule's.
const DELAY_MS_MIN: u64 = 60 * 60 * 1000;
/// Longest delay where the clause sets no deadline: inside the three days of an urgent request whose information is not
/// directly accessible (directive (EU) 2023/977, article 5).
const DELAY_MS_MAX: u64 = 48 * 60 * 60 * 1000;

/// Shortest and longest time that an own record waits in a watched channel, by lane. Long enough that what its author does and
/// what leaves the node lie apart; short beside the deadlines of answers, and within the quarter hour of a hotline.
const LEAVE_MS: (u64, u64) = (15 * 60 * 1000, 4 * 60 * 60 * 1000);
const LEAVE_URGENT_MS: (u64, u64) = (60 * 1000, 10 * 60 * 1000);

/// When an own record towards a feared state is decided and leaves or is stopped, milliseconds since 1970. `random` is drawn for
/// each record, and nothing of the record counts but its lane.
pub fn leave_ms(taken: u64, lane: Lane, random: u64) -> u64 {
    let (least, most) = match lane {
        Lane::Main => LEAVE_MS,
        Lane::Urgent => LEAVE_URGENT_MS,
    };
    taken.saturating_add(least).saturating_add(part_of(random, most.saturating_sub(least)))
}

/// A part of a span: multiplied, not a remainder, so that every moment of it is equally likely.
fn part_of(random: u64, span: u64) -> u64 {
    let part = u128::from(random).saturating_mul(u128::from(span)) >> 64;
    u64::try_from(part).unwrap_or(span)
}

/// How long after the request's receipt an answer that provides nothing is released, whoever or whatever caused it.
///
/// `random` is drawn by a key for each request, so the moment is fixed when the request comes and does not depend on who
/// acts, and when. Where the answer is due within `answer_within_ms`, the moment lies between a quarter and three quarters
/// of that time: early enough for a link that is down for a while, late enough for an officer to have looked.
fn delay_ms(random: u64, answer_within_ms: Option<u64>) -> u64 {
    let (least, most) = match answer_within_ms {
        Some(within) => (within / 4, within - within / 4),
        None => (DELAY_MS_MIN, DELAY_MS_MAX),
    };
    least.saturating_add(part_of(random, most.saturating_sub(least)))
}

/// When an answer that provides nothing is released, milliseconds since 1970: at the moment that was fixed when the request
/// was received ([`delay_ms`]). Where that is past when somebody or something first acts, at a second moment in what is
/// left of the deadline, or within the hour. `random` is drawn by a key for each request.
pub fn release_ms(received: u64, now: u64, answer_within_ms: Option<u64>, random: [u64; 2]) -> u64 {
    let [first, second] = random;
    let at = received.saturating_add(delay_ms(first, answer_within_ms));
    if now <= at {
        return at;
    }
    let due = answer_within_ms.map(|within| received.saturating_add(within));
    let left = due.map(|due| due.saturating_sub(now)).filter(|left| *left > 0);
    now.saturating_add(delay_ms(second, Some(left.unwrap_or(DELAY_MS_MIN))))
}

/// What of the header of an answer that provides nothing is not its clause's.
#[derive(Debug, Clone)]
pub struct Neutral {
    /// The thread of the request.
    pub thread: ThreadId,
    /// The request, or what clarified it last.
    pub asked: RecordRef,
    /// The day until which the request itself is kept.
    pub retain_until: Option<Date>,
    /// The day on which it is composed.
    pub today: Date,
    /// Drawn for this answer, as for any record, by the node that composes it (HDR-14).
    pub fresh: [u8; 16],
}

/// The header of an answer that provides nothing: what the clause gives to every record of the kind, the request that it
/// answers, the day until which the request itself is kept, or this day where that is over, and what was drawn for it.
///
/// # Errors
/// The agreement has no such clause, or the clause does not list the kind.
pub fn neutral_header(agreement: &Agreement, clause: &str, kind: &str, of: Neutral) -> Result<Header, DraftError> {
    let Neutral { thread, asked, retain_until, today, fresh } = of;
    let draft = Header::draft(agreement, clause, kind, today, thread)?;
    let kept = retain_until.map(|until| until.max(today)).min(draft.retain_until).or(draft.retain_until);
    Ok(Header { in_reply_to: Some(asked), retain_until: kept, fresh: Some(fresh), ..draft })
}

/// Whether a header could be [`neutral_header`]'s. Thread, request, last day and what was drawn are the record's own; all
/// else is the clause's. Nothing is refused for want of what was drawn (HDR-14).
pub(crate) fn is_neutral(agreement: &Agreement, header: &Header) -> bool {
    let (Some(clause), Some(thread), Some(until)) = (&header.clause, header.thread, header.retain_until) else {
        return false;
    };
    Header::draft(agreement, clause, &header.kind, until, thread).is_ok_and(|draft| {
        let (in_reply_to, retain_until) = (header.in_reply_to.clone(), header.retain_until);
        Header { in_reply_to, retain_until, fresh: header.fresh, ..draft } == *header && header.in_reply_to.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 60 * 60 * 1000;

    // spec: PROT-7
    #[test]
    fn a_delay_fits_inside_the_deadline_and_takes_all_of_its_span() {
        for within in [8 * HOUR_MS, 7 * 24 * HOUR_MS, 3] {
            assert_eq!(delay_ms(0, Some(within)), within / 4);
            let longest = delay_ms(u64::MAX, Some(within));
            assert!(longest <= within - within / 4 && longest + 1 >= within - within / 4, "{longest}");
        }
        assert_eq!(delay_ms(0, None), DELAY_MS_MIN);
        assert!((DELAY_MS_MAX - 1..=DELAY_MS_MAX).contains(&delay_ms(u64::MAX, None)));
        assert_eq!(delay_ms(u64::MAX, Some(0)), 0);
        // A thousand equal steps come out as a thousand equal steps.
        let steps: Vec<u64> = (0..1000).map(|step| delay_ms(u64::MAX / 1000 * step, Some(8 * HOUR_MS))).collect();
        let step = 4 * HOUR_MS / 1000;
        assert!(steps.windows(2).all(|pair| (step - 1..=step + 1).contains(&(pair[1] - pair[0]))));
    }

    // spec: PROT-6
    #[test]
    fn a_record_waits_by_its_lane_and_a_draw() {
        assert_eq!(leave_ms(7, Lane::Main, 0), 7 + 15 * 60_000);
        assert!((4 * HOUR_MS - 1..=4 * HOUR_MS).contains(&leave_ms(0, Lane::Main, u64::MAX)));
        assert!(leave_ms(0, Lane::Urgent, u64::MAX) <= 10 * 60_000);
    }

    // spec: PROT-8
    #[test]
    fn who_acts_in_time_does_not_move_the_moment_and_who_is_late_draws_again() {
        let within = Some(8 * HOUR_MS);
        let moment = release_ms(1_000, 1_000, within, [u64::MAX / 2, 0]);
        for acted in [1_000, 2_000, moment] {
            assert_eq!(release_ms(1_000, acted, within, [u64::MAX / 2, u64::MAX]), moment);
        }
        let late = moment + 1;
        for second in [0, u64::MAX / 2, u64::MAX] {
            let again = release_ms(1_000, late, within, [u64::MAX / 2, second]);
            assert!(again > late && again < 1_000 + 8 * HOUR_MS, "inside what is left");
        }
        let overdue = 1_000 + 9 * HOUR_MS;
        let again = release_ms(1_000, overdue, within, [0, u64::MAX]);
        assert!((overdue..overdue + HOUR_MS).contains(&again));
    }
}
