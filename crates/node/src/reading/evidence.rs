//! Evidence files, for anybody to check offline: of one record, and of a missed deadline.

use desks::thread::{Event, RecordStub, What, starts_clock};
use policy::Act;
use protocol::{
    batch::MANIFEST_KIND,
    channel::Channel,
    control::REVOCATION_KIND,
    evidence::missed::Missed,
    id::ChannelId,
    origin::Position,
    statement::{ANSWER_KIND, Await, DutyClass, STATEMENT_KIND, ThreadKey},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Told;
use texts::say;

use super::{
    Disclosed, Reading,
    uses::{UsedUnder, recipient},
};
use crate::{
    audit,
    callers::Caller,
    db::SUITE,
    evidence::{assemble, does_not_verify, internal},
    fault::{Code, Fault},
    limits,
    records::delivered_to,
    statements,
    threads::events,
};

/// Records of the protocol itself that testify (EVID-13).
const TESTIMONY: [&str; 7] = [
    "mithaq.refusal/1",
    "mithaq.received/1",
    "mithaq.withheld/1",
    STATEMENT_KIND,
    ANSWER_KIND,
    MANIFEST_KIND,
    REVOCATION_KIND,
];

/// What an evidence file is taken out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportedFor {
    /// Somebody of the own office checks what was exchanged.
    #[default]
    Verify,
    /// Those who watch over the exchange do.
    Oversight,
    /// Proceedings: HAN-02 decides on what a partner provided.
    Court,
    /// Another office: HAN-03 does.
    Office,
}

/// For what a file is taken out, and to whom it goes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// What for.
    #[serde(default)]
    pub r#use: ExportedFor,
    /// With court and office: which proceedings, which office; never a person.
    pub to: Option<String>,
}

impl Reading {
    /// The evidence file of a record, checked before it leaves: a node hands out no file that would be refused.
    ///
    /// # Errors
    /// The query contradicts itself or the caller's role; as [`Reading::record`]; [`Code::Refused`] with the rule if a
    /// partner's record may not be used so.
    pub fn evidence(
        &self,
        caller: &Caller,
        position: &Position,
        query: ExportQuery,
    ) -> Result<Disclosed<Vec<u8>>, Fault> {
        let exported_for = query.r#use;
        let to = recipient(query.to, matches!(exported_for, ExportedFor::Court | ExportedFor::Office))?;
        if exported_for == ExportedFor::Oversight && !caller.oversees() {
            let message = say!("role-does-not-watch", role = %caller.role());
            return Err(Fault::new(Code::Forbidden, message).in_field("use"));
        }
        let found = self.find(caller, position)?;
        let header = &found.opened.header;
        if header.is_protocol() && !TESTIMONY.contains(&header.kind.as_str()) {
            return Err(Fault::usage(say!("evidence-of-officers", testimony = %TESTIMONY.join(", "))));
        }
        let act = match exported_for {
            ExportedFor::Verify | ExportedFor::Oversight => Act::Consult,
            ExportedFor::Court => Act::Court,
            ExportedFor::Office => Act::Disseminate,
        };
        let allowed = self.decide(caller, &found, act, to.as_deref())?;
        let evidence = assemble(&self.db.reader()?, &found.channel, position)?;
        evidence.verify(SUITE).map_err(|error| does_not_verify(&error))?;
        let noted = audit::shown(&found.opened.secret, &found.opened.header_bytes, &found.opened.body)
            .with(&UsedUnder { r#use: exported_for, permissions: &allowed.permissions })
            .why(allowed.purpose)
            .to(to);
        Ok(Disclosed::new(evidence.encode().map_err(|error| internal(&error))?, noted))
    }

    /// The file that proves a missed deadline in a thread: from the newest own statement that names it as overdue and that
    /// the party which owes has countersigned. Checked before it leaves. Who may have it may read what was asked.
    ///
    /// # Errors
    /// No such statement or receipt is held here; as [`Reading::record`] for what was asked.
    pub fn missed(&self, caller: &Caller, channel: &ChannelId, thread: ThreadKey) -> Result<Disclosed<Vec<u8>>, Fault> {
        let channel = self.channel(channel)?.value();
        self.upkeep.catch_up()?;
        let (statement_at, item) = self.stated(&channel, &thread)?;
        let (asked_at, received_at) = self.asked(&channel, &thread, &item)?;
        let found = self.find(caller, &asked_at)?;
        let allowed = self.consult(caller, &found)?;
        let reader = self.db.reader()?;
        let answers = self.threads.rows.answers(&statement_at)?;
        let answer = answers.iter().find(|answer| answer.position.origin.agency == item.from);
        let file = Missed {
            asked: assemble(&reader, &channel, &asked_at)?,
            received: assemble(&reader, &channel, &received_at)?,
            statement: assemble(&reader, &channel, &statement_at)?,
            answer: answer.map(|answer| assemble(&reader, &channel, &answer.position)).transpose()?,
        };
        file.verify(SUITE).map_err(|error| does_not_verify(&error))?;
        let noted = audit::shown(&found.opened.secret, &found.opened.header_bytes, &found.opened.body);
        let noted = noted.under(&allowed.purpose, &allowed.permissions);
        Ok(Disclosed::new(file.encode().map_err(|error| internal(&error))?, noted))
    }

    /// The newest own statement that proves something overdue in a thread, and what.
    fn stated(&self, channel: &Channel, thread: &ThreadKey) -> Result<(Position, Await), Fault> {
        let rows = self.threads.rows.told(
            &channel.id(),
            Told::Statement,
            Some(&self.db.me),
            limits::STATEMENTS_SEARCHED_MAX,
        )?;
        let mut not_delivered = false;
        for row in rows {
            let Some(statement) = statements::statement(&row) else { continue };
            let is_over =
                |item: &&Await| item.by.is_some_and(|by| by < row.time) && class(item) != Some(DutyClass::Receipt);
            let Some(item) = statement.awaits.iter().filter(|item| item.key() == *thread).find(is_over) else {
                continue;
            };
            if delivered_to(channel, &row.position, &item.from) {
                return Ok((row.position, item.clone()));
            }
            not_delivered = true;
        }
        let message = if not_delivered {
            "a statement of this agency names the thread as overdue, but the party that owes has not countersigned it yet"
        } else {
            "no statement of this agency names something overdue in this thread: make one (`mithaq statement make`) once the \
             deadline has passed"
        };
        Err(Fault::not_found(message).in_field("thread"))
    }

    /// The record whose receipt by the debtor started the clock, and that receipt.
    fn asked(&self, channel: &Channel, thread: &ThreadKey, item: &Await) -> Result<(Position, Position), Fault> {
        let events = events::of(&self.threads.rows, channel, &thread.thread, thread.lane)?;
        let mut records: Vec<(&Position, &Event, &RecordStub)> = events
            .iter()
            .filter_map(|(position, event)| match &event.stub.what {
                What::Record(record) if event.void().is_none() => Some((position, event, record)),
                _ => None,
            })
            .filter(|(position, _, record)| position.origin.agency != item.from && starts_clock(record, class(item)))
            .collect();
        // The clock starts again with what came last.
        records.sort_by_key(|(_, event, _)| std::cmp::Reverse(event.stub.place));
        let receipt_of = |asked: &Position| {
            events.iter().find_map(|(position, event)| match &event.stub.what {
                What::Received(batch)
                    if position.origin.agency == item.from
                        && batch.origin == asked.origin
                        && (batch.first..batch.size()).contains(&asked.index) =>
                {
                    Some(*position)
                }
                _ => None,
            })
        };
        let found = records.into_iter().find_map(|(asked, ..)| Some((*asked, receipt_of(asked)?)));
        found.ok_or_else(|| Fault::not_found(say!("debtor-not-received")))
    }
}

fn class(item: &Await) -> Option<DutyClass> {
    item.what.as_ref().map(|duty| duty.class)
}
