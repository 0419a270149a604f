//! The kinds of step that a run is made of beside traffic, crashes and faults, and how often each took effect.
//!
//! What each can find:
//!
//! | kind | what breaks if the code is wrong |
//! |---|---|
//! | [`Kind::ReceiptLost`] | an author that never hears of the receipt, or a holder that admits the batch twice |
//! | [`Kind::ReceiptRepeated`] | an old receipt that makes a log shorter, or that counts for another batch |
//! | [`Kind::FrameHeldBack`] | a frame of before a restart that is admitted on what the receiver no longer or already holds |
//! | [`Kind::Pulled`] | a batch that only its author can deliver, or a receipt that is lost with the answer to it |
//! | [`Kind::AttachmentFetched`] | files that are lost, fetched after erasure, or never confirmed to their author |
//! | [`Kind::Released`] | a record that lay aside and is sent twice, or not at all, when the outcome was unknown |
//! | [`Kind::Beyond`] | a sender and a reader who count a day's records differently |
//! | [`Kind::Stopped`] | a record that was stopped and left all the same |
//! | [`Kind::Recounted`] | persons who are counted twice or not at all when two batches were decided on one count |
//! | [`Kind::SubmitRepeated`] | a record that stands twice because its caller asked again after a crash |
//! | [`Kind::KeyLost`] | a frame that is sealed for ever to a key which was destroyed while it was under way |
//! | [`Kind::SuspendedUnderWay`] | a record that takes effect at one party and not at another when a suspension overtakes it |
//! | [`Kind::StoodIn`] | two histories of a log whose author went on without having seen what a silent partner holds |
//! | [`Kind::ClockJumped`] | a log whose time runs backwards, or a batch that is refused for good because a clock was wrong |
//! | [`Kind::ErasedUnderWay`] | content that arrives after its erasure was ordered |
//! | [`Kind::GivenBack`] | a restored party that never gets back what it receipted, or gets it twice |

/// A kind of step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A receipt was lost on its way.
    ReceiptLost,
    /// A receipt was given once more, unasked and late.
    ReceiptRepeated,
    /// A frame arrived that was sent before its receiver started again.
    FrameHeldBack,
    /// A node that can't be called fetched a batch.
    Pulled,
    /// All attachments of a record were fetched and confirmed.
    AttachmentFetched,
    /// A record that lay aside was released into its log.
    Released,
    /// A record had to wait for another day.
    Beyond,
    /// A record that lay aside was stopped.
    Stopped,
    /// A batch was decided again because the count of persons had moved.
    Recounted,
    /// A caller who asked again got the answer of before.
    SubmitRepeated,
    /// A frame did not open, and its author took the receiver's new key.
    KeyLost,
    /// A record arrived under a suspension that it did not know of.
    SuspendedUnderWay,
    /// An officer's order stood in for a silent partner.
    StoodIn,
    /// A batch waited because its author's clock had jumped ahead.
    ClockJumped,
    /// An erasure was ordered before the record had been receipted.
    ErasedUnderWay,
    /// A restored partner got back what it once receipted.
    GivenBack,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::ReceiptLost,
        Self::ReceiptRepeated,
        Self::FrameHeldBack,
        Self::Pulled,
        Self::AttachmentFetched,
        Self::Released,
        Self::Beyond,
        Self::Stopped,
        Self::Recounted,
        Self::SubmitRepeated,
        Self::KeyLost,
        Self::SuspendedUnderWay,
        Self::StoodIn,
        Self::ClockJumped,
        Self::ErasedUnderWay,
        Self::GivenBack,
    ];
}

/// How often each kind of step took effect.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Steps([u64; Kind::ALL.len()]);

impl Steps {
    /// It took effect once more.
    pub const fn count(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    /// The same, if it did.
    pub const fn count_if(&mut self, did: bool, kind: Kind) {
        if did {
            self.count(kind);
        }
    }

    /// How often it did.
    pub const fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// Adds the counts of another run or node.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}
