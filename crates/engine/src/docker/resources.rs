//! What a container may use: `deploy.resources` wins over the service's own attributes.

use bollard::models::{HostConfig, ResourcesUlimits};
use model::{Service, Ulimit};

use super::container::text;

/// The part of the host configuration that bounds a container; the rest is unset.
pub(crate) fn of(service: &Service) -> HostConfig {
    let some = |number: i64| (number != 0).then_some(number);
    let mut host = HostConfig {
        cgroup_parent: text(&service.cgroup_parent),
        memory: some(service.mem_limit.0),
        memory_swap: some(service.memswap_limit.0),
        memory_reservation: some(service.mem_reservation.0),
        // docker compose always says it.
        oom_kill_disable: Some(service.oom_kill_disable),
        oom_score_adj: some(service.oom_score_adj),
        cpu_shares: some(service.cpu_shares),
        nano_cpus: some(nanos(service.cpus)),
        cpuset_cpus: text(&service.cpuset),
        pids_limit: some(service.pids_limit),
        shm_size: some(service.shm_size.0),
        ulimits: (!service.ulimits.is_empty()).then(|| service.ulimits.iter().map(ulimit).collect()),
        ..HostConfig::default()
    };
    let resources = service.deploy.as_ref().map(|deploy| &deploy.resources);
    if let Some(limits) = resources.and_then(|resources| resources.limits.as_ref()) {
        host.memory = some(limits.memory.0).or(host.memory);
        host.nano_cpus = some(nanos(limits.cpus)).or(host.nano_cpus);
        host.pids_limit = some(limits.pids).filter(|pids| *pids > 0).or(host.pids_limit);
    }
    // Reserved cores and processes are a matter of swarm.
    if let Some(reserved) = resources.and_then(|resources| resources.reservations.as_ref()) {
        host.memory_reservation = some(reserved.memory.0).or(host.memory_reservation);
    }
    host
}

/// Cores as billionths, rounded as docker compose rounds: in single precision, then towards zero.
fn nanos(cpus: f32) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "towards zero is the rule; the cast saturates")]
    let nanos = (cpus * 1e9_f32) as i64;
    nanos
}

fn ulimit((name, limit): (&String, &Ulimit)) -> ResourcesUlimits {
    let (soft, hard) = limit.bounds();
    ResourcesUlimits { name: Some(name.clone()), soft: Some(soft), hard: Some(hard) }
}
