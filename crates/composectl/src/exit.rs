//! How a command ends when it does not end well.

use std::process::ExitCode;

use api::{ClientError, Problem};

use crate::output::stderr;

/// The code of a loser of two requests at once, and of a command that needs a daemon and has none.
pub(crate) const ELSEWHERE: u8 = 3;

/// An end other than success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) code: u8,
    pub(crate) message: Option<String>,
    pub(crate) help: Option<String>,
    pub(crate) findings: Vec<api::Finding>,
}

impl Exit {
    /// An end with a code and nothing left to say.
    pub(crate) fn silent(code: u8) -> Self {
        Self { code, message: None, help: None, findings: Vec::new() }
    }

    /// An error.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::silent(1) }
    }

    /// The end of a command whose request was overtaken.
    pub(crate) fn superseded(stack: &str, mine: u64, newer: u64) -> Self {
        let message = format!("superseded: generation {mine} of {stack} was overtaken by generation {newer}");
        Self { code: ELSEWHERE, ..Self::error(message) }.with_help("`composectl status` shows what is wanted now")
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::silent(130)
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.help = (!help.is_empty()).then_some(help);
        self
    }

    /// Says what is left to say, and gives the code.
    pub(crate) fn report(self) -> ExitCode {
        let paint = stderr();
        for finding in &self.findings {
            paint.line(&format!("{}\n", finding.rendered.trim_end()));
        }
        if let Some(message) = &self.message
            && self.findings.is_empty()
        {
            paint.error(message);
        }
        if let Some(help) = &self.help {
            paint.line(&format!("{} {help}", paint.cyan("help:")));
        }
        ExitCode::from(self.code)
    }
}

impl From<Problem> for Exit {
    fn from(problem: Problem) -> Self {
        Self { findings: problem.findings, ..Self::error(problem.title) }.with_help(problem.help)
    }
}

impl From<ClientError> for Exit {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(problem) => problem.into(),
            ClientError::Unreachable { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                Self { code: ELSEWHERE, ..Self::error(format!("{}: {source}", "composed's socket cannot be opened")) }
                    .with_help("join the socket's group (see `socket_group` in the settings), or use sudo")
            }
            ClientError::Unreachable { ref source, .. } => {
                Self { code: ELSEWHERE, ..Self::error(format!("{error}: {source}")) }
                    .with_help("is composed running? `systemctl status composed`; without COMPOSED_SOCKET the command works without a daemon")
            }
            broken @ ClientError::Broken { .. } => Self::error(broken.to_string()),
        }
    }
}
