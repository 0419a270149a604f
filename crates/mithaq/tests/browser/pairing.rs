//! Two agencies meet at a browser: a card is pasted, and trusted once its digits are typed as they were read out.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// A third agency: its card as a file holds it, and its fingerprint.
fn third(demo: &Demo) -> (String, String) {
    let folder = demo.node("XAD");
    let passphrase = demo.node("XAA.passphrase");
    let (dir, secret) = (folder.to_str().unwrap(), passphrase.to_str().unwrap());
    let made = demo.run(&[
        "init",
        dir,
        "--name",
        "en=Fourth agency (made up)",
        "--country",
        "XAD",
        "--body",
        "police",
        "--peer",
        "127.0.0.1:9",
        "--api",
        "127.0.0.1:0",
        "--passphrase-file",
        secret,
        "--json",
    ]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let card = demo.node("XAD.card");
    demo.run(&["card", "export", dir, card.to_str().unwrap(), "--passphrase-file", secret]);
    (std::fs::read_to_string(card).unwrap(), made["fingerprint"].as_str().unwrap().to_owned())
}

/// The digits as an Arabic keyboard types them.
fn in_arabic(digits: &str) -> String {
    let digit = |c: char| c.to_digit(10).map_or(c, |value| char::from_u32(0x660 + value).unwrap());
    digits.chars().map(digit).collect()
}

#[test]
fn a_partner_is_trusted_by_typing_its_digits_and_by_no_others() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let (card, digits) = third(&demo);
    let link = demo.visitor("Administrator (made up)", "node_admin");
    let (origin, _) = link.split_once("/visit").unwrap();
    browser.enter(&link);
    browser.open(&format!("{origin}/partners"));
    assert_eq!(browser.count(".groups li"), 12);
    assert_eq!(browser.count("svg.qr path"), 1);
    browser.click("a[href='/partners/new']");
    browser.run(&format!("document.getElementById('card').value = {}", json!(card)));
    browser.click("form[action='/partners/paste'] button");
    browser.until("/^.partners.[0-9a-f]{64}$/.test(location.pathname)");
    let partner = browser.path();
    let shown = browser.text("main");
    assert!(shown.contains("Fourth agency (made up)") && shown.contains("https://127.0.0.1:9"), "{shown}");
    assert!(!shown.contains(&digits[..11]), "theirs are heard, not read: {shown}");

    let mut groups: Vec<&str> = digits.split(' ').collect();
    let wrong = if groups[4] == "00000" { "00001" } else { "00000" };
    let right = std::mem::replace(&mut groups[4], wrong);
    let own = browser.run("return [...document.querySelectorAll('.groups li')].map((li) => li.innerText).join(' ')");
    for (typed, said) in [
        (groups.join(" "), "group 5"),
        (own.as_str().unwrap().to_owned(), "another agency"),
        ("12345".to_owned(), "60 digits"),
    ] {
        browser.fill("fingerprint", &typed);
        browser.click("form[action$='/trust'] button");
        browser.until("document.querySelector('#problem')");
        let problem = browser.text("#problem");
        assert!(problem.contains(said), "{typed}: {problem}");
        assert!(browser.text(".head").contains("Not confirmed"));
        assert!(!browser.text("main").contains(right), "what was misheard is not told");
    }
    browser.fill("fingerprint", &in_arabic(&digits));
    browser.click_twice("form[action$='/trust'] button");
    browser.until("document.querySelector('.head .tag.green')");
    assert!(browser.text("main").contains(&digits[..5]), "now they are shown");
    browser.check_console(&[]);

    // What is no card is refused, and so is the own one.
    browser.open(&format!("{origin}/partners/new"));
    browser.fill("card", "{}");
    browser.click("form[action='/partners/paste'] button");
    browser.until("location.pathname !== '/partners/new' && document.querySelector('main h1')");
    browser.check_console(&["400", "422"]);

    // Nobody but an administrator meets anybody.
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, "/partners"));
    assert_eq!(browser.count("a[href='/partners/new']"), 0);
    browser.open(&demo.page(Who::AuthorA, &partner));
    assert_eq!(browser.count("form[action$='/trust']"), 0);
    for path in [format!("{partner}/trust"), "/partners/paste".to_owned(), "/partners/fetch".to_owned()] {
        let refused = format!("fetch('{path}', {{method: 'POST', body: new URLSearchParams()}}).then((a) => a.status)");
        assert_eq!(browser.run_slowly(&refused), 403, "{path}");
    }
    browser.open(&demo.page(Who::AuthorA, "/partners/new"));
    assert!(browser.text("main").contains("node_admin"), "{}", browser.text("main"));
    browser.check_console(&["403"]);
}
