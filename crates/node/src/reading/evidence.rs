//! Evidence files, for anybody to check offline: of one record, and of a missed deadline.

use std::sync::Arc;

use desks::thread::{Event, RecordStub, What, starts_clock};
use policy::Act;
use protocol::{
    batch::MANIFEST_KIND,
    channel::Channel,
    commit::{MarkState, StoredBatch},
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
    audit::{self, Noted},
    callers::Caller,
    db::SUITE,
    evidence::{assemble, does_not_verify, internal, without_content},
    fault::{Code, Fault},
    limits,
    records::{self, delivered_to},
    statements,
    threads::{events, openers::Openers, stubs},
};

/// Records of the protocol itself that testify (EVID-13).
const TESTIMONY: [&str; 9] = [
    "mithaq.refusal/1",
    "mithaq.received/1",
    "mithaq.withheld/1",
    STATEMENT_KIND,
    ANSWER_KIND,
    MANIFEST_KIND,
    REVOCATION_KIND,
    "mithaq.erasure/1",
    "mithaq.erased/1",
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

/// A file that was taken out.
#[derive(Debug)]
pub struct Exported {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it holds the record; where its content is gone, it holds what remains.
    pub content: bool,
}

/// What the audit log notes of a file without content.
#[derive(Serialize)]
struct WithoutContent {
    r#use: ExportedFor,
    content: bool,
}

/// A record whose content is gone, of which the caller may have what remains.
struct Gone {
    channel: Arc<Channel>,
    stored: StoredBatch,
    /// For which purpose.
    purpose: String,
}

impl Reading {
    /// The evidence file of a record, or of what remains when its content is gone; checked before it leaves: a node hands
    /// out no file that would be refused.
    ///
    /// # Errors
    /// The query contradicts itself or the caller's role; as [`Reading::record`]; [`Code::Refused`] with the rule if a
    /// partner's record may not be used so.
    pub fn evidence(
        &self,
        caller: &Caller,
        position: &Position,
        query: ExportQuery,
    ) -> Result<Disclosed<Exported>, Fault> {
        let exported_for = query.r#use;
        let to = recipient(query.to, matches!(exported_for, ExportedFor::Court | ExportedFor::Office))?;
        if exported_for == ExportedFor::Oversight && !caller.oversees() {
            let message = say!("role-does-not-watch", role = %caller.role());
            return Err(Fault::new(Code::Forbidden, message).in_field("use"));
        }
        if let Some(gone) = self.gone(caller, position, exported_for)? {
            let file = without_content(&self.db.reader()?, &gone.channel, &gone.stored, position)?;
            file.verify(SUITE).map_err(|error| does_not_verify(&error))?;
            // What the record said of its uses is gone with it, and nothing that it said is in the file.
            let noted = Noted::facts(&WithoutContent { r#use: exported_for, content: false });
            let bytes = file.encode().map_err(|error| internal(&error))?;
            return Ok(Disclosed::new(Exported { bytes, content: false }, noted.why(gone.purpose).to(to)));
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
        let bytes = evidence.encode().map_err(|error| internal(&error))?;
        Ok(Disclosed::new(Exported { bytes, content: true }, noted))
    }

    /// A record whose content was erased or whose time is over, if the caller may have what remains of it: whoever may know of
    /// it, in whose compartment it is by the stub that is kept, and who reads for the purpose of its clause. Where no stub is kept,
    /// that is who sees every desk, and reads for whatever the author could have supplied it for. `None` if it is not gone so.
    fn gone(&self, caller: &Caller, position: &Position, exported_for: ExportedFor) -> Result<Option<Gone>, Fault> {
        let channel = self.channel(&position.origin.channel)?.value();
        let reader = self.db.reader()?;
        let Some(stored) = reader.batch_at(&position.origin, position.index)? else { return Ok(None) };
        let marks: Vec<MarkState> = reader.marks(position)?.into_iter().map(|mark| mark.state).collect();
        // What came as a note was never here, and what was refused shows to the auditor alone.
        let is_other = |mark: &MarkState| match mark {
            MarkState::Withheld => true,
            MarkState::Quarantined => !caller.is_auditor(),
            _ => false,
        };
        if !records::is_gone(&stored, position) || marks.iter().any(is_other) {
            return Ok(None);
        }
        let kept = stubs::kept(&reader, position)?;
        self.check_knows_gone(caller, &channel, position, kept.as_ref())?;
        let record = kept.as_ref().and_then(|kept| match &kept.stub.what {
            What::Record(record) => Some(record),
            What::Received(_) => None,
        });
        let thread = kept.as_ref().map(|kept| &kept.thread);
        let opener = Openers::new(&self.upkeep).of(&channel, thread, position.origin.lane)?;
        caller.check_sees(record.map(|record| record.kind.as_str()), opener)?;
        let supplied = match record {
            Some(record) => vec![records::supplied(&channel, position, &record.clause)],
            None => records::perhaps_supplied(&channel, position),
        };
        let purposes = caller.purposes();
        // As PUR-01 has it: who oversees may look, and gives nothing to a court or another office.
        let fits = |supplied: &String| match exported_for {
            ExportedFor::Verify | ExportedFor::Oversight => purposes.include(supplied),
            ExportedFor::Court | ExportedFor::Office => {
                supplied.is_empty() || purposes.to_try(supplied).contains(&supplied.as_str())
            }
        };
        if let Some(other) = supplied.iter().find(|supplied| !fits(supplied)) {
            let message = format!("it may have been supplied for {other}, for which the caller does not read");
            return Err(Fault::new(Code::Refused, message).by_rule("PUR-01").in_field("purpose"));
        }
        let first = supplied.first().map(String::as_str).unwrap_or_default();
        let purpose = purposes.to_try(first).first().map(|purpose| (*purpose).to_owned()).unwrap_or_default();
        Ok(Some(Gone { channel, stored, purpose }))
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
