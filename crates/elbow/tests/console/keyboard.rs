//! The console by keyboard alone.

use serde_json::json;

use crate::browser::{DOWN, ENTER, ESCAPE, SPACE, TAB};
use crate::harness::deployment::PASSWORD;
use crate::harness::{Deployment, Origin};
use crate::visit::Visit;

/// Presses the tabulator until something has the focus; fails after a whole round.
#[track_caller]
fn tab_to(browser: &mut crate::browser::Browser, css: &str) {
    for _ in 0..120 {
        let is_there =
            browser.script("return document.activeElement.matches(arguments[0])", &[json!(css)]);
        if is_there == json!(true) {
            // Whoever has the focus shows it.
            let outline = browser.script(
                "const style = getComputedStyle(document.activeElement.closest('.choice') ?? document.activeElement); return style.outlineStyle",
                &[],
            );
            assert_ne!(outline, json!("none"), "{css} has the focus and does not show it");
            return;
        }
        browser.press(TAB);
    }
    panic!("{css} is not reached by the tabulator");
}

#[test]
fn everything_is_done_by_keyboard_alone() {
    let deployment = Deployment::start();
    let mut browser = crate::browser::Browser::start(deployment.api_address());
    browser.go("/");
    browser.arrives("/login");
    browser.press("admin");
    browser.press(TAB);
    browser.press(PASSWORD);
    browser.press(ENTER);
    browser.arrives("/");

    // The first stop leads past the navigation.
    browser.press(TAB);
    browser.press(ENTER);
    assert_eq!(browser.script("return document.activeElement.id", &[]), json!("content"));

    tab_to(&mut browser, "main a[href='/load-balancers/new']");
    browser.press(ENTER);
    browser.arrives("/load-balancers/new");
    tab_to(&mut browser, "#f-name");
    browser.press("keys");
    // The next listener is added, and its first field has the focus.
    tab_to(&mut browser, "button[value=add-listener]");
    browser.press(SPACE);
    browser.has("#f-listeners-1-port");
    tab_to(&mut browser, "#f-listeners-1-port");
    browser.press("8081");
    tab_to(&mut browser, "button.primary[value=next]");
    browser.press(ENTER);
    browser.says("h1", "Review & Create");
    tab_to(&mut browser, "button[value=create]");
    browser.press(ENTER);
    browser.arrives("/load-balancers");

    // The menu of a row opens, is walked through, closes by Escape with the focus where it was, and leads on.
    tab_to(&mut browser, ".row-menu summary");
    browser.press(ENTER);
    browser.has(".row-menu[open]");
    browser.press(DOWN);
    assert_eq!(browser.script("return document.activeElement.className", &[]), json!("menu-item"));
    browser.press(ESCAPE);
    assert_eq!(browser.count(".row-menu[open]"), 0);
    assert_eq!(browser.script("return document.activeElement.tagName", &[]), json!("SUMMARY"));
    browser.press(ENTER);
    browser.press(DOWN);
    browser.press(DOWN);
    browser.press(ENTER);
    browser.says("h1", "Delete keys?");
    tab_to(&mut browser, "button[value=delete]");
    browser.press(ENTER);
    browser.arrives("/load-balancers");
    assert_eq!(deployment.api().get("/v1/load-balancers/keys").status, 404);
}

#[test]
fn what_is_live_keeps_the_focus() {
    let mut visit = Visit::start();
    let origins = Origin::start_many(["one", "two"]);
    visit.shop(&origins);
    let browser = &mut visit.browser;
    browser.go("/load-balancers");
    browser.has("#live-state:not([hidden])");
    tab_to(browser, "tbody tr th a");
    visit.deployment.create("newer", json!({"listeners": [{"protocol": "HTTP", "port": 80}]}));
    let browser = &mut visit.browser;
    browser.says("tbody tr:first-child th", "newer");
    let focused = browser.script("return document.activeElement.textContent", &[]);
    assert_eq!(focused, json!("shop"));
}
