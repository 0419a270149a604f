use protocol::header::Header;

use super::Course;
use crate::kinds::Kind;

const KIND: Kind = Kind::of::<Course>();

#[test]
fn the_example_passes_and_an_unknown_language_does_not() {
    let header = Header::parse(KIND.header.as_bytes()).unwrap();
    let check = |body: &str| KIND.check(&header, body.as_bytes()).map_err(|error| error.field);
    assert_eq!(check(KIND.example).unwrap().title, "What it is about");
    assert_eq!(check(&KIND.example.replace("\"en\"", "\"xx\"")).unwrap_err(), "language");
}
