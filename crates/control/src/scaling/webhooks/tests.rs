//! When somebody is told again, and when no more.

use super::*;

fn notice(webhooks: &mut Webhooks) -> u64 {
    let number = webhooks.next;
    webhooks.next += 1;
    let url = "http://127.0.0.1:9/".parse().unwrap();
    let telling = Telling::Underway { failures: 0 };
    webhooks.notices.insert(number, Notice { url, body: Vec::new(), telling });
    number
}

fn fails() -> Result<(), DriverTrouble> {
    Err(DriverTrouble::transient("no answer"))
}

#[test]
fn who_does_not_answer_is_told_again_later_and_later_and_then_given_up() {
    let mut webhooks = Webhooks::default();
    let number = notice(&mut webhooks);
    let mut now = Timestamp(0);
    let mut pauses = Vec::new();
    while let Some(Notice { telling, .. }) = webhooks.notices.get_mut(&number) {
        if let Telling::Later { failures, at } = *telling {
            pauses.push(at.since(now).as_secs());
            now = at;
            *telling = Telling::Underway { failures };
        }
        webhooks.told(Subject::Notice(number), fails(), now);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
}

#[test]
fn who_took_it_or_never_will_is_not_told_again() {
    let mut webhooks = Webhooks::default();
    let (taken, refused) = (notice(&mut webhooks), notice(&mut webhooks));
    webhooks.told(Subject::Notice(taken), Ok(()), Timestamp(0));
    let never = Err(DriverTrouble::permanent("this address is not allowed"));
    webhooks.told(Subject::Notice(refused), never, Timestamp(0));
    assert!(webhooks.notices.is_empty(), "{:?}", webhooks.notices);
}

#[test]
fn only_so_many_are_told_at_a_time() {
    let mut webhooks = Webhooks::default();
    for _ in 0..MOST_AT_A_TIME {
        assert!(webhooks.has_room());
        notice(&mut webhooks);
    }
    assert!(!webhooks.has_room());
}
