//! Who is on the other side of a socket: told by the kernel, whatever the socket's mode says.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use rustix::fs::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use support::daemon::{Daemon, composed};
use support::deadline::eventually;
use support::folder::Folder;
use support::http::call;

/// Groups and users that no machine has.
const OPERATORS: u32 = 74_201;
const LOOKERS: u32 = 74_301;
const SOMEBODY: u32 = 74_401;

/// A user, the first group, the others.
struct Peer(u32, u32, Vec<u32>);

/// How a socket takes somebody: by the answers to a look and to a change, each on a connection of its own.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    AsOperator,
    AsLooker,
    NotAtAll,
}

impl Peer {
    /// Asks as this peer: the kernel has users and groups for each thread, and it is the connecting one that counts.
    fn ask(&self, socket: &Path, method: &'static str, path: &'static str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        let (address, body) = (format!("unix://{}", socket.display()), body.to_owned());
        self.act(move || call(&address, method, path, &body))
    }

    /// Does something as this peer.
    fn act<T: Send + 'static>(&self, act: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let Self(uid, gid, groups) = self;
        let (uid, gid) = (Uid::from_raw(*uid), Gid::from_raw(*gid));
        let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
        let acting = std::thread::spawn(move || {
            set_thread_groups(&groups)?;
            set_thread_res_gid(gid, gid, gid)?;
            set_thread_res_uid(uid, uid, uid)?;
            act()
        });
        acting.join().expect("it does not panic")
    }

    fn taken(&self, socket: &Path) -> Taken {
        let looked = self.ask(socket, "GET", "/v1/version", "");
        let changed = self.ask(socket, "POST", "/v1/stacks/none/stop", "{}");
        match (looked, changed) {
            (Ok((200, _)), Ok((404, _))) => Taken::AsOperator,
            (Ok((200, _)), Ok((403, _))) => Taken::AsLooker,
            // A connection that is shut with what was sent still unread is reset; one that was read from would only end.
            (Err(looked), Err(changed)) => {
                for error in [looked, changed] {
                    let kind = error.kind();
                    let is_unread = matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe);
                    assert!(is_unread, "refused, but not before it was read: {error}");
                }
                Taken::NotAtAll
            }
            other => panic!("neither let in nor refused: {other:?}"),
        }
    }
}

/// Whether these tests can be run; where not, it is said.
fn can_be_somebody_else() -> bool {
    let can = rustix::process::geteuid().is_root();
    if !can {
        eprintln!("left out: only root can be somebody else");
    }
    can
}

/// A daemon without an engine, whose socket is for the operators' group.
fn operated(folder: &Folder) -> Command {
    let (operators, engine) = (OPERATORS.to_string(), format!("unix://{}", folder.join("none.sock").display()));
    composed(folder, &[("--engine", engine.as_str()), ("--socket-group", operators.as_str())])
}

#[test]
fn each_socket_is_for_its_group_whatever_its_mode() {
    if !can_be_somebody_else() {
        return;
    }
    let folder = Folder::new();
    let looking = folder.join("composed/looking");
    let lookers = LOOKERS.to_string();
    let daemon = Daemon::start_as(
        &folder,
        operated(&folder).env("COMPOSED_READ_SOCKET", &looking).env("COMPOSED_READ_SOCKET_GROUP", lookers),
    );
    let operating = daemon.socket();
    // Only who is asking is left to keep anybody out.
    for (path, mode) in [(folder.path(), 0o755), (operating.clone(), 0o666), (looking.clone(), 0o666)] {
        eventually("both sockets are open", || {
            let is_shut = std::fs::metadata(&path).ok()?.permissions().mode() & 0o777 == 0o600;
            (!is_shut).then_some(())
        });
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let others = || (80_000..80_127).collect::<Vec<u32>>();
    let among = |group: u32| [others(), vec![group]].concat();
    let matrix = [
        (Peer(0, 0, vec![]), Taken::AsOperator, Taken::AsLooker),
        (Peer(SOMEBODY, OPERATORS, vec![]), Taken::AsOperator, Taken::NotAtAll),
        (Peer(SOMEBODY, SOMEBODY, vec![OPERATORS]), Taken::AsOperator, Taken::NotAtAll),
        (Peer(SOMEBODY, SOMEBODY, among(OPERATORS)), Taken::AsOperator, Taken::NotAtAll),
        (Peer(SOMEBODY, LOOKERS, vec![]), Taken::NotAtAll, Taken::AsLooker),
        (Peer(SOMEBODY, SOMEBODY, vec![7, LOOKERS]), Taken::NotAtAll, Taken::AsLooker),
        (Peer(SOMEBODY, SOMEBODY, among(LOOKERS)), Taken::NotAtAll, Taken::AsLooker),
        (Peer(SOMEBODY, LOOKERS, vec![OPERATORS]), Taken::AsOperator, Taken::AsLooker),
        (Peer(SOMEBODY, SOMEBODY, vec![]), Taken::NotAtAll, Taken::NotAtAll),
        (Peer(SOMEBODY, SOMEBODY, others()), Taken::NotAtAll, Taken::NotAtAll),
        // Root's group is not root.
        (Peer(SOMEBODY, 0, vec![0]), Taken::NotAtAll, Taken::NotAtAll),
    ];
    for (peer, as_operator, as_looker) in matrix {
        let Peer(uid, gid, groups) = &peer;
        let who = format!("user {uid}, group {gid}, {} more: {:?}", groups.len(), groups.last());
        assert_eq!(peer.taken(&operating), as_operator, "operators' socket: {who}");
        assert_eq!(peer.taken(&looking), as_looker, "lookers' socket: {who}");
    }
}

/// C16: one user's connections leave room for everybody else's.
#[test]
fn one_user_cannot_take_all_the_places() {
    if !can_be_somebody_else() {
        return;
    }
    let folder = Folder::new();
    let daemon = Daemon::start_as(&folder, &mut operated(&folder));
    let socket = daemon.socket();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    eventually("it has its group", || {
        (std::fs::metadata(&socket).ok()?.permissions().mode() & 0o777 == 0o660).then_some(())
    });
    let (one, other) = (Peer(SOMEBODY, OPERATORS, vec![]), Peer(SOMEBODY + 1, OPERATORS, vec![]));
    let path = socket.clone();
    let rested = one.act(move || (0..64).map(|_| UnixStream::connect(&path)).collect::<io::Result<Vec<_>>>()).unwrap();
    assert_eq!(one.taken(&socket), Taken::NotAtAll, "64 are the most");
    assert_eq!(other.taken(&socket), Taken::AsOperator);
    assert_eq!(Peer(0, 0, vec![]).taken(&socket), Taken::AsOperator);
    drop(rested);
    eventually("there is room again", || one.ask(&socket, "GET", "/v1/version", "").ok());
    assert_eq!(one.taken(&socket), Taken::AsOperator);
}

/// C8: an operator need not be root. What they could not read themselves is not read for them, by whatever way.
#[test]
fn what_somebody_may_not_read_is_not_read_for_them() {
    if !can_be_somebody_else() {
        return;
    }
    let folder = Folder::new();
    let daemon = Daemon::start_as(&folder, &mut operated(&folder));
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode can be set");
    };
    // YAML, variables, labels: whatever it is taken for, its canary would be in a message or in the model.
    folder.write("private", "canary-8431=canary-8431\n");
    folder.write("shut/compose.yaml", "services: {web: {image: canary-8431, nonsense: canary-8431}}\n");
    mode(&folder.path(), 0o755);
    mode(&folder.join("private"), 0o600);
    mode(&folder.join("shut"), 0o700);
    std::os::unix::fs::symlink(folder.join("private"), folder.join("link")).expect("a link can be made");
    let web = |more: &str| format!("services: {{web: {{image: web, {more}}}}}\n");
    for (name, text) in [
        ("variables.yaml", web("env_file: private")),
        ("linked.yaml", web("env_file: link")),
        ("environ.yaml", web("env_file: /proc/self/environ")),
        ("labels.yaml", web("label_file: private")),
        ("extending.yaml", web("extends: {file: shut/compose.yaml, service: web}")),
        ("including.yaml", format!("include: [shut/compose.yaml]\n{}", web(""))),
    ] {
        folder.write(name, &text);
    }
    let peer = Peer(SOMEBODY, OPERATORS, vec![]);
    let up = |who: &Peer, file: &str, more: &str| {
        let path = folder.join(file).display().to_string();
        let folder = folder.path().display().to_string();
        let body = format!(
            r#"{{"source": {{"working_dir": "{folder}", "config_files": ["{path}"], "project_name": "shop"{more}}}, "options": {{}}}}"#
        );
        let (status, answer) = who.ask(&daemon.socket(), "POST", "/v1/stacks/shop/up", &body).expect("it answers");
        (status, String::from_utf8_lossy(&answer).into_owned())
    };
    let ways = ["private", "link", "shut/compose.yaml", "variables.yaml", "linked.yaml", "environ.yaml", "labels.yaml"];
    for file in ways.into_iter().chain(["extending.yaml", "including.yaml"]) {
        let (status, answer) = up(&peer, file, "");
        assert_eq!(status, 422, "{file}: {answer}");
        assert!(answer.contains("permission denied") || answer.contains("may not read"), "{file}: {answer}");
        assert!(!answer.contains("canary-8431") && !answer.contains("COMPOSED_"), "{file}: {answer}");
    }
    let env_file = format!(r#", "env_files": ["{}"]"#, folder.join("private").display());
    folder.write("plain.yaml", &web("command: \"${canary-8431}\""));
    let (status, answer) = up(&peer, "plain.yaml", &env_file);
    assert!(status == 422 && !answer.contains("canary-8431=canary-8431"), "{answer}");
    // What they can read is taken, and root may read all of it.
    folder.write("open.yaml", &web("command: sleep 1"));
    assert_eq!(up(&peer, "open.yaml", "").0, 200);
    assert_eq!(up(&Peer(0, 0, vec![]), "variables.yaml", "").0, 200);
    // A file that somebody brought up is read for them ever after, whatever is put in its place.
    assert_eq!(up(&peer, "open.yaml", "").0, 200);
    std::fs::remove_file(folder.join("open.yaml")).expect("it is there");
    std::os::unix::fs::symlink(folder.join("shut/compose.yaml"), folder.join("open.yaml")).expect("it can be made");
    let told = eventually("that it cannot be read is told", || {
        let (_, answer) = peer.ask(&daemon.socket(), "GET", "/v1/stacks/shop", "").ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer.contains("permission denied") || answer.contains("may not read")).then_some(answer)
    });
    assert!(!told.contains("canary-8431"), "{told}");
}

/// Who is sent away can come again at once: that fills no log.
#[test]
fn who_knocks_all_the_time_is_told_of_once_in_a_while() {
    if !can_be_somebody_else() {
        return;
    }
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, "unix:///nowhere/engine.sock");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    eventually("the socket is open", || {
        let mode = std::fs::metadata(daemon.socket()).ok()?.permissions().mode() & 0o777;
        (mode == 0o660).then_some(())
    });
    std::fs::set_permissions(daemon.socket(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let stranger = Peer(SOMEBODY, SOMEBODY, vec![]);
    for _ in 0..400 {
        assert!(stranger.ask(&daemon.socket(), "GET", "/v1/version", "").is_err());
    }
    let told = daemon.log().matches("was refused").count();
    assert!((1..200).contains(&told), "{told} lines of 400 refusals");
}
