//! A request is read and answered, and the other side sees the answer come.

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

#[test]
fn an_overdue_request_is_answered_and_the_open_page_of_the_other_side_says_so() {
    let Some(ours) = Browser::start() else { return };
    let Some(theirs) = Browser::start() else { return };
    let demo = Demo::start();
    // Who asked has the thread open.
    theirs.enter(demo.link(Who::AuthorA));
    theirs.open(&demo.page(Who::AuthorA, "/requests"));
    theirs.click(".row.u1 .subj a");
    theirs.until("document.querySelector('.custody')");
    let before = theirs.count(".custody li");

    ours.enter(demo.link(Who::AuthorB));
    assert!(ours.text(".row.u1 .due.r b").contains("late"), "the words say it, not the colour alone");
    ours.click(".row.u1 .subj a");
    ours.click(".next-acts a[href*='requests.reply']");
    ours.fill("b.statement.0.text", "Forms A and B are in use. All of this is made up.");
    ours.fill("b.statement.0.basis", "fact");
    ours.fill("b.statement.0.source", "A");
    ours.fill("b.statement.0.info", "1");
    // It is kept by itself, and the page says when.
    ours.until("location.pathname.startsWith('/drafts/d-')");
    ours.until("/\\d/.test(document.querySelector('[data-saved]').textContent)");
    ours.click("button[value=check]");
    ours.until("document.querySelector('form[action$=\"/hand-over\"]')");
    assert!(ours.text(".summary.read").contains("Forms A and B are in use."));
    ours.click_twice("form[action$='/hand-over'] button");
    ours.until("document.querySelector('.note.ok')");

    // The other side's page says that there is more, and moves nothing before it is asked to.
    theirs.until("!document.getElementById('fresh').hidden");
    assert_eq!(theirs.count(".custody li"), before);
    theirs.click("#fresh button");
    theirs.until(&format!("document.querySelectorAll('.custody li').length > {before}"));
    theirs.until("document.getElementById('fresh').hidden");

    // Two clicks sent one record.
    let replies = "[...document.querySelectorAll('.custody a')].filter((a) => /records/.test(a.href)).length";
    assert_eq!(theirs.run(&format!("return {replies}")), 2, "the request and one reply");
    ours.open(&demo.page(Who::AuthorB, "/drafts"));
    assert_eq!(ours.count("[data-row]"), 2, "the reply, and the letter that the demo leaves");

    // The answer is new to who asked until they open the thread, in words and not by a dot alone; a page that looked by itself has read
    // nothing. To who answered, the own answer is no news.
    let news = demo.page(Who::AuthorA, "/inbox?view=news");
    theirs.open(&news);
    assert_eq!(theirs.count(".row.unread"), 1);
    assert!(theirs.text(".row.unread .subj a").contains("Unread:"));
    theirs.click(".row.unread .subj a");
    theirs.until("document.querySelector('.custody')");
    theirs.open(&news);
    assert_eq!((theirs.count(".row.unread"), theirs.count(".row.read")), (0, 1));
    theirs.click("form[action='/inbox/read'] button");
    // The page that is there already has the same path: what shows that the button did it is that it has gone.
    theirs.until("document.readyState === 'complete' && !document.querySelector(\"form[action='/inbox/read']\")");
    theirs.open(&news);
    assert_eq!(theirs.count("[data-row]"), 0);
    ours.open(&demo.page(Who::AuthorB, "/inbox?view=news"));
    assert_eq!(ours.count("[data-row]"), 0, "{}", ours.text("main"));
    ours.check_console(&[]);
    theirs.check_console(&[]);
}
