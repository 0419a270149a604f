//! The requests desk: one agency asks another, or tells it what nobody asked for.
//!
//! It follows Directive (EU) 2023/977 (articles 4 to 7) and, where an agreement says so, the limits of Framework Decision
//! 2006/960/JHA: what must be asked and said, by when, and on which grounds an answer may be refused.

mod act;

pub use act::{Access, Act, Use};

/// `requests.request/1`: what one agency asks, and the thread that this opens.
pub mod request {
    mod thread;

    pub use thread::RequestThread;
}

/// `requests.spontaneous/1`: information that nobody asked for, and the thread that this opens.
pub mod spontaneous {
    mod thread;

    pub use thread::SpontaneousThread;
}
