//! Evidence of many records, a file each.

use serde_json::{Value, json};

use crate::{
    fake::{self, Answer},
    program::{DONE, Desk, NOT_FOUND, USAGE},
};

#[test]
fn one_record_without_evidence_does_not_stop_the_others() {
    let desk = Desk::new();
    fake::node(&desk.path("a"), |asked| {
        match asked.contains("/8?") {
        false => Answer { status: 200, content_type: "application/octet-stream", body: format!("of {asked}") },
        true => Answer {
            status: 404,
            content_type: "application/problem+json",
            body: json!({
                "type": "x", "title": "x", "status": 404, "detail": "no such record", "instance": "/", "code": "not_found",
            })
            .to_string(),
        },
    }
    });
    let name = |index: u8| format!("{}/{}/1/main/{index}", "c".repeat(64), "a".repeat(64));
    let names = format!("{}\n{}\n\n{}\n", name(7), name(8), name(9));
    let done = desk.run_with_input(&["evidence", "a", "--from", "-", "--into", "files", "--json"], &names);
    assert_eq!(done.code, NOT_FOUND, "{}{}", done.out, done.err);
    let lines: Vec<Value> = done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["record"].as_str(), lines[1]["record"].as_str()), (Some(&*name(7)), Some(&*name(8))));
    assert_eq!(lines[1]["error"]["code"], "not_found");
    for index in [7, 9] {
        let file =
            std::fs::read_to_string(desk.path(&format!("files/cccccccc-aaaaaaaa-1-main-{index}.mithaq"))).unwrap();
        assert!(file.contains(&format!("/{index}?use=verify")), "{file}");
    }
    assert_eq!(std::fs::read_dir(desk.path("files")).unwrap().count(), 2);

    let again = desk.run(&["evidence", "a", &name(7), "--into", "files"]);
    assert_eq!(again.code, USAGE, "no file is replaced: {}", again.out);
    assert_eq!(desk.run(&["evidence", "a", &name(7), &name(9), "-o", "one"]).code, USAGE);
    assert_eq!(desk.run(&["evidence", "a", &name(9), "-o", "one"]).code, DONE);
    desk.write("wrong", "seven\n");
    let wrong = desk.run(&["evidence", "a", "--from", "wrong", "--into", "files", "--json"]);
    assert_eq!(wrong.code, USAGE);
    assert!(wrong.error().1.starts_with("wrong:1: "), "{}", wrong.out);
}
