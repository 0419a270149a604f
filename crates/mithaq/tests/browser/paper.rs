//! What officers take away on paper: PDF files of a record, a thread and a proof, by the program that makes them.

use std::path::Path;

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// What a file that a page of this site gives begins with, of which kind it is, and how long.
const HEAD: &str = "async (answer) => {
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const head = String.fromCharCode(...bytes.slice(0, 5));
    return [answer.status, answer.headers.get('content-type'), head, bytes.length > 5000].join(' ');
}";
const PDF: &str = "200 application/pdf %PDF- true";

/// The first request of an author.
fn to_thread(browser: &Browser, demo: &Demo) {
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, "/requests"));
    browser.click(".subj a");
    browser.until("document.querySelector('.custody')");
}

/// From a thread its first record.
fn to_record(browser: &Browser) {
    browser.click(".custody a[href^='/records/']");
    browser.until("location.pathname.startsWith('/records/') && document.querySelector('.summary')");
}

#[test]
fn a_record_a_thread_and_a_proof_are_had_as_pdf_files() {
    let Some(browser) = Browser::start() else { return };
    if !Path::new(env!("CARGO_BIN_EXE_mithaq")).with_file_name("mithaq-pdf").is_file() {
        println!("skipped: pdf: mithaq-pdf, a program of its own, is not built beside the program");
        return;
    }
    let demo = Demo::start();
    to_thread(&browser, &demo);
    let fetched = |what: &str| browser.run_slowly(&format!("fetch({what}).then({HEAD})"));
    assert_eq!(fetched("document.querySelector(\"a[href*='/pdf']\").href"), PDF, "the thread");
    to_record(&browser);
    for language in ["ar", "en", "fa", "tr", "ur"] {
        browser.set_cookie("mithaq_language", language);
        assert_eq!(fetched("document.querySelector(\"a[href$='/pdf']\").href"), PDF, "the record in {language}");
    }
    // The proof file of the record, given back to the page that judges proof files.
    let proof = "(async () => {
        const file = await (await fetch(document.querySelector(\"a[download][href$='/evidence']\").href)).blob();
        if (!(await file.text()).startsWith('MITHAQ-EVIDENCE/1')) throw new Error('no proof file');
        const form = new FormData();
        form.append('file', file, 'proof.mithaq');
        return fetch('/evidence/pdf', { method: 'POST', body: form });
    })()";
    assert_eq!(browser.run_slowly(&format!("{proof}.then({HEAD})")), PDF, "the proof");
    browser.check_console(&[]);
}

#[test]
fn a_printed_page_bears_handling_place_and_digest_at_its_foot_and_which_page_of_how_many_it_is() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    to_thread(&browser, &demo);
    to_record(&browser);
    let foot = "getComputedStyle(document.querySelector('.onpaper')).display";
    assert_eq!(browser.run(&format!("return {foot}")), "none", "nothing of it on screen");
    browser.as_printed(true);
    assert_eq!(browser.run(&format!("return {foot}")), "table-footer-group", "repeated on each page");
    let said = browser.text(".onpaper");
    let digest = browser.text("main aside .hash:not(dd)");
    assert!(said.starts_with("H1 ") && said.ends_with(&digest) && digest.len() == 64, "{said}");
    let hidden =
        "['.bar', '.nav', '.actions'].every((css) => getComputedStyle(document.querySelector(css)).display === 'none')";
    assert_eq!(browser.run(&format!("return {hidden}")), true);
    // The margins of pages are rules of the sheet: no element has them.
    let counts = "[...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).some(function within(rule) {
        return rule.cssText.startsWith('@page') ? /counter\\(page\\).*counter\\(pages\\)/.test(rule.cssText)
            : [...rule.cssRules ?? []].some(within);
    })";
    assert_eq!(browser.run(&format!("return {counts}")), true);
    browser.as_printed(false);
    assert!(browser.printed().starts_with(b"%PDF-"));
}
