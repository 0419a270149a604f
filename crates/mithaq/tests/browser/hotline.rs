//! An incident at the border, taken up on a telephone and ended with a note that is signed from the page that shows it.

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// What is written leaves: it needs nobody's approval.
fn send(browser: &Browser) {
    browser.click("button[value=check]");
    browser.until("document.querySelector('form[action$=\"/hand-over\"]')");
    browser.click("form[action$='/hand-over'] button");
    browser.until("document.querySelector('.note.ok')");
}

fn facts(browser: &Browser, text: &str) {
    browser.click(".next-acts a[href*='hotline.facts']");
    browser.fill("b.own_time", "2026-12-01T10:05:00+05:00");
    browser.fill("b.observed.0.text", text);
    browser.fill("b.observed.0.basis", "fact");
    browser.fill("b.observed.0.source", "A");
    browser.fill("b.observed.0.info", "1");
    browser.fill("b.measures", "None yet. This is made up.");
    browser.fill("b.language", "en");
    send(browser);
}

#[test]
fn an_incident_is_taken_up_on_a_telephone_and_its_note_is_signed_where_it_is_read() {
    let Some(ours) = Browser::start() else { return };
    let Some(theirs) = Browser::start() else { return };
    let demo = Demo::start();
    ours.enter(demo.link(Who::AuthorA));
    theirs.enter(demo.link(Who::AuthorB));
    ours.resize(390);
    // What the partner raised is first, and one press leads to the step.
    ours.open(&demo.page(Who::AuthorA, "/inbox?kind=hotline.incident"));
    ours.click(".subj a");
    ours.until("document.querySelector('.custody')");
    let thread = ours.run("return location.pathname + location.search").as_str().unwrap().to_owned();
    ours.click(".next-acts a[href*='acknowledge']");
    assert_eq!(ours.value("b.do"), "acknowledge");
    assert_eq!(ours.run("return document.documentElement.scrollWidth <= innerWidth"), true, "no sideways scrolling");
    send(&ours);
    let open = |browser: &Browser, who: Who| {
        browser.open_until(&demo.page(who, &thread), "document.querySelector('.custody')");
    };
    open(&ours, Who::AuthorA);
    facts(&ours, "A drone was seen over the road. This is made up.");
    open(&theirs, Who::AuthorB);
    theirs.until("document.querySelector(\".next-acts a[href*='hotline.facts']\")");
    facts(&theirs, "It was ours, and strayed. This is made up.");

    // The note is proposed here, in two languages, and signed there.
    ours.open_until(
        &demo.page(Who::AuthorA, &thread),
        "document.querySelector(\".next-acts a[href*='hotline.note']\")",
    );
    ours.click(".next-acts a[href*='hotline.note']");
    ours.fill("b.text.en", "A drone strayed over the road and left. This is made up.");
    ours.fill("b.text.ar", "ضلّت طائرة مسيّرة فوق الطريق ثم غادرت. هذا مختلق.");
    ours.run("document.querySelector(\"[name='h.tlp']\").closest('details').open = true");
    ours.fill("h.tlp", "AMBER");
    send(&ours);
    theirs.open_until(&demo.page(Who::AuthorB, &thread), "document.querySelector(\".next-acts a[href^='/records/']\")");
    theirs.click(".next-acts a[href^='/records/']");
    theirs.until("document.querySelector(\"a[href*='thread.signature']\")");
    assert!(theirs.text("main").contains("A drone strayed over the road"), "what is signed is read first");
    theirs.click("a[href*='thread.signature']");
    assert_eq!(theirs.value("b.text_sha256").len(), 64);
    assert!(theirs.value("b.record").contains("/urgent/"));
    send(&theirs);
    ours.open_until(&demo.page(Who::AuthorA, &thread), "document.querySelector(\".next-acts a[href*='close']\")");
    assert!(ours.text(".custody").contains("signed"), "{}", ours.text(".custody"));
    ours.check_console(&[]);
    theirs.check_console(&[]);
}
