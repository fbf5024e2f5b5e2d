//! One case of the suite as a value: what the client does, what the origin answers, and what both
//! must have got. It must stay readable as a table row.

use std::time::Duration;

/// How long a client waits for what must come at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What the client does, one after the other.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// One write; before the next one, the worker has taken this one in.
    Send(Vec<u8>),
    /// Reads the next expected response.
    Await,
    /// Waits until anything has come.
    AwaitSome,
    /// Waits until the origin says [`Deed::Tell`].
    Listen,
    /// Lets the origin go on from [`Deed::Listen`].
    Tell,
    /// Sends nothing more.
    End,
    /// Sends one byte of this again and again until the balancer answers.
    Drip(u8, Duration),
}

/// What the origin does about one request.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) when: When,
    pub(crate) deeds: Vec<Deed>,
}

/// How much of a request the origin reads before it does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    AfterHead,
    AfterRequest,
}

/// One step of an origin.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// One write.
    Say(Vec<u8>),
    /// 200 with the target as its body.
    Serve,
    /// Waits for [`Act::Tell`].
    Listen,
    /// Lets the client go on from [`Act::Listen`].
    Tell,
    /// Reads the request to its end.
    Rest,
    /// Sends back whatever comes from here on.
    Echo,
    /// Ends its side in order, and goes on reading.
    Close,
    /// Breaks the connection.
    Reset,
}

/// What becomes of the client's connection behind the expected responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It serves another request.
    Open,
    /// It ends in order, without another byte.
    Closed,
    /// It ends inside of a response, so that nobody takes it for whole.
    Cut,
    /// It carries these bytes as they are.
    Tunnel(&'static str),
}

/// What may be said about connections to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Any,
    /// Whatever came later came on another connection.
    Spent,
    /// The next request came on the same connection.
    Reused,
}

/// One row of the suite.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) rfc: &'static str,
    pub(crate) acts: Vec<Act>,
    pub(crate) scripts: Vec<Script>,
    /// The whole requests that the origin saw: method, target, host, body, trailers.
    pub(crate) seen: Vec<String>,
    /// Whether it may have seen the beginning of one more.
    pub(crate) may_see_part: bool,
    pub(crate) seen_with: Vec<String>,
    pub(crate) seen_without: Vec<String>,
    /// The responses that the client got: status, body; `HEAD` ahead if that was asked; `*` at
    /// the end for any number of them.
    pub(crate) got: Vec<String>,
    pub(crate) got_with: Vec<String>,
    pub(crate) got_without: Vec<String>,
    pub(crate) end: End,
    pub(crate) upstream: Upstream,
    pub(crate) patience: Duration,
}

/// A request that must not get past the balancer, with another one hidden behind it.
pub(crate) fn refused(name: &str, rfc: &'static str, status: u16, bytes: impl AsRef<[u8]>) -> Case {
    let mut sent = bytes.as_ref().to_vec();
    sent.extend_from_slice(b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    refused_as_it_is(name, rfc, status, sent)
}

/// The same, with nothing behind it.
pub(crate) fn refused_as_it_is(
    name: &str,
    rfc: &'static str,
    status: u16,
    bytes: impl AsRef<[u8]>,
) -> Case {
    Case { end: End::Closed, ..case(name, rfc, bytes) }.got(&[&status.to_string()])
}

/// Requests that must reach the origin as they were meant, and nothing else with them.
pub(crate) fn forwarded(
    name: &str,
    rfc: &'static str,
    bytes: impl AsRef<[u8]>,
    seen: &[&str],
) -> Case {
    let answers = seen.iter().map(|request| {
        let mut words = request.split(' ');
        match (words.next(), words.next()) {
            (Some("HEAD"), _) => "HEAD 200".to_owned(),
            (_, Some(target)) => format!("200 {}", target.as_bytes().escape_ascii()),
            _ => unreachable!("a request has a target"),
        }
    });
    let got = answers.collect();
    Case { got, ..case(name, rfc, bytes) }.seen(seen)
}

/// `GET /x`, answered by the origin with these bytes.
pub(crate) fn answered(name: &str, rfc: &'static str, answer: impl AsRef<[u8]>) -> Case {
    case(name, rfc, get("")).seen(&["GET /x a"]).origin(say(answer))
}

/// The same, where the client must be told 502 and the origin's connection is done with.
pub(crate) fn distrusted(name: &str, rfc: &'static str, answer: impl AsRef<[u8]>) -> Case {
    answered(name, rfc, answer).got(&["502"]).upstream(Upstream::Spent)
}

/// A client that sends these bytes at once.
pub(crate) fn case(name: &str, rfc: &'static str, bytes: impl AsRef<[u8]>) -> Case {
    Case {
        name: name.to_owned(),
        rfc,
        acts: vec![Act::Send(bytes.as_ref().to_vec())],
        scripts: Vec::new(),
        seen: Vec::new(),
        may_see_part: false,
        seen_with: Vec::new(),
        seen_without: Vec::new(),
        got: Vec::new(),
        got_with: Vec::new(),
        got_without: Vec::new(),
        end: End::Open,
        upstream: Upstream::Any,
        patience: PATIENCE,
    }
}

impl Case {
    /// Another write.
    pub(crate) fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.act(Act::Send(bytes.as_ref().to_vec()))
    }

    pub(crate) fn act(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    /// What the origin does about the next request.
    pub(crate) fn origin(mut self, script: Script) -> Self {
        self.scripts.push(script);
        self
    }

    pub(crate) fn seen(self, seen: &[&str]) -> Self {
        Self { seen: owned(seen), ..self }
    }

    pub(crate) fn may_see_part(self) -> Self {
        Self { may_see_part: true, ..self }
    }

    /// Field lines that every request at the origin has.
    pub(crate) fn seen_with(self, lines: &[&str]) -> Self {
        Self { seen_with: owned(lines), ..self }
    }

    /// Field names that no request at the origin has.
    pub(crate) fn seen_without(self, names: &[&str]) -> Self {
        Self { seen_without: owned(names), ..self }
    }

    pub(crate) fn got(self, got: &[&str]) -> Self {
        Self { got: owned(got), ..self }
    }

    /// Field lines that the client's last response has.
    pub(crate) fn got_with(self, lines: &[&str]) -> Self {
        Self { got_with: owned(lines), ..self }
    }

    /// Field names that no response to the client has.
    pub(crate) fn got_without(self, names: &[&str]) -> Self {
        Self { got_without: owned(names), ..self }
    }

    pub(crate) fn end(self, end: End) -> Self {
        Self { end, ..self }
    }

    pub(crate) fn upstream(self, upstream: Upstream) -> Self {
        Self { upstream, ..self }
    }

    pub(crate) fn patience_s(self, seconds: u64) -> Self {
        Self { patience: Duration::from_secs(seconds), ..self }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An origin that answers a whole request with these bytes.
pub(crate) fn say(answer: impl AsRef<[u8]>) -> Script {
    script(When::AfterRequest, &[Deed::Say(answer.as_ref().to_vec())])
}

/// The same, and ends.
pub(crate) fn say_and_close(answer: impl AsRef<[u8]>) -> Script {
    script(When::AfterRequest, &[Deed::Say(answer.as_ref().to_vec()), Deed::Close])
}

/// The same, and breaks the connection.
pub(crate) fn say_and_reset(answer: impl AsRef<[u8]>) -> Script {
    script(When::AfterRequest, &[Deed::Say(answer.as_ref().to_vec()), Deed::Reset])
}

pub(crate) fn script(when: When, deeds: &[Deed]) -> Script {
    Script { when, deeds: deeds.to_vec() }
}

/// `GET /x` with these field lines.
pub(crate) fn get(fields: &str) -> Vec<u8> {
    format!("GET /x HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes()
}

/// `POST /x` with these field lines and this body.
pub(crate) fn post(fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("POST /x HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

/// `POST /x` with a chunked body as it stands.
pub(crate) fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    post("Transfer-Encoding: chunked\r\n", body)
}

/// `GET` of a target in HTTP/1.1.
pub(crate) fn target(target: impl AsRef<[u8]>) -> Vec<u8> {
    [b"GET ", target.as_ref(), b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat()
}
