//! Draws the pictures of the console that the README and `docs/pictures` show, from the nodes of the demo:
//! `cargo test --release -p mithaq --test browser -- --ignored pictures`.

use serde_json::json;

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// The width of a window on a desk, and of a telephone.
const DESK: u32 = 1280;
const TELEPHONE: u32 = 390;

/// How a page is looked at.
type Look = (&'static str, &'static str, u32);

#[test]
#[ignore = "draws pictures for people to look at: it judges nothing"]
fn pictures_of_the_console() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let draw = |name: &str, who: Who, path: &str, (language, theme, width): Look| {
        browser.set_cookie("mithaq_language", language);
        browser.set_cookie("mithaq_theme", theme);
        browser.resize(width);
        browser.open(&demo.page(who, path));
        browser.shoot(&format!("console-{name}"));
    };
    let first = |who: Who, page: &str, css: &str| {
        browser.open(&demo.page(who, page));
        let script = format!("return document.querySelector({}).getAttribute('href')", json!(css));
        browser.run(&script).as_str().unwrap().to_owned()
    };

    browser.enter(demo.link(Who::AuthorB));
    draw("inbox-ar", Who::AuthorB, "/inbox", ("ar", "light", DESK));
    draw("inbox-ur-telephone", Who::AuthorB, "/inbox", ("ur", "light", TELEPHONE));
    let thread = first(Who::AuthorB, "/inbox", ".subj a");
    draw("request-en", Who::AuthorB, &thread, ("en", "light", DESK));
    draw("request-fa-dark", Who::AuthorB, &thread, ("fa", "dark", DESK));
    let answer = first(Who::AuthorB, &thread, ".next-acts a");
    draw("answer-tr", Who::AuthorB, &answer, ("tr", "light", DESK));

    browser.enter(demo.link(Who::ReleaserB));
    let draft = first(Who::ReleaserB, "/drafts", "[data-row] a");
    draw("release-ar", Who::ReleaserB, &draft, ("ar", "light", DESK));

    browser.enter(demo.link(Who::AuthorA));
    draw("inbox-en-dark", Who::AuthorA, "/inbox", ("en", "dark", DESK));
    let incident = first(Who::AuthorA, "/inbox?kind=hotline.incident", ".subj a");
    draw("incident-en", Who::AuthorA, &incident, ("en", "light", DESK));
    draw("incident-ar-telephone", Who::AuthorA, &incident, ("ar", "dark", TELEPHONE));
    let acknowledge = first(Who::AuthorA, &incident, ".next-acts a");
    draw("acknowledge-en", Who::AuthorA, &acknowledge, ("en", "light", DESK));
    let raise = first(Who::AuthorA, "/write", "a[href*='hotline.raise']");
    draw("raise-ar-telephone", Who::AuthorA, &raise, ("ar", "light", TELEPHONE));
    let agreement = first(Who::AuthorA, "/agreements", "main .subj a");
    draw("agreement-ar", Who::AuthorA, &agreement, ("ar", "light", DESK));
    draw("partners-en-telephone", Who::AuthorA, "/partners", ("en", "dark", TELEPHONE));
    let readout = first(Who::AuthorA, "/register", ".subj a");
    draw("readout-en", Who::AuthorA, &readout, ("en", "light", DESK));
    let proof = "(async () => {
        const file = await (await fetch(document.querySelector(\"a[download][href$='/evidence']\").href)).blob();
        const bytes = new Uint8Array(await file.arrayBuffer());
        sessionStorage.setItem('proof', Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    })()";
    browser.run_slowly(proof);
    browser.open(&demo.page(Who::AuthorA, "/evidence"));
    browser.run(
        "const files = new DataTransfer();
        const bytes = Uint8Array.from(sessionStorage.getItem('proof'), (c) => c.charCodeAt(0));
        files.items.add(new File([bytes], 'readout.mithaq'));
        document.getElementById('file').files = files.files;
        document.querySelector('main form').requestSubmit();",
    );
    browser.until("document.querySelector('.verdict')");
    browser.shoot("console-proof-en");

    let administrator = demo.visitor("Administrator (made up)", "node_admin");
    browser.enter(&administrator);
    let (origin, _) = administrator.split_once("/visit").unwrap();
    browser.set_cookie("mithaq_theme", "light");
    browser.open(&format!("{origin}/administration"));
    browser.shoot("console-administration-en");
}
