//! People sign in with passkeys, which a made-up authenticator of the browser's own makes and keeps.

use serde_json::json;

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// An authenticator as in a laptop: it keeps passkeys and knows its user.
pub fn authenticator(browser: &Browser) -> String {
    let about = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true,
    });
    browser.post("webauthn/authenticator", &about).as_str().unwrap().to_owned()
}

/// A link by which the author of XAA may register a passkey, as an administrator hands it out.
fn link(demo: &Demo) -> String {
    let said = demo.run(&["person", "link", demo.node("XAA").to_str().unwrap(), "Author of XAA (made up)"]);
    let (_, link) = said.split_once("/enrol#").expect("a link");
    let link: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
    demo.page_at(Who::AuthorA, "localhost", &format!("/enrol#{link}"))
}

fn sign_out(browser: &Browser) {
    browser.run("document.querySelector(\"form[action='/sign-out']\").requestSubmit()");
    browser.until("location.pathname === '/sign-in'");
}

#[test]
fn a_passkey_is_registered_by_a_link_and_signs_in_from_then_on() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let page = |path: &str| demo.page_at(Who::AuthorA, "localhost", path);
    let authenticator = authenticator(&browser);
    let link = link(&demo);
    browser.open(&link);
    browser.fill("name", "Laptop (made up)");
    browser.click_twice("form[data-passkey] button");
    browser.until("location.pathname === '/inbox'");
    browser.open(&page("/me"));
    assert!(browser.text("main").contains("Laptop (made up)"));
    sign_out(&browser);
    browser.open(&page("/drafts"));
    assert_eq!(browser.path(), "/sign-in", "what needs a session leads there");
    browser.click("form[data-passkey] button");
    browser.until("location.pathname === '/drafts'");
    browser.check_console(&[]);

    // A link serves once.
    sign_out(&browser);
    browser.open(&link);
    browser.click("form[data-passkey] button");
    browser.until("document.querySelector('[data-problem]:not([hidden])')?.textContent");
    assert!(!browser.text("[data-problem]").contains("404"), "it is said in words");
    browser.check_console(&["404", "410", "403"]);

    // A passkey of this site that the node does not know lets nobody in.
    browser.delete(&format!("webauthn/authenticator/{authenticator}/credentials"));
    let made = browser.run_slowly(
        "navigator.credentials.create({publicKey: {
            challenge: new Uint8Array(32), rp: {id: 'localhost', name: 'made up'},
            user: {id: new Uint8Array(16), name: 'made up', displayName: 'made up'},
            pubKeyCredParams: [{type: 'public-key', alg: -7}],
            authenticatorSelection: {residentKey: 'required', userVerification: 'required'},
        }}).then((made) => made.type)",
    );
    assert_eq!(made, "public-key");
    browser.open(&page("/sign-in"));
    browser.click("form[data-passkey] button");
    browser.until("document.body.innerText.includes('passkey') && !document.querySelector('form[data-passkey]')");
    browser.open(&page("/inbox"));
    assert_eq!(browser.path(), "/sign-in");
    browser.check_console(&["401", "403"]);
}

#[test]
fn what_was_saved_is_offered_again_when_a_session_ended_while_somebody_typed() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let page = |path: &str| demo.page_at(Who::AuthorA, "localhost", path);
    authenticator(&browser);
    browser.open(&link(&demo));
    browser.click("form[data-passkey] button");
    browser.until("location.pathname === '/inbox'");
    browser.open(&page("/write"));
    browser.click(".offers a[href*='correspondence.note']");
    browser.fill("b.subject", "Half a note (made up)");
    browser.until("location.pathname.startsWith('/drafts/d-')");
    let draft = browser.path();

    let typing = browser.another_tab();
    browser.open(&page("/inbox"));
    sign_out(&browser);
    browser.switch(typing);
    browser.fill("b.text", "Typed after the session had ended.");
    browser.until("!document.getElementById('banner').hidden");
    assert!(browser.text("[data-saved]").contains("session"), "{}", browser.text("[data-saved]"));
    assert_eq!(browser.value("b.text"), "Typed after the session had ended.", "it stays on the page");
    browser.check_console(&["401"]);

    browser.open(&page(&draft));
    assert_eq!(browser.path(), "/sign-in");
    browser.click("form[data-passkey] button");
    browser.until(&format!("location.pathname === '{draft}'"));
    assert_eq!(browser.value("b.subject"), "Half a note (made up)");
    browser.open(&page("/drafts"));
    assert_eq!(browser.count(&format!("[data-row] a[href='{draft}']")), 1);
    browser.check_console(&["401"]);
}
