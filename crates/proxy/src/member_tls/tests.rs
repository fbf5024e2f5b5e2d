//! Settings to configurations; handshakes are shown over sockets.

use elbow_model::value::Der;

use super::*;

fn settings(verify: Verify, server_name: Option<&str>) -> Settings {
    Settings { verify, server_name: server_name.map(|name| HostName::new(name).unwrap()) }
}

fn authority() -> Der {
    let made = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap();
    Der::new(made.cert.der().to_vec())
}

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 5));

#[test]
fn a_ca_that_is_none_fails_each_connection_with_the_reason() {
    let settings = settings(Verify::Against(vec![Der::new(*b"no certificate")]), None);
    let member = PoolTls::build(&settings).member();
    let Err(found) = member.session(Purpose::Requests, ADDRESS) else { panic!("a session") };
    assert!(found.starts_with("the pool's CA can't be used: "), "{found}");
    let check = CheckTls::build(Some(&settings)).parts(None, ADDRESS);
    assert_eq!(check.unwrap_err(), found);
}

#[test]
fn other_settings_are_another_value() {
    let one = settings(Verify::Against(vec![authority()]), Some("a.example"));
    let tls = PoolTls::build(&one);
    assert!(tls.is_of(&one.clone()));
    assert!(!tls.is_of(&settings(Verify::Nothing, Some("a.example"))));
    assert!(!tls.is_of(&settings(one.verify, Some("b.example"))));
}

#[test]
fn requests_offer_their_protocol_and_streams_none() {
    let member = PoolTls::build(&settings(Verify::Nothing, None)).member();
    assert_eq!(member.requests.unwrap().alpn_protocols, [b"http/1.1".to_vec()]);
    assert_eq!(member.http2.unwrap().alpn_protocols, [b"h2".to_vec()]);
    assert!(member.streams.unwrap().alpn_protocols.is_empty());
}

#[test]
fn a_check_asks_for_its_host_only_where_nothing_is_verified() {
    let host = HostName::new("check.example").unwrap();
    let name = |settings: Option<&Settings>| {
        let (_, name) = CheckTls::build(settings).parts(Some(&host), ADDRESS).unwrap();
        name.to_str().into_owned()
    };
    assert_eq!(name(None), "check.example");
    assert_eq!(name(Some(&settings(Verify::Nothing, None))), "check.example");
    assert_eq!(name(Some(&settings(Verify::Nothing, Some("a.example")))), "a.example");
    let verify = Verify::Against(vec![authority()]);
    assert_eq!(name(Some(&settings(verify.clone(), None))), "10.0.0.5");
    assert_eq!(name(Some(&settings(verify, Some("a.example")))), "a.example");
}
