//! The console in a browser that runs no scripts.

use crate::browser::Scripts;
use crate::harness::Origin;
use crate::visit::Visit;

#[test]
fn a_load_balancer_is_created_edited_and_deleted_without_scripts() {
    let mut visit = Visit::start_with(Scripts::Blocked);
    let [one] = Origin::start_many(["one"]);
    visit.begin("plain");
    let browser = &mut visit.browser;
    browser.click("button[value=add-listener]");
    browser.fill("#f-listeners-1-port", "8081");
    browser.fill("#f-members-0-address", &one.address.ip().to_string());
    browser.fill("#f-members-0-port", &one.address.port().to_string());
    browser.click("button[value=remove-listener-1]");
    browser.click("button.primary[value=next]");
    browser.says("h1", "Review & Create");
    browser.click("button[value=create]");
    browser.arrives("/load-balancers");
    browser.says("tbody", "plain");
    visit.deployment.active("plain");

    // Menus open, times are told in UTC, and the graph's data is there.
    let here = format!("/load-balancers/{}", visit.id("plain"));
    let browser = &mut visit.browser;
    browser.go(&here);
    browser.says("#basics", "UTC");
    browser.click(".chart details.data summary");
    browser.has(".chart table tbody tr");
    browser.click(".head .row-menu summary");
    browser.click(".head .row-menu a");
    browser.click("button[value=delete]");
    browser.arrives("/load-balancers");
    assert_eq!(visit.deployment.api().get("/v1/load-balancers/plain").status, 404);
}

#[test]
fn language_and_theme_are_chosen_without_scripts_and_stay() {
    let mut visit = Visit::start_with(Scripts::Blocked);
    let browser = &mut visit.browser;
    browser.click("summary[aria-label='Language and theme']");
    browser.click("button[value=zh-Hant]");
    browser.says("h1", "歡迎");
    browser.has("html[lang=zh-Hant]");
    browser.click("summary[aria-label='語言與佈景主題']");
    browser.click("button[value=dark]");
    browser.has("html[data-theme=dark]");
    browser.go("/load-balancers");
    browser.says("h1", "負載平衡管理");
    browser.has("html[data-theme=dark][lang=zh-Hant]");
}
