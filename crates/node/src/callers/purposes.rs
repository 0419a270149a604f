//! For which purposes a request reads what others supplied (rules PUR-01 and LOG-01).
//!
//! A token bears the purposes of the task that it was issued for, a request may narrow them to one by the header
//! [`PURPOSE`]. What was supplied for another purpose is then in no list, and single records are refused.

use policy::OVERSIGHT;

use crate::{callers::tokens::Token, channels::Channels};

/// The header by which a request narrows a token's purposes to one.
pub const PURPOSE: &str = "mithaq-purpose";

/// The purposes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purposes {
    /// Every one: at the socket, before any token was issued.
    Every,
    /// These. With none, nothing that holds content is read.
    Of(Vec<String>),
}

impl Purposes {
    /// None at all.
    pub const NONE: Self = Self::Of(Vec::new());

    /// The purposes of a token: those that it was issued for; those who watch over the exchange read for oversight.
    pub fn of(token: &Token) -> Self {
        if token.role.oversees() { Self::Of(vec![OVERSIGHT.to_owned()]) } else { Self::Of(token.purposes.clone()) }
    }

    /// Whether there is none.
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::Of(purposes) if purposes.is_empty())
    }

    /// One of them alone; `None` if it is not among them.
    pub fn narrowed(&self, purpose: &str) -> Option<Self> {
        let is_among = match self {
            Self::Every => purpose != OVERSIGHT && protocol::text::is_token(purpose),
            Self::Of(purposes) => purposes.iter().any(|known| known == purpose),
        };
        is_among.then(|| Self::Of(vec![purpose.to_owned()]))
    }

    /// What lists are filtered by; `None` where every purpose is read for.
    pub fn filter(&self) -> Option<Vec<String>> {
        match self {
            Self::Of(purposes) if !purposes.iter().any(|purpose| purpose == OVERSIGHT) => Some(purposes.clone()),
            Self::Every | Self::Of(_) => None,
        }
    }

    /// Whether what was supplied for this purpose may be read; empty for what this agency wrote itself.
    pub fn include(&self, supplied: &str) -> bool {
        supplied.is_empty()
            || match self {
                Self::Every => true,
                Self::Of(purposes) => purposes.iter().any(|purpose| policy::may_read_for(purpose, supplied)),
            }
    }

    /// The purposes with which a record is decided, the one that it was supplied for first: then the reason of a refusal
    /// is not a purpose that fits as well.
    pub fn to_try<'a>(&'a self, supplied: &'a str) -> Vec<&'a str> {
        match self {
            Self::Every => vec![supplied],
            Self::Of(purposes) => {
                let mut purposes: Vec<&str> = purposes.iter().map(String::as_str).collect();
                purposes.sort_by_key(|purpose| *purpose != supplied);
                purposes
            }
        }
    }

    /// As the audit log says it.
    pub fn why(&self) -> String {
        match self {
            Self::Every => "every purpose: no token was issued yet".to_owned(),
            Self::Of(purposes) if purposes.is_empty() => "none stated".to_owned(),
            Self::Of(purposes) => purposes.join(", "),
        }
    }
}

/// Those purposes that no clause of an agreement in force has, so that nothing is ever read for them. While no agreement is in force
/// there is nothing to compare with.
pub fn without_clause(purposes: &[String], channels: &Channels) -> Vec<String> {
    let channels: Vec<_> = channels.list().iter().map(|handle| handle.value()).collect();
    let has_clause = |purpose: &String| {
        channels.iter().filter_map(|channel| channel.version(&channel.in_force())).any(|version| {
            let mut clauses = version.agreement.clauses.iter();
            clauses.any(|clause| policy::may_read_for(purpose, &clause.purpose))
        })
    };
    purposes.iter().filter(|purpose| !channels.is_empty() && !has_clause(purpose)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(purposes: &[&str]) -> Purposes {
        Purposes::Of(purposes.iter().map(|purpose| (*purpose).to_owned()).collect())
    }

    // spec: USE-2, USE-3
    #[test]
    fn purposes_are_only_ever_narrowed() {
        let two = of(&["border_control", "training"]);
        assert_eq!(two.narrowed("training"), Some(of(&["training"])));
        assert_eq!(two.narrowed("forensic"), None);
        assert_eq!(two.narrowed(OVERSIGHT), None);
        assert_eq!(Purposes::Every.narrowed("forensic"), Some(of(&["forensic"])));
        assert_eq!(Purposes::Every.narrowed(OVERSIGHT), None, "nobody oversees by saying so");
        assert_eq!(Purposes::Every.narrowed("a, b"), None);
        assert_eq!(Purposes::NONE.narrowed(""), None);
    }

    // spec: USE-3
    #[test]
    fn what_lists_are_filtered_by_is_what_may_be_read() {
        for purposes in [Purposes::Every, of(&[OVERSIGHT]), of(&["border_control"]), Purposes::NONE] {
            for supplied in ["", "border_control", "training", "?"] {
                let passes = purposes
                    .filter()
                    .is_none_or(|filter| supplied.is_empty() || filter.iter().any(|purpose| purpose == supplied));
                assert_eq!(purposes.include(supplied), passes, "{purposes:?} {supplied:?}");
            }
        }
        assert_eq!(of(&["a", "b"]).to_try("b"), ["b", "a"]);
    }
}
