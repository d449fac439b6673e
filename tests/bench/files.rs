//! Compose files of many sizes.

use std::fmt::Write as _;

/// Every file, by what it is.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for count in [1, 100, 1000] {
        all.push((format!("{count} services"), stack(count)));
    }
    for (count, reach) in [(32, 32), (48, 48), (1000, 10)] {
        all.push((format!("{count} services, {reach} edges each"), dense(count, reach)));
    }
    all.push(("one anchor merged 1000 times".to_owned(), anchors(1000)));
    all.push(("400 services, 122 variables each".to_owned(), variables(400, 122)));
    all
}

/// What people write: an image, ports, variables, volumes, a check.
fn stack(count: usize) -> String {
    let mut text = "services:\n".to_owned();
    for at in 0..count {
        let depends = if at == 0 { String::new() } else { format!("    depends_on: [s{}]\n", at - 1) };
        let _ = write!(
            text,
            "  s{at}:\n    image: registry.example/team/app:${{TAG:-1.{at}}}\n    restart: unless-stopped\n{depends}    ports: [\"127.0.0.1:{}:80\"]\n    environment:\n      NAME: s{at}\n      URL: http://s{at}.${{DOMAIN:-localhost}}/\n      LEVEL: info\n    volumes: [\"data:/data\", \"./conf/s{at}:/etc/app:ro\"]\n    labels: {{team: a, tier: \"{}\"}}\n    healthcheck: {{test: [CMD, curl, -f, http://localhost/], interval: 30s, timeout: 5s, retries: 3}}\n",
            10_000 + at,
            at % 3
        );
    }
    text + "volumes: {data: {}}\n"
}

/// Every service depends on those right before it: as many ways through the graph as there can be.
fn dense(count: usize, reach: usize) -> String {
    let mut text = "services:\n".to_owned();
    for at in 0..count {
        let before: Vec<String> = (at.saturating_sub(reach)..at).map(|other| format!("s{other}")).collect();
        let _ = write!(text, "  s{at}:\n    image: app\n    depends_on: [{}]\n", before.join(", "));
    }
    text
}

fn anchors(count: usize) -> String {
    let mut text = "x-base: &base\n  image: app\n  restart: always\n  environment: {A: 1, B: 2, C: 3}\n  logging: {driver: local, options: {max-size: 10m}}\nservices:\n".to_owned();
    for at in 0..count {
        let _ = write!(text, "  s{at}:\n    <<: *base\n    hostname: h{at}\n");
    }
    text
}

fn variables(services: usize, count: usize) -> String {
    let mut text = "services:\n".to_owned();
    for at in 0..services {
        let _ = write!(text, "  s{at}:\n    image: app\n    environment:\n");
        for variable in 0..count {
            let _ = writeln!(text, "      - VARIABLE_{variable}=value-{at}-{variable}");
        }
    }
    text
}
