//! Short forms spelled out.

use model::{Mount, MountKind};

use super::{parse_mount, parse_port};

/// `[ip:]published->target/protocol` for each port.
fn check_port(text: &str, expected: &str) {
    let shown = match parse_port(text) {
        Ok(ports) => {
            let one = |port: model::Port| {
                let ip = if port.host_ip.is_empty() { String::new() } else { format!("{}:", port.host_ip) };
                format!("{ip}{}->{}/{}", port.published, port.target, port.protocol)
            };
            ports.into_iter().map(one).collect::<Vec<_>>().join(" ")
        }
        Err(error) => error,
    };
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn short_ports() {
    check_port("80", "->80/tcp");
    check_port("8080:80/UDP", "8080->80/udp");
    check_port("127.0.0.1::80", "127.0.0.1:->80/tcp");
    check_port("[::1]:81:80", "::1:81->80/tcp");
    check_port("9-10", "->10/tcp ->9/tcp");
    check_port("3000-3001:80-81", "3000->80/tcp 3001->81/tcp");
    check_port("8000-8002:80", "8000-8002->80/tcp");
    check_port("80/", "->80/tcp");
}

#[test]
fn ports_that_are_none() {
    check_port("b", "invalid containerPort: b");
    check_port("70000:80", "invalid hostPort: 70000");
    check_port("300.1.1.1:80:80", "invalid IP address: 300.1.1.1");
    check_port("80-82:90-99", "invalid ranges specified for container and host Ports: 90-99 and 80-82");
    check_port("80/foo", "invalid proto: foo");
    check_port("80:", "no port specified: 80:<empty>");
    check_port("", "no port specified: <empty>");
    check_port("2-1", "invalid containerPort: 2-1");
}

fn check_mount(text: &str, expected: &str) {
    let shown = match parse_mount(text) {
        Ok(mount) => show(&mount),
        Err(error) => error,
    };
    assert_eq!(shown, expected, "{text}");
}

fn show(mount: &Mount) -> String {
    let mut shown = match mount.kind {
        MountKind::Bind => format!("bind {} at {}", mount.source, mount.target),
        _ => format!("volume {} at {}", mount.source, mount.target),
    };
    if mount.read_only {
        shown.push_str(" ro");
    }
    if let Some(bind) = &mount.bind {
        shown.push_str(&format!(" bind[{}{}]", bind.selinux, bind.propagation));
    }
    if let Some(volume) = &mount.volume {
        shown.push_str(if volume.nocopy { " volume[nocopy]" } else { " volume[]" });
    }
    shown
}

#[test]
fn short_mounts() {
    check_mount("/a", "volume  at /a");
    check_mount("/aa", "volume  at /aa volume[]");
    check_mount("data:/d", "volume data at /d volume[]");
    check_mount("data:/d:ro,nocopy", "volume data at /d ro volume[nocopy]");
    check_mount("./x:/d:z", "bind ./x at /d bind[z]");
    check_mount("~/x:/d:ro,rshared,whatever", "bind ~/x at /d ro bind[rshared]");
    check_mount("C:\\x:/d", "bind C:\\x at /d bind[]");
    check_mount("${A:-/b:c}/d:/e:ro", "volume ${A:-/b:c}/d at /e ro volume[]");
    check_mount("${A:-${B:-c}:d}:/e", "volume ${A:-${B:-c}:d} at /e volume[]");
    check_mount("./${A:?b}:/c", "bind ./${A:?b} at /c bind[]");
    check_mount("a}:/b", "volume a} at /b volume[]");
    check_mount("d:/data", "volume  at d:/data volume[]");
}

#[test]
fn mounts_that_are_none() {
    check_mount("", "invalid empty volume spec");
    check_mount(":/x", "invalid spec: :/x: empty section between colons");
    check_mount("aa::b", "invalid spec: aa::b: empty section between colons");
}
