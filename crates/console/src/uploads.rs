//! Uploads between form and review: certificates with their keys, in memory alone, for ten minutes, for the user who
//! sent them. Pages carry the number of an upload, never what is in it. What is dropped is wiped.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use elbow_api::problem::Problem;
use elbow_model::value::{Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

/// How long an upload waits.
const KEEP: Duration = Duration::from_secs(600);
/// How many wait of one user, and in all.
const MOST_OF_USER: usize = 4;
const MOST: usize = 64;

/// What waits.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<HashMap<Uuid, Upload>>);

struct Upload {
    user: UserId,
    at: Timestamp,
    fields: Value,
}

impl Uploads {
    /// Keeps these fields of a user; gives their number, which is good for this user alone.
    pub(crate) fn keep(
        &self,
        user: UserId,
        fields: Value,
        now: Timestamp,
    ) -> Result<Uuid, Problem> {
        let mut upload = Upload { user, at: now, fields };
        let mut waiting = self.waiting();
        waiting.retain(|_, upload| !upload.is_over(now));
        let own: Vec<(Timestamp, Uuid)> = waiting
            .iter()
            .filter(|(_, upload)| upload.user == user)
            .map(|(id, upload)| (upload.at, *id))
            .collect();
        if let Some((_, oldest)) = own.iter().min().filter(|_| own.len() >= MOST_OF_USER) {
            waiting.remove(oldest);
        }
        if waiting.len() >= MOST {
            elbow_api::intake::wipe(&mut upload.fields);
            let detail = "too many uploads wait for their review; try again in some minutes";
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Problem::new(status, "THROTTLED", detail).retry_after(KEEP.as_secs()));
        }
        let id = Uuid::now_v7();
        waiting.insert(id, upload);
        Ok(id)
    }

    /// A copy of what waits under this number, if it is this user's.
    pub(crate) fn read(&self, user: UserId, id: &str, now: Timestamp) -> Option<Value> {
        let id = Uuid::try_parse(id).ok()?;
        let waiting = self.waiting();
        let upload = waiting.get(&id).filter(|upload| upload.user == user && !upload.is_over(now));
        upload.map(|upload| upload.fields.clone())
    }

    /// Forgets what waits under this number.
    pub(crate) fn forget(&self, user: UserId, id: &str) {
        if let Ok(id) = Uuid::try_parse(id) {
            self.waiting().retain(|other, upload| *other != id || upload.user != user);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Uuid, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    fn is_over(&self, now: Timestamp) -> bool {
        self.at.after(KEEP) <= now
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        elbow_api::intake::wipe(&mut self.fields);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId::from(Uuid::from_u128(number))
    }

    #[test]
    fn an_upload_is_its_users_alone_and_goes_after_a_while() {
        let (uploads, now) = (Uploads::default(), Timestamp(1_000_000));
        let id = uploads.keep(user(1), json!({"pkcs12": "x"}), now).unwrap().to_string();
        assert!(uploads.read(user(1), &id, now).is_some());
        assert!(uploads.read(user(2), &id, now).is_none());
        assert!(uploads.read(user(1), &id, now.after(KEEP)).is_none());
        uploads.forget(user(2), &id);
        assert!(uploads.read(user(1), &id, now).is_some());
        uploads.forget(user(1), &id);
        assert!(uploads.read(user(1), &id, now).is_none());
    }

    #[test]
    fn what_waits_is_bounded() {
        let (uploads, now) = (Uploads::default(), Timestamp(1_000_000));
        let first = uploads.keep(user(1), json!(1), now).unwrap().to_string();
        for n in 0..MOST_OF_USER {
            uploads.keep(user(1), json!(n), now.after(Duration::from_secs(1))).unwrap();
        }
        assert!(uploads.read(user(1), &first, now).is_none(), "the oldest made room");
        for n in 2..200 {
            let _refused_or_not = uploads.keep(user(n), json!(n as u64), now);
        }
        assert_eq!(uploads.waiting().len(), MOST);
    }
}
