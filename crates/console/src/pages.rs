//! The pages, a file each.

pub mod account;
pub mod administration;
pub mod agreements;
pub mod audit;
pub mod conflict;
pub mod drafts;
pub mod evidence;
pub mod inbox;
pub mod live;
pub mod meeting;
pub mod pairing;
pub mod partners;
pub mod passkeys;
pub mod people;
pub mod protection;
pub mod records;
pub mod register;
pub mod retention;
pub mod reviews;
pub mod search;
pub mod service;
pub mod sign_in;
pub mod threads;
pub mod views;
pub mod write;
