//! What becomes of one project's failure. Nobody answers as an engine here, and none is needed.

use engine::{Address, Docker, Limits};
use model::Project as Model;

use super::*;
use crate::ledger::{Keeping, Stack};

fn name(text: &str) -> ProjectName {
    ProjectName::new(text).unwrap()
}

fn stack(text: &str) -> Stack {
    Stack {
        name: name(text),
        generation: 1,
        source: Source::default(),
        reader: None,
        scale: BTreeMap::new(),
        project: Model::named(name(text)),
        wishes: reconcile::Wishes::default(),
        up: None,
        down: None,
        is_converged: true,
        keeping: Keeping::True,
        engine: None,
        ended: Default::default(),
        interrupted: Default::default(),
    }
}

/// Two stacks under a supervisor.
async fn two() -> Supervisor {
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("unix://{}", folder.path().join("nobody").display());
    let address = Address::of_docker_host(Some(&nobody), None).unwrap();
    let ledger = Ledger::in_memory().unwrap();
    for which in ["shop", "blog"] {
        ledger.record(stack(which), "me".to_owned(), "up".to_owned()).await.unwrap();
    }
    let engine = Arc::new(Docker::connect(address, Limits::STANDARD));
    let supervisor = Supervisor::new(engine, ledger, Supervision::Lasting);
    supervisor.start(None).await.unwrap();
    supervisor
}

/// Waits until the report of a stack is in a phase; time is the runtime's, which goes on when nobody has anything to do.
async fn until(supervisor: &Supervisor, stack: &str, is_so: impl Fn(Phase) -> bool) {
    let wait = async {
        while !is_so(supervisor.feed(stack).unwrap().report().phase) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it comes to that");
}

#[tokio::test]
async fn a_panic_in_one_project_is_told_and_survived_and_touches_no_other() {
    let supervisor = two().await;
    let other = supervisor.handle("blog").unwrap().number;
    for _ in 0..2 {
        supervisor.tell("shop", Message::Fail).await;
        until(&supervisor, "shop", |phase| phase == Phase::Faulted).await;
        assert!(supervisor.reports().iter().any(|report| report.phase == Phase::Faulted), "it is told");
        assert!(supervisor.is_alive(Duration::from_secs(10)).await, "that is no reason to kill the daemon");
        until(&supervisor, "shop", |phase| phase != Phase::Faulted).await;
        assert_eq!(supervisor.handle("blog").unwrap().number, other, "it is the same task");
    }
    supervisor.stop(Duration::from_secs(5)).await;
}
