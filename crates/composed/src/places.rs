//! How many connections are served at a time, and how many of them may be one user's: nobody keeps others out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections at a time; more wait in the socket's backlog.
const ALL: usize = 256;
/// Of these, the most of one user; root and the daemon's own user are not counted.
const OF_A_USER: usize = 64;

/// Those of one socket.
#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    users: Arc<Mutex<BTreeMap<u32, usize>>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    user: Option<u32>,
    users: Arc<Mutex<BTreeMap<u32, usize>>>,
}

/// A user has as many as anybody may have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("user {uid} has {OF_A_USER} connections open already, which is the most")]
pub(crate) struct TooMany {
    uid: u32,
}

impl Default for Places {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(ALL)), users: Arc::default() }
    }
}

impl Places {
    /// Waits for one that is free; nobody has it yet.
    pub(crate) async fn free(&self) -> Place {
        let permit = Arc::clone(&self.free).acquire_owned().await.expect("it is never closed");
        Place { _permit: permit, user: None, users: Arc::clone(&self.users) }
    }
}

impl Place {
    /// Gives it to a user who is counted.
    ///
    /// # Errors
    /// When that user has the most already.
    pub(crate) fn taken_by(mut self, uid: u32) -> Result<Self, TooMany> {
        {
            let mut users = held(&self.users);
            let count = users.entry(uid).or_default();
            if *count >= OF_A_USER {
                return Err(TooMany { uid });
            }
            *count += 1;
        }
        self.user = Some(uid);
        Ok(self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(uid) = self.user else { return };
        let mut users = held(&self.users);
        if let Some(count) = users.get_mut(&uid) {
            *count -= 1;
            if *count == 0 {
                users.remove(&uid);
            }
        }
    }
}

fn held(users: &Mutex<BTreeMap<u32, usize>>) -> MutexGuard<'_, BTreeMap<u32, usize>> {
    users.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_user_cannot_take_them_all_and_gets_back_what_is_let_go() {
        let places = Places::default();
        let mut taken = Vec::new();
        for _ in 0..OF_A_USER {
            taken.push(places.free().await.taken_by(1000).unwrap());
        }
        assert_eq!(places.free().await.taken_by(1000).unwrap_err(), TooMany { uid: 1000 });
        let other = places.free().await.taken_by(1001).unwrap();
        taken.pop();
        taken.push(places.free().await.taken_by(1000).unwrap());
        drop((taken, other));
        assert!(held(&places.users).is_empty(), "nobody is remembered who has gone");
        assert_eq!(places.free.available_permits(), ALL);
    }
}
