//! What proxies are sent.

use elbow_model::value::Revision;
use elbow_model::wire::{Digest, Down, PART_BYTES, Up};

use super::fixture::{Place, Proxy, id, numbers};
use crate::link::head::Head;

#[tokio::test]
async fn a_new_proxy_gets_everything() {
    let place = Place::with(3).await;
    let mut proxy = Proxy::new(1);
    proxy.connect(&place).await;
    let tables = proxy.take().await;
    assert!(tables.full);
    assert_eq!(numbers(&tables), [1, 2, 3]);
    assert_eq!(tables.revision, place.ledger.world().revision());
}

#[tokio::test]
async fn a_proxy_of_an_empty_world_is_told_so() {
    let place = Place::with(0).await;
    let mut proxy = Proxy::new(1);
    proxy.connect(&place).await;
    assert_eq!(numbers(&proxy.take().await), Vec::<u128>::new());
}

#[tokio::test]
async fn a_large_set_comes_in_parts_of_bounded_size() {
    let place = Place::with_members(100, 200).await;
    let mut proxy = Proxy::new(1);
    proxy.connect(&place).await;
    let mut parts = Vec::new();
    loop {
        let Some(Down::Tables(part)) = proxy.hear().await else { panic!("no tables") };
        let more = part.more;
        parts.push(part);
        if !more {
            break;
        }
    }
    assert!(parts.len() > 1 && parts.iter().all(|part| part.full));
    let size = |part| serde_json::to_vec(part).unwrap().len();
    assert!(parts.iter().all(|part| size(part) < 2 * PART_BYTES));
    assert_eq!(parts.iter().map(|part| part.changed.len()).sum::<usize>(), 100);
}

#[tokio::test]
async fn a_commit_sends_the_changed_balancer_and_no_other() {
    let place = Place::with(3).await;
    let mut proxy = place.proxy(1).await;

    place.rename(2, "second").await;
    let tables = proxy.take().await;
    assert_eq!((tables.full, numbers(&tables), tables.removed), (false, vec![2], vec![]));
    assert_eq!(proxy.entries[&id(2)].name.as_str(), "second");

    let revision = place.create(4).await;
    let tables = proxy.take().await;
    assert_eq!((numbers(&tables), tables.revision), (vec![4], revision));

    place.delete(1).await;
    let tables = proxy.take().await;
    assert_eq!((numbers(&tables), tables.removed), (vec![], vec![id(1)]));
}

#[tokio::test]
async fn a_proxy_that_runs_what_it_should_is_only_confirmed() {
    let place = Place::with(3).await;
    let mut proxy = place.proxy(1).await;
    proxy.disconnect();
    proxy.connect(&place).await;
    let tables = proxy.take().await;
    assert_eq!((tables.full, numbers(&tables), tables.removed), (false, vec![], vec![]));
}

#[tokio::test]
async fn a_proxy_that_comes_back_gets_what_it_missed() {
    let place = Place::with(5).await;
    let mut proxy = place.proxy(1).await;
    proxy.disconnect();
    place.rename(2, "second").await;
    place.rename(2, "two").await;
    place.delete(3).await;
    place.create(6).await;

    proxy.connect(&place).await;
    let tables = proxy.take().await;
    assert_eq!((tables.full, numbers(&tables), tables.removed), (false, vec![2, 6], vec![id(3)]));
}

#[tokio::test]
async fn what_came_and_went_meanwhile_is_not_sent() {
    let place = Place::with(1).await;
    let mut proxy = place.proxy(1).await;
    proxy.disconnect();
    place.create(2).await;
    place.delete(2).await;
    proxy.connect(&place).await;
    assert_eq!(numbers(&proxy.take().await), Vec::<u128>::new());
}

#[tokio::test]
async fn a_proxy_with_another_history_gets_everything() {
    let place = Place::with(3).await;
    for revision in [Revision(1), place.ledger.world().revision(), Revision(u64::MAX - 1)] {
        let mut stranger = Digest::default();
        stranger.toggle(id(9), Revision(9));
        let mut proxy = Proxy::new(1);
        proxy.dial(&place).await;
        proxy.hello(elbow_model::wire::VERSION, revision, stranger).await;
        assert!(proxy.take().await.full, "at {revision}");
    }
}

#[tokio::test]
async fn a_proxy_whose_digest_does_not_fit_gets_everything() {
    let place = Place::with(3).await;
    let mut proxy = place.proxy(1).await;
    for _ in 0..2 {
        proxy.say(Up::Resync).await;
        assert!(proxy.take().await.full);
    }
    proxy.acknowledge().await;
    place.rename(2, "second").await;
    assert_eq!(numbers(&proxy.take().await), [2]);
}

#[tokio::test]
async fn a_slow_proxy_holds_up_nobody_and_then_gets_the_newest() {
    let place = Place::with(3).await;
    let mut slow = place.proxy(1).await;
    for n in 0..500 {
        place.rename(2, &format!("name{n}")).await;
    }
    place.until("the link has seen all", |ledger| ledger.world().revision().0 >= 500).await;
    // It gets a few that were on their way; what it did not acknowledge bounds them. Then all else at once.
    let mut sets = 0;
    while slow.revision != place.ledger.world().revision() {
        assert_eq!(numbers(&slow.take().await), [2]);
        slow.acknowledge().await;
        sets += 1;
    }
    assert!(sets <= 130, "{sets} sets");
    assert_eq!(slow.entries[&id(2)].name.as_str(), "name499");
}

#[tokio::test]
async fn every_proxy_gets_every_change() {
    let place = Place::with(2).await;
    let mut proxies = [place.proxy(1).await, place.proxy(2).await];
    place.rename(2, "second").await;
    for proxy in &mut proxies {
        assert_eq!(numbers(&proxy.take().await), [2]);
    }
}

#[tokio::test]
async fn proxies_are_told_to_stop_also_those_that_come_later() {
    let place = Place::with(1).await;
    let mut early = place.proxy(1).await;
    place.link.stop_proxies(std::time::Duration::from_millis(1_500));
    assert_eq!(early.hear().await, Some(Down::Stop { grace_ms: 1_500 }));

    let mut late = Proxy::new(2);
    late.connect(&place).await;
    late.take().await;
    assert_eq!(late.hear().await, Some(Down::Stop { grace_ms: 1_500 }));

    early.disconnect();
    late.disconnect();
    place.link.all_gone().await;
}

#[tokio::test]
async fn lost_news_are_made_up_for_by_comparison() {
    let place = Place::with(4).await;
    let before = Head::new(place.ledger.world());
    place.rename(2, "second").await;
    place.delete(3).await;
    let revision = place.create(5).await;

    let head = before.compare(place.ledger.world(), std::time::Instant::now());
    let difference = head.since(before.revision()).unwrap();
    let ids: Vec<_> = difference.changed.iter().map(|changed| changed.balancer.id).collect();
    assert_eq!((ids, difference.removed), (vec![id(2), id(5)], vec![id(3)]));
    assert_eq!((head.revision(), head.digest), (revision, Head::new(place.ledger.world()).digest));
}

/// Random edits and pauses of one proxy: whatever it misses, it ends with what the World says.
#[tokio::test]
async fn any_history_of_changes_and_pauses_leads_to_the_same_set() {
    let seed = std::process::id();
    println!("seed {seed}");
    let mut random = u64::from(seed) | 1;
    let mut draw = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let place = Place::with(5).await;
    let mut proxy = place.proxy(1).await;
    let mut alive: Vec<u128> = (1..=5).collect();
    for step in 0..300 {
        match draw(6) {
            0 => {
                let number = 100 + u128::from(step as u32);
                place.create(number).await;
                alive.push(number);
            }
            1 if !alive.is_empty() => {
                let index = usize::try_from(draw(alive.len() as u64)).unwrap();
                place.delete(alive.swap_remove(index)).await;
            }
            2 | 3 if !alive.is_empty() => {
                let index = usize::try_from(draw(alive.len() as u64)).unwrap();
                place.rename(alive[index], &format!("step{step}")).await;
            }
            4 => {
                proxy.disconnect();
                proxy.connect(&place).await;
            }
            _ => {}
        }
        if draw(3) == 0 {
            // To be told of the present in any case.
            place.create(10_000 + u128::from(step as u32)).await;
            while proxy.revision != place.ledger.world().revision() {
                proxy.take().await;
                proxy.acknowledge().await;
            }
            let wanted: Vec<_> = elbow_model::table::resolve_all(&place.ledger.world()).collect();
            assert_eq!(
                proxy.entries.values().cloned().collect::<Vec<_>>(),
                wanted,
                "at step {step}"
            );
        }
    }
}
