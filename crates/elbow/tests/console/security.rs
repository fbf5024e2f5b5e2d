//! What keeps others out of a session, without a browser.

use crate::harness::deployment::PASSWORD;
use crate::harness::http::Response;
use crate::harness::{Client, Deployment};

/// Sends a form as a browser does.
fn post(client: Client, path: &str, cookie: &str, form: &str) -> Response {
    client.with_header("cookie", cookie).send_form(path, form)
}

fn logged_in(deployment: &Deployment) -> (String, Response) {
    let form = format!("username=admin&password={}", PASSWORD.replace(' ', "+"));
    let response = post(Client::tcp(deployment.api_address()), "/login", "a=b", &form);
    assert_eq!(response.status, 303, "{response}");
    let set = response.header("set-cookie").unwrap();
    (set.split(';').next().unwrap().to_owned(), response)
}

#[test]
fn the_session_is_out_of_reach_for_scripts_and_other_sites() {
    let deployment = Deployment::start();
    let (cookie, response) = logged_in(&deployment);
    let set = response.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    let client = || Client::tcp(deployment.api_address());
    let page = client().with_header("cookie", &cookie).get("/load-balancers");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // The API never takes the cookie: no other site can use it there.
    let api = client().with_header("cookie", &cookie).get("/v1/load-balancers");
    assert_eq!(api.status, 401);
}

#[test]
fn under_https_the_session_is_of_this_host_alone() {
    let deployment = Deployment::start();
    let client = Client::tcp(deployment.api_address()).with_header("x-forwarded-proto", "https");
    let form = format!("username=admin&password={}", PASSWORD.replace(' ', "+"));
    let response = post(client, "/login", "a=b", &form);
    let set = response.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-elbow_session=") && set.ends_with("; Secure"), "{set}");
    // What came by HTTPS is not taken without it, and the other way round.
    let cookie = set.split(';').next().unwrap();
    let page = |client: Client| client.with_header("cookie", cookie).get("/load-balancers").status;
    let client = || Client::tcp(deployment.api_address());
    assert_eq!(page(client().with_header("x-forwarded-proto", "https")), 200);
    assert_eq!(page(client()), 303);
}

#[test]
fn forms_without_the_sessions_token_or_from_elsewhere_are_refused() {
    let deployment = Deployment::start();
    let (cookie, _) = logged_in(&deployment);
    let client = || Client::tcp(deployment.api_address());
    let response = post(client(), "/load-balancers/new", &cookie, "intent=create&name=x&csrf=00");
    assert_eq!(response.status, 403, "{response}");
    let page = client().with_header("cookie", &cookie).get("/load-balancers/new").body;
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("intent=create&name=x&network=test&csrf={token}");
    for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
        let from_elsewhere = client().with_header(name, value);
        let response = post(from_elsewhere, "/load-balancers/new", &cookie, &form);
        assert_eq!(response.status, 403, "{name}: {response}");
    }
    assert_eq!(post(client(), "/load-balancers/new", &cookie, &form).status, 303);
}

#[test]
fn logging_out_ends_the_session_and_leads_back_to_the_login() {
    let deployment = Deployment::start();
    let (cookie, _) = logged_in(&deployment);
    let client = || Client::tcp(deployment.api_address());
    let page = client().with_header("cookie", &cookie).get("/").body;
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let response = post(client(), "/logout", &cookie, &format!("csrf={token}"));
    assert_eq!(response.status, 303, "{response}");
    let after = client().with_header("cookie", &cookie).get("/load-balancers?q=a");
    assert_eq!(after.status, 303, "the token must be worth nothing now: {after}");
    assert_eq!(after.header("location"), Some("/login?next=%2Fload-balancers%3Fq%3Da"));
    let elsewhere = client().get("/login?next=//evil.example");
    assert_eq!(elsewhere.status, 200);
}

#[test]
fn what_is_no_page_is_answered_as_the_api_does_or_as_a_page() {
    let deployment = Deployment::start();
    let (cookie, _) = logged_in(&deployment);
    let client = || Client::tcp(deployment.api_address()).with_header("cookie", &cookie);
    assert_eq!(client().get("/nothing").expect(404)["code"], "UNKNOWN_PATH");
    let page = client().with_header("accept", "text/html").get("/nothing");
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    let gone = client().with_header("accept", "text/html").get("/load-balancers/not-there");
    assert_eq!(gone.status, 404);
    assert!(gone.body.contains("Not found"), "{gone}");
}
