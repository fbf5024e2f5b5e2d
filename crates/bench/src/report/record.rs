//! The results as JSON, every round included, for comparing runs.

use serde_json::{Value, json};

use super::Row;
use crate::contender::Program;
use crate::machine::Machine;
use crate::measure::Series;

/// The whole run.
pub(crate) fn json(rows: &[Row], programs: &[Program], machine: &Machine) -> Value {
    let version = |program: &Program| (program.kind.name().to_owned(), json!(program.version));
    let tls = |program: &Program| (program.kind.name().to_owned(), json!(program.tls));
    json!({
        "machine": machine.json(),
        "versions": programs.iter().map(version).collect::<serde_json::Map<_, _>>(),
        "tls_libraries": programs.iter().map(tls).collect::<serde_json::Map<_, _>>(),
        "workloads": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Row) -> Value {
    let targets = row.judged().into_iter().map(|judged| {
        json!({
            "peer": judged.peer.map(|kind| kind.name()),
            "must": judged.target.must,
            "goal": judged.target.goal,
            "value": judged.value,
            "reached": judged.verdict.map(|verdict| verdict.word().to_ascii_lowercase()),
        })
    });
    json!({
        "workload": row.workload.key,
        "title": row.workload.title,
        "unit": row.workload.unit,
        "contenders": row.series.iter().map(|own| contender(row, own)).collect::<Vec<_>>(),
        "targets": targets.collect::<Vec<_>>(),
    })
}

fn contender(row: &Row, own: &Series) -> Value {
    let handshakes = own.handshakes.iter().map(
        |count| json!({"full": count.full, "resumed": count.resumed, "tickets": count.tickets}),
    );
    json!({
        "name": own.kind.name(),
        "median": row.figure_of(own.kind),
        "elbow_ratio": row.ratio_to(own.kind),
        "rounds": own.figures,
        "requests_per_second": own.rates,
        "busy": own.busy,
        "handshakes": handshakes.collect::<Vec<_>>(),
        "latencies_us": own.latencies_us,
        "errors": own.errors,
        "first_error": own.first_error,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::row as example;
    use super::*;

    #[test]
    fn every_round_is_recorded() {
        let value = row(&example("w1"));
        assert_eq!(value["contenders"][0]["rounds"], json!([10.0, 11.0, 9.0]));
        assert_eq!(value["targets"][0]["reached"], "must");
    }
}
