//! An agreement is compared, amended, drafted, tried, suspended and resumed, by people at browsers.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// A visitor of XAA in a role, signed in, and the origin at which that is.
fn enter(browser: &Browser, demo: &Demo, name: &str, role: &str) -> String {
    let link = demo.visitor(name, role);
    browser.enter(&link);
    link.split_once("/visit").unwrap().0.to_owned()
}

/// The agreement of the demo's channel with the clause `c5`, as a path.
fn agreement(browser: &Browser, origin: &str) -> String {
    browser.open(&format!("{origin}/agreements"));
    let hrefs = browser.run("return [...document.querySelectorAll('main .subj a')].map((a) => a.getAttribute('href'))");
    let hrefs: Vec<&str> = hrefs.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let found = hrefs.iter().find(|href| {
        browser.open(&format!("{origin}{href}"));
        browser.count("#c5") == 1
    });
    (*found.expect("the demo's agreement")).to_owned()
}

/// Puts a text into the field of a draft at once: it is long.
fn write(browser: &Browser, text: &str) {
    browser.run(&format!("document.getElementById('toml').value = {}", json!(text)));
}

/// What an attempt to post a form by a script is answered.
fn post(browser: &Browser, path: &str, form: &str) -> Value {
    browser.run_slowly(&format!(
        "fetch({}, {{method: 'POST', body: new URLSearchParams({})}}).then((answer) => answer.status)",
        json!(path),
        json!(form)
    ))
}

#[test]
fn an_amendment_is_drafted_in_a_form_and_compared_word_by_word_with_what_is_in_force() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let origin = enter(&browser, &demo, "Secretary (made up)", "secretariat");
    let first = agreement(&browser, &origin);
    let said = browser.text("#c2");
    assert!(said.contains("XAA, XAB may send: Note") && said.contains("at most 365 days"), "{said}");
    assert_eq!(browser.count("a[href*='/ask/suspend'], a[href*='/ask/sign']"), 0, "that is for the head");

    browser.click("a[href^='/agreements/draft?of=']");
    browser.fill("c.1.retention_days", "30");
    browser.fill(
        "c.1.text.en",
        "Each party may send short notes. A note about a person is written by one officer and released by another.",
    );
    browser.run("document.querySelector(\"[name='c.2.kinds'][value='correspondence.note/1']\").click()");
    browser.click("button[name=then][value=look]");
    browser.until("document.querySelector('.note.ok')");
    browser.click("button[formaction='/agreements/draft/keep']");
    browser.until("/^.agreements.[0-9a-f]{64}$/.test(location.pathname)");
    let second = browser.path();
    assert_ne!(first, second);
    browser.click("a[href^='/agreements/compare']");
    browser.until("document.querySelector('.diff ins')");
    let words = |css: &str| {
        let script =
            format!("return [...document.querySelectorAll({})].map((e) => e.lastChild.textContent.trim())", json!(css));
        browser.run(&script)
    };
    let (added, removed) = (words("dd ins"), words("dd del"));
    assert!(added.as_array().unwrap().contains(&json!("short")), "{added}");
    let whole = |list: &Value| list.as_array().unwrap().iter().filter_map(Value::as_str).collect::<String>();
    assert!(whole(&added).contains("30") && whole(&removed).contains("365"), "{added} {removed}");
    assert_eq!(browser.count("dd[lang=ar] ins"), 0, "the Arabic text did not change");
    let shown = browser.text("main");
    assert!(shown.contains("Unchanged") && shown.contains("Changed"), "{shown}");

    // The draft is gone on with: what was typed is in the form, and the new one takes the old one's place.
    browser.open(&format!("{origin}/agreements/draft?of={}", second.rsplit('/').next().unwrap()));
    assert_eq!(browser.value("c.1.retention_days"), "30");
    browser.fill("c.1.retention_days", "many");
    browser.click("button[formaction='/agreements/draft/keep']");
    browser.until("document.querySelector('#problem')");
    assert!(browser.text("#problem").contains("Clause 2"), "{}", browser.text("#problem"));
    browser.fill("c.1.retention_days", "40");
    browser.click("button[formaction='/agreements/draft/keep']");
    browser.until("/^.agreements.[0-9a-f]{64}$/.test(location.pathname)");
    assert_ne!(browser.path(), second);
    let gone = browser.run_slowly(&format!("fetch({}).then((answer) => answer.status)", json!(second)));
    assert_eq!(gone, 404, "the draft before is discarded");
    browser.check_console(&["404"]);
}

#[test]
fn what_the_floor_forbids_is_said_with_clause_and_rule_and_not_kept() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let origin = enter(&browser, &demo, "Secretary (made up)", "secretariat");
    browser.open(&format!("{origin}/agreements"));
    let before = browser.count("main .subj");
    browser.open(&format!("{origin}/agreements/draft?view=text"));
    let draft = browser.value("toml");
    assert!(draft.contains("# An agreement as a draft"), "the template explains itself: {draft}");
    write(&browser, &draft.replace("\"trafficking_in_persons\"", "\"apostasy\""));
    for button in ["button[name=then][value=look]", "button[formaction='/agreements/draft/keep']"] {
        browser.click(button);
        browser.until("document.querySelector('#floor')");
        let said = browser.text("#floor");
        assert!(said.contains("c2") && said.contains("NEU-01") && said.contains("apostasy"), "{said}");
    }
    // The form shows it too, as something that is chosen, and it can be taken out there.
    browser.click("button[name=then][value=form]");
    browser.until("document.querySelector('[name=\"c.1.offences\"]')");
    assert!(browser.run("return document.querySelector(\"[name='c.1.offences'][value='apostasy']\").checked") == true);
    browser.run("document.querySelectorAll(\"[value='apostasy']\").forEach((box) => { box.checked = false; })");
    browser.click("button[name=then][value=look]");
    browser.until("document.querySelector('.note.ok')");
    // A fault is said with its line and field.
    browser.click("button[name=then][value=text]");
    let draft = browser.value("toml");
    write(&browser, &draft.replacen("retention_days_max = 1825", "retention_days_max = 9999", 1));
    browser.click("button[name=then][value=look]");
    browser.until("document.querySelector('#problem')");
    let said = browser.text("#problem");
    assert!(said.contains("clause[0].retention_days_max") && said.contains("line "), "{said}");
    browser.open(&format!("{origin}/agreements"));
    assert_eq!(browser.count("main .subj"), before, "nothing of it was kept");
    write_and_keep(&browser, &origin, &draft);
    assert!(browser.text("main").contains("signed by nobody"));
    browser.check_console(&[]);
}

fn write_and_keep(browser: &Browser, origin: &str, draft: &str) {
    browser.open(&format!("{origin}/agreements/draft?view=text"));
    write(browser, draft);
    browser.click("button[formaction='/agreements/draft/keep']");
    browser.until("/^.agreements.[0-9a-f]{64}$/.test(location.pathname)");
}

#[test]
fn the_exchange_is_suspended_and_resumed_by_mouse_and_the_other_side_sees_it() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let origin = enter(&browser, &demo, "Head (made up)", "head_of_delegation");
    let path = agreement(&browser, &origin);
    browser.open(&format!("{origin}{path}/ask/suspend"));
    // A second tab is left open with the same question.
    let first = browser.another_tab();
    browser.open(&format!("{origin}{path}/ask/suspend"));
    let stale = browser.switch(first);

    browser.open(&format!("{origin}{path}"));
    browser.click("a[href$='/ask/suspend']");
    let said = browser.text("main");
    assert!(said.contains("Only this agency can resume") && said.contains("mithaq agreement suspend DIR"), "{said}");
    browser.click_twice("form[action$='/suspend'] button");
    browser.until(&format!("location.pathname === '{path}'"));
    assert!(browser.text(".head").contains("suspended"), "{}", browser.text(".head"));

    // Who answers the old question is told that it is another by now, and nothing is done again.
    let first = browser.switch(stale);
    browser.click("form[action$='/suspend'] button");
    browser.until("document.body.innerText.includes('changed since you looked')");
    browser.check_console(&["409"]);
    browser.switch(first);

    // The other side sees who suspended, and can't resume for it.
    let theirs = Browser::start().unwrap();
    theirs.enter(demo.link(Who::AuthorB));
    theirs.open_until(&demo.page(Who::AuthorB, &path), "document.body.innerText.includes('XAA has suspended')");
    assert_eq!(theirs.count("a[href*='/ask/']"), 0);

    browser.click("a[href$='/ask/resume']");
    browser.click("form[action$='/resume'] button");
    browser.until(&format!("location.pathname === '{path}'"));
    assert!(browser.text(".head").contains("in force"), "{}", browser.text(".head"));
    theirs.open_until(&demo.page(Who::AuthorB, &path), "!document.body.innerText.includes('has suspended')");
    browser.check_console(&["409"]);

    // An officer who writes has no such button, and asking without one is refused.
    browser.enter(demo.link(Who::AuthorA));
    browser.open(&demo.page(Who::AuthorA, &path));
    assert_eq!(browser.count("a[href*='/ask/']"), 0);
    for act in ["sign", "suspend", "resume", "terminate", "offer", "renew", "discard"] {
        assert_eq!(post(&browser, &format!("{path}/{act}"), "seen=x"), 403, "{act}");
    }
    browser.open(&demo.page(Who::AuthorA, &format!("{path}/ask/suspend")));
    assert!(browser.text("main").contains("head_of_delegation"), "{}", browser.text("main"));
    assert_eq!(post(&browser, "/agreements/draft/keep", "sheet=text&toml=x"), 403);
    browser.check_console(&["403"]);
}

#[test]
fn a_sample_is_tried_under_the_agreement_in_force_and_the_outcome_is_in_words() {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    browser.enter(demo.link(Who::AuthorA));
    let origin = demo.page(Who::AuthorA, "");
    let path = agreement(&browser, &origin);
    browser.click("a[href$='/try']");
    browser.click(".offers a[href*='correspondence.note'][href*='clause=c2']");
    browser.click("form[action$='/try'] .acts button");
    browser.until("document.querySelector('#outcome.ok')");
    assert!(browser.text("#outcome").contains("c2"), "{}", browser.text("#outcome"));
    // About a victim it does not pass, and it says by which rule of the floor, and who would have to sign.
    browser.fill("h.subject_category", "victim");
    browser.fill("h.subject_count", "1");
    browser.click("form[action$='/try'] .acts button");
    browser.until("document.querySelector('#outcome.bad')");
    let said = browser.text("#outcome");
    assert!(said.contains("would not pass") && said.contains("CHD-01") && said.contains("Release authority"), "{said}");
    assert_eq!(browser.path(), format!("{path}/try"));
    browser.check_console(&[]);
}
