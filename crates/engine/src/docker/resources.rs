//! What a container may use: `deploy.resources` wins over the service's own attributes.

use bollard::models::{
    DeviceMapping, DeviceRequest, HostConfig, ResourcesBlkioWeightDevice, ResourcesUlimits, ThrottleDevice,
};
use model::{Blkio, DeviceRate, Service, Ulimit};

use super::container::{list, map, text};

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
        memory_swappiness: some(service.mem_swappiness.0),
        cpu_count: some(service.cpu_count),
        cpu_percent: some(hundredths(service.cpu_percent)),
        cpu_period: some(service.cpu_period),
        cpu_quota: some(service.cpu_quota),
        cpu_realtime_period: some(service.cpu_rt_period),
        cpu_realtime_runtime: some(service.cpu_rt_runtime),
        cpu_shares: some(service.cpu_shares),
        nano_cpus: some(nanos(service.cpus)),
        cpuset_cpus: text(&service.cpuset),
        pids_limit: some(service.pids_limit),
        shm_size: some(service.shm_size.0),
        ulimits: (!service.ulimits.is_empty()).then(|| service.ulimits.iter().map(ulimit).collect()),
        devices: list(&devices(service)),
        device_cgroup_rules: list(&service.device_cgroup_rules),
        device_requests: list(&requests(service)),
        ..HostConfig::default()
    };
    if let Some(blkio) = &service.blkio_config {
        throttle(&mut host, blkio);
    }
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

pub(crate) fn ulimit((name, limit): (&String, &Ulimit)) -> ResourcesUlimits {
    let (soft, hard) = limit.bounds();
    ResourcesUlimits { name: Some(name.clone()), soft: Some(soft), hard: Some(hard) }
}

/// docker compose sends a hundred times what the file says.
fn hundredths(percent: f32) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "towards zero is the rule; the cast saturates")]
    let hundredths = (percent * 100.0) as i64;
    hundredths
}

fn throttle(host: &mut HostConfig, blkio: &Blkio) {
    let rates = |devices: &[DeviceRate]| -> Option<Vec<ThrottleDevice>> {
        let one = |device: &DeviceRate| ThrottleDevice { path: text(&device.path), rate: Some(device.rate.0) };
        list(&devices.iter().map(one).collect::<Vec<_>>())
    };
    let weights = blkio.weight_device.iter();
    let weights = weights
        .map(|device| ResourcesBlkioWeightDevice { path: text(&device.path), weight: Some(device.weight.into()) });
    host.blkio_weight = (blkio.weight != 0).then_some(blkio.weight);
    host.blkio_weight_device = list(&weights.collect::<Vec<_>>());
    host.blkio_device_read_bps = rates(&blkio.device_read_bps);
    host.blkio_device_read_iops = rates(&blkio.device_read_iops);
    host.blkio_device_write_bps = rates(&blkio.device_write_bps);
    host.blkio_device_write_iops = rates(&blkio.device_write_iops);
}

/// Whether a device is one of the Container Device Interface: one name on both sides, `vendor/class=name`.
fn is_cdi(device: &model::Device) -> bool {
    let letters = |text: &str, more: &[char]| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
    };
    let Some(((vendor, class), name)) =
        device.source.split_once('=').and_then(|(kind, name)| Some((kind.split_once('/')?, name)))
    else {
        return false;
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    device.source == device.target && letters(vendor, &['_', '-', '.']) && letters(class, &['_', '-']) && is_name
}

fn devices(service: &Service) -> Vec<DeviceMapping> {
    let own = service.devices.iter().filter(|device| !is_cdi(device));
    own.map(|device| DeviceMapping {
        path_on_host: text(&device.source),
        path_in_container: text(&device.target),
        cgroup_permissions: text(&device.permissions),
    })
    .collect()
}

/// Reserved devices, graphics processors, and devices of the Container Device Interface.
fn requests(service: &Service) -> Vec<DeviceRequest> {
    let request = |request: &model::DeviceRequest, more: Option<&str>| DeviceRequest {
        driver: text(&request.driver),
        count: (request.count != 0).then_some(request.count),
        device_ids: list(&request.device_ids),
        capabilities: Some(vec![
            request.capabilities.iter().map(String::as_str).chain(more).map(str::to_owned).collect(),
        ]),
        options: map(&request.options),
    };
    let reserved = service.deploy.as_ref().and_then(|deploy| deploy.resources.reservations.as_ref());
    let reserved = reserved.into_iter().flat_map(|reserved| &reserved.devices).map(|one| request(one, None));
    let gpus = service.gpus.iter().map(|one| request(one, Some("gpu")));
    let named: Vec<String> =
        service.devices.iter().filter(|device| is_cdi(device)).map(|device| device.source.clone()).collect();
    let named = (!named.is_empty()).then(|| DeviceRequest {
        driver: Some("cdi".to_owned()),
        device_ids: Some(named),
        ..DeviceRequest::default()
    });
    reserved.chain(gpus).chain(named).collect()
}
