//! A headless Chromium, driven over WebDriver (W3C) through `chromedriver`; it ends with the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Client, eventually};

/// What WebDriver calls an element in its JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Named keys as WebDriver writes them.
pub(crate) const TAB: &str = "\u{E004}";
pub(crate) const ENTER: &str = "\u{E007}";
pub(crate) const ESCAPE: &str = "\u{E00C}";
pub(crate) const SPACE: &str = "\u{E00D}";
pub(crate) const DOWN: &str = "\u{E015}";

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    Allowed,
    Blocked,
}

/// A browser with one window.
pub(crate) struct Browser {
    driver: Child,
    client: Client,
    session: String,
    console: String,
    _profile: TempDir,
}

impl Browser {
    /// One that visits the console at this address, in English.
    pub(crate) fn start(console: SocketAddr) -> Self {
        Self::start_with(console, Scripts::Allowed)
    }

    pub(crate) fn start_with(console: SocketAddr, scripts: Scripts) -> Self {
        let profile = tempfile::Builder::new().prefix("browser-").tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver: {error}; `make tools` installs it"));
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map(Result::unwrap).find_map(|line| {
            line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver says its port");
        std::thread::spawn(move || lines.for_each(drop));
        let mut client = Client::tcp(SocketAddr::from(([127, 0, 0, 1], port)));
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en-US",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let mut options = json!({ "args": arguments });
        if scripts == Scripts::Blocked {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let wanted =
            json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}});
        let answer = client
            .post("/session", &json!({ "capabilities": { "alwaysMatch": wanted } }))
            .expect(200);
        let session = answer["value"]["sessionId"].as_str().unwrap().to_owned();
        let console = format!("http://{console}");
        Self { driver, client, session, console, _profile: profile }
    }

    /// Asks the driver; a refusal is its text.
    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let path = format!("/session/{}{path}", self.session);
        let body = body.map(Value::to_string);
        let response = self.client.send(method, &path, body.as_deref());
        let value = response.json()["value"].clone();
        if response.status == 200 { Ok(value) } else { Err(format!("{method} {path}: {value}")) }
    }

    #[track_caller]
    fn done(&mut self, path: &str, body: &Value) -> Value {
        self.ask("POST", path, Some(body)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Goes to a page of the console.
    #[track_caller]
    pub(crate) fn go(&mut self, path: &str) {
        let url = format!("{}{path}", self.console);
        self.done("/url", &json!({ "url": url }));
    }

    /// The path of the page.
    #[track_caller]
    pub(crate) fn place(&mut self) -> String {
        let url = self.ask("GET", "/url", None).unwrap();
        url.as_str().unwrap().trim_start_matches(self.console.as_str()).to_owned()
    }

    /// Waits until the page has this path.
    #[track_caller]
    pub(crate) fn arrives(&mut self, path: &str) {
        eventually(&format!("the browser is at {path}"), || {
            let place = self.place();
            if place == path { Ok(()) } else { Err(place) }
        });
    }

    /// Runs a script in the page; not subject to the page's policy.
    #[track_caller]
    pub(crate) fn script(&mut self, script: &str, arguments: &[Value]) -> Value {
        self.done("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs a script that calls its last argument when it is done.
    #[track_caller]
    pub(crate) fn script_and_wait(&mut self, script: &str, arguments: &[Value]) -> Value {
        self.done("/execute/async", &json!({ "script": script, "args": arguments }))
    }

    fn find(&mut self, css: &str) -> Result<String, String> {
        let body = json!({ "using": "css selector", "value": css });
        let found = self.ask("POST", "/element", Some(&body))?;
        Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned())
    }

    /// Does something with an element once it is there and can be used.
    #[track_caller]
    fn act(&mut self, css: &str, action: &str, body: &Value) {
        eventually(&format!("{action} of {css}"), || {
            let element = self.find(css)?;
            self.ask("POST", &format!("/element/{element}/{action}"), Some(body))
        });
    }

    /// Clicks.
    #[track_caller]
    pub(crate) fn click(&mut self, css: &str) {
        self.act(css, "click", &json!({}));
    }

    /// Empties a field and types into it.
    #[track_caller]
    pub(crate) fn fill(&mut self, css: &str, text: &str) {
        self.act(css, "clear", &json!({}));
        self.act(css, "value", &json!({ "text": text }));
    }

    /// Types into a field as it is; into a choice of a file, the file's path.
    #[track_caller]
    pub(crate) fn type_into(&mut self, css: &str, text: &str) {
        self.act(css, "value", &json!({ "text": text }));
    }

    /// Chooses an option of a list by its value.
    #[track_caller]
    pub(crate) fn choose(&mut self, css: &str, value: &str) {
        self.click(&format!("{css} option[value=\"{value}\"]"));
    }

    /// Chooses the first option of a list whose text begins so.
    #[track_caller]
    pub(crate) fn choose_text(&mut self, css: &str, text: &str) {
        let script = "return [...document.querySelector(arguments[0]).options].find(option => option.text.startsWith(arguments[1]))?.value ?? null";
        let value = self.script(script, &[json!(css), json!(text)]);
        let value = value.as_str().unwrap_or_else(|| panic!("{css} offers no `{text}`")).to_owned();
        self.choose(css, &value);
    }

    /// The text that people see of an element, once it is there.
    #[track_caller]
    pub(crate) fn text(&mut self, css: &str) -> String {
        eventually(&format!("{css} is there"), || {
            let element = self.find(css)?;
            let text = self.ask("GET", &format!("/element/{element}/text"), None)?;
            Ok::<_, String>(text.as_str().unwrap_or_default().to_owned())
        })
    }

    /// Waits until an element says this.
    #[track_caller]
    pub(crate) fn says(&mut self, css: &str, text: &str) {
        eventually(&format!("{css} says `{text}`"), || {
            let element = self.find(css)?;
            let found = self.ask("GET", &format!("/element/{element}/text"), None)?;
            let found = found.as_str().unwrap_or_default().to_owned();
            if found.contains(text) { Ok(()) } else { Err(found) }
        });
    }

    /// Waits until there is an element.
    #[track_caller]
    pub(crate) fn has(&mut self, css: &str) {
        eventually(&format!("{css} is there"), || self.find(css));
    }

    /// How many elements there are.
    #[track_caller]
    pub(crate) fn count(&mut self, css: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.script(script, &[json!(css)]).as_u64().unwrap()
    }

    /// Presses keys, one after the other, wherever the focus is.
    #[track_caller]
    pub(crate) fn press(&mut self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]});
        self.done("/actions", &actions);
    }

    fn developer(&mut self, command: &str, parameters: &Value) -> Value {
        self.done("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Makes the page so wide.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.developer("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Makes the system prefer `light` or `dark`, and no motion.
    pub(crate) fn prefer(&mut self, scheme: &str) {
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.developer("Emulation.setEmulatedMedia", &features);
    }

    /// A picture of the whole page among the test artefacts.
    pub(crate) fn picture(&mut self, name: &str) {
        let script =
            "return [innerWidth, Math.max(document.documentElement.scrollHeight, innerHeight)]";
        let size = self.script(script, &[]);
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
        let shot = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let data = self.developer("Page.captureScreenshot", &shot);
        let bytes = Base64::decode_vec(data["data"].as_str().unwrap()).unwrap();
        let folder = pictures();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// What the page complained of: errors of scripts, breaches of the policy.
    #[track_caller]
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let log = self.done("/se/log", &json!({ "type": "browser" }));
        let log = log.as_array().unwrap().iter();
        log.filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect()
    }
}

/// Where pictures of pages go.
fn pictures() -> PathBuf {
    let program = PathBuf::from(crate::harness::deployment::PROGRAM);
    program.parent().and_then(|profile| profile.parent()).unwrap().join("screenshots")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with the session; without the driver, both are gone.
        let path = format!("/session/{}", self.session);
        let _gone = self.client.try_send("DELETE", &path, None);
        let _gone = self.driver.kill();
        let _gone = self.driver.wait();
    }
}
