//! A browser as somebody uses it: pages, clicks, keys.

use std::{path::PathBuf, thread::sleep, time::Duration};

use protocol::encoding::from_base64;
use serde_json::{Value, json};

use crate::driver::Driver;

/// Longest wait for what a page or the other side's node does by itself.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
/// The node counts requests: who looks again waits longer.
const SLOW_POLL: Duration = Duration::from_millis(500);
/// How WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys that are no letters, as WebDriver has them.
pub const ENTER: &str = "\u{E007}";
pub const ESCAPE: &str = "\u{E00C}";
pub const TAB: &str = "\u{E004}";

/// A browser. It ends when it is dropped.
pub struct Browser {
    driver: Driver,
}

/// A tab of it.
pub struct Tab(String);

impl Browser {
    /// Starts one; nothing, after saying so, where there is none on this machine.
    pub fn start() -> Option<Self> {
        let Some(driver) = Driver::start() else {
            println!("skipped: browser: the console is tried in Chromium, by chromedriver");
            return None;
        };
        let browser = Self { driver };
        browser.resize(1280);
        Some(browser)
    }

    /// Makes pages so many pixels wide, as on a screen of that width.
    pub fn resize(&self, width: u32) {
        let metrics = json!({"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false});
        self.post("goog/cdp/execute", &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}));
    }

    /// Opens a page.
    pub fn open(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// Opens a page again and again until an expression of it holds.
    pub fn open_until(&self, url: &str, expression: &str) {
        self.wait_for(expression, SLOW_POLL, || {
            self.open(url);
            self.holds(expression)
        });
    }

    /// Enters by a visitor's link and waits for the first page.
    pub fn enter(&self, link: &str) {
        self.open(link);
        self.click("[data-visit] button");
        self.until("document.querySelector('nav.nav')");
    }

    /// Waits until an expression of the page holds.
    pub fn until(&self, expression: &str) {
        self.wait_for(expression, POLL, || self.holds(expression));
    }

    /// Clicks an element, which may still be on its way.
    pub fn click(&self, css: &str) {
        let element = self.find(css);
        // As far as a person scrolls: until no bar lies over it.
        self.run(&format!("document.querySelector({}).scrollIntoView({{block: 'nearest'}})", json!(css)));
        if let Err(error) = self.driver.post(&format!("element/{element}/click"), &json!({})) {
            panic!("{css} can't be clicked: {error}; {}", self.shown());
        }
    }

    /// Clicks it twice, as fast as a mouse does.
    pub fn click_twice(&self, css: &str) {
        let element = self.find(css);
        self.run(&format!("document.querySelector({}).scrollIntoView({{block: 'center'}})", json!(css)));
        let to = json!({"type": "pointerMove", "x": 0, "y": 0, "origin": {ELEMENT: element}});
        let [down, up] = ["pointerDown", "pointerUp"].map(|act| json!({"type": act, "button": 0}));
        let acts = json!([to, down, up, down, up]);
        self.post("actions", &json!({"actions": [{"type": "pointer", "id": "mouse", "actions": acts}]}));
    }

    /// Types into a field, or chooses in it, by its name.
    pub fn fill(&self, name: &str, value: &str) {
        let element = self.find(&named(name));
        if self.get(&format!("element/{element}/name")) == "select" {
            return self.click(&format!("{} option[value='{value}']", named(name)));
        }
        self.post(&format!("element/{element}/clear"), &json!({}));
        self.post(&format!("element/{element}/value"), &json!({"text": value}));
    }

    /// Presses keys, one after the other, where the focus is.
    pub fn press(&self, keys: &str) {
        let acts = keys.chars().flat_map(|key| ["keyDown", "keyUp"].map(|act| json!({"type": act, "value": key})));
        let acts: Vec<Value> = acts.collect();
        self.post("actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": acts}]}));
    }

    /// Shows pages as they are printed, or as they are on screen again.
    pub fn as_printed(&self, is_printed: bool) {
        let media = json!({"media": if is_printed { "print" } else { "" }});
        self.post("goog/cdp/execute", &json!({"cmd": "Emulation.setEmulatedMedia", "params": media}));
    }

    /// The page as a printer gets it: a PDF file.
    pub fn printed(&self) -> Vec<u8> {
        from_base64(self.post("print", &json!({})).as_str().unwrap()).expect("a file in base64")
    }

    /// What an element shows.
    pub fn text(&self, css: &str) -> String {
        let element = self.find(css);
        self.get(&format!("element/{element}/text")).as_str().unwrap().to_owned()
    }

    /// What a field holds, by its name.
    pub fn value(&self, name: &str) -> String {
        let element = self.find(&named(name));
        self.get(&format!("element/{element}/property/value")).as_str().unwrap().to_owned()
    }

    /// How many there are.
    pub fn count(&self, css: &str) -> usize {
        self.post("elements", &json!({"using": "css selector", "value": css})).as_array().unwrap().len()
    }

    /// Where the browser is.
    pub fn path(&self) -> String {
        self.run("return location.pathname").as_str().unwrap().to_owned()
    }

    /// Runs a script in the page, beside its own.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs an asynchronous expression in the page and gives back what comes of it.
    pub fn run_slowly(&self, expression: &str) -> Value {
        let script =
            format!("const done = arguments[0]; Promise.resolve({expression}).then(done, (e) => done(String(e)))");
        self.post("execute/async", &json!({"script": script, "args": []}))
    }

    /// A second tab, which is shown from then on. Gives back the one before.
    pub fn another_tab(&self) -> Tab {
        let new = self.post("window/new", &json!({"type": "tab"}));
        let before = self.switch(Tab(new["handle"].as_str().unwrap().to_owned()));
        self.resize(1280);
        before
    }

    /// Shows another tab. Gives back the one before.
    pub fn switch(&self, tab: Tab) -> Tab {
        let before = Tab(self.get("window").as_str().unwrap().to_owned());
        self.post("window", &json!({"handle": tab.0}));
        before
    }

    /// Sets a cookie of the site that is shown.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.post("cookie", &json!({"cookie": {"name": name, "value": value, "path": "/"}}));
    }

    /// A command of the driver, which must succeed.
    pub fn post(&self, path: &str, words: &Value) -> Value {
        self.driver.post(path, words).unwrap_or_else(|error| panic!("{path}: {error}; {}", self.shown()))
    }

    /// A command that takes something away.
    pub fn delete(&self, path: &str) {
        self.driver.delete(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Keeps what the page looks like.
    pub fn shoot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = from_base64(self.get("screenshot").as_str().unwrap()).expect("a picture in base64");
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Fails if a page complained since the last look: of a script that broke, or of what its policy forbids. What is expected is a
    /// part of the complaint.
    pub fn check_console(&self, expected: &[&str]) {
        let log = self.post("se/log", &json!({"type": "browser"}));
        for entry in log.as_array().unwrap() {
            let message = entry["message"].as_str().unwrap();
            let is_bad = entry["level"] == "SEVERE" || message.contains("Content Security Policy");
            let is_expected = expected.iter().any(|expected| message.contains(expected));
            assert!(!is_bad || is_expected, "the page complains: {entry}");
        }
    }

    /// Where the browser is and what it shows, for whoever reads of a failure.
    pub fn shown(&self) -> String {
        let script = json!({"script": "return location + ' shows:\\n' + document.body.innerText", "args": []});
        let shown = self.driver.post("execute/sync", &script);
        shown.map_or_else(|error| error, |text| text.as_str().unwrap_or_default().to_owned())
    }

    fn get(&self, path: &str) -> Value {
        self.driver.get(path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn find(&self, css: &str) -> String {
        let mut found = Value::Null;
        self.wait_for(css, POLL, || {
            let asked = self.driver.post("element", &json!({"using": "css selector", "value": css}));
            asked.is_ok_and(|element| {
                found = element[ELEMENT].clone();
                true
            })
        });
        found.as_str().unwrap().to_owned()
    }

    /// While one page follows another nothing holds.
    fn holds(&self, expression: &str) -> bool {
        let script = json!({"script": format!("return Boolean({expression})"), "args": []});
        self.driver.post("execute/sync", &script).is_ok_and(|holds| holds == true)
    }

    fn wait_for(&self, what: &str, pause: Duration, mut is_so: impl FnMut() -> bool) {
        for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
            if is_so() {
                return;
            }
            sleep(pause);
        }
        panic!("waited in vain for {what}; {}", self.shown());
    }
}

fn named(name: &str) -> String {
    format!("main [name='{name}']")
}
