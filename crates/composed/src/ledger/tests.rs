//! What is written down is read again, also by the next version.

use model::ServiceName;
use plan::Stamp;

use super::*;

fn entry(generation: u64) -> Stack {
    let name = ProjectName::new("shop").unwrap();
    Stack {
        name: name.clone(),
        generation,
        source: Source { working_dir: "/srv/shop".into(), ..Source::default() },
        reader: Some(Reader { uid: 1000, groups: vec![1000, 7] }),
        scale: [("web".into(), 2)].into(),
        project: Project {
            services: [(
                ServiceName::new("web").unwrap(),
                Box::new(model::Service { image: "web:1".into(), cpus: 0.1, ..model::Service::default() }),
            )]
            .into(),
            ..Project::named(name)
        },
        wishes: Wishes {
            services: None,
            stopped: [ServiceName::new("web").unwrap()].into(),
            unstarted: [ServiceName::new("db").unwrap()].into(),
            alone: [ServiceName::new("web").unwrap()].into(),
            in_order: [ContainerId("c2".to_owned())].into(),
            images: [("web:1".to_owned(), "sha256:1".to_owned())].into(),
        },
        up: Some(Up { remove_orphans: true, ..Up::default() }),
        down: None,
        is_converged: false,
        keeping: Keeping::Recovered,
        engine: Some("AB:CD".to_owned()),
        ended: [ContainerId("c1".to_owned())].into(),
        interrupted: plan::Lives::new(),
    }
}

#[tokio::test]
async fn what_was_recorded_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    ledger.record(entry(1), "me".into(), "up".into()).await.unwrap();
    ledger.record(entry(2), "me".into(), "up".into()).await.unwrap();
    ledger.converged(entry(2).name, 1).await.unwrap();
    drop(ledger);
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.stacks().await.unwrap(), [entry(2)]);
    ledger.converged(entry(2).name, 2).await.unwrap();
    assert!(ledger.stacks().await.unwrap()[0].is_converged);
}

#[tokio::test]
async fn a_forgotten_stack_never_gets_an_old_generation_again() {
    let ledger = Ledger::in_memory().unwrap();
    ledger.record(entry(7), "me".into(), "up".into()).await.unwrap();
    ledger.forget(entry(7).name, "me".into(), 8, "down".into()).await.unwrap();
    assert!(ledger.stacks().await.unwrap().is_empty());
    assert_eq!(ledger.last_generation(entry(7).name).await.unwrap(), 8);
}

#[tokio::test]
async fn a_ledger_of_an_earlier_version_is_read_on() {
    let wishes = Wishes { stopped: entry(1).wishes.stopped, ..Wishes::default() };
    let first = Stack { wishes, up: None, keeping: Keeping::True, ended: BTreeSet::new(), ..entry(1) };
    let third = entry(1);
    for (written, former) in
        [(include_str!("tests/version-1.sql"), first), (include_str!("tests/version-3.sql"), third)]
    {
        let former = Stack { reader: None, engine: None, ..former };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        Connection::open(&path).unwrap().execute_batch(written).unwrap();
        for _ in 0..2 {
            let ledger = Ledger::open(&path).unwrap();
            assert_eq!(ledger.stacks().await.unwrap(), std::slice::from_ref(&former));
            assert_eq!(ledger.last_generation(former.name.clone()).await.unwrap(), 1);
        }
        let kept = std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
        let mut kept = kept.filter(|file| file.file_name().to_string_lossy().starts_with("ledger.db.version-"));
        assert!(kept.next().is_some(), "it is kept as it was");
    }
}

#[tokio::test]
async fn another_life_of_machine_or_engine_is_noticed_until_it_is_noted() {
    let ledger = Ledger::in_memory().unwrap();
    let lives =
        |boot: &str, engine: Option<&str>| Lives { boot: Some(boot.to_owned()), engine: engine.map(str::to_owned) };
    let (first, second) = (lives("a", Some("x")), lives("b", Some("x")));
    assert!(!first.is_another_than(&ledger.lives().await.unwrap()), "nothing is known of a former one");
    ledger.live_in(first.clone()).await.unwrap();
    let noted = ledger.lives().await.unwrap();
    assert_eq!(noted, first);
    assert!(second.is_another_than(&noted));
    assert!(lives("a", Some("y")).is_another_than(&noted));
    assert!(!lives("a", None).is_another_than(&noted), "an engine without a name for its lives tells nothing");
}

#[test]
fn a_ledger_of_another_version_is_refused() {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Ledger::prepare(connection), Err(LedgerError::Schema { found: 99 })));
}

#[tokio::test]
async fn a_damaged_ledger_is_put_aside_whatever_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    let ledger = Ledger::open(&whole).unwrap();
    for generation in 1..40 {
        ledger.record(entry(generation), "me".into(), "up".into()).await.unwrap();
    }
    drop(ledger);
    let whole = std::fs::read(&whole).unwrap();
    let (mut aside, mut whole_ones) = (0, 0);
    for round in 0..60_usize {
        let mut damaged = whole.clone();
        match round % 3 {
            // Cut off, zeroed in the middle, a few bytes turned.
            0 => damaged.truncate(round * damaged.len() / 60),
            1 => {
                let from = round * damaged.len() / 60;
                let to = (from + 4096).min(damaged.len());
                damaged[from..to].fill(0);
            }
            _ => (0..8).for_each(|at| {
                let place = (round * 7919 + at * 101) % damaged.len();
                damaged[place] ^= 0x55;
            }),
        }
        let path = folder.path().join(format!("{round}.db"));
        std::fs::write(&path, &damaged).unwrap();
        let opened = match Ledger::open_or_begin(&path) {
            // A version that nobody knows is told and not touched.
            Err(LedgerError::Schema { .. }) => continue,
            opened => opened.unwrap(),
        };
        let (ledger, kept) = opened;
        match kept {
            Some(kept) => {
                assert_eq!(std::fs::read(&kept).unwrap(), damaged, "it lies there as it was");
                aside += 1;
            }
            None => whole_ones += 1,
        }
        // Whatever is left can be read, and written on.
        let read = ledger.stacks().await;
        assert!(read.is_ok_and(|stacks| stacks.len() <= 1), "round {round}");
        ledger.record(entry(50), "me".into(), "up".into()).await.unwrap();
    }
    assert!(aside > 20, "{aside} put aside, {whole_ones} whole");
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_takes_no_other_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    ledger.record(entry(1), "me".into(), "up".into()).await.unwrap();
    let other = Stack { name: ProjectName::new("other").unwrap(), ..entry(1) };
    ledger.record(other.clone(), "me".into(), "up".into()).await.unwrap();
    Connection::open(&path).unwrap().execute("UPDATE stack SET project = '{' WHERE name = 'shop'", []).unwrap();
    assert_eq!(ledger.stacks().await.unwrap(), [other]);
}

#[tokio::test]
async fn what_was_interrupted_is_remembered_until_the_generation_has_converged_again() {
    let ledger = Ledger::in_memory().unwrap();
    let web = ContainerId("1".repeat(64));
    ledger.record(entry(1), "me".into(), "up".into()).await.unwrap();
    ledger.interrupts(entry(1).name, [(web.clone(), Some(Stamp(5)))].into()).await.unwrap();
    assert_eq!(ledger.stacks().await.unwrap()[0].interrupted, [(web.clone(), Some(Stamp(5)))].into());
    ledger.converged(entry(1).name, 1).await.unwrap();
    assert!(ledger.stacks().await.unwrap()[0].interrupted.is_empty());
    ledger.interrupts(entry(1).name, [(web, None)].into()).await.unwrap();
    ledger.record(entry(2), "me".into(), "up".into()).await.unwrap();
    assert!(ledger.stacks().await.unwrap()[0].interrupted.is_empty());
}
