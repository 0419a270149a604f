//! The register desk: what is publicly known of meetings between the parties.

/// `register.readout/1`: the facts of a published readout of a meeting.
pub mod readout {
    mod record;
    mod rules;
    #[cfg(test)]
    mod tests;
    mod words;

    pub use record::{Corroboration, Flag, OfficePresent, REAL_READOUTS, Readout, Topic};
    pub use words::{Basis, Confidence, Format, Mechanism, OfficeRole, Precision, Scope, Status, Track};
}
