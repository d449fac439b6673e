//! Who is asking: told by the kernel for a unix socket, the process itself for an in-memory pipe.

use std::fmt;

use api::StackReport;
use tokio::net::UnixStream;

use super::groups;
use crate::reader::Reader;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look: what is there, how far it is, what containers write.
    Look,
    /// Everything. Whoever may start containers is root on this machine.
    Operate,
}

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    uid: u32,
    pid: Option<i32>,
    role: Role,
    reader: Option<Reader>,
}

/// Why somebody was not.
#[derive(Debug, thiserror::Error)]
pub enum Stranger {
    /// The kernel would not say who it is.
    #[error("the peer cannot be identified: {0}")]
    Unknown(std::io::Error),
    /// Neither root, nor the daemon's user, nor in the socket's group.
    #[error("user {uid} is neither root, nor the daemon's user, nor in the socket's group")]
    Outsider {
        /// The user.
        uid: u32,
    },
}

impl Caller {
    /// The process itself.
    #[must_use]
    pub fn myself() -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            pid: i32::try_from(std::process::id()).ok(),
            role: Role::Operate,
            reader: None,
        }
    }

    /// Who files are read for; `None` for root and the daemon's own user, who can read whatever it can.
    pub(crate) fn reader(&self) -> Option<&Reader> {
        self.reader.as_ref()
    }

    /// The user whose connections are counted with this one; `None` for root and the daemon's own user.
    pub(crate) fn counts_as(&self) -> Option<u32> {
        self.reader.as_ref().map(|reader| reader.uid)
    }

    /// What it may do.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// A report as this caller may have it. A mistake is told with its line, and a line may hold a secret: whoever may
    /// only look is told where it is, and of what kind.
    pub(super) fn may_see(&self, mut report: StackReport) -> StackReport {
        if self.role == Role::Look {
            for finding in report.findings.iter_mut().filter(|finding| !finding.file.is_empty()) {
                let api::Finding { severity, code, file, line, column, .. } = finding;
                finding.rendered = format!("{severity}[{code}]\n --> {file}:{line}:{column}\n");
                finding.message = code.clone();
                finding.help.clear();
            }
        }
        report
    }

    /// The peer of a connection to a socket for this role, if it may come in: as it was when it connected. The socket's
    /// mode keeps others out already; this holds when somebody changed the mode.
    ///
    /// # Errors
    /// When it may not, or cannot be told who it is.
    pub fn of(stream: &UnixStream, group: Option<u32>, role: Role) -> Result<Self, Stranger> {
        let peer = stream.peer_cred().map_err(Stranger::Unknown)?;
        let (uid, pid) = (peer.uid(), peer.pid());
        let reader = if uid == 0 || uid == rustix::process::geteuid().as_raw() {
            None
        } else {
            let mut groups = groups::of(stream).map_err(Stranger::Unknown)?;
            groups.push(peer.gid());
            Some(Reader { uid, groups })
        };
        let is_member = |reader: &Reader| group.is_some_and(|group| reader.groups.contains(&group));
        if reader.as_ref().is_none_or(is_member) {
            return Ok(Self { uid, pid, role, reader });
        }
        Err(Stranger::Outsider { uid })
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uid {}", self.uid)?;
        self.pid.map_or(Ok(()), |pid| write!(f, " pid {pid}"))
    }
}
