//! Send, receive, erase at both ends; then what remains, from either side alone, checked offline.

use serde_json::Value;

use crate::{
    program::{DOES_NOT_VERIFY, DONE, TRUST_NOT_GIVEN, USAGE},
    two::Two,
};

#[test]
fn what_remains_of_an_erased_record_is_proven_offline_in_two_languages() {
    let two = Two::start();
    let sent = two.a.submit(&(two.note("quiet words") + &two.note("other words")), "wait=delivered&timeout_s=30");
    let dirs = [&two.a, &two.b].map(|agency| agency.dir.to_str().unwrap().to_owned());
    let name =
        |sent: &Value| format!("{}/{}/{}", two.channel, sent["ref"]["log"].as_str().unwrap(), sent["ref"]["index"]);
    let [record, other] = [name(&sent[0]), name(&sent[1])];
    let run = |words: &[&str]| two.desk.run(words);
    for (named, file) in [(&record, "before.mithaq"), (&other, "other.mithaq")] {
        let before = run(&["evidence", &dirs[1], named, "-o", file, "--json"]);
        assert_eq!((before.code, &before.json()["content"]), (DONE, &true.into()), "{}", before.err);
    }
    assert_eq!(run(&["erase", &dirs[0], &record, "--yes"]).code, DONE);
    let is_erased = |record: &Value| record["state"] == "erased";
    two.b.until(|b| b.records("in").iter().any(is_erased));
    two.settle();
    let fingerprints = [two.a.fingerprint(), two.b.fingerprint()];
    let trusted = ["--fingerprint", &fingerprints[0], "--fingerprint", &fingerprints[1]];
    let verify = |file: &str, more: &[&str]| run(&[&["verify", file], more].concat());
    for (number, dir) in dirs.iter().enumerate() {
        let file = format!("after-{number}.mithaq");
        let written = run(&["evidence", dir, &record, "-o", &file]);
        assert_eq!(written.code, DONE, "{}", written.err);
        assert!(written.out.contains("the content is gone") && written.out.contains(&file), "{}", written.out);
        let facts = verify(&file, &[&trusted[..], &["--json"]].concat());
        assert_eq!(facts.code, DONE, "{}", facts.err);
        let facts = facts.json();
        assert_eq!((&facts["verdict"], &facts["order"]["party"]), (&"proven".into(), &"XAA".into()), "{facts}");
        assert_eq!((&facts["erased"][0]["party"], &facts["erased"][0]["after_order"]), (&"XAB".into(), &true.into()));
        assert_eq!(facts["times"]["before_by"], "XAB", "{facts}");
        assert_eq!(verify(&file, &["--json"]).code, TRUST_NOT_GIVEN);
        let pages = ["en", "ar"].map(|lang| verify(&file, &[&trusted[..], &["--lang", lang]].concat()).out);
        assert!(
            pages[0].contains("XAA ordered its erasure") && pages[0].contains("XAB had received the order"),
            "{}",
            pages[0]
        );
        assert!(pages[1].contains("بمحوه") && pages[1].contains("لا يحوي الملف أي محتوى"), "{}", pages[1]);
        for page in &pages {
            assert!(!page.contains("correspondence") && !page.contains("quiet"), "{page}");
        }
        // Whoever kept the record can show that it is this entry; another record is not.
        let matching = verify(&file, &[&trusted[..], &["--matches", "before.mithaq", "--json"]].concat());
        assert_eq!((matching.code, &matching.json()["matches"]["kind"]), (DONE, &"correspondence.note/1".into()));
        assert_eq!(verify(&file, &["--matches", "other.mithaq"]).code, DOES_NOT_VERIFY);
        assert_eq!(verify("before.mithaq", &["--matches", "other.mithaq"]).code, USAGE);
        assert_eq!(verify(&file, &["--content", "out.json"]).code, USAGE);
    }
    two.check();
}
