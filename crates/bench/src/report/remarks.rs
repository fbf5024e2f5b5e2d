//! What has to be said beside figures of TLS: they compare libraries as much as proxies. Pure.

use super::Row;
use crate::contender::{Kind, Program};
use crate::tls::Front;

/// The remarks on a run; none without TLS.
pub(crate) fn lines(rows: &[Row], programs: &[Program]) -> Vec<String> {
    let keys: Vec<String> = rows
        .iter()
        .filter(|row| row.workload.front != Front::Clear)
        .map(|row| row.workload.key.to_uppercase())
        .collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let library = |program: &Program| format!("{} with {}", program.kind.name(), program.tls);
    let libraries: Vec<String> = programs.iter().map(library).collect();
    let mut lines = vec![format!("TLS in {}: {}.", keys.join(", "), libraries.join("; "))];
    if programs.iter().any(|program| program.tls.starts_with("OpenSSL 3.0")) {
        lines.push(
            "OpenSSL 3.0 is known to be slow; do not read a lead over it as one over a proxy."
                .to_owned(),
        );
    }
    let has_aws_lc = programs.iter().any(|program| program.kind == Kind::HaproxyAwsLc);
    lines.push(if has_aws_lc {
        "The peer with the same arithmetic as Elbow's is HAProxy with AWS-LC.".to_owned()
    } else {
        "No peer here does its arithmetic with AWS-LC, as Elbow does; the strongest TLS among them \
         is Envoy's BoringSSL. crates/bench/build-haproxy-aws-lc.sh builds one that does."
            .to_owned()
    });
    lines
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::tests::row;
    use super::*;

    fn program(kind: Kind, tls: &str) -> Program {
        let (version, tls) = ("1.0".to_owned(), tls.to_owned());
        Program { kind, path: PathBuf::new(), version, tls }
    }

    #[test]
    fn figures_of_tls_name_the_libraries_and_what_is_missing() {
        let programs = [program(Kind::Nginx, "OpenSSL 3.0.19"), program(Kind::Envoy, "BoringSSL")];
        let lines = lines(&[row("w1"), row("w6")], &programs);
        assert_eq!(lines[0], "TLS in W6: nginx with OpenSSL 3.0.19; Envoy with BoringSSL.");
        assert!(lines[1].contains("slow"));
        assert!(lines[2].contains("No peer"));
    }

    #[test]
    fn a_peer_with_the_same_arithmetic_is_pointed_to() {
        let programs = [program(Kind::HaproxyAwsLc, "AWS-LC 5.12.0")];
        let lines = lines(&[row("w6")], &programs);
        assert!(lines.last().is_some_and(|line| line.contains("HAProxy with AWS-LC")));
    }

    #[test]
    fn without_tls_nothing_is_said() {
        assert!(lines(&[row("w1")], &[]).is_empty());
    }
}
