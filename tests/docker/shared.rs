//! Services that use the network, the processes or the volumes of another service's container.

use support::deadline::eventually;

use crate::engine;
use crate::stand::Stand;

const SHARED: &str = "services:
  owner:
    image: composed.local/box:1
    volumes: [\"/shared\"]
    restart: unless-stopped
  side:
    image: composed.local/box:1
    network_mode: service:owner
    pid: service:owner
    volumes_from: [owner]
    restart: unless-stopped
";

/// The containers that one shares with are those that are there.
fn check(stand: &Stand) {
    let (owner, side) = (stand.container("owner"), stand.container("side"));
    let host = &side.0["HostConfig"];
    let shared = format!("container:{}", owner.id());
    assert_eq!(host["NetworkMode"], shared);
    assert_eq!(host["PidMode"], shared);
    assert_eq!(host["VolumesFrom"][0], owner.id());
    assert!(side.started() >= owner.started(), "it runs in the network its owner has now");
    assert!(owner.is_running() && side.is_running());
}

#[test]
fn who_shares_comes_after_its_owner_and_is_kept() {
    let stand = Stand::with_daemon(SHARED);
    stand.up();
    check(&stand);
    let side = stand.container("side");
    stand.up();
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn who_shares_is_made_anew_when_its_owner_is() {
    let stand = Stand::with_daemon(SHARED);
    stand.up();
    let (owner, side) = (stand.container("owner"), stand.container("side"));
    stand.write(&SHARED.replace("volumes: [\"/shared\"]", "volumes: [\"/shared\"]\n    hostname: other"));
    stand.up();
    assert_ne!(stand.container("owner").id(), owner.id());
    assert_ne!(stand.container("side").id(), side.id());
    check(&stand);
}

#[test]
fn who_shares_follows_an_owner_that_somebody_removed() {
    let stand = Stand::with_daemon(SHARED);
    stand.up();
    let (owner, side) = (stand.container("owner"), stand.container("side"));
    engine::remove(owner.id());
    stand.successor("owner", &owner);
    stand.successor("side", &side);
    eventually("they run together again", || (stand.until_converged()["phase"] == "converged").then_some(()));
    check(&stand);
}

#[test]
fn who_shares_follows_an_owner_that_is_restarted() {
    let stand = Stand::with_daemon(SHARED);
    stand.up();
    let side = stand.container("side");
    stand.composectl(&["restart", "owner"]).well();
    // Its processes died with the owner's; the engine may start it again by itself, or fail to.
    eventually("it runs again", || stand.find("side").filter(|side| side.is_running()));
    assert_eq!(stand.container("side").id(), side.id());
    check(&stand);
}
