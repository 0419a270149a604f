use alloc::{collections::BTreeMap, string::ToString, vec};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    #[serde(default)]
    number: Option<u64>,
    #[serde(default)]
    names: BTreeMap<String, String>,
    #[serde(default)]
    list: Vec<Sample>,
}

fn parse(text: &str) -> Result<Sample, JsonError> {
    parse_strict(text.as_bytes(), 1000, "sample")
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn what_readers_treat_differently_is_refused() {
    // spec: DOC-6
    let cases = [
        (r#"{"number":1,"number":1}"#, "second time"),
        (r#"{"names":{"en":"a","en":"b"}}"#, "second time"),
        (r#"{"names":{"en":"a","\u0065n":"b"}}"#, "second time"),
        (r#"{"number":1.0}"#, "whole"),
        (r#"{"number":1e3}"#, "whole"),
        (r#"{"number":-1}"#, "whole"),
        (r#"{"number":-0}"#, "whole"),
        (r#"{"number":9007199254740992}"#, "whole"),
        (r#"{"number":99999999999999999999}"#, "whole"),
        (r#"{"number":01}"#, "invalid number"),
        (r#"{"other":1}"#, "unknown field `other`"),
        (r#"[1]"#, "invalid type"),
        (r#"{"list":[[1]]}"#, "invalid type"),
        (r#"{"number":1} x"#, "trailing"),
        (r#"{"number":1}{}"#, "trailing"),
        (r#"{"number":1,}"#, "trailing comma"),
        ("{\"names\":{\"en\":\"a\nb\"}}", "control character"),
        (r#"{"names":{"en":"\ud800"}}"#, "hex escape"),
        ("\u{feff}{}", "expected value"),
        ("", "EOF"),
    ];
    for (text, reason) in cases {
        assert!(refusal(text).contains(reason), "{text}: {}", refusal(text));
    }
    assert!(parse_strict::<Sample>(b"{\"names\":{\"en\":\"\xff\"}}", 1000, "sample").is_err());
    assert_eq!(parse(r#" { "number" : 9007199254740991 } "#).unwrap().number, Some(9_007_199_254_740_991));
}

#[test]
fn depth_size_and_members_are_limited() {
    // spec: DOC-6
    let nested = |depth: usize| ["{\"list\":[".repeat(depth / 2), "]}".repeat(depth / 2)].concat();
    assert!(parse(&nested(8)).is_ok());
    assert!(refusal(&nested(10)).contains("8 levels"));
    let nine = [r#"{"list":["#.repeat(4), "{".into(), "}".into(), "]}".repeat(4)].concat();
    assert!(refusal(&nine).contains("8 levels"), "{}", refusal(&nine));
    assert!(parse_strict::<Sample>(b"{}", 1, "sample").unwrap_err().problem.contains("more than the 1 allowed"));
    let members: Vec<_> = (0..257).map(|n| alloc::format!("\"{n}\":\"\"")).collect();
    let text = alloc::format!("{{\"names\":{{{}}}}}", members.join(","));
    let error = parse_strict::<Sample>(text.as_bytes(), 10_000, "sample").unwrap_err();
    assert!(error.problem.contains("256 members"), "{error}");
}

#[test]
fn an_error_names_the_field_and_the_place() {
    let error = parse("{\"list\":[{},\n {\"names\":{\"en\":7}}]}").unwrap_err();
    assert_eq!((error.field.as_str(), error.line), ("list[1].names.en", 2));
    let error = parse("{\"list\":[{},\n {\"number\":1.5}]}").unwrap_err();
    assert_eq!((error.field.as_str(), error.line, error.column), ("list[1].number", 2, 12));
    assert!(error.to_string().starts_with("sample, line 2, column 12, field list[1].number: the number 1.5"));
}

#[test]
fn null_is_refused_where_absence_has_one_spelling() {
    let bytes = br#"{"number":null}"#;
    assert_eq!(parse_strict::<Sample>(bytes, 100, "sample").unwrap().number, None);
    assert!(parse_strict_with::<Sample>(bytes, 100, "sample", Nulls::Refused).is_err());
}

#[test]
fn a_canonical_value_has_one_spelling() {
    // spec: DOC-7
    let sample = Sample { number: None, names: [("en".into(), "é\"\n\u{1}".into())].into(), list: vec![] };
    let bytes = encode(&sample);
    assert_eq!(bytes, "{\"number\":null,\"names\":{\"en\":\"é\\\"\\n\\u0001\"},\"list\":[]}".as_bytes());
    assert_eq!(parse_canonical::<Sample>(&bytes, 1000, "sample").unwrap(), sample);
    for other in ["{}", "{\"number\":null,\"names\":{},\"list\":[] }", "{\"names\":{},\"number\":null,\"list\":[]}"] {
        let error = parse_canonical::<Sample>(other.as_bytes(), 1000, "sample").unwrap_err();
        assert!(error.problem.contains("one spelling"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_strict::<Sample>(&bytes, 1000, "sample");
        let _ = parse_strict::<crate::header::Header>(&bytes, 1000, "header");
    }

    #[test]
    fn no_json_like_text_makes_it_panic(text in "[\\[\\]{},:\"\\\\nu0-9.eE a-]{0,80}") {
        let _ = parse_strict::<Sample>(text.as_bytes(), 1000, "sample");
    }

    #[test]
    fn a_second_key_is_refused_wherever_it_stands(key in "[a-z]{1,5}", other in "[A-Z]{0,5}", inside in any::<bool>()) {
        let members = alloc::format!("\"{key}\":\"1\",\"{other}\":\"2\",\"{key}\":\"3\"");
        let text = if inside {
            alloc::format!("{{\"list\":[{{\"names\":{{{members}}}}}]}}")
        } else {
            alloc::format!("{{\"names\":{{{members}}}}}")
        };
        prop_assert!(refusal(&text).contains("second time"));
    }

    #[test]
    fn what_is_written_is_read_back(number in proptest::option::of(0..=crate::limits::JSON_INTEGER_MAX), name in any::<String>()) {
        let sample = Sample { number, names: [(name.clone(), name)].into(), list: vec![] };
        prop_assert_eq!(parse_canonical::<Sample>(&encode(&sample), 100_000, "sample").unwrap(), sample);
    }

    #[test]
    fn too_large_and_broken_numbers_are_refused(number in (crate::limits::JSON_INTEGER_MAX + 1).., fraction in 0u32..1000) {
        let (large, broken) = (alloc::format!("{{\"number\":{number}}}"), alloc::format!("{{\"number\":1.{fraction}}}"));
        prop_assert!(parse(&large).is_err());
        prop_assert!(parse(&broken).is_err());
    }
}
