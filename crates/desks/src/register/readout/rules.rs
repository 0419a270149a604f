//! The rules of a readout that no single field can express.

use protocol::header::{Evaluation, Header};
use texts::{Message, say};

use super::record::Readout;
use super::words::{Basis, Mechanism, Scope, Track};
use crate::body::Fault;
use crate::fields::check_office;

pub(super) fn check_body(readout: &Readout) -> Result<(), Fault> {
    check_parties(readout)?;
    check_source(readout)?;
    for (i, topic) in readout.topic.iter().enumerate() {
        let scope = |expected: Message| Err(Fault::new(format!("topic[{i}].scope"), expected));
        // NEU-03: nothing operational grows out of a defence track, whatever the topic is called.
        if readout.track == Track::Defence && topic.operational() {
            return scope(say!("must-defence"));
        }
        match topic.mechanism {
            Mechanism::M24 if topic.scope != Scope::Out => {
                return scope(say!("must-defence-topic"));
            }
            Mechanism::M21 | Mechanism::M22 | Mechanism::M23 | Mechanism::M25 if topic.operational() => {
                return scope(say!("must-no-operations"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The media type is checked for every kind; what is left is that header and body do not contradict each other.
pub(super) fn check_header(readout: &Readout, header: &Header) -> Result<(), Fault> {
    if header.personal() {
        return Err(Fault::new("header.subject_category", say!("must-readout-no-persons")));
    }
    let graded = header.evaluation.is_none_or(|grade| grade == Evaluation::UNGRADED || grade == readout.evaluation());
    if !graded {
        let expected = say!("must-equal-grades", evaluation = %format!("{:?}", readout.evaluation()));
        return Err(Fault::new("header.evaluation", expected));
    }
    Ok(())
}

fn check_parties(readout: &Readout) -> Result<(), Fault> {
    for (i, party) in readout.parties.iter().enumerate() {
        if readout.parties.iter().take(i).any(|earlier| earlier == party) {
            return Err(Fault::new(format!("parties[{i}]"), say!("must-named-once")));
        }
    }
    let one_of = || say!("must-be-party", parties = readout.parties.to_vec());
    if !readout.parties.contains(&readout.host) {
        return Err(Fault::new("host", one_of()));
    }
    for (i, office) in readout.offices.iter().enumerate() {
        if !readout.parties.contains(&office.state) {
            return Err(Fault::new(format!("offices[{i}].state"), one_of()));
        }
        check_office(&format!("offices[{i}].office"), &office.office)?;
    }
    Ok(())
}

/// What is said to be unknown must be empty, and what is empty must be said to be unknown.
fn check_source(readout: &Readout) -> Result<(), Fault> {
    let sources = [
        ("source_url", &readout.source_url, readout.source_url_basis),
        ("meeting_date", &readout.meeting_date, readout.date_basis),
    ];
    for (field, value, basis) in sources {
        match (value.is_empty(), basis == Basis::NotDetermined) {
            (true, false) => return Err(Fault::new(field, say!("must-be-given-or-undetermined"))),
            (false, true) => return Err(Fault::new(field, say!("must-be-empty-undetermined"))),
            _ => {}
        }
    }
    Ok(())
}
