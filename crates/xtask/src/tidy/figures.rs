//! What ties the node together, as figures that may only fall.

use super::{
    circles,
    code::{after_closing, is_word, tokens},
};
use crate::workspace::SourceFile;

/// Something that is counted in the sources, and how much of it is borne.
pub struct Figure {
    /// What is counted.
    pub about: &'static str,
    /// More than so many fail.
    pub max: usize,
    /// Where each stands: a file, named once for each that it holds.
    pub places: fn(&[SourceFile]) -> Vec<&str>,
}

/// The crates whose modules shall not import each other in circles: the node, and what is split from it.
const CIRCLE_CRATES: &[&str] = &[NODE, DOORS];
/// Modules in a circle can be read, tested and moved only together.
const CIRCLE_MODULES_MAX: usize = 4;
/// HTTP is what the doors speak; a room that knows it can have no other door.
const HTTP_FILES_MAX: usize = 0;
/// Who is given the whole node may touch everything in it.
const NODE_TAKERS_MAX: usize = 0;
/// An answer that is no type can't be shared with who reads it, and nothing holds its description to it.
const UNTYPED_ANSWERS_MAX: usize = 1;
/// The same from the reader's side.
const UNTYPED_READS_MAX: usize = 6;
/// Who reads another language than English gets an error in it only if it is a message of `texts`.
const BARE_ERRORS_MAX: usize = 0;

/// All figures. When one has fallen, its limit follows.
pub const FIGURES: &[Figure] = &[
    Figure { about: "modules in the largest circle of imports", max: CIRCLE_MODULES_MAX, places: circle },
    Figure { about: "files of the node that know HTTP", max: HTTP_FILES_MAX, places: http_files },
    Figure {
        about: "functions of the node outside node.rs and start-up that take a Node",
        max: NODE_TAKERS_MAX,
        places: node_takers,
    },
    Figure { about: "`json!` in the node and its doors", max: UNTYPED_ANSWERS_MAX, places: untyped_answers },
    Figure { about: "`[\"field\"]` in the command line", max: UNTYPED_READS_MAX, places: untyped_reads },
    Figure { about: "errors whose text is in English only", max: BARE_ERRORS_MAX, places: bare_errors },
];

const NODE: &str = "crates/node/src/";
const DOORS: &str = "crates/doors/src/";
const COMMAND_LINE: &str = "crates/mithaq/src/";

fn circle(files: &[SourceFile]) -> Vec<&str> {
    CIRCLE_CRATES.iter().map(|folder| circles::largest(files, folder)).max_by_key(Vec::len).unwrap_or_default()
}

fn http_files(files: &[SourceFile]) -> Vec<&str> {
    let knows =
        |tokens: &[&str]| usize::from(tokens.windows(2).any(|pair| matches!(*pair, ["axum", _] | ["http", "::"])));
    each(files, |path| path.starts_with(NODE), knows)
}

fn node_takers(files: &[SourceFile]) -> Vec<&str> {
    let is_below = |path: &str| path.strip_prefix(NODE).is_some_and(|name| !["node.rs", "init.rs"].contains(&name));
    each(files, is_below, functions_with_node)
}

fn untyped_answers(files: &[SourceFile]) -> Vec<&str> {
    each(
        files,
        |path| path.starts_with(NODE) || path.starts_with(DOORS),
        |tokens| tokens.windows(2).filter(|pair| **pair == ["json", "!"]).count(),
    )
}

fn untyped_reads(files: &[SourceFile]) -> Vec<&str> {
    let reads = |tokens: &[&str]| {
        let is_read = |part: &&[&str]| {
            matches!(**part, [value, "[", field, "]"]
                if field.starts_with('"') && (is_word(value) && value != "in" || matches!(value, ")" | "]" | "?")))
        };
        tokens.windows(4).filter(is_read).count()
    };
    each(files, |path| path.starts_with(COMMAND_LINE), reads)
}

fn bare_errors(files: &[SourceFile]) -> Vec<&str> {
    // The demo speaks English by itself: it is a tale and not an error.
    let is_product = |path: &str| {
        [NODE, DOORS, COMMAND_LINE].iter().any(|folder| path.starts_with(folder)) && !path.contains("/demo/")
    };
    let bare = |tokens: &[&str]| {
        let makes = |at: &usize| match tokens.get(*at..) {
            Some(["Fault" | "Failure", "::", made, "(", rest @ ..]) => {
                let said = match (*made, rest) {
                    ("new", ["Code", "::", _, ",", said @ ..]) => said,
                    ("new", [_, ",", said @ ..]) => said,
                    (_, said) => said,
                };
                said.first().is_some_and(|text| text.starts_with('"') || *text == "format")
            }
            _ => false,
        };
        (0..tokens.len()).filter(makes).count()
    };
    each(files, is_product, bare)
}

/// The path of each file that is chosen, once for each that is counted in its tokens.
fn each(files: &[SourceFile], is_chosen: impl Fn(&str) -> bool, count: impl Fn(&[&str]) -> usize) -> Vec<&str> {
    let chosen = files.iter().filter(|file| file.path.ends_with(".rs") && is_chosen(&file.path));
    chosen.flat_map(|file| std::iter::repeat_n(file.path.as_str(), count(&tokens(&file.text)))).collect()
}

/// How many functions have a parameter of type `Node` or `&Node`.
fn functions_with_node(tokens: &[&str]) -> usize {
    let functions =
        (0..tokens.len()).filter(|at| tokens[*at] == "fn" && tokens.get(at + 1).is_some_and(|name| is_word(name)));
    functions
        .filter(|at| {
            // Bounds such as `F: Fn(u8)` stand between the name and the parameters: brackets there are not theirs.
            let mut open = at + 2;
            let mut angles = 0_usize;
            while let Some(token) = tokens.get(open) {
                match *token {
                    "<" => angles += 1,
                    ">" if tokens[open - 1] != "-" => angles = angles.saturating_sub(1),
                    "(" if angles == 0 => break,
                    _ => {}
                }
                open += 1;
            }
            let parameters = &tokens[open.min(tokens.len())..after_closing(tokens, open)];
            (1..parameters.len().saturating_sub(1)).any(|at| {
                parameters[at] == "Node"
                    && matches!(parameters[at + 1], "," | ")")
                    && (parameters[at - 1] == ":"
                        || parameters[at - 1] == "&"
                        || parameters[at - 1].starts_with('\'') && parameters[at - 2] == "&")
            })
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn http_is_found_outside_its_doors_only() {
        let files = [
            file("crates/doors/src/route.rs", "use axum::Router;"),
            file("crates/node/src/lib.rs", "pub mod http; // axum serves http::Request"),
            file("crates/node/src/a.rs", "use crate::{b, http::route}; use axum::body::Body;"),
            file("crates/node/src/b.rs", "fn f() -> axum::Json { }"),
            file("crates/mithaq/src/a.rs", "use axum::Router;"),
        ];
        assert_eq!(http_files(&files), ["crates/node/src/a.rs", "crates/node/src/b.rs"]);
    }

    #[test]
    fn an_error_in_english_only_is_found_and_a_message_is_none() {
        let text = "Fault::usage(\"no\"); Failure::internal(format!(\"{x}\")); Fault::new(Code::Refused, \"no\");
            Fault::new(code, \"no\"); Fault::usage(say!(\"no\")); Fault::new(code, message);
            Failure::usage(error.to_string()); other::usage(\"no\")";
        let files = [file("crates/node/src/a.rs", text), file("crates/store/src/a.rs", text)];
        assert_eq!(bare_errors(&files).len(), 4);
    }

    #[test]
    fn who_takes_a_node_is_found_wherever_the_parameter_stands() {
        let text = "fn a(node: &Node, x: u8) {} fn b<'a, F: Fn(&u8) -> u8>(f: F, node: &'a Node) {}
            async fn c((node, x): (&Node, u8)) {} fn d(node: Node) -> u8 {}
            fn e(node: &NodeName) -> Node {} fn f(x: Vec<Node>) {} type G = fn(&Node);";
        assert_eq!(functions_with_node(&tokens(text)), 4);
        let files = ["node/src/jobs.rs", "node/src/node.rs", "node/src/init.rs", "doors/src/gate.rs"]
            .map(|path| file(&format!("crates/{path}"), "fn a(node: &Node) {} fn b(node: &Node) {}"));
        assert_eq!(node_takers(&files), ["crates/node/src/jobs.rs"; 2]);
    }

    #[test]
    fn json_without_a_type_is_counted_where_it_is_made_and_read() {
        let files = [
            file(
                "crates/mithaq/src/a.rs",
                r#"f(&v["a"]["b"], g()["c"], ["d"], &["e"]); for x in ["f"] {} v[0]; json!(1);"#,
            ),
            file(
                "crates/node/src/a.rs",
                "json!({}); serde_json::json! {}; #[cfg(test)] mod tests { json!(2); } v[\"a\"]",
            ),
        ];
        assert_eq!(untyped_reads(&files), ["crates/mithaq/src/a.rs"; 3]);
        assert_eq!(untyped_answers(&files), ["crates/node/src/a.rs"; 2]);
    }
}
