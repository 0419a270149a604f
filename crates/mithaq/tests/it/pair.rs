//! First contact: from two empty folders to a delivered record.

use serde_json::Value;

use crate::{
    program::{DOES_NOT_VERIFY, DONE, Desk, Serving, USAGE},
    two::free_place,
};

const READOUT: &str = include_str!("../../../desks/src/register/readout/testdata/example.json");

/// Two nodes that know nothing of each other.
struct Strangers {
    desk: Desk,
    addresses: [String; 2],
    fingerprints: [String; 2],
    agencies: [String; 2],
    _serving: [Serving; 2],
}

impl Strangers {
    fn start() -> Self {
        let desk = Desk::new();
        desk.write("readout.json", READOUT);
        assert_eq!(desk.run(&["auditor", "new", "aud.key", "PASS"]).code, DONE);
        let made = ["a", "b"].map(|name| Self::init(&desk, name));
        let serving = ["a", "b"].map(|name| desk.serve(name));
        let [(address_a, a), (address_b, b)] = made;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        Self {
            addresses: [address_a, address_b],
            fingerprints: [text(&a, "fingerprint"), text(&b, "fingerprint")],
            agencies: [text(&a, "agency"), text(&b, "agency")],
            desk,
            _serving: serving,
        }
    }

    fn init(desk: &Desk, name: &str) -> (String, Value) {
        let free = free_place();
        let (country, names) = (format!("XA{}", name.to_uppercase()), format!("en=Police of {name}"));
        let peer = free.to_string();
        let done = desk.run(&[
            "init",
            name,
            "--name",
            &names,
            "--country",
            &country,
            "--body",
            "police",
            "--api",
            "127.0.0.1:0",
            "--peer",
            &peer,
            "--json",
            "PASS",
        ]);
        assert_eq!(done.code, DONE, "{}", done.err);
        (format!("https://{free}"), done.json())
    }

    fn agreements(&self, name: &str) -> Vec<Value> {
        self.desk.run(&["agreement", "list", name, "--json"]).json()["agreements"].as_array().unwrap().clone()
    }

    fn trusts(&self, name: &str) -> bool {
        let peers = self.desk.run(&["peer", "list", name, "--json"]).json();
        peers["peers"].as_array().unwrap().iter().any(|peer| peer["trusted"] == true)
    }
}

#[test]
fn two_strangers_get_from_empty_folders_to_a_delivered_record_in_eight_commands() {
    // Three of the eight: the auditor's key and two folders; two more serve.
    let meeting = Strangers::start();
    let [to_a, to_b] = &meeting.addresses;
    let [of_a, of_b] = &meeting.fingerprints;
    // Both at once, as people do it: each waits for what the other does.
    std::thread::scope(|scope| {
        let a = scope.spawn(|| {
            let propose =
                ["pair", "a", to_b, "--fingerprint", of_b, "--template", "--auditor", "aud.key.pub", "--timeout", "60"];
            meeting.desk.run(&propose)
        });
        let b = scope.spawn(|| {
            let sign = [
                "pair",
                "b",
                to_a,
                "--fingerprint",
                of_a,
                "--sign",
                "--auditor",
                "aud.key.pub",
                "--timeout",
                "60",
                "--json",
            ];
            meeting.desk.run(&sign)
        });
        let (a, b) = (a.join().unwrap(), b.join().unwrap());
        assert_eq!((a.code, b.code), (DONE, DONE), "{}{}{}{}", a.out, a.err, b.out, b.err);
        assert!(a.out.contains("The channel with Police of b is open"), "{}", a.out);
        assert_eq!((&b.json()["state"], &b.json()["partner"]), (&"open".into(), &meeting.agencies[0].as_str().into()));
    });
    let send = ["send", "a", "--clause", "c1", "--kind", "register.readout/1", "readout.json", "--wait", "delivered"];
    let sent = meeting.desk.run(&send);
    assert_eq!(sent.code, DONE, "{}", sent.err);
    assert!(sent.out.starts_with("delivered "), "{}", sent.out);

    // Once more changes nothing, and proposes nothing.
    let again = meeting.desk.run(&["pair", "a", to_b, "--json", "--timeout", "20"]);
    assert_eq!((again.code, &again.json()["state"]), (DONE, &"open".into()), "{}", again.err);
    assert_eq!(meeting.agreements("a").len(), 1);
}

#[test]
fn nothing_is_confirmed_or_signed_that_no_person_confirmed() {
    let meeting = &Strangers::start();
    let [to_a, to_b] = &meeting.addresses;
    let [of_a, of_b] = &meeting.fingerprints;

    // Somebody else's fingerprint, typed or scanned.
    let wrong = meeting.desk.run(&["pair", "a", to_b, "--fingerprint", of_a, "--template", "--timeout", "20"]);
    assert_eq!(wrong.code, DOES_NOT_VERIFY, "{}", wrong.err);
    let scanned = format!("mithaq:{}?at={to_b}", meeting.agencies[0]);
    let wrong = meeting.desk.run(&["pair", "a", &scanned, "--template", "--timeout", "20"]);
    assert_eq!(wrong.code, DOES_NOT_VERIFY, "{}", wrong.err);
    // Nobody is there to say what was heard.
    let nobody = meeting.desk.run(&["pair", "a", to_b, "--template", "--timeout", "20"]);
    assert_eq!(nobody.code, USAGE, "{}", nobody.err);
    assert!(nobody.err.contains("--fingerprint"), "{}", nobody.err);
    assert!(!meeting.trusts("a") && meeting.agreements("a").is_empty());

    // What a partner proposes waits for somebody who reads it, and the command says how that is done.
    let qr = format!("mithaq:{}?at={to_a}", meeting.agencies[0]);
    std::thread::scope(|scope| {
        let propose = ["pair", "a", to_b, "--fingerprint", of_b, "--template", "--timeout", "8"];
        let a = scope.spawn(move || meeting.desk.run(&propose));
        let b = meeting.desk.run(&["pair", "b", &qr, "--timeout", "60"]);
        assert_eq!(b.code, USAGE, "{}", b.err);
        assert!(b.out.contains("Arrangement on readouts"), "{}", b.out);
        assert!(b.err.contains("agreement sign b ") && b.err.contains("--offer"), "{}", b.err);
        let offered = meeting.agreements("b");
        assert_eq!(offered[0]["missing"], serde_json::json!([meeting.agencies[1]]));
        let a = a.join().unwrap();
        assert_eq!(a.code, 5, "{}", a.err);
        assert!(a.err.contains("the other side did not sign within 8 s"), "{}", a.err);
        let hash = offered[0]["agreement"].as_str().unwrap();
        assert_eq!(meeting.desk.run(&["agreement", "sign", "b", &hash[..6], "--offer"]).code, DONE);
    });
    assert_eq!(meeting.agreements("a")[0]["in_force"], true);
}

#[test]
fn a_draft_that_is_likely_not_meant_says_so() {
    let meeting = Strangers::start();
    let [_, to_b] = &meeting.addresses;
    let template = meeting.desk.run(&["agreement", "template", "--us", "XAA", "--with", "XAB"]);
    assert_eq!(template.code, DONE);
    let draft: String = template.out.lines().map(|line| format!("{line}\n")).collect();
    let odd = draft.replace("\"register.readout/1\"", "\"register.readout/9\"");
    let until = odd.lines().find(|line| line.starts_with("valid_until")).unwrap().to_owned();
    let from = odd.lines().find(|line| line.starts_with("valid_from")).unwrap().to_owned();
    let odd = odd.replace(&until, "valid_until = 2026-01-31").replace(&from, "valid_from = 2026-01-01");
    meeting.desk.write("odd.toml", &odd);
    let fetched = meeting.desk.run(&["peer", "add", "a", "--address", to_b, "--fingerprint", &meeting.fingerprints[1]]);
    assert_eq!(fetched.code, DONE, "{}", fetched.err);
    let drafted = meeting.desk.run(&["agreement", "draft", "a", "odd.toml", "--json"]);
    assert_eq!(drafted.code, DONE, "{}", drafted.err);
    let warnings: Vec<String> = drafted.json()["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| format!("{}: {}", warning["field"].as_str().unwrap(), warning["message"].as_str().unwrap()))
        .collect();
    assert!(warnings[0].starts_with("valid_until: Its last day, 2026-01-31, is over"), "{warnings:?}");
    assert!(warnings[1].starts_with("clauses[0].kinds: Clause c1 lists"), "{warnings:?}");
}
