//! Lists without a mouse.

use crate::{
    browser::{Browser, ENTER, ESCAPE, TAB},
    demo::{Demo, Who},
};

#[test]
fn a_list_is_walked_chosen_and_opened_by_keys() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    browser.enter(demo.link(Who::AuthorB));
    assert!(browser.count("[data-row]") >= 1);
    browser.press("j");
    let focused = "document.activeElement.matches('[data-row] a')";
    browser.until(focused);
    // The ring that shows the focus is three pixels wide.
    browser.until("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2");
    browser.press("x");
    browser.until("document.querySelector('.row.sel input:checked')");
    browser.press("x");
    browser.until("!document.querySelector('.row.sel')");
    browser.press("k");
    browser.until(focused);
    // The same letter in a field is a letter.
    browser.press("/");
    browser.until("document.activeElement.type === 'search'");
    browser.press("jx");
    browser.until("document.activeElement.value === 'jx' && !document.querySelector('.row.sel')");
    browser.open(&demo.page(Who::AuthorB, "/inbox"));
    browser.press("j");
    browser.press(ENTER);
    browser.until("location.pathname.startsWith('/threads/')");

    // Letters are meant by their place: this is J on a keyboard with Arabic letters. All of them are listed, and can be turned off.
    browser.open(&demo.page(Who::AuthorB, "/inbox"));
    let arabic = |code: &str, key: &str| {
        browser.run(&format!(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {{code: '{code}', key: '{key}', bubbles: true}}))"
        ));
    };
    arabic("KeyJ", "ت");
    browser.until(focused);
    browser.press("?");
    browser.until("document.getElementById('keys').open");
    browser.click("[data-keys-on]");
    browser.press(ESCAPE);
    browser.until("!document.getElementById('keys').open");
    browser.open(&demo.page(Who::AuthorB, "/inbox"));
    arabic("KeyJ", "ت");
    assert_eq!(browser.run(&format!("return {focused}")), false);
    browser.press("?");
    assert_eq!(browser.run("return document.getElementById('keys').open"), false);
    browser.run("document.querySelector('[data-keys] button').click()");
    browser.until("document.getElementById('keys').open");
    browser.click("[data-keys-on]");
    browser.press(ESCAPE);

    // A menu opens by its key and closes by Escape, and the focus is back on it.
    browser.run("document.querySelector('details.menu summary').focus()");
    browser.press(ENTER);
    browser.until("document.querySelector('details.menu[open]')");
    browser.press(TAB);
    browser.until("document.activeElement.closest('details.menu .sheet')");
    browser.press(ESCAPE);
    browser.until("!document.querySelector('details.menu[open]') && document.activeElement.matches('summary')");

    // The first step by Tab on any page leads past the navigation.
    browser.open(&demo.page(Who::AuthorB, "/inbox"));
    browser.press(TAB);
    browser.until("document.activeElement.matches('.skip')");
    browser.until("document.activeElement.getBoundingClientRect().top >= 0");
    browser.press(ENTER);
    browser.until("document.activeElement.id === 'main'");
    browser.check_console(&[]);
}
