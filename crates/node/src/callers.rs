//! Who asks: roles, scopes and the one table between them; tokens, their purposes, and the caller of a request.
//!
//! A route names the scope that it needs, a token names the role that it was given to, and [`scope::TABLE`] says which
//! roles have a scope. Nothing else decides.

pub mod accounts;
pub mod administrators;
pub mod caller;
pub mod passkeys;
pub mod purposes;
pub mod scope;
pub mod sessions;
pub mod tokens;

pub use administrators::Administrators;
pub use caller::{Caller, Door, is_set_up};
pub use desks::{ROLES, Role};
pub use scope::Scope;
