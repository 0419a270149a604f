//! An agreement's life by commands: amended, suspended, killed and started again, resumed.

use serde_json::Value;

use crate::{
    program::{DONE, Done, REFUSED},
    two::{Agency, Two, body},
};

/// A command of `mithaq agreement` in the folder of an agency, with JSON.
fn agreement(two: &Two, agency: &Agency, command: &str, rest: &[&str]) -> Done {
    let dir = agency.dir.to_str().unwrap();
    two.desk.run(&[&["agreement", command, dir], rest, &["--json"]].concat())
}

fn done(two: &Two, agency: &Agency, command: &str, rest: &[&str]) -> Value {
    let done = agreement(two, agency, command, rest);
    assert_eq!(done.code, DONE, "{command}: {}{}", done.out, done.err);
    done.json()
}

// spec: LIFE-2, LIFE-3, LIFE-6, LIFE-7
#[test]
fn an_amendment_and_a_suspension_survive_power_cuts() {
    let mut two = Two::start();
    let text = include_str!("../../../doors/tests/it/agreement.toml");
    let text = text.replace("AGENCY-A", &two.a.id).replace("AGENCY-B", &two.b.id);
    two.desk.write("amended.toml", &text.replace("\"correspondence.file/1\"", "\"register.readout/1\""));
    let amended = done(&two, &two.a, "amend", &[&two.channel, "amended.toml"]);
    let second = amended["agreement"].as_str().unwrap().to_owned();
    for agency in [&two.a, &two.b] {
        done(&two, agency, "sign", &[&second]);
        done(&two, agency, "offer", &[&second]);
    }
    for agency in [&two.a, &two.b] {
        agency.until(|agency| agency.channel_of(&two.channel)["agreement"] == second.as_str());
    }
    assert_eq!(done(&two, &two.b, "show", &[&two.channel])["state"], "amended");
    let suspended = done(&two, &two.b, "suspend", &[&two.channel[..12]]);
    assert_eq!(suspended["state"], "suspended", "{suspended}");
    two.a.until(|_| done(&two, &two.a, "show", &[&second])["state"] == "suspended");
    two.a.kill();
    two.b.kill();
    two.a.start();
    two.b.start();
    for agency in [&two.a, &two.b] {
        agency.until(|agency| agency.channel_of(&two.channel)["state"] == "open");
        let shown = done(&two, agency, "show", &[&second]);
        assert_eq!((&shown["state"], &shown["version"]), (&"suspended".into(), &2.into()), "{shown}");
    }
    let refused = agreement(&two, &two.a, "resume", &[&two.channel]);
    assert_ne!(refused.code, DONE, "nobody resumes for another: {}", refused.out);

    two.desk.write("note.json", &body("made up"));
    let record = ["--channel", &two.channel, "--clause", "notes", "--kind", "correspondence.note/1", "note.json"];
    let tried = agreement(&two, &two.b, "try", &record);
    assert_eq!(tried.code, REFUSED, "{}{}", tried.out, tried.err);
    done(&two, &two.b, "resume", &[&two.channel]);
    let tried = done(&two, &two.b, "try", &record);
    assert_eq!((&tried["state"], &tried["version"]), (&"would_be_recorded".into(), &2.into()), "{tried}");
    assert!(two.b.records("out").is_empty(), "trying sends nothing");
    let sent = two.b.submit(&two.note("after all"), "wait=delivered&timeout_s=20");
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let plain = two.desk.run(&["agreement", "show", two.b.dir.to_str().unwrap(), &second]);
    assert!(plain.out.contains("in force") && plain.out.contains("version 2 from entry"), "{}", plain.out);
    two.settle();
    two.check();
}
