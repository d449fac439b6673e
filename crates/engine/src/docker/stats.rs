//! What a container uses, computed as docker does from two samples that the engine takes a second apart.

use std::collections::BTreeMap;

use hyper::Method;
use plan::ContainerId;
use serde::Deserialize;

use super::path::Path;
use super::transport::Transport;
use super::wire::or_empty;
use crate::Usage;
use crate::error::{Error, Kind};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    #[serde(deserialize_with = "or_empty")]
    cpu_stats: Cpu,
    #[serde(deserialize_with = "or_empty")]
    precpu_stats: Cpu,
    #[serde(deserialize_with = "or_empty")]
    memory_stats: Memory,
    #[serde(deserialize_with = "or_empty")]
    pids_stats: Pids,
    #[serde(deserialize_with = "or_empty")]
    blkio_stats: Disks,
    #[serde(deserialize_with = "or_empty")]
    networks: BTreeMap<String, Network>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cpu {
    #[serde(deserialize_with = "or_empty")]
    cpu_usage: CpuUsage,
    system_cpu_usage: u64,
    online_cpus: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CpuUsage {
    total_usage: u64,
    #[serde(deserialize_with = "or_empty")]
    percpu_usage: Vec<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Memory {
    usage: u64,
    limit: u64,
    #[serde(deserialize_with = "or_empty")]
    stats: BTreeMap<String, u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pids {
    current: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disks {
    #[serde(deserialize_with = "or_empty")]
    io_service_bytes_recursive: Vec<Disk>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disk {
    op: String,
    value: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Network {
    rx_bytes: u64,
    tx_bytes: u64,
}

/// One measurement; it takes the engine a second or two.
pub(crate) async fn usage(http: &Transport, id: &ContainerId) -> Result<Usage, Error> {
    let what = format!("measure container {}", id.short());
    let path = Path::of("containers", &id.0, "stats").with("stream", "0");
    let mut chunks = http.open(&what, Method::GET, &path, None, Some(http.limits.read)).await?;
    let told = chunks.object_within::<Told>(http.limits.read).await?;
    told.map(|told| computed(&told))
        .ok_or_else(|| Error::new(&what, Kind::Garbled, false, "the engine measured nothing"))
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn computed(told: &Told) -> Usage {
    let (now, before) = (&told.cpu_stats, &told.precpu_stats);
    let used = now.cpu_usage.total_usage as f64 - before.cpu_usage.total_usage as f64;
    let passed = now.system_cpu_usage as f64 - before.system_cpu_usage as f64;
    let processors = match now.online_cpus {
        0 => now.cpu_usage.percpu_usage.len() as f64,
        online => f64::from(online),
    };
    let bytes = |op: &str| {
        let disks = &told.blkio_stats.io_service_bytes_recursive;
        disks.iter().filter(|disk| disk.op.eq_ignore_ascii_case(op)).map(|disk| disk.value).sum()
    };
    Usage {
        cpu_percent: if used > 0.0 && passed > 0.0 { used / passed * processors * 100.0 } else { 0.0 },
        memory: resident(&told.memory_stats),
        memory_limit: told.memory_stats.limit,
        received: told.networks.values().map(|network| network.rx_bytes).sum(),
        sent: told.networks.values().map(|network| network.tx_bytes).sum(),
        read: bytes("read"),
        written: bytes("write"),
        pids: told.pids_stats.current,
    }
}

/// Without the pages of files nobody used lately; the kernel's two kinds of control groups name them apart.
fn resident(memory: &Memory) -> u64 {
    let idle = ["total_inactive_file", "inactive_file"].iter().find_map(|name| memory.stats.get(*name));
    idle.filter(|idle| **idle < memory.usage).map_or(memory.usage, |idle| memory.usage - idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_two_processors_is_a_hundred_percent() {
        let told: Told = serde_json::from_str(
            r#"{"cpu_stats":{"cpu_usage":{"total_usage":1500},"system_cpu_usage":3000,"online_cpus":2},
            "precpu_stats":{"cpu_usage":{"total_usage":1000},"system_cpu_usage":2000},
            "memory_stats":{"usage":100,"limit":1000,"stats":{"inactive_file":30}},
            "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":5},{"op":"read","value":2},{"op":"write","value":1}]},
            "networks":{"eth0":{"rx_bytes":7,"tx_bytes":8},"eth1":{"rx_bytes":1,"tx_bytes":0}},"pids_stats":{"current":3}}"#,
        )
        .unwrap();
        let usage = computed(&told);
        assert!((usage.cpu_percent - 100.0).abs() < 0.001, "{}", usage.cpu_percent);
        assert_eq!((usage.memory, usage.memory_limit, usage.pids), (70, 1000, 3));
        assert_eq!((usage.received, usage.sent, usage.read, usage.written), (8, 8, 7, 1));
    }

    #[test]
    fn a_stopped_container_uses_nothing() {
        let told: Told = serde_json::from_str(r#"{"cpu_stats":{"cpu_usage":null},"networks":null}"#).unwrap();
        assert_eq!(computed(&told), Usage::default());
    }
}
