use crate::kinds::{Record, find};
use crate::tests::header_for;

use super::File;

// spec: KIND-21
#[test]
fn files_come_with_at_least_one_attachment() {
    let kind = find(File::NAME).unwrap();
    let mut header = header_for(File::NAME);
    assert_eq!(kind.check(&header, kind.example.as_bytes()).unwrap().title, "Course catalogue 2026");
    header.attachments.clear();
    let error = kind.check(&header, kind.example.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "header.attachments must name at least one file");
}
