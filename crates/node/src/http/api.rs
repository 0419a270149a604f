//! The agency's own routes, a file each.

pub mod agreements;
pub mod attachments;
pub mod audit;
pub mod card;
pub mod channels;
pub mod check;
pub mod doctor;
pub mod erase;
pub mod evidence;
pub mod follow;
pub mod health;
pub mod life;
pub mod metrics;
pub mod officers;
pub mod openapi;
pub mod peers;
pub mod records;
pub mod search;
pub mod standin;
pub mod statements;
pub mod status;
pub mod submit;
pub mod threads;
pub mod tokens;
