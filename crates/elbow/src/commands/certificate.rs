//! `elbow cert ...`

use std::io::{self, IsTerminal};
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Context;
use super::change::dry_run_path;
use crate::args::{CertificateCommand, CertificateCreate};
use crate::client::encode;
use crate::failure::Failure;
use crate::input::read_file;
use crate::notation::Object;
use crate::output::{self, CertificateView, certificate_overview, certificates, items, view};

/// The refusal after which a passphrase is asked for.
const PASSPHRASE_NEEDED: &str = "PASSPHRASE_NEEDED";

pub(super) async fn run(context: &mut Context, command: CertificateCommand) -> Result<(), Failure> {
    match command {
        CertificateCommand::Create(arguments) => create(context, &arguments).await,
        CertificateCommand::List { search } => {
            let query = search.map(|words| format!("?q={}", encode(&words))).unwrap_or_default();
            let answer =
                context.client.read_list(&format!("/v1/certificates{query}"), None).await?;
            let empty =
                "no certificates of yours; create one: elbow cert create NAME --pkcs12 FILE";
            context.output.answer(&answer, |answer| Ok(certificates(&items(answer)?).text(empty)))
        }
        CertificateCommand::Show { name } => {
            let answer = context.client.read(&path(&name)).await.map_err(listed)?;
            context.output.answer(&answer, |answer| Ok(certificate_overview(&view(answer)?)))
        }
        CertificateCommand::Edit { name, new_name, description, dry_run } => {
            let mut object = Object::new();
            for (field, value) in [("name", new_name), ("description", description)] {
                if let Some(value) = value {
                    object.insert(field.to_owned(), json!(value));
                }
            }
            if object.is_empty() {
                let what = "nothing to edit was given; see elbow cert edit --help";
                return Err(Failure::Usage(what.to_owned()));
            }
            let at = dry_run_path(&path(&name), dry_run);
            let answer = context.client.edit(&at, &json!(object)).await.map_err(listed)?;
            say_if_rehearsed(dry_run);
            context.output.answer(&answer, one_line)
        }
        CertificateCommand::Delete { name, dry_run } => {
            let at = dry_run_path(&path(&name), dry_run);
            context.client.delete(&at).await.map_err(|failure| in_use(failure, &name))?;
            let done = if dry_run { "would be deleted" } else { "deleted" };
            context.output.done(&name, &format!("certificate {name} {done}"))
        }
    }
}

async fn create(context: &mut Context, arguments: &CertificateCreate) -> Result<(), Failure> {
    let mut body = upload(arguments)?;
    let at = dry_run_path("/v1/certificates", arguments.dry_run);
    let mut answer = context.client.create(&at, &body).await;
    if needs_passphrase(&answer) && io::stdin().is_terminal() {
        let of = arguments.pkcs12.as_ref().or(arguments.key.as_ref());
        let of = of.map(|file| file.display().to_string()).unwrap_or_default();
        let given = rpassword::prompt_password(format!("passphrase of {of}: "))
            .map_err(Failure::system("asking for the passphrase"))?;
        body["passphrase"] = json!(*Zeroizing::new(given));
        answer = context.client.create(&at, &body).await;
    }
    let answer = answer.map_err(|failure| explained(failure, arguments))?;
    say_if_rehearsed(arguments.dry_run);
    let created: CertificateView = view(&answer)?;
    for warning in &created.warnings {
        output::note(&format!("warning: {warning}"));
    }
    context.output.answer(&answer, one_line)
}

/// The files as the API takes them.
fn upload(arguments: &CertificateCreate) -> Result<Value, Failure> {
    let CertificateCreate { name, pkcs12, cert, key, chain, passphrase_file, description, .. } =
        arguments;
    let mut object = Object::new();
    object.insert("name".to_owned(), json!(name));
    if let Some(description) = description {
        object.insert("description".to_owned(), json!(description));
    }
    if let Some(file) = pkcs12 {
        let encoded = Zeroizing::new(Base64::encode_string(&read_file(file)?));
        object.insert("pkcs12".to_owned(), json!(*encoded));
    }
    if let Some(file) = cert {
        let mut text = text_of(file)?;
        if let Some(chain) = chain {
            text.push('\n');
            text.push_str(&text_of(chain)?);
        }
        object.insert("certificate".to_owned(), json!(*text));
    }
    if let Some(file) = key {
        object.insert("private_key".to_owned(), json!(*text_of(file)?));
    }
    if let Some(file) = passphrase_file {
        let text = text_of(file)?;
        object.insert("passphrase".to_owned(), json!(text.trim_end_matches(['\n', '\r'])));
    }
    Ok(Value::Object(object))
}

fn text_of(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = read_file(file)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => {
            let what = format!(
                "{} is not text; PEM files are, give a PKCS#12 file with --pkcs12",
                file.display()
            );
            Err(Failure::Usage(what))
        }
    }
}

fn needs_passphrase(answer: &Result<Value, Failure>) -> bool {
    matches!(answer, Err(Failure::Refused(problem)) if problem.code == PASSPHRASE_NEEDED)
}

fn say_if_rehearsed(dry_run: bool) {
    if dry_run {
        output::note("dry run: nothing was changed");
    }
}

fn path(name: &str) -> String {
    format!("/v1/certificates/{}", encode(name))
}

/// After a refusal of an upload: what to do next follows from its code.
fn explained(failure: Failure, arguments: &CertificateCreate) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    let name = &arguments.name;
    let next = match problem.code.as_str() {
        PASSPHRASE_NEEDED | "PASSPHRASE_WRONG" => {
            let file = arguments.pkcs12.as_ref().map(|file| format!("--pkcs12 {}", file.display()));
            let files = file.unwrap_or_else(|| "--cert FILE --key FILE".to_owned());
            format!("elbow cert create {name} {files} --passphrase-file FILE")
        }
        "NAME_TAKEN" => format!("elbow cert show {name}"),
        _ => "elbow cert create --help".to_owned(),
    };
    problem.next = Some(next);
    Failure::Refused(problem)
}

/// After a refusal to delete: who shows it.
fn in_use(failure: Failure, name: &str) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    if problem.status != 409 {
        return listed(Failure::Refused(problem));
    }
    problem.next = Some(format!("elbow cert show {name}"));
    Failure::Refused(problem)
}

/// After any other refusal about certificates the list of them helps.
fn listed(failure: Failure) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    problem.next = Some("elbow cert list".to_owned());
    Failure::Refused(problem)
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(certificates(&[view(answer)?]).text(""))
}
