//! `doctor` at a real engine: what a container has of the machine.

use crate::stand::Stand;

#[test]
fn a_container_that_has_the_engines_socket_is_named() {
    let services = "services:
  watcher:
    image: composed.local/box:1
    volumes: [\"/var/run/docker.sock:/docker.sock:ro\"]
  neighbour:
    image: composed.local/box:1
    volumes: [\"data:/data\"]
volumes:
  data: {}
";
    let stand = Stand::with_daemon(services);
    stand.up();
    let told = stand.composectl(&["doctor"]).stdout;
    let line = |service: &str| {
        let start = format!("warning  container {}: ", stand.name(service));
        told.lines().find(|line| line.starts_with(&start)).map(str::to_owned)
    };
    assert!(line("watcher").is_some_and(|line| line.contains("the engine's socket")), "{told}");
    assert_eq!(line("neighbour"), None, "{told}");
    assert!(told.contains("ok       engine: version ") && told.contains("  runc: version "), "{told}");
}
