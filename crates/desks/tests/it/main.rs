//! The skeleton that `cargo xtask new` writes, compiled and held to what holds for every kind.
//!
//! `training.rs` and `training/` are as the commands of `docs/howto/add-a-record-kind.md` write them; a test of `xtask`
//! compares. What they name as `crate::…` is the crate's own here.

use mithaq_desks::{body, desk, fields, kinds, limits, roles, shape};
use protocol::header::Header;

mod training;

#[test]
fn a_new_kind_keeps_what_every_kind_keeps() {
    let desk = training::DESK;
    assert_eq!((desk.name, desk.kinds.len()), ("training", 1));
    for kind in desk.kinds {
        let header = Header::parse(kind.header.as_bytes()).unwrap();
        assert_eq!((kind.desk(), header.kind.as_str()), (desk.name, kind.name));
        assert!(desk.purposes.contains(&header.purpose.as_deref().unwrap()));
        assert_eq!(kind.agreement(), Ok(()));
        assert!(!kind.check(&header, kind.example.as_bytes()).unwrap().title.is_empty());
    }
    assert!(matches!(desk.compartment, desk::Compartment::Closed([roles::Role::Auditor])), "closed by default");
}
