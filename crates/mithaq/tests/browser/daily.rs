//! What comes up every day: views of one's own, two who write on one draft, two readouts of one meeting.

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

#[test]
fn a_view_is_kept_under_a_name_and_taken_away_again() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    browser.enter(demo.link(Who::AuthorB));
    browser.open(&demo.page(Who::AuthorB, "/inbox?view=all&kind=requests.request"));
    browser.click("details.filter summary");
    browser.fill("name", "Requests <b>made up</b>");
    browser.click("form[action='/views'] button");
    browser.until("document.querySelector('.chip.own[aria-current]')");
    assert_eq!(browser.text(".chip.own"), "Requests <b>made up</b>");
    assert_eq!(browser.run("return location.search"), "?view=all&kind=requests.request");
    // It is of this list, and of this person.
    browser.open(&demo.page(Who::AuthorB, "/requests"));
    assert_eq!(browser.count(".chip.own"), 0);
    let other = browser.another_tab();
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, "/inbox"));
    assert_eq!(browser.count(".chip.own"), 0);
    browser.switch(other);

    browser.open(&demo.page(Who::AuthorB, "/inbox"));
    browser.click(".chip.own");
    browser.until("location.search.includes('kind=requests.request')");
    browser.click("details.filter summary");
    browser.click("form[action$='/remove'] button");
    browser.until("location.pathname === '/inbox' && !document.querySelector('.chip.own')");
    browser.check_console(&[]);
}

#[test]
fn who_writes_on_a_draft_that_was_changed_sees_what_differs_and_loses_nothing() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, "/write"));
    browser.click(".offers a[href*='correspondence.note']");
    browser.fill("b.subject", "Gate seven (made up)");
    browser.fill("b.text", "The gate is open in the morning.");
    browser.until("location.pathname.startsWith('/drafts/d-')");
    browser.run("document.querySelector('[name=\"b.text\"]').blur()");
    browser.until("new URLSearchParams(new FormData(document.querySelector('form.write'))).get('revision') >= 1");
    browser.open(&demo.page(Who::AuthorA, &browser.path()));
    browser.until("document.querySelector('[name=\"b.text\"]').value.includes('morning')");
    let draft = demo.page(Who::AuthorA, &browser.path());
    // The list says what is known of it.
    let first = browser.another_tab();
    browser.open(&demo.page(Who::AuthorA, "/drafts"));
    assert!(browser.text("main").contains("Gate seven (made up)"));
    browser.open(&draft);
    browser.fill("b.text", "The gate is closed in the morning.");
    browser.fill("b.subject", "Gate seven again (made up)");
    browser.click(".acts .btn:not(.p)");
    browser.until("document.querySelector('[name=revision]').value > 1");

    // The first window does not know of it, and is asked.
    browser.switch(first);
    browser.fill("b.text", "The gate is open in the evening.");
    browser.run("document.querySelector('form.write').noValidate = true");
    browser.click(".acts .btn:not(.p)");
    browser.until("document.querySelector('form[action^=\"/drafts/\"] fieldset.two')");
    let added = browser.text(".diff ins");
    assert!(added.starts_with("added:") && added.ends_with("open"), "in words and not by colour alone: {added}");
    assert_eq!(browser.count("fieldset.two"), 2);
    browser.click("input[name='take.b.subject'][value=other]");
    browser.click(".next-acts .btn.p");
    browser.until("document.querySelector('form.write')");
    assert_eq!(browser.value("b.text"), "The gate is open in the evening.");
    assert_eq!(browser.value("b.subject"), "Gate seven again (made up)");
    browser.check_console(&["409"]);
}

#[test]
fn a_readout_stands_beside_the_other_sides() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, "/register"));
    browser.click("[data-row] .subj a");
    browser.click("a[href$='/beside']");
    browser.until("location.pathname.endsWith('/beside')");
    assert!(browser.text("main").contains("no other readout"));
    browser.check_console(&[]);
}
