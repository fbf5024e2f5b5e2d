//! The user story of load balancing, word for word, in the browser, with real traffic behind it.

use serde_json::json;

use crate::harness::deployment::NETWORK;
use crate::harness::openssl::Files;
use crate::harness::{Client, Origin, eventually};
use crate::visit::Visit;

#[test]
fn a_load_balancer_is_created_reviewed_filled_and_deleted() {
    let mut visit = Visit::start();
    let [one, two] = Origin::start_many(["one", "two"]);

    // Create: name, description, type, two listeners, method, virtual network; then review.
    visit.begin("shop");
    let browser = &mut visit.browser;
    browser.fill("#f-description", "what customers see");
    browser.click("#f-type-APPLICATION");
    browser.choose("#f-method", "ROUND_ROBIN");
    browser.click("button[value=add-listener]");
    browser.fill("#f-listeners-1-port", "8081");
    browser.click("button.primary[value=next]");
    browser.says("h1", "Review & Create");
    browser.says("main", "HTTP:8081");
    assert_eq!(visit.deployment.api().get("/v1/load-balancers/shop").status, 404, "too early");
    browser.click("button[value=create]");

    // Back at the list, the new one is on top, and becomes ACTIVE without a reload.
    browser.arrives("/load-balancers");
    browser.says(".notice", "shop was created");
    browser.says("tbody tr:first-child th", "shop");
    browser.has("tbody tr:first-child [data-state=ACTIVE]");

    // The search finds it by keyword, and not by another.
    browser.fill("#search", "customers");
    browser.arrives("/load-balancers?q=customers");
    browser.says("tbody", "shop");
    browser.fill("#search", "nothing-like-that");
    browser.says("#list", "Nothing matches");
    browser.go("/load-balancers");

    // Edit by the row's menu: Add Server, private IP and port, twice.
    browser.click("tbody tr:first-child .row-menu summary");
    browser.click("tbody tr:first-child .row-menu a:first-child");
    for (row, origin) in [&one, &two].into_iter().enumerate() {
        browser.click("button[value=add-member]");
        browser.fill(&format!("#f-members-{row}-address"), &origin.address.ip().to_string());
        browser.fill(&format!("#f-members-{row}-port"), &origin.address.port().to_string());
    }
    browser.click("button.primary[value=save]");
    let here = format!("/load-balancers/{}", visit.id("shop"));
    let browser = &mut visit.browser;
    browser.arrives(&here);
    browser.says("#servers", &one.address.to_string());
    browser.has("#servers tr:nth-child(2) [data-state=HEALTHY]");
    browser.has("#lb-state [data-state=ACTIVE]");

    // Traffic flows through the virtual IP, to both.
    let tree = visit.deployment.active("shop");
    let address = crate::harness::deployment::address_of(&tree);
    let mut seen = [false, false];
    eventually("both servers answer", || {
        let body = Client::tcp(address).get("/").body;
        seen[0] |= body.starts_with("one");
        seen[1] |= body.starts_with("two");
        if seen == [true, true] { Ok(()) } else { Err(body) }
    });

    // A server is drained by its weight, and taken out.
    browser.click("#servers tbody tr:first-child .row-menu summary");
    browser.click("#servers tbody tr:first-child .row-menu a:first-child");
    browser.fill("#f-weight", "0");
    browser.click("button.primary[value=save]");
    browser.has("#servers [data-state=DRAINING]");

    // Delete says what goes, and it goes.
    browser.go("/load-balancers");
    browser.click("tbody tr:first-child .row-menu summary");
    browser.click("tbody tr:first-child .row-menu a:last-child");
    browser.says("main", "stops answering at once");
    browser.click("button[value=delete]");
    browser.arrives("/load-balancers");
    browser.says("main", "No load balancer yet");
    assert_eq!(visit.deployment.api().get("/v1/load-balancers/shop").status, 404);
    assert_eq!(visit.browser.complaints(), Vec::<String>::new());
}

#[test]
fn wrong_fields_are_told_at_the_fields_and_nothing_is_created() {
    let mut visit = Visit::start();
    visit.begin("no spaces please");
    let browser = &mut visit.browser;
    browser.fill("#f-listeners-0-port", "70000");
    browser.click("button.primary[value=next]");
    browser.says("#f-name-error", "no spaces please");
    browser.says("#f-listeners-0-port-error", "70000");
    browser.says("#problem", "Nothing was changed");
    let focused = browser.script("return document.activeElement.id", &[]);
    assert_eq!(focused, json!("problem"), "who can't see it must hear it");
    let listed = visit.deployment.api().get("/v1/load-balancers").expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 0);
}

#[test]
fn a_certificate_is_uploaded_reviewed_used_and_replaced() {
    let mut visit = Visit::start();
    let files = Files::new();
    files.authority("authority");
    let ec = "ec -pkeyopt ec_paramgen_curve:P-256";
    for name in ["site", "site-2027"] {
        files.server(name, "shop.example.com", "authority", ec);
        files.pkcs12(name, "authority", "correct-horse");
    }
    let browser = &mut visit.browser;
    for name in ["site", "site-2027"] {
        browser.go("/certificates/new");
        browser.fill("#f-name", name);
        browser.fill("#f-description", "for the shop");
        browser.type_into("#f-pkcs12-file", &files.at(&format!("{name}.p12")));
        eventually("the file is read into its field", || {
            let length =
                browser.script("return document.getElementById('f-pkcs12').value.length", &[]);
            if length.as_u64() > Some(100) { Ok(()) } else { Err(length.to_string()) }
        });
        // A wrong passphrase is told, and the file need not be given again.
        browser.fill("#f-passphrase", "another one");
        browser.click("button.primary[value=next]");
        browser.says("#f-passphrase-error", "does not open the PKCS#12 file");
        browser.says(".upload", "kept for 10 minutes");
        browser.fill("#f-passphrase", "correct-horse");
        browser.click("button.primary[value=next]");
        browser.says("h1", "Review & Create");
        browser.says("main", "shop.example.com");
        let html = browser.script("return document.documentElement.outerHTML", &[]);
        assert!(!html.as_str().unwrap().contains("correct-horse"), "a secret is in the page");
        browser.click("button[value=create]");
        browser.arrives("/certificates");
        browser.says("tbody tr:first-child", name);
        browser.has("tbody tr:first-child [data-state=ACTIVE]");
    }

    // It can be selected on an HTTPS listener, TLS 1.2 unless something else is chosen.
    visit.begin("shop");
    let browser = &mut visit.browser;
    browser.choose("#f-listeners-0-protocol", "HTTPS");
    browser.fill("#f-listeners-0-port", "443");
    browser.choose_text("#f-listeners-0-certificate", "site (");
    browser.click("button.primary[value=next]");
    browser.says("main", "TLS 1.2");
    browser.click("button[value=create]");
    browser.arrives("/load-balancers");
    visit.deployment.active("shop");
    let vip = visit.deployment.active("shop")["vip"].as_str().unwrap().to_owned();
    let shown = |files: &Files| {
        let connect =
            format!("s_client -connect {vip}:443 -servername shop.example.com -showcerts");
        let said = String::from_utf8_lossy(&files.openssl(&connect)).into_owned();
        let begin = said.find("-----BEGIN").unwrap_or(0);
        let end = said.find("-----END").unwrap_or(0);
        said[begin..end].to_owned()
    };
    let pem = |name: &str| {
        let text = std::fs::read_to_string(files.path(&format!("{name}.pem"))).unwrap();
        text[..text.find("-----END").unwrap()].to_owned()
    };
    assert_eq!(shown(&files), pem("site"));

    // Another one takes its place in the form for editing, and the next handshake shows it.
    let here = format!("/load-balancers/{}", visit.id("shop"));
    let browser = &mut visit.browser;
    browser.go(&format!("{here}/edit"));
    browser.choose_text("#f-listeners-0-certificate", "site-2027 (");
    browser.click("button.primary[value=save]");
    browser.arrives(&here);
    browser.says("#connections", "site-2027");
    eventually("the newer certificate is shown", || {
        if shown(&files) == pem("site-2027") { Ok(()) } else { Err("the older one") }
    });

    // What is used can't be deleted, and the page says by what; the other one can.
    browser.go("/certificates");
    browser.click("tbody tr:first-child .row-menu summary");
    browser.click("tbody tr:first-child .row-menu a");
    browser.says("main", "shop");
    browser.click("button[value=delete]");
    browser.has("#problem");
    browser.go("/certificates");
    browser.click("tbody tr:nth-child(2) .row-menu summary");
    browser.click("tbody tr:nth-child(2) .row-menu a");
    browser.click("button[value=delete]");
    browser.arrives("/certificates");
    eventually("one certificate is left", || match browser.count("tbody tr") {
        1 => Ok(()),
        count => Err(count.to_string()),
    });
}

#[test]
fn rules_and_pools_are_managed_in_place() {
    let mut visit = Visit::start();
    let origins = Origin::start_many(["one", "two"]);
    let address = visit.shop(&origins);
    let here = format!("/load-balancers/{}", visit.id("shop"));
    let browser = &mut visit.browser;

    browser.go(&format!("{here}/pools/new"));
    browser.fill("#f-name", "beta");
    browser.choose("#f-method", "LEAST_CONNECTIONS");
    browser.choose("#f-health_monitor-type", "NONE");
    browser.click("button.primary[value=save]");
    browser.arrives(&format!("{here}/pools"));
    browser.says("#pools", "beta");
    browser.click("#pools section:last-child .card-head a.button");
    browser.fill("#f-members-0-address", &origins[1].address.ip().to_string());
    browser.fill("#f-members-0-port", &origins[1].address.port().to_string());
    browser.click("button.primary[value=save]");
    browser.arrives(&here);

    browser.go(&format!("{here}/rules"));
    browser.click("#rules .card-head a.button");
    browser.fill("#f-match-path", "/beta/*");
    browser.choose("#f-action", "forward");
    browser.choose_text("#f-pool", "beta");
    browser.click("button.primary[value=save]");
    browser.arrives(&format!("{here}/rules"));
    browser.says("#rules", "/beta/*");
    visit.deployment.active("shop");
    eventually("the rule decides", || {
        let body = Client::tcp(address).get("/beta/x").body;
        if body.starts_with("two") { Ok(()) } else { Err(body) }
    });

    // The map has the way from port to server.
    browser.go(&here);
    browser.says("#map", "/beta/*");
    browser.says("#map", "beta");

    browser.go(&format!("{here}/rules"));
    browser.click("#rules tbody tr:last-child .row-menu summary");
    browser.click("#rules tbody tr:last-child .row-menu a:last-child");
    browser.click("button[value=delete]");
    browser.arrives(&format!("{here}/rules"));
    assert_eq!(visit.browser.count("#rules tbody tr"), 2);
}

#[test]
fn what_a_form_shows_as_command_and_request_does_the_same() {
    let mut visit = Visit::start();
    visit.begin("shop");
    let browser = &mut visit.browser;
    browser.fill("#f-members-0-address", "10.0.0.5");
    browser.fill("#f-members-0-port", "8080");
    browser.fill("#f-members-0-weight", "7");
    browser.choose("#f-health_monitor-type", "HTTP");
    browser.fill("#f-health_monitor-path", "/up");
    browser.click("#equivalents summary");
    // The panel follows what is typed.
    browser.says("#equivalents", "/up");
    let command = browser.text("#equivalents .code-block:first-of-type pre");
    browser.fill("#f-name", "shop-by-form");
    browser.says("#equivalents", "shop-by-form");
    browser.click("button.primary[value=next]");
    browser.click("button[value=create]");
    browser.arrives("/load-balancers");

    let words: Vec<String> =
        command.replace("\\\n", " ").split_whitespace().map(str::to_owned).collect();
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let ran = visit.deployment.elbow(&arguments);
    assert_eq!(ran.code, Some(0), "{command}\n{ran:?}");
    let mut api = visit.deployment.api();
    let [typed, formed] = ["shop", "shop-by-form"].map(|name| {
        let tree = api.get(&format!("/v1/load-balancers/{name}")).expect(200);
        let member = &tree["pools"][0]["members"][0];
        json!([
            tree["type"],
            tree["method"],
            tree["network"],
            tree["health_monitor"],
            tree["listeners"][0]["protocol"],
            tree["listeners"][0]["port"],
            member["address"],
            member["port"],
            member["weight"],
        ])
    });
    assert_eq!(typed, formed);
    assert_eq!(typed[2]["name"], NETWORK);
}
