//! Hashes that docker compose itself wrote. A changed value here recreates a stranger's database.

use super::*;
use crate::{BindOptions, Hook, Ipam, IpamPool, Mount, MountKind, NetworkKey};

fn busybox(mount: Mount) -> Service {
    Service {
        image: "busybox".into(),
        networks: [(NetworkKey::new("default").unwrap(), None)].into(),
        volumes: vec![mount],
        ..Service::default()
    }
}

fn hosts(bind: BindOptions) -> Mount {
    Mount {
        kind: MountKind::Bind,
        source: "/etc/hosts".into(),
        target: "/h".into(),
        bind: Some(bind.into()),
        ..Mount::default()
    }
}

#[test]
fn a_short_bind_in_both_dialects() {
    let service_ = busybox(Mount { read_only: true, ..hosts(BindOptions::default()) });
    assert_eq!(service(&service_), "a4c686aa7d0bdca2f27508b8391827322f326f9b83cd81bc474cd027ebec1bae");
    assert_eq!(service_2_40(&service_), "f6fd420fff805e457ff1fbaf3116ed385c05619e63bf26c928587ea945f94830");
}

#[test]
fn a_bind_that_makes_no_host_path() {
    let service_ = busybox(hosts(BindOptions { create_host_path: Some(false), ..BindOptions::default() }));
    assert_eq!(service(&service_), "abcfe8326805f0f08807af1eacefa9bb0f413f389331b5c7a1dfc7ad9f57e1e7");
}

#[test]
fn a_service_without_network() {
    let service_ = Service {
        command: Some(vec!["sleep".into(), "1000".into()]),
        image: "busybox:latest".into(),
        network_mode: "none".into(),
        stop_signal: "SIGKILL".into(),
        ..Service::default()
    };
    assert_eq!(service(&service_), "cdecdb874ee29db0c177c4e7430b7e46fba3b4d9ecc7d037c01f77b00c9d098a");
}

#[test]
fn what_does_not_shape_a_container_does_not_count() {
    let plain = Service { image: "a".into(), ..Service::default() };
    let dressed = Service {
        scale: Some(3),
        pull_policy: "always".into(),
        profiles: vec!["x".into()],
        build: Some(Box::default()),
        ..plain.clone()
    };
    assert_eq!(service(&plain), service(&dressed));
}

#[test]
fn networks_and_volumes() {
    let default = Network { name: "x_default".into(), ..Network::default() };
    assert_eq!(network(&default), "12b878553dd78da3a6ae6bd52b800ac67e198350873823890560fe0036dbebc1");
    let pool = Network {
        name: "h2-e4_n1".into(),
        ipam: Ipam {
            config: vec![IpamPool {
                subnet: "10.231.7.0/24".into(),
                aux_addresses: [("h".into(), "10.231.7.9".into())].into(),
                ..IpamPool::default()
            }],
            ..Ipam::default()
        },
        internal: true,
        labels: [("k".into(), "v".into())].into(),
        ..Network::default()
    };
    assert_eq!(network(&pool), "4a859324037ce0bdf53d5ab6d13957daf15f4b33c7f5ebb8c05fea2f624480df");
    let options = Network {
        name: "rhh_default".into(),
        ipam: Ipam {
            driver: "default".into(),
            config: vec![IpamPool { subnet: "10.199.0.0/24".into(), ..IpamPool::default() }],
            options: [("k".into(), "v".into())].into(),
        },
        ..Network::default()
    };
    assert_eq!(network(&options), "4a2ee93ad67f7457090a28303ddd431e5436847cf493ba6fc4b9bb9f54c70332");
    assert_eq!(network_2_40(&options), "c3547665bf4f981a4e0fc890d36a293b103bdb944fa84b31216adb95b3a9b281");
    let data = Volume { name: "h2-e4_data".into(), labels: [("k".into(), "v".into())].into(), ..Volume::default() };
    assert_eq!(volume(&data), "221d5aad459bdc9989c242367bab9455e5bf214459f883e36b825fb2829131be");
}

#[test]
fn every_scalar_shape_of_the_recipe() {
    let json = include_str!("tests/busy.json");
    let parsed: Service = serde_json::from_str(json).unwrap();
    assert_eq!(canonical::compact(&parsed), json.trim_end());
    assert_eq!(service(&parsed), "a6cfb73498a0758d382737457ac5e1c68d354dd15fa73afd58daae57b06e6668");
}

#[test]
fn the_same_with_a_secret_in_the_dialect_of_2_40() {
    let mut parsed: Service = serde_json::from_str(include_str!("tests/busy-2.40.json")).unwrap();
    for bind in parsed.volumes.iter_mut().filter_map(|mount| mount.bind.as_mut()) {
        bind.create_host_path = bind.create_host_path.filter(|create| !create);
    }
    assert_eq!(service_2_40(&parsed), "7e0c14b41d1aaa77f463a9d972b3cfaac0b0ebe5283970719bd5ad7450b7024f");
}

#[test]
fn commands_before_the_start() {
    let hook = |words: &[&str]| Hook {
        command: Some(words.iter().map(|word| (*word).to_owned()).collect()),
        image: "busybox".into(),
        ..Hook::default()
    };
    let service_ = Service {
        image: "busybox".into(),
        networks: [(NetworkKey::new("default").unwrap(), None)].into(),
        pre_start: vec![
            hook(&["true"]),
            Hook {
                image: "debian".into(),
                user: "root".into(),
                environment: [("A".into(), Some("b".into()))].into(),
                ..hook(&["echo", "x"])
            },
        ],
        ..Service::default()
    };
    assert_eq!(service(&service_), "1cd6f5d4a9231e818c726a8ed53368b5938ab79708f951f71b8fb0c42cc7fbf7");
}

#[test]
fn every_attribute_has_its_place_and_its_shape() {
    let json = include_str!("tests/full.json").trim_end();
    let parsed: Service = serde_json::from_str(json).unwrap();
    assert_eq!(canonical::compact(&parsed), json);
}

#[test]
fn changed_attributes_are_named_down_to_the_variable() {
    let former =
        Service { image: "a".into(), environment: [("A".into(), Some("1".into()))].into(), ..Service::default() };
    let latter = Service {
        image: "b".into(),
        environment: [("A".into(), Some("2".into())), ("B".into(), None)].into(),
        scale: Some(2),
        ..Service::default()
    };
    assert_eq!(changed_fields(&former, &latter), ["environment.A", "environment.B", "image"]);
    assert!(changed_fields(&former, &former).is_empty());
}
