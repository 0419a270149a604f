//! Two administrators decide who is let in, on their pages: one asks, the other confirms, and each has half of what lets somebody in.

use crate::{
    browser::Browser,
    demo::{Demo, Who},
    passkeys::authenticator,
};

/// Under a name of this machine for each, so that one browser is everybody's.
fn page(demo: &Demo, who: &str, path: &str) -> String {
    demo.page_at(Who::AuthorA, &format!("{who}.localhost"), path)
}

/// Adds somebody who administers, lets them register a passkey, and leaves them signed in.
fn administrator(browser: &Browser, demo: &Demo, who: &str) {
    let node = demo.node("XAA");
    let (node, name) = (node.to_str().unwrap(), format!("{who} (made up)"));
    demo.run(&["person", "add", node, "--name", &name, "--role", "node_admin", "--language", "en"]);
    let said = demo.run(&["person", "link", node, &name]);
    let (_, link) = said.split_once("/enrol#").expect("a link");
    let link: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
    browser.open(&page(demo, who, &format!("/enrol#{link}")));
    browser.click("form[data-passkey] button.p");
    browser.until("location.pathname !== '/enrol' && document.querySelector('nav.nav')");
}

#[test]
fn two_administrators_let_somebody_in_and_one_alone_lets_nobody_in() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    authenticator(&browser);
    administrator(&browser, &demo, "noor");
    browser.open(&page(&demo, "noor", "/administration"));
    assert!(browser.text("main").contains("fewer than two administrators"), "it says what is missing");
    administrator(&browser, &demo, "zain");

    // Noor asks for a new person, and can't confirm it.
    browser.open(&page(&demo, "noor", "/administration"));
    browser.click("a[href='/administration/people/new']");
    browser.fill("name", "Layla (made up)");
    browser.click("input[name=roles][value=case_officer]");
    browser.click("input[name=purposes][value=coordination]");
    browser.click_twice("form[action='/administration/people'] button");
    browser.until("location.pathname === '/administration'");
    assert!(browser.text("main").contains("Layla (made up)"));
    assert_eq!(browser.count("form[action$='/confirm']"), 0);
    assert_eq!(browser.count("form[action$='/refuse']"), 1, "it was asked once");

    // Zain sees who asked for what, and confirms it.
    browser.open(&page(&demo, "zain", "/administration"));
    assert!(browser.text("main").contains("asked by noor (made up)"));
    browser.click("form[action$='/confirm'] button");
    browser.until("[...document.querySelectorAll('th a')].some((a) => a.innerText === 'Layla (made up)')");
    assert_eq!(browser.count("form[action$='/refuse']"), 0);

    // Of an auditor, whoever confirms sees which key it is.
    let key = demo.node("XAA").with_file_name("another.auditor");
    demo.run(&["auditor", "new", key.to_str().unwrap(), "--unsealed"]);
    browser.open(&page(&demo, "noor", "/administration"));
    browser.click("details:has(textarea[name=file]) summary");
    browser.fill("file", &std::fs::read_to_string(key.with_extension("auditor.pub")).unwrap());
    browser.click("form[action='/administration/auditors'] button");
    browser.until("document.querySelector(\"form[action$='/refuse']\")");
    browser.open(&page(&demo, "zain", "/administration"));
    assert_eq!(browser.run("return /[0-9a-f]{64}/.test(document.querySelector('.feed dd').innerText)"), true);
    browser.click("form[action$='/refuse'] button");
    browser.until("!document.querySelector(\"form[action$='/refuse']\")");

    browser.click("a[href='/administration']");
    let of = |name: &str| {
        let script =
            format!("return [...document.querySelectorAll('th a')].find((a) => a.innerText === '{name}').pathname");
        browser.run(&script).as_str().unwrap().to_owned()
    };
    let (layla, author) = (of("Layla (made up)"), of("Author of XAA (made up)"));

    // An officer's key: what can't be asked for stays in its form, with what is wrong.
    browser.open(&page(&demo, "noor", &author));
    let form = "document.querySelector(\"form[action$='/officers']\")";
    browser.run(&format!("{form}.office.value = 'ش'.repeat(120); {form}.channel.selectedIndex = 1"));
    browser.click("form[action$='/officers'] button");
    browser.until("document.querySelector('[role=alert]')");
    assert_eq!(browser.run(&format!("return {form}.office.value.length")), 120);
    assert_eq!(browser.run(&format!("return {form}.channel.selectedIndex")), 1);
    browser.check_console(&["400"]);

    // A link: each has half of it, and the person both.
    browser.open(&page(&demo, "noor", &layla));
    browser.click("form[action$='/link'] button");
    browser.until("document.getElementById('half')");
    let first = browser.text("#half");
    assert!(
        !browser.run("return document.body.innerHTML").as_str().unwrap().contains("/enrol#"),
        "half a link is none"
    );
    browser.open(&page(&demo, "zain", "/administration"));
    browser.click("form[action$='/confirm'] button");
    browser.until("document.getElementById('half')");
    let second = browser.text("#half");
    assert_ne!(first, second);
    let enrol = |halves: [&str; 2]| {
        browser.open(&page(&demo, "layla", "/enrol"));
        browser.click("details:has([data-half]) summary");
        let put = |(id, half)| browser.run(&format!("document.getElementById('{id}').value = '{half}'"));
        ["first", "second"].into_iter().zip(halves).for_each(|half| drop(put(half)));
        browser.click("form[data-passkey] button.p");
    };
    enrol([&first, &first]);
    browser.until("document.querySelector('[data-problem]:not([hidden])')?.textContent");
    enrol([&first, &second]);
    browser.until("location.pathname === '/inbox'");
    browser.check_console(&["404"]);
    browser.open(&page(&demo, "layla", "/administration"));
    assert!(!browser.text("body").contains("zain (made up)"), "an officer administers nothing");
    browser.check_console(&["403"]);

    // A passkey is lost: one alone takes it away, and the sessions end with it.
    browser.open(&page(&demo, "zain", &layla));
    browser.run("window.confirm = () => true");
    browser.click("form[action$='/take-passkeys'] button");
    browser.until("!document.querySelector(\"form[action$='/take-passkeys']\")");
    browser.open(&page(&demo, "layla", "/inbox"));
    assert_eq!(browser.path(), "/sign-in");
    browser.check_console(&[]);
}
