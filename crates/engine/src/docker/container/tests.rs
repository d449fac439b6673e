//! The body of a create call, field by field.

use std::collections::BTreeMap;

use model::{Deploy, Limits, Resources, ServiceName, ServiceNetwork, Size, Ulimit};
use plan::action::Replica;
use serde_json::{Value, json};

use super::*;

const NEW: ApiVersion = ApiVersion(1, 51);
const OLD: ApiVersion = ApiVersion(1, 41);

fn spec(service: Service) -> ContainerSpec {
    ContainerSpec {
        replica: Replica { service: ServiceName::new("web").unwrap(), number: 1 },
        name: "shop-web-1".into(),
        image: "box:1".into(),
        service,
        inherited: Vec::new(),
        labels: BTreeMap::new(),
        network_mode: "none".into(),
        endpoints: Vec::new(),
        links: Vec::new(),
        one_off: None,
    }
}

fn sent(spec: &ContainerSpec, version: ApiVersion) -> Value {
    serde_json::to_value(assemble("create", spec, version, Security::default()).unwrap()).unwrap()
}

/// What an order sends beyond what every order sends.
fn check(service: Service, expected: Value) {
    let mut sent = sent(&spec(service), NEW);
    let always = json!({
        "AttachStdout": true, "AttachStderr": true, "Image": "box:1",
        "HostConfig": {"NetworkMode": "none", "OomKillDisable": false, "PortBindings": {}, "ExtraHosts": []},
    });
    subtract(&mut sent, &always);
    assert_eq!(sent, expected);
}

fn subtract(from: &mut Value, what: &Value) {
    let (Value::Object(from), Value::Object(what)) = (from, what) else { return };
    for (key, value) in what {
        if from.get(key) == Some(value) {
            from.shift_remove(key);
        } else if let Some(inner) = from.get_mut(key) {
            subtract(inner, value);
            if inner == &json!({}) {
                from.shift_remove(key);
            }
        }
    }
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

#[test]
fn the_smallest_order_sends_what_docker_compose_always_sends() {
    check(Service::default(), json!({}));
}

#[test]
fn a_cleared_command_is_not_an_unset_one() {
    let service = Service { command: Some(vec![]), entrypoint: Some(vec![]), ..Service::default() };
    check(service, json!({"Cmd": [], "Entrypoint": []}));
}

#[test]
fn process_attributes() {
    let environment = [("B", Some("2")), ("A", Some("")), ("C", None)];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).into();
    let service = Service {
        environment,
        user: "1:1".into(),
        tty: true,
        stdin_open: true,
        stop_signal: "SIGINT".into(),
        stop_grace_period: Some("1500ms".parse().unwrap()),
        ..Service::default()
    };
    let expected = json!({
        "Env": ["A=", "B=2", "C"], "User": "1:1", "Tty": true, "OpenStdin": true, "StopSignal": "SIGINT", "StopTimeout": 1,
    });
    check(service, expected);
}

#[test]
fn deploy_wins_over_the_services_own_limits() {
    let deploy = |limits, reservations| {
        Some(Box::new(Deploy { resources: Resources { limits, reservations }, ..Deploy::default() }))
    };
    let own = Service { mem_limit: Size(8), cpus: 0.1, pids_limit: -1, ..Service::default() };
    let expected = json!({"HostConfig": {"Memory": 8, "NanoCpus": 100_000_000, "PidsLimit": -1}});
    check(own.clone(), expected);
    let limits = Limits { cpus: 0.5, memory: Size(16), pids: 5, ..Limits::default() };
    let service = Service { deploy: deploy(Some(limits.clone()), Some(limits)), ..own };
    let expected = json!({
        "HostConfig": {"Memory": 16, "NanoCpus": 500_000_000, "PidsLimit": 5, "MemoryReservation": 16},
    });
    check(service, expected);
}

#[test]
fn restart_policies_are_the_engines() {
    let policy = |condition: &str, attempts| {
        let restart_policy =
            model::RestartPolicy { condition: condition.into(), max_attempts: attempts, ..Default::default() };
        Some(Box::new(Deploy { restart_policy: Some(restart_policy), ..Deploy::default() }))
    };
    for (restart, deploy, expected) in [
        ("always", None, json!({"Name": "always"})),
        ("on-failure:3", None, json!({"Name": "on-failure", "MaximumRetryCount": 3})),
        ("always", policy("none", None), json!({"Name": "no"})),
        ("", policy("any", Some(4)), json!({"Name": "always", "MaximumRetryCount": 4})),
    ] {
        let service = Service { restart: restart.into(), deploy, ..Service::default() };
        check(service, json!({"HostConfig": {"RestartPolicy": expected}}));
    }
    let unknown = spec(Service { restart: "sometimes".into(), ..Service::default() });
    let error = assemble("create", &unknown, NEW, Security::default()).unwrap_err();
    assert!(error.to_string().contains("`sometimes`") && !error.is_transient(), "{error}");
}

#[test]
fn lists_of_the_host_configuration() {
    let service = Service {
        cap_add: texts(["sys_time", "CAP_NET_ADMIN", "NET_ADMIN"]),
        cap_drop: texts(["all"]),
        extra_hosts: texts(["a=10.0.0.1", "b=[::1]"]),
        tmpfs: texts(["/run", "/tmp:size=1m"]),
        ulimits: [("nproc".to_owned(), Ulimit::Single(5))].into(),
        ..Service::default()
    };
    let expected = json!({"HostConfig": {
        "CapAdd": ["CAP_NET_ADMIN", "CAP_SYS_TIME"], "CapDrop": ["ALL"], "ExtraHosts": ["a:10.0.0.1", "b:::1"],
        "Tmpfs": {"/run": "", "/tmp": "size=1m"}, "Ulimits": [{"Name": "nproc", "Soft": 5, "Hard": 5}],
    }});
    check(service, expected);
}

#[test]
fn ports_are_exposed_and_published() {
    let port = |target, published: &str, host_ip: &str| model::Port {
        target,
        published: published.into(),
        host_ip: host_ip.into(),
        protocol: "tcp".into(),
        ..model::Port::default()
    };
    let service = Service {
        expose: texts(["9000-9001/UDP", "80"]),
        ports: vec![port(80, "8080", "127.0.0.1"), port(80, "", ""), port(81, "90-99", "")],
        ..Service::default()
    };
    let expected = json!({
        "ExposedPorts": {"80/tcp": {}, "81/tcp": {}, "9000/udp": {}, "9001/udp": {}},
        "HostConfig": {"PortBindings": {
            "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "", "HostPort": ""}],
            "81/tcp": [{"HostIp": "", "HostPort": "90-99"}],
        }},
    });
    check(service, expected);
    let wrong = spec(Service { expose: texts(["http"]), ..Service::default() });
    assert!(assemble("create", &wrong, NEW, Security::default()).unwrap_err().to_string().contains("http"));
}

#[test]
fn health_checks_are_switched_off_or_timed() {
    let off = Healthcheck { disable: true, ..Healthcheck::default() };
    check(Service { healthcheck: Some(off), ..Service::default() }, json!({"Healthcheck": {"Test": ["NONE"]}}));
    let timed = Healthcheck {
        test: texts(["CMD", "true"]),
        interval: Some("5s".parse().unwrap()),
        retries: Some(2),
        start_interval: Some("1s".parse().unwrap()),
        ..Healthcheck::default()
    };
    let error = health("create", &timed, NEW).unwrap_err();
    assert!(error.to_string().contains("start_period"), "{error}");
    let timed = Healthcheck { start_period: Some("9s".parse().unwrap()), ..timed };
    assert!(health("create", &timed, OLD).unwrap_err().to_string().contains("1.44"));
    let expected = json!({"Healthcheck": {
        "Test": ["CMD", "true"], "Interval": 5_000_000_000_i64, "Retries": 2,
        "StartPeriod": 9_000_000_000_i64, "StartInterval": 1_000_000_000,
    }});
    check(Service { healthcheck: Some(timed), ..Service::default() }, expected);
}

#[test]
fn mounts_take_the_form_that_docker_compose_takes() {
    let volumes = json!([
        {"type": "bind", "source": "/d", "target": "/short", "read_only": true, "bind": {"selinux": "z"}},
        {"type": "bind", "source": "/d", "target": "/plain"},
        {"type": "bind", "source": "/d", "target": "/strict", "bind": {"create_host_path": false, "propagation": "rslave"}},
        {"type": "bind", "source": "/d", "target": "/flat", "bind": {"recursive": "disabled"}},
        {"type": "volume", "source": "data", "target": "/named", "volume": {}},
        {"type": "volume", "source": "data", "target": "/nocopy", "volume": {"nocopy": true}},
        {"type": "volume", "target": "/anonymous", "volume": {}},
        {"type": "volume", "target": "/inherited"},
        {"type": "volume", "source": "data", "target": "/plain"},
        {"type": "tmpfs", "target": "/memory", "tmpfs": {"size": "1m", "mode": 448}},
    ]);
    let mut order = spec(Service { volumes: serde_json::from_value(volumes).unwrap(), ..Service::default() });
    order.inherited = vec![("/inherited".into(), "0123".into())];
    let host = &sent(&order, NEW)["HostConfig"];
    assert_eq!(host["Binds"], json!(["/d:/short:ro,z", "data:/named:rw", "data:/plain:rw"]), "the later of two counts");
    let expected = json!([
        {"Type": "volume", "Source": "0123", "Target": "/inherited"},
        {"Type": "bind", "Source": "/d", "Target": "/strict", "BindOptions": {"Propagation": "rslave"}},
        {"Type": "bind", "Source": "/d", "Target": "/flat", "BindOptions": {"CreateMountpoint": true, "NonRecursive": true}},
        {"Type": "volume", "Source": "data", "Target": "/nocopy", "VolumeOptions": {"NoCopy": true}},
        {"Type": "volume", "Target": "/anonymous", "VolumeOptions": {}},
        {"Type": "tmpfs", "Target": "/memory", "TmpfsOptions": {"SizeBytes": 1_048_576, "Mode": 448}},
    ]);
    assert_eq!(host["Mounts"], expected);
}

#[test]
fn an_image_can_be_mounted_by_an_engine_that_knows_how() {
    let volumes = json!([
        {"type": "image", "source": "box:1", "target": "/i", "image": {"subpath": "s"}},
        {"type": "cluster", "source": "c", "target": "/c"},
    ]);
    let order = spec(Service { volumes: serde_json::from_value(volumes).unwrap(), ..Service::default() });
    let expected = json!([
        {"Type": "image", "Source": "box:1", "Target": "/i", "ImageOptions": {"Subpath": "s"}},
        {"Type": "cluster", "Source": "c", "Target": "/c"},
    ]);
    assert_eq!(sent(&order, NEW)["HostConfig"]["Mounts"], expected);
    let error = assemble("create", &order, OLD, Security::default()).unwrap_err();
    assert!(error.to_string().contains("need engine API 1.48"), "{error}");
}

#[test]
fn bounds_of_processors_and_block_devices() {
    let service = json!({
        "cpu_count": 2, "cpu_percent": 50, "cpu_period": 3, "cpu_quota": 4, "cpu_rt_period": 5, "cpu_rt_runtime": 6,
        "mem_swappiness": "60", "device_cgroup_rules": ["c 1:3 mr"],
        "blkio_config": {
            "weight": 7,
            "weight_device": [{"Path": "/d", "Weight": 8}],
            "device_read_bps": [{"Path": "/d", "Rate": "9"}],
            "device_write_iops": [{"Path": "/d", "Rate": "10"}],
        },
    });
    let expected = json!({"HostConfig": {
        "CpuCount": 2, "CpuPercent": 5000, "CpuPeriod": 3, "CpuQuota": 4, "CpuRealtimePeriod": 5,
        "CpuRealtimeRuntime": 6, "MemorySwappiness": 60, "DeviceCgroupRules": ["c 1:3 mr"], "BlkioWeight": 7,
        "BlkioWeightDevice": [{"Path": "/d", "Weight": 8}],
        "BlkioDeviceReadBps": [{"Path": "/d", "Rate": 9}],
        "BlkioDeviceWriteIOps": [{"Path": "/d", "Rate": 10}],
    }});
    check(serde_json::from_value(service).unwrap(), expected);
}

#[test]
fn devices_by_path_by_name_and_by_request() {
    let device = |source: &str, target: &str| json!({"source": source, "target": target, "permissions": "rwm"});
    let service = json!({
        "devices": [device("/dev/a", "/dev/b"), device("vendor.com/class=one", "vendor.com/class=one"), device("a/b=c", "/x")],
        "gpus": [{"count": -1}, {"driver": "d", "device_ids": ["0"], "capabilities": ["compute"]}],
        "deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["tpu"], "count": 2, "options": {"k": "v"}}]}}},
    });
    let mapped = |source: &str, target: &str| json!({"PathOnHost": source, "PathInContainer": target, "CgroupPermissions": "rwm"});
    let expected = json!({"HostConfig": {
        "Devices": [mapped("/dev/a", "/dev/b"), mapped("a/b=c", "/x")],
        "DeviceRequests": [
            {"Count": 2, "Capabilities": [["tpu"]], "Options": {"k": "v"}},
            {"Count": -1, "Capabilities": [["gpu"]]},
            {"Driver": "d", "DeviceIDs": ["0"], "Capabilities": [["compute", "gpu"]]},
            {"Driver": "cdi", "DeviceIDs": ["vendor.com/class=one"]},
        ],
    }});
    check(serde_json::from_value(service).unwrap(), expected);
}

#[test]
fn other_containers_by_volume_and_by_name() {
    let mut order = spec(Service {
        volumes_from: texts(["container:data:ro"]),
        volume_driver: "local".into(),
        isolation: "default".into(),
        ..Service::default()
    });
    order.links = texts(["other:db"]);
    let host = &sent(&order, NEW)["HostConfig"];
    assert_eq!(host["VolumesFrom"], json!(["data:ro"]));
    assert_eq!(host["VolumeDriver"], "local");
    assert_eq!(host["Isolation"], "default");
    assert_eq!(host["Links"], json!(["other:db"]));
    let mut order = joined();
    order.endpoints[0].links = texts(["shop-db-1:db"]);
    let endpoints = &sent(&order, NEW)["NetworkingConfig"]["EndpointsConfig"];
    assert_eq!(endpoints["shop_a"]["Links"], json!(["shop-db-1:db"]));
}

fn joined() -> ContainerSpec {
    let mut order = spec(Service { mac_address: "02:00:00:00:00:01".into(), ..Service::default() });
    let config = ServiceNetwork { ipv4_address: "10.0.0.5".into(), gw_priority: 3, ..ServiceNetwork::default() };
    order.network_mode = "shop_a".into();
    order.endpoints = vec![
        Endpoint { network: "shop_a".into(), aliases: texts(["web"]), links: Vec::new(), config: None },
        Endpoint { network: "shop_b".into(), aliases: texts(["web"]), links: Vec::new(), config: Some(config) },
    ];
    order
}

#[test]
fn endpoints_are_all_in_the_call_with_their_addresses() {
    let expected = json!({
        "shop_a": {"Aliases": ["web"], "MacAddress": "02:00:00:00:00:01"},
        "shop_b": {
            "Aliases": ["web"], "IPAMConfig": {"IPv4Address": "10.0.0.5"}, "IPAddress": "10.0.0.5", "GwPriority": 3,
        },
    });
    let sent = sent(&joined(), NEW);
    assert_eq!(sent["NetworkingConfig"]["EndpointsConfig"], expected);
    assert_eq!(sent.get("MacAddress"), None);
}

#[test]
fn an_old_engine_takes_one_endpoint_and_the_mac_address_beside_it() {
    let sent = sent(&joined(), OLD);
    assert_eq!(sent["NetworkingConfig"]["EndpointsConfig"], json!({"shop_a": {"Aliases": ["web"]}}));
    assert_eq!(sent["MacAddress"], "02:00:00:00:00:01");
}

#[tokio::test]
async fn a_seccomp_profile_is_sent_as_its_content() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("p.json"), "{\n \"b\": 1,\n \"a\": []\n}").unwrap();
    let options = texts(["seccomp=p.json", "seccomp:unconfined", "systempaths=unconfined", "label:disable"]);
    let mut order = spec(Service { security_opt: options, ..Service::default() });
    order.labels.insert(labels::WORKING_DIR.into(), folder.path().display().to_string());
    let sent = serde_json::to_value(body("create", &order, NEW).await.unwrap()).unwrap();
    let expected = json!(["seccomp={\"b\":1,\"a\":[]}", "seccomp:unconfined", "label:disable"]);
    assert_eq!(sent["HostConfig"]["SecurityOpt"], expected);
    assert_eq!(sent["HostConfig"]["MaskedPaths"], json!([]));
    order.service.security_opt = texts(["seccomp=absent.json"]);
    let error = body("create", &order, NEW).await.unwrap_err();
    assert!(error.to_string().contains("absent.json") && !error.is_unknown_outcome(), "{error}");
}
