//! How the framing tells the worker that something can go on: each connection and each stream has a
//! bell, and those that rang are gone through at the end of the loop's turn. All of it happens on
//! the worker's thread; the lock is what a waker must have, and is never contended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// The bells that rang.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    rung: Arc<Rung>,
    /// Empty; kept for its allocation.
    spare: Vec<Arc<Bell>>,
}

#[derive(Debug, Default)]
struct Rung {
    is_any: AtomicBool,
    bells: Mutex<Vec<Arc<Bell>>>,
}

/// One bell.
#[derive(Debug)]
pub(crate) struct Bell {
    token: u64,
    is_rung: AtomicBool,
    rung: Arc<Rung>,
}

impl Bells {
    /// A bell for what this token names.
    pub(crate) fn hang(&self, token: u64) -> Waker {
        let rung = self.rung.clone();
        Waker::from(Arc::new(Bell { token, is_rung: AtomicBool::new(false), rung }))
    }

    /// Whether none rang.
    pub(crate) fn is_silent(&self) -> bool {
        !self.rung.is_any.load(Ordering::Relaxed)
    }

    /// The tokens of those that rang; they can ring again.
    pub(crate) fn silence(&mut self, tokens: &mut Vec<u64>) {
        self.rung.is_any.store(false, Ordering::Relaxed);
        let mut rung = self.rung.bells.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *rung, &mut self.spare);
        drop(rung);
        for bell in self.spare.drain(..) {
            bell.is_rung.store(false, Ordering::Relaxed);
            tokens.push(bell.token);
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_rung.swap(true, Ordering::Relaxed) {
            let mut bells = self.rung.bells.lock().unwrap_or_else(PoisonError::into_inner);
            bells.push(self.clone());
            self.rung.is_any.store(true, Ordering::Relaxed);
        }
    }
}
