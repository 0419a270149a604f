//! When a browser first paints a page, as the browser itself says it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::http::Client;

/// A driver of Chromium, which ends with it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Milliseconds from asking for a page to its first paint, in a browser that has nothing in its cache. Nothing where there is no
/// Chromium with its driver.
///
/// # Errors
/// What the driver said.
pub fn first(node: &str, cookie: &str, path: &str) -> Result<Option<f64>, String> {
    let spawned = Command::new("chromedriver").arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else { return Ok(None) };
    let stdout = child.stdout.take();
    let driver = Driver(child);
    let mut lines = BufReader::new(stdout.ok_or("chromedriver has no output")?).lines();
    let port = loop {
        let line = lines.next().ok_or("chromedriver ended")?.map_err(|error| error.to_string())?;
        if let Some((_, port)) = line.split_once("successfully on port ") {
            break port.trim().trim_end_matches('.').to_owned();
        }
    };
    let mut client = Client::connect(&format!("127.0.0.1:{port}"), None)?;
    let mut ask = |method: &str, path: &str, words: Value| -> Result<Value, String> {
        let answer: Value = client.json(method, path, "application/json", words.to_string().as_bytes())?;
        match answer.pointer("/value/error") {
            Some(error) => Err(format!("{method} {path}: {error}: {}", answer["value"]["message"])),
            None => Ok(answer["value"].clone()),
        }
    };
    let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1000"];
    let options = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": arguments } });
    let session = ask("POST", "/session", json!({ "capabilities": { "alwaysMatch": options } }))?;
    let at = format!("/session/{}", session["sessionId"].as_str().unwrap_or_default());
    let site = format!("http://localhost:{}", node.rsplit(':').next().unwrap_or_default());
    // A cookie is set on a page of its site: one that is no page of the console, so that nothing of it is in the cache.
    ask("POST", &format!("{at}/url"), json!({ "url": format!("{site}/v1/health") }))?;
    let (name, value) = cookie.split_once('=').ok_or("a cookie without a value")?;
    ask("POST", &format!("{at}/cookie"), json!({ "cookie": { "name": name, "value": value, "path": "/" } }))?;
    ask("POST", &format!("{at}/url"), json!({ "url": format!("{site}{path}") }))?;
    let script = "const [done] = arguments; const look = () => { \
                  const [paint] = performance.getEntriesByName('first-contentful-paint'); \
                  paint ? done([paint.startTime, location.pathname]) : requestAnimationFrame(look); }; look();";
    let told = ask("POST", &format!("{at}/execute/async"), json!({ "script": script, "args": [] }))?;
    ask("DELETE", &at, json!({}))?;
    drop(driver);
    match (told[0].as_f64(), told[1].as_str()) {
        (Some(ms), Some(there)) if there == path => Ok(Some(ms)),
        _ => Err(format!("the browser did not paint {path}: {told}")),
    }
}
