//! How long `config` takes and how much memory it needs, beside docker compose where that is installed, in one run:
//! `make bench`. Numbers are printed, nothing is asserted. `BENCH_PROGRAM` names another built `composectl`.

mod files;

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a run is repeated; the fastest counts.
const RUNS: usize = 5;

/// What one program needed.
#[derive(Clone, Copy)]
struct Need {
    seconds: f64,
    /// Peak resident memory, in MiB.
    mebibytes: f64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("measure") {
        measure(&arguments.collect::<Vec<_>>());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the files");
    let ours = std::env::var_os("BENCH_PROGRAM").map_or_else(built, PathBuf::from);
    let ours = [ours.display().to_string()];
    let theirs = ["docker".to_owned(), "compose".to_owned()];
    let peer = version(&theirs);
    println!("composectl: {}", version(&ours).unwrap_or_default());
    println!("docker compose: {}\n", peer.as_deref().unwrap_or("not installed, so there is nothing beside it"));
    println!(
        "{:<34}{:>12}{:>10}{:>12}{:>10}{:>9}{:>9}",
        "file", "composectl", "MiB", "docker", "MiB", "faster", "smaller"
    );
    for (name, text) in files::all() {
        let path = folder.path().join(format!("{}.yaml", name.replace(' ', "-")));
        std::fs::write(&path, text).expect("the file can be written");
        let ours = best(&ours, &path);
        let theirs = peer.as_ref().and_then(|_| best(&theirs, &path));
        let show = |need: Option<Need>| match need {
            Some(need) => format!("{:>9.1} ms{:>10.1}", need.seconds * 1000.0, need.mebibytes),
            None => format!("{:>12}{:>10}", "> 60 s", ""),
        };
        let ratio = match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                format!("{:>8.0}x{:>8.1}x", theirs.seconds / ours.seconds, theirs.mebibytes / ours.mebibytes)
            }
            _ => String::new(),
        };
        let theirs = if peer.is_some() { show(theirs) } else { String::new() };
        println!("{name:<34}{}{theirs}{ratio}", show(ours));
    }
}

/// The program of this build.
fn built() -> PathBuf {
    let bench = std::env::current_exe().expect("a running program has a path");
    bench.parent().and_then(Path::parent).expect("it lies in `deps`").join("composectl")
}

fn version(program: &[String]) -> Option<String> {
    let output = Command::new(&program[0]).args(&program[1..]).args(["version", "--short"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The fastest run, with its memory; `None` when one does not end in time.
fn best(program: &[String], file: &Path) -> Option<Need> {
    let mut best: Option<Need> = None;
    for _ in 0..RUNS {
        let run = one(program, file)?;
        if best.is_none_or(|best| run.seconds < best.seconds) {
            best = Some(run);
        }
        // What takes seconds is not repeated: it is no matter of noise.
        if run.seconds > 5.0 {
            break;
        }
    }
    best
}

/// One run, in a process of its own: only so is the peak of its child known.
fn one(program: &[String], file: &Path) -> Option<Need> {
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.arg("measure").args(program).args(["-p", "bench", "-f"]).arg(file).args(["config", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).process_group(0).spawn().ok()?;
    let began = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if began.elapsed() > PATIENCE {
            // The group: the measured program is a child of that child, and may have children of its own.
            if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some((seconds, kibibytes)) = text.trim().split_once(' ') else {
        panic!("{} takes {} for a mistake", program.join(" "), file.display())
    };
    Some(Need { seconds: seconds.parse().ok()?, mebibytes: kibibytes.parse::<f64>().ok()? / 1024.0 })
}

/// Runs a command and prints its seconds and the peak of its memory in KiB.
fn measure(command: &[String]) {
    let began = Instant::now();
    let mut child = Command::new(&command[0]);
    let status = child.args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let seconds = began.elapsed().as_secs_f64();
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
    if let (Ok(status), Ok(usage)) = (status, usage)
        && status.success()
    {
        println!("{seconds} {}", usage.max_rss());
    }
}
