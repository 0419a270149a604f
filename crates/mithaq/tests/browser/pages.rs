//! Every page in every language, wide and narrow, light and dark: whole, readable, and open to those who see or hear it otherwise.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    demo::{Demo, Who},
};

/// axe-core 4.14.1, as npm has it. It looks for what keeps people with disabilities out.
const AXE: &str = include_str!("axe/axe.min.js");
/// What axe is asked for: the levels A and AA of WCAG 2.2, and what its makers advise.
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// Languages in which pages are looked at closely: one of each direction. What axe finds is not in the words.
const CLOSELY: [&str; 2] = ["en", "ar"];

/// Routes that are read and are no pages.
const NO_PAGES: [&str; 14] = [
    "/",
    "/live",
    "/inbox.csv",
    "/requests.csv",
    "/audit.csv",
    "/threads/{thread}/pdf",
    "/records/{channel}/{party}/{epoch}/{lane}/{index}/pdf",
    // To the agency's own sign-in service and back, which the made-up agencies don't have.
    "/sign-in/service",
    "/sign-in/return",
    "/records/{channel}/{party}/{epoch}/{lane}/{index}/files/{sha256}",
    "/records/{channel}/{party}/{epoch}/{lane}/{index}/evidence",
    "/missed/{channel}/{thread}",
    "/agreements/{hash}/bundle",
    "/partners/ours.card",
];
/// What a page must not do, whatever it shows. Words with hyphens that stand for a message are known by its beginning.
const LOOK: &str = r"
    const bad = [], page = document.documentElement, text = document.body.innerText;
    if (page.scrollWidth > innerWidth) {
        const wide = [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
        bad.push(`wider than its window: ${page.scrollWidth} ${wide.slice(0, 2).map((e) => e.outerHTML.slice(0, 120))}`);
    }
    if (page.lang !== LANGUAGE) bad.push(`lang is ${page.lang}`);
    if (page.dir !== (['ar', 'fa', 'ur'].includes(LANGUAGE) ? 'rtl' : 'ltr')) bad.push(`dir is ${page.dir}`);
    if (/\{\s*\$/.test(text)) bad.push('a value is not filled in');
    const id = text.match(/(^|\s)(nav|field|kind|word|code|rule|header|state|approval)-[a-z][a-z_-]+/m);
    if (id) bad.push(`an id in place of words: ${id[0]}`);
    for (const button of document.querySelectorAll('button, .btn, .tag, .chip')) {
        const shown = button.checkVisibility({ visibilityProperty: true });
        if (shown && (button.scrollWidth > button.clientWidth + 1 || button.scrollHeight > button.clientHeight + 2)) {
            bad.push(`clipped: ${button.innerText}`);
        }
    }
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    if (new Set(ids).size < ids.length) bad.push('an id twice');
    return bad;
";

/// Everybody who sees pages that others don't, and theirs.
fn walks(browser: &Browser, demo: &Demo) -> Vec<(String, Vec<String>)> {
    let links = |page: &str, css: &str| {
        browser.open(&demo.page(Who::AuthorA, page));
        let script =
            format!("return [...document.querySelectorAll({})].map((a) => a.getAttribute('href'))", json!(css));
        let Value::Array(links) = browser.run(&script) else { panic!("no links on {page}") };
        links.iter().map(|link| link.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let fixed = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    browser.enter(demo.link(Who::AuthorA));
    let mut author = fixed(&[
        "/inbox",
        "/requests",
        "/drafts",
        "/write",
        "/register",
        "/correspondence",
        "/agreements",
        "/evidence",
        "/partners",
        "/search?q=forms",
        "/search?q=nothing-like-it",
        "/more",
        "/me",
        "/confirm",
        "/retention",
    ]);
    let threads = links("/requests", ".subj a");
    author.push(threads[0].clone());
    author.push(links(&threads[0], ".custody a")[0].clone());
    let agreement = links("/agreements", "main .subj a")[0].clone();
    let hash = agreement.rsplit('/').next().unwrap().to_owned();
    author.push(format!("/agreements/compare?old={hash}&new={hash}"));
    author.extend([format!("{agreement}/try"), links(&format!("{agreement}/try"), ".offers a")[0].clone()]);
    author.push(links("/partners", "main a[href^='/partners/']:not([download])")[0].clone());
    author.push(agreement.clone());
    author.push(format!("{}/beside", links("/register", ".subj a")[0]));
    let kinds = links("/write", ".offers a");
    let mut written = BTreeSet::new();
    let kind = |link: &String| link.split(['=', '&']).nth(1).unwrap_or_default().to_owned();
    author.extend(kinds.into_iter().filter(|link| written.insert(kind(link))));
    // A draft, as it is written and as it is looked at once more.
    browser.open(&demo.page(Who::AuthorA, "/write"));
    browser.click(".offers a[href*='correspondence.note']");
    browser.fill("b.subject", "A note about nothing (made up)");
    browser.fill("b.text", "Nothing happened. This is made up.");
    browser.click("button[value=check]");
    browser.until("document.querySelector('form[action$=\"/hand-over\"]')");
    let draft = browser.path();
    author.extend([format!("{draft}?view=check"), draft]);

    let mut walks = vec![
        (demo.link(Who::AuthorA).to_owned(), author),
        (demo.link(Who::ReleaserA).to_owned(), fixed(&["/reviews"])),
    ];
    let administrator = demo.visitor("Administrator (made up)", "node_admin");
    browser.enter(&administrator);
    browser.click("nav.nav a[href='/administration']");
    browser.until("document.querySelector('th a')");
    let person = browser.run("return document.querySelector('th a').pathname").as_str().unwrap().to_owned();
    walks.push((
        administrator,
        fixed(&["/administration", "/administration/people/new", &person, "/partners", "/partners/new"]),
    ));
    browser.enter(demo.link(Who::ProtectionB));
    browser.open(&demo.page(Who::ProtectionB, "/protection"));
    let held = browser.run("return document.querySelector('.subj a').pathname").as_str().unwrap().to_owned();
    walks.push((demo.link(Who::ProtectionB).to_owned(), fixed(&["/protection", &held])));
    for (name, role, paths) in [
        ("Auditor (made up)", "auditor", &["/audit"][..]),
        ("Head (made up)", "head_of_delegation", &["/agreements", "/agreements/draft", "/agreements/draft?view=text"]),
    ] {
        walks.push((demo.visitor(name, role), fixed(paths)));
    }
    let asked = ["suspend", "renew"].map(|act| format!("{agreement}/ask/{act}"));
    walks.last_mut().unwrap().1.extend(asked.into_iter().chain([agreement]));
    walks
}

/// That the walks come by every page that needs a session.
fn check_all_are_visited(walks: &[(String, Vec<String>)]) {
    let visited: Vec<&str> =
        walks.iter().flat_map(|(_, paths)| paths).map(|path| path.split('?').next().unwrap()).collect();
    let fits = |pattern: &str, path: &str| {
        let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(wanted, is)| wanted.starts_with('{') || *wanted == is)
    };
    for route in console::routes() {
        let (method, path, scope) = (&route.about.method, route.about.path, route.about.scope);
        let is_page = *method == Method::GET && scope.is_some() && !NO_PAGES.contains(&path);
        assert!(!is_page || visited.iter().any(|seen| fits(path, seen)), "no walk comes by {path}");
    }
}

/// How a page looks, and the width at which it is looked at closely then.
type Look = (&'static str, u32);

const LIGHT: Look = ("light", 1280);
const DARK: Look = ("dark", 390);

/// Walks through all pages in a language.
fn walk(language: &str, looks: &[Look]) {
    let Some(browser) = Browser::start() else { return };
    let demo = Demo::start();
    let walks = walks(&browser, &demo);
    check_all_are_visited(&walks);
    let look = LOOK.replace("LANGUAGE", &json!(language).to_string());
    let mut wrong = Vec::new();
    let mut number = 0;
    for (link, paths) in &walks {
        browser.enter(link);
        let (origin, _) = link.split_once("/visit").unwrap();
        browser.set_cookie("mithaq_language", language);
        for path in paths {
            number += 1;
            // Each page is looked at closely once in a language of each direction: wide and light, or narrow and dark.
            for (theme, close_width) in looks.iter().copied() {
                browser.set_cookie("mithaq_theme", theme);
                browser.open(&format!("{origin}{path}"));
                for width in [1280, 390] {
                    browser.resize(width);
                    let name = format!("{language}-{number:02}-{width}-{theme}");
                    let found = browser.run(&look);
                    wrong.extend(found.as_array().unwrap().iter().map(|what| format!("{name} {path:.70}: {what}")));
                    if width == close_width {
                        browser.shoot(&name);
                    }
                    if width == close_width && CLOSELY.contains(&language) && (number % 2 == 0) == (theme == "light") {
                        wrong.extend(barriers(&browser).iter().map(|what| format!("{name} {path:.70}: {what}")));
                    }
                }
            }
        }
        browser.check_console(&[]);
    }
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What keeps people out of a page. Of a long list the beginning tells enough.
fn barriers(browser: &Browser) -> Vec<Value> {
    browser.run("document.querySelectorAll('.rows > li:nth-child(n + 12)').forEach((row) => row.remove())");
    browser.run(AXE);
    let asked = format!("axe.run(document, {{resultTypes: ['violations'], runOnly: {}}})", json!(RULES));
    let told = format!(
        "{asked}.then((told) => told.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 200))))"
    );
    let told = browser.run_slowly(&told);
    told.as_array().unwrap_or_else(|| panic!("axe failed: {told}")).clone()
}

#[test]
fn every_light_page_is_whole_in_english() {
    walk("en", &[LIGHT]);
}

#[test]
fn every_dark_page_is_whole_in_english() {
    walk("en", &[DARK]);
}

#[test]
fn every_light_page_is_whole_in_arabic() {
    walk("ar", &[LIGHT]);
}

#[test]
fn every_dark_page_is_whole_in_arabic() {
    walk("ar", &[DARK]);
}

#[test]
fn every_page_is_whole_in_persian() {
    walk("fa", &[LIGHT, DARK]);
}

#[test]
fn every_page_is_whole_in_turkish() {
    walk("tr", &[LIGHT, DARK]);
}

#[test]
fn every_page_is_whole_in_urdu() {
    walk("ur", &[LIGHT, DARK]);
}
