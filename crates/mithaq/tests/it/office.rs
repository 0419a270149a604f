//! Two officers release one record, each with the own token and the own key file.

use serde_json::Value;

use crate::{
    program::{DONE, Done, REFUSED, USAGE},
    two::Two,
};

const AGREEMENT: &str = include_str!("../../../doors/tests/it/protection.toml");
const REQUEST: &str = include_str!("../../../desks/src/requests/request/testdata/example.json");

fn done(ran: Done) -> Done {
    assert_eq!(ran.code, DONE, "{}{}", ran.out, ran.err);
    ran
}

#[test]
fn a_draft_goes_from_its_author_to_its_releaser_and_out() {
    let two = Two::start_under(|_| AGREEMENT.to_owned());
    let (desk, a) = (&two.desk, two.a.dir.to_str().unwrap());
    let run = |words: &[&str]| desk.run(words);
    desk.write("request.json", REQUEST);
    for (name, office, role) in [("layla", "Desk 7", "case_officer"), ("omar", "Release", "release_authority")] {
        let (key, person) = (format!("{name}.key"), format!("Made-up {name}"));
        done(run(&["officer", "new", &key, "--unsealed"]));
        done(run(&["officer", "enrol", a, "--channel", &two.channel[..6], "--office", office, "--key", &key]));
        let purpose = "identify_person_or_object";
        done(run(&[
            "person",
            "add",
            a,
            "--name",
            &person,
            "--office",
            office,
            "--role",
            role,
            "--purpose",
            purpose,
            "--key",
            &key,
        ]));
        let listed = done(run(&["person", "list", a])).out;
        assert!(listed.contains(&person) && listed.contains(role), "{listed}");
    }
    // Last: with the first token the socket alone reaches no content.
    for (name, role) in [("layla", "case_officer"), ("omar", "release_authority")] {
        let (file, person) = (format!("{name}.token"), format!("Made-up {name}"));
        let made = done(run(&["token", "new", a, &file, "--name", "made up", "--person", &person, "--role", role]));
        assert!(made.out.contains("until"), "{}", made.out);
    }
    let layla = |words: &[&str]| run(&[words, &["--token-file", "layla.token"]].concat());
    let omar = |words: &[&str]| run(&[words, &["--token-file", "omar.token"]].concat());
    let me = done(layla(&["me", a])).out;
    assert!(me.contains("Made-up layla") && me.contains("drafts:write"), "{me}");

    let made: Value =
        done(layla(&["draft", "new", a, "--kind", "requests.request/1", "request.json", "--json"])).json();
    let id = made["id"].as_str().unwrap();
    let shown = done(layla(&["draft", "show", a, id])).out;
    assert!(shown.contains("to XAB") && shown.contains("within a week") && shown.contains("digest "), "{shown}");
    assert!(done(omar(&["pending", a])).out.is_empty());
    // Without a key, with a digest that is not the draft's, and with somebody else's key nothing is handed over.
    assert_eq!(layla(&["draft", "hand-over", a, id]).code, USAGE);
    assert_eq!(layla(&["draft", "hand-over", a, id, "--key", "layla.key", "--digest", "00ff"]).code, USAGE);
    assert_eq!(layla(&["draft", "hand-over", a, id, "--key", "omar.key"]).code, REFUSED);
    done(layla(&["draft", "hand-over", a, id, "--key", "layla.key", "--to-office", "Release"]));

    assert!(done(omar(&["pending", a])).out.contains(id));
    assert_eq!(layla(&["draft", "send", a, id]).code, REFUSED);
    done(omar(&["draft", "return", a, id, "Made up: which year?"]));
    assert!(done(layla(&["draft", "show", a, id])).out.contains("which year?"));
    done(layla(&["draft", "save", a, id, "--revision", "3", "--kind", "requests.request/1", "request.json"]));
    assert_ne!(
        layla(&["draft", "save", a, id, "--revision", "3", "--kind", "requests.request/1", "request.json"]).code,
        DONE
    );
    done(layla(&["draft", "hand-over", a, id, "--key", "layla.key"]));
    let released: Value = done(omar(&["draft", "release", a, id, "--key", "omar.key", "--json"])).json();
    assert_eq!(released["state"], "sent", "{released}");
    assert!(done(omar(&["pending", a])).out.is_empty());
    let b = two.b.dir.to_str().unwrap();
    two.b.until(|_| run(&["threads", "list", b]).out.contains("delivered"));
}
