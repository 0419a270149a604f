//! A node's folder: init, card, officers, peers, one writer.

use std::os::unix::fs::PermissionsExt;

use crate::program::{DOES_NOT_VERIFY, DONE, Desk, IN_USE, NOT_FOUND, USAGE};

#[test]
fn an_agency_is_made_once_and_shows_its_card() {
    let desk = Desk::new();
    let made = desk.init("a");
    assert_eq!(made.code, DONE);
    let made = made.json();
    assert_eq!(made["addresses"][0], "https://node.example:8443");
    assert_eq!(desk.init("a").code, USAGE, "a folder that is a node already");

    let shown = desk.run(&["card", "show", "a", "PASS", "--json"]).json();
    assert_eq!(shown["agency"], made["agency"]);
    assert_eq!(shown["card"]["names"]["ar"], "شرطة مثاليا");
    let digits = desk.run(&["card", "fingerprint", "a", "PASS"]);
    let printed: Vec<&str> = digits.out.split_whitespace().filter(is_group).collect();
    assert_eq!(printed.join(" "), made["fingerprint"].as_str().unwrap());
    assert!(digits.out.contains('█'), "the QR code");

    assert_eq!(desk.run(&["card", "export", "a", "a.card", "PASS"]).code, DONE);
    assert_eq!(desk.run(&["card", "export", "a", "a.card", "PASS"]).code, USAGE, "no file is replaced");
}

#[test]
fn a_peer_is_trusted_by_its_fingerprint_only() {
    let desk = Desk::with_node();
    let theirs = desk.init("b").json();
    let fingerprint = theirs["fingerprint"].as_str().unwrap();
    assert_eq!(desk.run(&["card", "export", "b", "b.card", "PASS"]).code, DONE);
    assert_eq!(desk.run(&["peer", "add", "a", "b.card", "PASS", "--json"]).json()["trusted"], false);
    let wrong = fingerprint.replace('1', "2");
    let refused = desk.run(&["peer", "add", "a", "b.card", "PASS", "--fingerprint", &wrong]);
    assert_eq!(refused.code, DOES_NOT_VERIFY, "{}", refused.err);
    assert_eq!(desk.run(&["peer", "add", "a", "b.card", "PASS", "--fingerprint", "123"]).code, USAGE);
    let trusted = desk.run(&["peer", "add", "a", "b.card", "PASS", "--fingerprint", fingerprint, "--json"]);
    assert_eq!(trusted.json()["trusted"], true);
    assert_eq!(desk.run(&["peer", "list", "a", "PASS", "--json"]).json()["peers"][0]["agency"], theirs["agency"]);
}

#[test]
fn an_officers_key_is_sealed_unless_told_otherwise() {
    let desk = Desk::new();
    let sealed = desk.run(&["officer", "new", "sealed.key", "PASS", "--json"]);
    assert_eq!((sealed.code, &sealed.json()["sealed"]), (DONE, &true.into()));
    let file = std::fs::read_to_string(desk.path("sealed.key")).unwrap();
    assert!(file.contains("\"sealed\"") && !file.contains("\"seed\": \"\""));
    assert_eq!(std::fs::metadata(desk.path("sealed.key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(desk.run(&["officer", "new", "open.key", "--unsealed"]).code, DONE);
    assert_eq!(desk.run(&["officer", "new", "open.key", "--unsealed"]).code, USAGE, "no key is replaced");
    assert_eq!(desk.run(&["officer", "new", "other.key"]).code, USAGE, "nobody is there to be asked");
}

#[test]
fn a_passphrase_is_changed_and_a_file_that_others_can_read_is_refused() {
    let desk = Desk::with_node();
    desk.write("new", "another four quiet words\n");
    desk.write("short", "short\n");
    let change = |old: &str, new: &str| {
        let options = ["--passphrase-file", old, "--new-passphrase-file", new];
        desk.run(&[&["key", "passphrase", "a"][..], &options].concat()).code
    };
    assert_eq!(change("wrong", "new"), DOES_NOT_VERIFY);
    assert_eq!(change("passphrase", "short"), USAGE);
    assert_eq!(desk.run(&["card", "show", "a", "PASS"]).code, DONE, "nothing has changed");
    assert_eq!(change("passphrase", "new"), DONE);
    assert_eq!(desk.run(&["card", "show", "a", "PASS"]).code, DOES_NOT_VERIFY);
    assert_eq!(desk.run(&["card", "show", "a", "--passphrase-file", "new"]).code, DONE);
    // The next keys have their own, and sign the next card with it.
    let next = ["key", "passphrase", "--file", "a/next-keys.sealed", "PASS", "--new-passphrase-file", "wrong"];
    assert_eq!(desk.run(&next).code, DONE);
    let rotate = ["card", "rotate", "a", "--next-keys", "a/next-keys.sealed", "--passphrase-file", "new"];
    assert_eq!(desk.run(&rotate).code, DOES_NOT_VERIFY);
    let rotated = desk.run(&[&rotate[..], &["--next-passphrase-file", "wrong"]].concat());
    assert_eq!(rotated.code, DONE, "{}{}", rotated.out, rotated.err);
    let following = ["key", "passphrase", "--file", "a/next-keys-for-card-3.sealed", "--new-passphrase-file", "new"];
    assert_eq!(desk.run(&[&following[..], &["--passphrase-file", "new"]].concat()).code, DOES_NOT_VERIFY);
    assert_eq!(desk.run(&[&following[..], &["--passphrase-file", "wrong"]].concat()).code, DONE);

    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(desk.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let opens = || desk.run(&["card", "show", "a", "--passphrase-file", "new"]).code;
    for (folder, file, code) in [(0o755, 0o644, USAGE), (0o700, 0o644, DONE), (0o755, 0o640, DONE)] {
        mode("", folder);
        mode("new", file);
        assert_eq!(opens(), code, "{folder:o} {file:o}");
    }
    mode("new", 0o600);
    mode("a", 0o755);
    mode("a/keys.sealed", 0o644);
    assert_ne!(opens(), DONE, "the keys themselves");
}

#[test]
fn a_node_leaves_no_core_and_opens_many_files() {
    let desk = Desk::with_node();
    let serving = desk.serve("a");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.pid())).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit("Max core file size")[..2], ["0", "0"]);
    let files = limit("Max open files");
    assert_eq!(files[0], files[1], "as many as the system lets it");
}

#[test]
fn a_wrong_passphrase_does_not_verify() {
    let desk = Desk::with_node();
    let refused = desk.run(&["card", "show", "a", "--passphrase-file", "wrong", "--json"]);
    assert_eq!((refused.code, refused.error().0.as_str()), (DOES_NOT_VERIFY, "not_verified"));
    assert_eq!(desk.run(&["card", "show", "a", "--passphrase-file", "none"]).code, NOT_FOUND);
    assert_eq!(desk.run(&["card", "show", "nowhere", "PASS"]).code, NOT_FOUND);
}

#[test]
fn an_unknown_field_of_the_configuration_is_named() {
    let desk = Desk::with_node();
    let file = desk.path("a/node.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("colour = \"red\"\n{text}")).unwrap();
    let refused = desk.run(&["check", "a", "PASS"]);
    assert_eq!(refused.code, USAGE);
    assert!(refused.err.contains("colour") && refused.err.contains("line 1"), "{}", refused.err);
}

#[test]
fn a_running_node_is_used_and_a_second_writer_refused() {
    let desk = Desk::with_node();
    let serving = desk.serve("a");
    // No passphrase: the command goes through the socket.
    let status = desk.run(&["check", "a", "--json"]);
    assert_eq!((status.code, &status.json()["ok"]), (DONE, &true.into()), "{}", status.err);
    let second = desk.run(&["serve", "a", "PASS"]);
    assert_eq!(second.code, IN_USE, "{}", second.err);
    assert_eq!(serving.terminate(), Some(DONE), "stops cleanly");
    assert_eq!(desk.run(&["check", "a", "PASS"]).code, DONE, "the lock is free again");
}

#[test]
fn a_draft_with_a_mistake_is_refused_with_line_and_field() {
    let desk = Desk::with_node();
    desk.write("draft.toml", "[agreement]\ntitle.en = \"x\"\ncolour = \"red\"\n");
    let refused = desk.run(&["agreement", "draft", "a", "draft.toml", "PASS", "--json"]);
    assert_eq!(refused.code, USAGE);
    let (_, message) = refused.error();
    assert!(message.contains("draft.toml") && message.contains("line 3"), "{message}");
    assert_eq!(desk.run(&["agreement", "draft", "a", "none.toml", "PASS"]).code, NOT_FOUND);
    assert_eq!(desk.run(&["agreement", "sign", "a", "00", "PASS"]).code, NOT_FOUND);
}

fn is_group(word: &&str) -> bool {
    word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit())
}
