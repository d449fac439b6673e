//! What systemd is told: ready, reloading, stopping, and, as long as every project's task answers, alive.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::Supervisor;

/// Says that clients are answered from now on.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Says that files are being read anew.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Says that the end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds the watchdog, if systemd asked for one, for as long as the tasks make progress. An engine that hangs
/// is no reason to starve it: then we wait, and that is right.
pub async fn feed_watchdog(supervisor: Supervisor) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let half = interval / 2;
    loop {
        if supervisor.is_alive(half).await {
            tell(&[NotifyState::Watchdog]);
        }
        tokio::time::sleep(half.min(Duration::from_secs(30))).await;
    }
}

/// Outside systemd there is nobody to tell, which is fine.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
