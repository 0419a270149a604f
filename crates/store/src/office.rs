//! What an office works on and never leaves the node: sealed under the key of its period like content, so that it dies with it.

use protocol::{commit::Period, id::ChannelId};
use zeroize::Zeroizing;

/// The name of a row.
pub type OfficeId = [u8; 16];

pub(crate) const LABEL: &[u8] = b"mithaq/office/v1\0";

/// Something that an office works on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfficeItem {
    /// Its name.
    pub id: OfficeId,
    /// The channel that it is about.
    pub channel: ChannelId,
    /// With which month it dies.
    pub period: Period,
    /// What it is.
    pub bytes: Zeroizing<Vec<u8>>,
}
