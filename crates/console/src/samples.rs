//! Pages with made-up content, for tests that render without a node: each full, and each with nothing to show.

use std::collections::BTreeMap;

use texts::Language;

use crate::{
    diff::{Change, Piece},
    form::{Control, FieldRead, FieldShown, ValueRead},
    rows::Group,
    ui::Ui,
};

/// For whom a sample is, and how much there is in it.
#[derive(Clone, Copy)]
pub struct Of {
    /// The reader's language.
    pub language: Language,
    /// Whether there is one of everything, or nothing.
    pub is_full: bool,
}

/// What can be made up.
pub trait Sample: Sized {
    /// One of it.
    fn sample(of: Of) -> Self;
}

/// Says that a struct is made of samples of its members, which it names.
macro_rules! sample {
    ($name:ident { $($member:ident),* $(,)? }) => {
        impl $crate::samples::Sample for $name {
            fn sample(of: $crate::samples::Of) -> Self {
                Self { $($member: $crate::samples::Sample::sample(of)),* }
            }
        }
    };
}
pub(crate) use sample;

impl Sample for String {
    /// What others wrote may say anything.
    fn sample(_: Of) -> Self {
        "مثال <b>made up</b> & \"more\"".to_owned()
    }
}

impl Sample for &'static str {
    fn sample(_: Of) -> Self {
        "plus"
    }
}

impl Sample for bool {
    fn sample(of: Of) -> Self {
        of.is_full
    }
}

impl Sample for usize {
    fn sample(_: Of) -> Self {
        3
    }
}

impl Sample for u64 {
    fn sample(_: Of) -> Self {
        1_767_225_600_000
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(of: Of) -> Self {
        of.is_full.then(|| T::sample(of))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(of: Of) -> Self {
        Option::sample(of).into_iter().collect()
    }
}

impl<T: Sample, U: Sample> Sample for (T, U) {
    fn sample(of: Of) -> Self {
        (T::sample(of), U::sample(of))
    }
}

impl<T: Sample, U: Sample, V: Sample> Sample for (T, U, V) {
    fn sample(of: Of) -> Self {
        (T::sample(of), U::sample(of), V::sample(of))
    }
}

impl<K: Sample + Ord, V: Sample> Sample for BTreeMap<K, V> {
    fn sample(of: Of) -> Self {
        Vec::sample(of).into_iter().collect()
    }
}

impl Sample for Language {
    fn sample(of: Of) -> Self {
        of.language
    }
}

impl Sample for Change {
    fn sample(_: Of) -> Self {
        Self::Added
    }
}

impl Sample for Ui {
    fn sample(of: Of) -> Self {
        Self::sample(of.language)
    }
}

impl Sample for Group {
    fn sample(_: Of) -> Self {
        Self::Day
    }
}

impl Sample for Piece {
    fn sample(of: Of) -> Self {
        Self { change: Change::Added, text: String::sample(of) }
    }
}

impl Sample for FieldShown {
    fn sample(of: Of) -> Self {
        Self {
            name: "b.made_up".to_owned(),
            label: String::sample(of),
            help: String::sample(of),
            required: of.is_full,
            control: Control::Line { value: String::sample(of), max: 100 },
            error: Option::sample(of),
        }
    }
}

impl Sample for FieldRead {
    fn sample(of: Of) -> Self {
        Self { label: String::sample(of), value: ValueRead::Words(String::sample(of)) }
    }
}
