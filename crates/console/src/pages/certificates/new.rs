//! The wizard: give a certificate with its key, see what it says, create it. What was given waits in
//! [`crate::uploads`]; pages carry its number alone.

use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{PATH, facts};
use crate::answer::certificate::Certificate;
use crate::command_line::Line;
use crate::components::equivalents::equivalents;
use crate::components::field::{Filled, id_of};
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, Posted, object};
use crate::layout::{Page, Section, form_token};
use crate::notice::{Event, Notice};
use crate::pages::load_balancers::review::{Step, steps};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// The form's path.
const OWN_PATH: &str = "/certificates/new";
/// The fields that hold what is uploaded, by format.
const PKCS12: [&str; 1] = ["pkcs12"];
const PEM: [&str; 2] = ["certificate", "private_key"];

/// `GET /certificates/new`.
pub(crate) async fn show(visitor: Visitor) -> Response {
    configure(&visitor, &Form::of([("format", "PKCS12")]), None)
}

/// `POST /certificates/new`.
pub(crate) async fn submit(Posted { visitor, mut form }: Posted) -> Result<Response, Problem> {
    let intent = form.intent().to_owned();
    if !matches!(intent.as_str(), "next" | "create") {
        return Ok(configure(&visitor, &form, None));
    }
    let upload = upload(&visitor, &mut form)?;
    let submission = submission(&form, upload);
    if intent == "next" {
        return Ok(match visitor.submit(&submission, Mode::Rehearse).await {
            Ok(answer) => reviewed(&visitor, &form, answer),
            Err(problem) => configure(&visitor, &form, Some(&problem)),
        });
    }
    match visitor.submit(&submission, Mode::CarryOut).await {
        Ok(_) => {
            visitor.console.uploads.forget(visitor.caller.user, form.text("upload"));
            Ok(Notice::new(Event::Created, form.text("name")).then_go_to(PATH))
        }
        Err(problem) => Ok(configure(&visitor, &form, Some(&problem))),
    }
}

/// What was typed now, else what waits; it waits from now on, and the form has its number.
fn upload(visitor: &Visitor, form: &mut Form) -> Result<Value, Problem> {
    let (uploads, user) = (&visitor.console.uploads, visitor.caller.user);
    let now = visitor.console.api.surroundings.now();
    let kept = uploads.read(user, form.text("upload"), now);
    let names: &[&str] = if form.text("format") == "PEM" { &PEM } else { &PKCS12 };
    let typed = names.iter().any(|name| !form.text(name).is_empty());
    let is_kept = kept.is_some();
    let mut fields = match kept.filter(|_| !typed) {
        Some(kept) => kept,
        None => {
            let given =
                names.iter().filter_map(|name| Some(((*name).to_owned(), form.string(name)?)));
            Value::Object(given.collect())
        }
    };
    if !form.raw("passphrase").is_empty() {
        fields["passphrase"] = json!(form.raw("passphrase"));
    }
    let is_new = typed || !form.raw("passphrase").is_empty();
    if is_new || !is_kept {
        uploads.forget(user, form.text("upload"));
        let has_any = fields.as_object().is_some_and(|fields| !fields.is_empty());
        let number = if has_any {
            uploads.keep(user, fields.clone(), now)?.to_string()
        } else {
            String::new()
        };
        form.set("upload", number);
    }
    Ok(fields)
}

fn submission(form: &Form, upload: Value) -> Submission {
    let mut body = object([
        ("name", form.string("name").or(Some(json!("")))),
        ("description", form.string("description")),
    ]);
    if let (Some(body), Value::Object(upload)) = (body.as_object_mut(), upload) {
        body.extend(upload);
    }
    Submission::post("/v1/certificates", body).with_key(form.text("upload"))
}

/// The same without what is secret, to be shown.
fn shown(form: &Form) -> (String, Submission) {
    let mut line = Line::new("cert create").word(form.text("name"));
    line = line.option_of("description", Some(form.text("description")));
    let mut body = object([
        ("name", form.string("name").or(Some(json!("")))),
        ("description", form.string("description")),
    ]);
    if form.text("format") == "PEM" {
        line = line.option("cert", "FILE").option("key", "FILE");
        body["certificate"] = json!("-----BEGIN CERTIFICATE-----...");
        body["private_key"] = json!("-----BEGIN PRIVATE KEY-----...");
    } else {
        line = line.option("pkcs12", "FILE").option("passphrase-file", "FILE");
        body["pkcs12"] = json!("BASE64");
        body["passphrase"] = json!("...");
    }
    (line.finish(), Submission::post("/v1/certificates", body))
}

fn configure(visitor: &Visitor, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.certificates;
    let filled = Filled { form, problem, texts };
    let (command, submission) = shown(form);
    let content = html! {
        div class="head" { h1 { (own.create_title) } }
        (steps(texts, Step::Configure))
        form class="form" novalidate id="certificate" method="post" action=(OWN_PATH) data-follow {
            (form_token(visitor))
            input type="hidden" name="upload" value=(form.text("upload"));
            (filled.summary())
            section class="card" aria-labelledby="basics-title" {
                h2 id="basics-title" { (texts.load_balancers.basics) }
                div class="fields" {
                    (filled.text("name", own.name).help(own.name_help).show())
                    (filled.text("description", own.description).optional().show())
                }
            }
            (upload_fields(filled))
            div class="actions end" {
                a class="button quiet" href=(PATH) { (texts.frame.cancel) }
                button class="button primary" name=(INTENT) value="next" {
                    (texts.frame.next_review) (icon(Icon::Arrow))
                }
            }
        }
        (equivalents(texts, Some(&command), std::slice::from_ref(&submission)))
    };
    page(visitor, own.create_title, &content)
}

fn upload_fields(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.certificates;
    let chosen = filled.form.text("format");
    let formats = [("PKCS12", own.pkcs12, own.pkcs12_help), ("PEM", own.pem, own.pem_help)];
    html! {
        section class="card upload" aria-labelledby="upload-title" {
            h2 id="upload-title" { (own.upload) }
            div class="fields" {
                @if !filled.form.text("upload").is_empty() {
                    p class="notice info" { (icon(Icon::Info)) span { (own.kept) } }
                }
                fieldset {
                    legend { (own.format) }
                    div class="choices" {
                        @for (value, label, help) in formats {
                            label class="choice" for={ (id_of("format")) "-" (value) } {
                                input type="radio" id={ (id_of("format")) "-" (value) } name="format" value=(value)
                                    checked[chosen == value];
                                strong { (label) } span { (help) }
                            }
                        }
                    }
                }
                div class="fields of-pkcs12" {
                    (filled.secret_area("pkcs12", own.base64, 6).help(own.base64_help).show())
                    (file(own.choose_file, "pkcs12", ".p12,.pfx", "base64"))
                }
                div class="fields of-pem" {
                    (filled.secret_area("certificate", own.certificate_pem, 6).show())
                    (file(own.choose_file, "certificate", ".pem,.crt,.cer", "text"))
                    (filled.secret_area("private_key", own.key_pem, 6).show())
                    (file(own.choose_file, "private_key", ".pem,.key", "text"))
                }
                (filled.secret("passphrase", own.passphrase).optional().help(own.passphrase_help).show())
            }
        }
    }
}

/// Reads a file into its field, by a script.
fn file(label: &str, name: &str, accept: &str, kind: &str) -> Markup {
    let id = format!("{}-file", id_of(name));
    html! {
        div class="field" data-with-scripts hidden {
            label for=(id) { (label) }
            input type="file" id=(id) accept=(accept) data-into=(id_of(name)) data-as=(kind);
        }
    }
}

fn reviewed(visitor: &Visitor, form: &Form, answer: Value) -> Response {
    let texts = visitor.texts();
    let own = &texts.certificates;
    let (command, submission) = shown(form);
    let Ok(certificate) = serde_json::from_value::<Certificate>(answer) else {
        return configure(visitor, form, None);
    };
    let carried = ["name", "description", "format", "upload"];
    let content = html! {
        div class="head" { div { h1 { (texts.load_balancers.review_title) } p class="lead" { (own.review_lead) } } }
        (steps(texts, Step::Review))
        (facts::warnings(&certificate))
        section class="card" aria-labelledby="review-title" {
            h2 id="review-title" { (texts.load_balancers.basics) }
            dl class="facts" {
                dt { (own.name) } dd class="strong" { (certificate.name) }
                dt { (own.description) } dd { (certificate.description) }
            }
        }
        (facts::facts(visitor, &certificate))
        form class="actions end review-actions" method="post" action=(OWN_PATH) {
            (form_token(visitor))
            @for name in carried { input type="hidden" name=(name) value=(form.text(name)); }
            button class="button quiet" name=(INTENT) value="back" { (icon(Icon::Back)) (texts.frame.back) }
            button class="button primary" name=(INTENT) value="create" { (texts.frame.create) }
        }
        (equivalents(texts, Some(&command), std::slice::from_ref(&submission)))
    };
    page(visitor, own.create_title, &content)
}

fn page(visitor: &Visitor, title: &str, content: &Markup) -> Response {
    Page::new(visitor, title)
        .section(Section::Certificates)
        .below(visitor.texts().frame.certificates, PATH)
        .show(content)
}
