//! A node moves: a new address and a new TLS key, told by commands alone.

use serde_json::Value;

use crate::{
    program::{DOES_NOT_VERIFY, DONE, FAULT_FOUND},
    two::{Agency, Two, free_place},
};

fn doctor(two: &Two, agency: &Agency) -> Value {
    two.desk.run(&["doctor", agency.dir.to_str().unwrap(), "--json"]).json()
}

fn finding(diagnosis: &Value, about: &str) -> Option<Value> {
    diagnosis["findings"].as_array().unwrap().iter().find(|finding| finding["about"] == about).cloned()
}

#[test]
fn a_node_that_moved_is_found_by_its_new_card_and_keeps_its_channels() {
    let mut two = Two::start();
    let (a, b) = (two.a.dir.to_str().unwrap().to_owned(), two.b.dir.to_str().unwrap().to_owned());
    assert_eq!(two.a.submit(&two.note("from the old place"), "wait=delivered")[0]["state"], "delivered");
    assert!(two.desk.run(&["doctor", &a]).out.contains("card 1, its key is let in"));

    // The next keys come back from their offline place.
    std::fs::rename(two.a.dir.join("next-keys.sealed"), two.desk.path("offline.sealed")).unwrap();
    let place = free_place();
    let address = format!("https://{place}");
    let rotate = ["card", "rotate", &a, "--next-keys", "offline.sealed", "--address", &address, "--json"];
    let wrong = two.desk.run(&[&rotate[..], &["--passphrase-file", "wrong"]].concat());
    assert_eq!(wrong.code, DOES_NOT_VERIFY, "{}", wrong.out);
    // A wrong passphrase stops the next try for a while, also the right one.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let rotated = two.desk.run(&[&rotate[..], &["PASS"]].concat());
    assert_eq!(rotated.code, DONE, "{}", rotated.out);
    assert_eq!(rotated.json()["serial"], 2);
    let said = two.desk.run(&["doctor", &a]);
    assert_eq!(said.code, FAULT_FOUND, "{}", said.out);
    assert!(said.out.contains("start the node again"), "{}", said.out);

    two.a.kill();
    let config = two.a.dir.join("node.toml");
    let lines = std::fs::read_to_string(&config).unwrap();
    let moved = lines.lines().map(|line| match line.starts_with("peer_listen") {
        true => format!("peer_listen = \"{place}\"\n"),
        false => format!("{line}\n"),
    });
    std::fs::write(&config, moved.collect::<String>()).unwrap();
    two.a.start();

    // Its partner calls the old place, and does not let the new key in. The doctors say what to do.
    two.b.submit(&two.note("to the new place"), "wait=recorded");
    two.b.until(|_| finding(&doctor(&two, &two.b), "link").is_some());
    let link = finding(&doctor(&two, &two.b), "link").unwrap();
    assert!(link["advice"].as_str().unwrap().contains("mithaq peer add DIR --address"), "{link}");
    two.a.until(|_| {
        let link = finding(&doctor(&two, &two.a), "link");
        link.is_some_and(|link| link["message"].as_str().unwrap().contains("newest card"))
    });
    let said = two.desk.run(&["doctor", &b]);
    assert!(
        said.out.contains("link          broken since") && said.out.contains("entries not receipted"),
        "{}",
        said.out
    );

    // The new card is served to whoever asks, without a pin; its trust comes with the old one.
    let added = two.desk.run(&["peer", "add", &b, "--address", &address, "--json"]);
    assert_eq!(added.code, DONE, "{}{}", added.out, added.err);
    assert_eq!((&added.json()["trusted"], &added.json()["serial"]), (&true.into(), &2.into()), "{}", added.out);
    two.settle();
    assert_eq!(two.a.submit(&two.note("from the new place"), "wait=delivered&timeout_s=30")[0]["state"], "delivered");
    assert_eq!(two.a.records("in").len(), 1);
    let said = two.desk.run(&["doctor", &b]);
    assert!(said.out.contains("card 2, its key is let in") && said.out.contains("queue         empty"), "{}", said.out);

    // Evidence of both places verifies, each by the same fingerprint.
    for record in two.a.records("out") {
        let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
        let name =
            format!("{}/{}/{}/{}/{}", text("channel"), text("party"), record["epoch"], text("lane"), record["index"]);
        let file = format!("{}.mithaq", record["index"]);
        assert_eq!(two.desk.run(&["evidence", &a, &name, "-o", &file]).code, DONE);
        let (a, b) = (two.a.fingerprint(), two.b.fingerprint());
        let facts = two.desk.run(&["verify", &file, "--fingerprint", &a, "--fingerprint", &b, "--json"]);
        assert_eq!((facts.code, &facts.json()["verdict"]), (DONE, &"proven".into()), "{}", facts.out);
    }
    two.check();
}

#[test]
fn the_doctor_says_whose_fingerprint_nobody_compared() {
    let desk = crate::program::Desk::with_node();
    desk.init("b");
    assert_eq!(desk.run(&["card", "export", "b", "b.card", "PASS"]).code, DONE);
    assert_eq!(desk.run(&["peer", "add", "a", "b.card", "PASS"]).code, DONE);
    let found = desk.run(&["doctor", "a", "PASS"]);
    // It does not run, and nobody audits it: that is a fault, and nothing is said of links.
    assert_eq!(found.code, FAULT_FOUND, "{}", found.err);
    for said in ["this node does not run", "mithaq serve", "mithaq auditor add", "no other agency", "next-keys.sealed"]
    {
        assert!(found.out.contains(said), "{said}: {}", found.out);
    }
    assert!(!found.out.contains("standin"), "{}", found.out);
    assert!(found.out.contains("warning (pins)") && found.out.contains("--fingerprint"), "{}", found.out);
}
