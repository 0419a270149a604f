//! What concerns a person is written by one officer and released by another, who sees what is sent.

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

const FIRST: &str = "Nobody of this description was seen.";
const SECOND: &str = "Nobody of this description was seen this year.";

/// Writes a note about a suspect up to the page on which it is looked at once more. Gives back the draft's path.
fn write(browser: &Browser, demo: &Demo, subject: &str) -> String {
    browser.open(&demo.page(Who::AuthorA, "/write"));
    browser.click(".offers a[href*='correspondence.note'][href*='clause=c2']");
    browser.fill("b.subject", subject);
    browser.fill("b.text", FIRST);
    if browser.count("details.fold[open]") == 0 {
        browser.click("details.fold summary");
    }
    browser.fill("h.subject_category", "suspect");
    browser.fill("h.subject_count", "1");
    browser.click("button[value=check]");
    browser.until("document.querySelector('form[action$=\"/hand-over\"]')");
    browser.path()
}

#[test]
fn a_note_about_a_person_is_returned_changed_and_released_by_another_officer() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    browser.enter(demo.link(Who::AuthorA));
    let draft = write(&browser, &demo, "Whereabouts (made up)");
    let shown = browser.text("main");
    assert_eq!(shown.matches("not yet given").count(), 2, "two approvals are asked for: {shown}");
    // The made-up key signs in the browser; a second click hands nothing over again.
    browser.click_twice("form[action$='/hand-over'] button");
    browser.until("document.querySelector('.tag.amber')");
    assert_eq!(browser.count("main [role=alert]:not([hidden])"), 0);

    // Who wrote it does not release it: there is no button, and asking without one is refused.
    assert_eq!(browser.count("form[action$='/release'], form[action$='/send']"), 0);
    let forged = format!(
        "fetch('{draft}/release', {{method: 'POST', body: new URLSearchParams()}}).then((answer) => answer.status)"
    );
    assert_eq!(browser.run_slowly(&forged), 403);
    browser.check_console(&["403"]);

    // The releaser, in a session of another name of this machine, sees what is sent and wants it otherwise.
    let author = browser.another_tab();
    browser.enter(demo.link(Who::ReleaserA));
    browser.open(&demo.page(Who::ReleaserA, "/drafts"));
    browser.click(&format!("[data-row] a[href='{draft}']"));
    browser.until("document.querySelector('form[action$=\"/release\"]')");
    assert!(browser.text(".summary.read").contains(FIRST));
    browser.fill("remark", "In which year?");
    browser.click("button[formaction$='/do/return']");
    browser.until("location.pathname === '/drafts'");

    let releaser = browser.switch(author);
    browser.open(&demo.page(Who::AuthorA, &format!("{draft}?view=check")));
    assert!(browser.text("main").contains("In which year?"));
    browser.click(&format!("a.btn[href='{draft}']"));
    assert_eq!(browser.value("b.text"), FIRST, "what was written stands in the form");
    browser.fill("b.text", SECOND);
    browser.click("button[value=check]");
    browser.click("form[action$='/hand-over'] button");
    browser.until("document.querySelector('.tag.amber')");

    let author = browser.switch(releaser);
    browser.open(&demo.page(Who::ReleaserA, &draft));
    assert!(browser.text(".summary.read").contains(SECOND));
    browser.click_twice("form[action$='/release'] button");
    browser.until("document.querySelector('.note.ok')");
    browser.switch(author);

    // It is there, and says who approved it.
    browser.enter(demo.link(Who::AuthorB));
    let there = demo.page(Who::AuthorB, "/correspondence");
    browser.open_until(&there, "document.body.innerText.includes('Whereabouts (made up)')");
    browser.run(
        "[...document.querySelectorAll('main a')].find((a) => a.innerText.includes('Whereabouts (made up)')).click()",
    );
    browser.until("location.pathname.startsWith('/records/')");
    let shown = browser.text("main");
    assert!(
        shown.contains(SECOND) && shown.contains("Desk 7, drafting") && shown.contains("Desk 7, release"),
        "{shown}"
    );
    browser.check_console(&[]);
}
