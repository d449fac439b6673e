//! What a process needs, as the kernel tells it.

use std::time::{Duration, Instant};

/// The kernel counts time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What a process needed at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gauge {
    pub(super) at: Instant,
    /// Memory that is there, in KiB.
    pub(super) resident: u64,
    /// Open descriptors.
    pub(super) descriptors: usize,
    pub(super) threads: u64,
    /// Time of a core since it began.
    pub(super) worked: Duration,
}

impl Gauge {
    /// Looks at a process.
    pub(super) fn of(id: u32) -> Self {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("the process runs");
        let status = read("status");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel tells it");
            line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("it is a number")
        };
        let stat = read("stat");
        // Behind the name, which may hold anything: user and system time are the 12th and 13th.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u32 = fields[11..13].iter().map(|ticks| ticks.parse::<u32>().expect("it is a number")).sum();
        Self {
            at: Instant::now(),
            resident: field("VmRSS:"),
            descriptors: std::fs::read_dir(format!("/proc/{id}/fd")).expect("the process runs").count(),
            threads: field("Threads:"),
            worked: TICK * ticks,
        }
    }

    /// How much of a core it needed since, in per cent.
    pub(super) fn share_since(&self, former: &Self) -> f64 {
        100.0 * (self.worked - former.worked).as_secs_f64() / (self.at - former.at).as_secs_f64()
    }
}

/// By how much memory grows, in KiB an hour: the slope of the straight line nearest to what was seen.
pub(super) fn slope(seen: &[Gauge]) -> f64 {
    let Some(first) = seen.first() else { return 0.0 };
    let points: Vec<(f64, f64)> =
        seen.iter().map(|gauge| ((gauge.at - first.at).as_secs_f64() / 3600.0, gauge.resident as f64)).collect();
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (over, under) = points
        .iter()
        .fold((0.0, 0.0), |(over, under), point| (over + (point.0 - x) * (point.1 - y), under + (point.0 - x).powi(2)));
    if under == 0.0 { 0.0 } else { over / under }
}
