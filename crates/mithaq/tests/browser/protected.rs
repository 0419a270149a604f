//! A request about somebody who is protected from the state that asks.

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

const TITLE: &str = "A person who left (made up)";

#[test]
fn what_a_feared_state_asks_lies_with_the_protection_officer_and_nobody_else_finds_it() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let is_shown = |who: Who, path: &str| {
        browser.open(&demo.page(who, path));
        browser.run("return document.body.innerText").as_str().unwrap().contains(TITLE)
    };
    for who in [Who::AuthorB, Who::ReleaserB] {
        browser.enter(demo.link(who));
        for path in ["/inbox?view=all", "/requests?view=all", "/search?q=left", "/inbox?view=news"] {
            assert!(!is_shown(who, path), "{path}");
        }
        // What is counted is what is listed.
        browser.open(&demo.page(who, "/inbox?view=ours"));
        let listed = browser.count("[data-row]");
        let counted = browser.run("return document.querySelector('.stat.g b').innerText");
        assert_eq!(counted.as_str().unwrap(), listed.to_string());
    }
    browser.enter(demo.link(Who::ProtectionB));
    assert!(is_shown(Who::ProtectionB, "/protection"));
    browser.click(".subj a");
    browser.until("location.pathname.startsWith('/protection/held/')");
    browser.until("document.body.innerText.includes('Nobody Sheltered')");
    // Who asked is told nothing of it: there it is a request like any other, which waits for its answer.
    let threads = demo.run(&["threads", "list", demo.node("XAC").to_str().unwrap(), "--json"]);
    assert!(threads.contains("\"delivered\"") && !threads.contains("protect"), "{threads}");
}
