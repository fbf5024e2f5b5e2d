//! A router over a fresh Ledger, and requests to it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use elbow_api::{ApiState, ProcessFacts, Settings, Surroundings};
use elbow_model::change::{Author, Change, Edit, NewNetwork, NewProject, NewUser};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::policy::Metric;
use elbow_model::project::Project;
use elbow_model::questions::{
    self, Account, Assumed, InstanceLog, LogQuestion, Questions, Replay, ReplayQuestion,
    ReplayStep, Unanswered,
};
use elbow_model::user::Standing;
use elbow_model::value::{
    Description, Name, NetworkId, PasswordHash, ProjectId, Timestamp, UserId,
};
use elbow_store::Storage;
use elbow_store::ledger::Ledger;
use elbow_vault::seal::{CurrentSeal, Seal};
use elbow_vault::token::Tokens;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

/// 2025-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_735_689_600_000);

/// What tests talk to.
pub(crate) struct Desk {
    pub(crate) state: ApiState,
    /// As on the local socket.
    pub(crate) operator: Router,
    /// As on TCP.
    pub(crate) public: Router,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

struct World {}

impl Surroundings for World {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn machine_addresses(&self) -> Vec<IpAddr> {
        vec![[192, 0, 2, 7].into()]
    }

    fn process(&self) -> ProcessFacts {
        ProcessFacts { resident_bytes: Some(1_000_000), ..ProcessFacts::default() }
    }
}

/// Answers a replay with what it was asked, as far as that shows, and every log with one line.
pub(crate) struct Echo;

impl Questions for Echo {
    fn replay(&self, question: ReplayQuestion) -> questions::Answer<Replay> {
        let ReplayQuestion { group: _, policies: _, from, range_s, assumptions } = question;
        if from.is_none() {
            let reason = "nothing was recorded".to_owned();
            return Box::pin(async { Err(Unanswered::Nothing { reason }) });
        }
        let assumed = Assumed {
            launch_s: assumptions.launch_s.map_or(0, |s| s.get()),
            warm_up_s: 0,
            capacity_per_instance: assumptions.capacity_per_instance,
            min: 1,
            max: 2,
            desired: 1,
        };
        let replay = Replay {
            from: from.unwrap_or_default(),
            seconds: range_s.get(),
            metric: Metric::QueueLength,
            assumed,
            decisions: Vec::new(),
            decisions_left_out: 0,
            replayed: Account { instance_seconds: 5_400, ..Account::default() },
            recorded: Account::default(),
            step_s: 1,
            series: vec![ReplayStep { load: Some(1.000_4), ..ReplayStep::default() }],
            notes: Vec::new(),
        };
        Box::pin(async { Ok(replay) })
    }

    fn log(&self, question: LogQuestion) -> questions::Answer<InstanceLog> {
        let line = format!("{} lines of {}", question.lines, question.instance);
        Box::pin(async { Ok(InstanceLog { lines: vec![line] }) })
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// A deployment with user `admin`, project and network `default` (127.77.0.0/16).
pub(crate) async fn desk() -> Desk {
    desk_with_password(PasswordHash::from_phc("none".to_owned())).await
}

pub(crate) async fn desk_with_password(password: PasswordHash) -> Desk {
    let ledger = Ledger::open(&Storage::Memory).unwrap();
    let project = ProjectId::from(Uuid::now_v7());
    let description = Description::default();
    let edits = vec![
        Edit::CreateProject(NewProject {
            drivers: Project::every_driver(),
            ..NewProject::new(project, name("default"))
        }),
        Edit::CreateUser(NewUser {
            id: UserId::from(Uuid::now_v7()),
            name: name("admin"),
            standing: Standing::Operator,
            memberships: BTreeMap::new(),
            project,
            password,
        }),
        Edit::CreateNetwork(NewNetwork {
            id: NetworkId::from(Uuid::now_v7()),
            project: None,
            region: name("local"),
            addresses: Addresses::Vpc { cidr: "127.77.0.0/16".parse().unwrap() },
            settings: NetworkSettings { name: name("default"), description },
        }),
    ];
    let change = Change { author: Author::System, at: NOW, source: None, request: None, edits };
    ledger.commit(move |_| Ok(change)).await.unwrap();
    let settings = Settings {
        scrape_token: Some("scrape-me".to_owned()),
        version: "0.0.0-test".to_owned(),
        key_files: None,
        oidc: None,
    };
    let state = ApiState::new(
        ledger,
        Tokens::with_key([7; 32]),
        Arc::new(CurrentSeal::new(Seal::with_key(&[9; 32]))),
        Arc::new(World {}),
        Arc::new(Echo),
        settings,
    );
    let (operator, public) =
        (elbow_api::operator_router(state.clone()), elbow_api::router(state.clone()));
    Desk { state, operator, public }
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, body, text }
}

/// A request as the operator sends it; `headers` as `name: value`.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => request.body(Body::empty()).unwrap(),
    }
}

impl Desk {
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        ask(&self.operator, request(method, path, headers, body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &[], Some(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, &[], Some(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    /// Creates a load balancer that must be taken.
    pub(crate) async fn create(&self, body: Value) -> Value {
        let answer = self.post("/v1/load-balancers", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.body
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `field: reason` of each wrong field.
    pub(crate) fn faults(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let shown = |error: Value| {
            format!("{}: {}", error["field"].as_str().unwrap(), error["reason"].as_str().unwrap())
        };
        errors.into_iter().map(shown).collect()
    }
}
