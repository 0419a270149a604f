//! What hostile hands type stays words: on every page that shows it, at either side, and in a table program.

use serde_json::json;

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

const MARKUP: &str = "<script>window.broken = 1</script><img src=x onerror='window.broken = 2'><b>bold</b></textarea>\"'&amp;{{ 1234577 * 7 }}";

/// Puts a value into a field as if it had been typed: keys can't type all of it.
fn put(browser: &Browser, name: &str, value: &str) {
    let script = format!(
        "const field = document.querySelector('main [name=\"{name}\"]'); field.value = {};
         field.dispatchEvent(new Event('input', {{bubbles: true}}))",
        json!(value)
    );
    browser.run(&script);
}

/// That the page shows words and nothing else, and keeps within its window.
fn check_words(browser: &Browser, place: &str) {
    for width in [390, 1280] {
        browser.resize(width);
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth").as_i64().unwrap();
        assert!(wide <= 0, "{place} is {wide} pixels wider than a window of {width}");
    }
    assert_eq!(browser.run("return window.broken ?? 0"), 0, "{place} ran a script");
    assert_eq!(browser.count("main img, main script, main b b, main td b"), 0, "{place} shows markup");
    assert!(!browser.text("main").contains("8642039"), "{place} computed");
}

#[test]
fn hostile_text_stays_text_on_every_page_and_in_a_table() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let long = "W".repeat(60);
    let subject = format!("=1+1 {MARKUP} {long}");
    let text = format!("{MARKUP}\n\u{202E}turned around\n{}\n=1+1", "W".repeat(900));
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, "/write"));
    browser.click(".offers a[href*='requests.request'][href*='clause=c5']");
    browser.until("document.querySelector('main [name=\"b.subject\"]')");
    for field in ["asked", "facts", "necessity", "link", "reason_to_believe"] {
        put(&browser, &format!("b.{field}"), &text);
    }
    // A line that turns its reader around is refused, in words beside the field.
    put(&browser, "b.subject", &format!("{subject} \u{202E}dnuora"));
    browser.click("button[value=check]");
    browser.until("document.querySelector('main .note.bad')");
    check_words(&browser, "the refusal");
    browser.click("main a[href*='view=problems']");
    browser.until("document.querySelector('.field.wrong [name=\"b.subject\"]')");
    check_words(&browser, "the form");
    put(&browser, "b.subject", &subject);
    browser.click("button[value=check]");
    browser.until("document.querySelector('form[action$=\"/hand-over\"]')");
    check_words(&browser, "the draft");
    let draft = browser.path();
    browser.open(&demo.page(Who::AuthorA, "/drafts"));
    check_words(&browser, "the list of drafts");
    browser.open(&demo.page(Who::AuthorA, &format!("{draft}?view=check")));
    browser.click("form[action$='/hand-over'] button");
    browser.until("document.querySelector('.note.ok')");

    browser.enter(demo.link(Who::AuthorB));
    let is_there = "document.querySelector('main').innerText.includes('=1+1 <script>')";
    browser.open_until(&demo.page(Who::AuthorB, "/inbox"), is_there);
    check_words(&browser, "the list");
    let table = "fetch('/inbox.csv').then((answer) => answer.text())";
    let table = browser.run_slowly(table);
    let cell = format!("\"'=1+1 {}", MARKUP.replace('"', "\"\""));
    assert!(table.as_str().unwrap().contains(&cell), "a table program would compute: {table}");
    browser.run("[...document.querySelectorAll('.subj a')].find((a) => a.innerText.startsWith('=1+1')).click()");
    browser.until("document.querySelector('.custody')");
    check_words(&browser, "the thread");
    browser.click(".custody a[href^='/records/']");
    browser.until("location.pathname.startsWith('/records/') && document.querySelector('.summary.read')");
    check_words(&browser, "the record");
    assert!(browser.text(".summary.read").contains(MARKUP), "every character is shown");
    // What one paragraph turns around ends with it.
    browser.until("[...document.querySelectorAll('.summary.read .lines')].every((p) => /isolate|plaintext/.test(getComputedStyle(p).unicodeBidi))");
    for sought in ["bold", MARKUP] {
        let query: String = sought.bytes().map(|byte| format!("%{byte:02X}")).collect();
        browser.open(&demo.page(Who::AuthorB, &format!("/search?q={query}")));
        check_words(&browser, "the search");
    }
    browser.check_console(&[]);
}
