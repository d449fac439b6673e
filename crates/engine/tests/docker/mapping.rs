//! What a service says is what the engine then holds.

use serde_json::Value;

use engine::Engine;
use model::{Deploy, Limits, Logging, Mount, MountKind, Port, Resources, Size, TmpfsOptions, Ulimit};
use plan::ContainerId;

use crate::world::{World, docker};

fn inspected(id: &str) -> Value {
    let all: Value = serde_json::from_str(&docker(&["inspect", id])).unwrap();
    all[0].clone()
}

#[tokio::test]
async fn attributes_arrive() {
    let world = World::new();
    let folder = tempfile::TempDir::new().unwrap();
    let missing = folder.path().join("made");
    world.apply(&world.network("a")).await.unwrap();
    let action = world.container("web", |spec| {
        spec.network_mode = format!("{}_a", world.project);
        spec.endpoints = vec![world.endpoint("a")];
        let service = &mut spec.service;
        service.hostname = "host".into();
        service.user = "1000:1000".into();
        service.working_dir = "/tmp".into();
        service.environment =
            [("A".into(), Some("1".into())), ("B".into(), None), ("C".into(), Some(String::new()))].into();
        service.cap_add = vec!["NET_ADMIN".into()];
        service.cap_drop = vec!["CHOWN".into()];
        service.mem_limit = Size(64 << 20);
        service.cpus = 0.5;
        service.init = Some(true);
        service.read_only = true;
        service.restart = "on-failure:3".into();
        service.security_opt = vec!["no-new-privileges:true".into(), "systempaths=unconfined".into()];
        service.extra_hosts = vec!["a=10.0.0.1".into(), "b=[::1]".into()];
        service.tmpfs = vec!["/run:size=1m".into()];
        service.ulimits = [("nofile".into(), Ulimit::Range { soft: 1000, hard: 2000 })].into();
        service.stop_signal = "SIGINT".into();
        service.logging =
            Some(Logging { driver: "json-file".into(), options: [("max-size".into(), "1m".into())].into() });
        service.expose = vec!["9000-9001/udp".into()];
        service.ports = vec![Port {
            target: 80,
            published: "0".into(),
            protocol: "tcp".into(),
            host_ip: "127.0.0.1".into(),
            ..Port::default()
        }];
        service.deploy = Some(Box::new(Deploy {
            resources: Resources {
                limits: Some(Limits { memory: Size(32 << 20), pids: 50, ..Limits::default() }),
                reservations: None,
            },
            ..Deploy::default()
        }));
        service.volumes = vec![
            Mount {
                kind: MountKind::Bind,
                source: missing.display().to_string(),
                target: "/bind".into(),
                bind: Some(Box::default()),
                read_only: true,
                ..Mount::default()
            },
            Mount { target: "/anonymous".into(), ..Mount::default() },
            Mount {
                kind: MountKind::Tmpfs,
                target: "/memory".into(),
                tmpfs: Some(TmpfsOptions { size: Size(1 << 20), mode: 0o700 }),
                ..Mount::default()
            },
        ];
    });
    let id = world.apply(&action).await.unwrap().id.unwrap();
    world.apply(&world.start(&id)).await.unwrap();
    let told = inspected(&id);
    let (config, host) = (&told["Config"], &told["HostConfig"]);
    assert_eq!(config["Env"].as_array().unwrap()[..3], ["A=1", "B", "C="]);
    assert_eq!(
        (&config["Hostname"], &config["User"], &config["StopSignal"]),
        (&"host".into(), &"1000:1000".into(), &"SIGINT".into())
    );
    assert_eq!(
        config["ExposedPorts"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["80/tcp", "9000/udp", "9001/udp"]
    );
    assert_eq!(
        (host["Memory"].as_i64(), host["NanoCpus"].as_i64(), host["PidsLimit"].as_i64()),
        (Some(32 << 20), Some(500_000_000), Some(50))
    );
    assert_eq!(host["RestartPolicy"].to_string(), r#"{"Name":"on-failure","MaximumRetryCount":3}"#);
    assert_eq!(host["ExtraHosts"].to_string(), r#"["a:10.0.0.1","b:::1"]"#);
    assert_eq!(
        (&host["Init"], &host["ReadonlyRootfs"], &host["OomKillDisable"]),
        (&true.into(), &true.into(), &false.into())
    );
    assert_eq!(host["SecurityOpt"].to_string(), r#"["no-new-privileges:true"]"#);
    assert_eq!((&host["MaskedPaths"], &host["ReadonlyPaths"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert_eq!(host["Binds"].to_string(), format!(r#"["{}:/bind:ro"]"#, missing.display()));
    assert_eq!(host["LogConfig"].to_string(), r#"{"Type":"json-file","Config":{"max-size":"1m"}}"#);

    let seen = world.engine.look(&ContainerId(id)).await.unwrap().unwrap();
    assert_eq!(seen.volumes.keys().collect::<Vec<_>>(), ["/anonymous"]);
    assert!(seen.ports[0].starts_with("127.0.0.1:") && seen.ports[0].ends_with("->80/tcp"), "{:?}", seen.ports);
    assert_eq!(seen.ports[1..], ["9000/udp", "9001/udp"]);
}

#[tokio::test]
async fn anonymous_volumes_are_taken_over() {
    let world = World::new();
    let anonymous = Mount { target: "/data".into(), ..Mount::default() };
    let old = world.run("old", &["true"], |spec| spec.service.volumes = vec![anonymous.clone()]).await;
    let volume = old.volumes["/data"].clone();
    let new = world
        .run("new", &["true"], |spec| {
            spec.service.volumes = vec![anonymous];
            spec.inherited = vec![("/data".into(), volume.clone())];
        })
        .await;
    assert_eq!(new.volumes["/data"], volume);
}

#[tokio::test]
async fn all_networks_are_joined_before_the_start() {
    let world = World::new();
    for key in ["a", "b", "c"] {
        world.apply(&world.network(key)).await.unwrap();
    }
    let action = world.container("web", |spec| {
        spec.network_mode = format!("{}_b", world.project);
        spec.endpoints = ["b", "a", "c"].map(|key| world.endpoint(key)).into();
        spec.endpoints[1].config = Some(model::ServiceNetwork { aliases: vec!["x".into()], ..Default::default() });
    });
    let id = world.apply(&action).await.unwrap().id.unwrap();
    assert!(!world.apply(&action).await.unwrap().changed, "again is harmless");
    let seen = world.engine.look(&ContainerId(id.clone())).await.unwrap().unwrap();
    let all = ["a", "b", "c"].map(|key| format!("{}_{key}", world.project));
    assert_eq!(seen.networks.keys().collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
    world.apply(&world.start(&id)).await.unwrap();
    let (seen, known) =
        (world.engine.look(&ContainerId(id.clone())).await.unwrap().unwrap(), world.observe().await.networks);
    assert!(seen.networks.iter().all(|(name, id)| known[name].id == *id));
    let aliases = &inspected(&id)["NetworkSettings"]["Networks"][&all[1]]["Aliases"];
    assert!(aliases.as_array().unwrap().contains(&"me".into()), "{aliases}");
}
