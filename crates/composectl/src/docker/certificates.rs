//! The certificates by which docker's settings speak TLS, read from where docker has them: flags and variables name
//! one place, each context has another. What a file is worth is for whoever connects to find out.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use composed::{Pem, Tls};

use super::Docker;
use crate::exit::Exit;

/// Docker's names of the files.
const NAMES: [&str; 3] = ["ca.pem", "cert.pem", "key.pem"];

/// What docker's flags said of TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsFlags {
    /// `--tls`
    pub(crate) wanted: Option<bool>,
    /// `--tlsverify`; given at all it asks for TLS.
    pub(crate) verified: Option<bool>,
    /// `--tlscacert`, `--tlscert`, `--tlskey`; an empty path is no file.
    pub(crate) files: [Option<PathBuf>; 3],
}

impl TlsFlags {
    /// The certificates, where flags or variables ask for TLS.
    pub(super) fn read(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Tls>, Exit> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_verified = self.verified.unwrap_or_else(|| set("DOCKER_TLS_VERIFY").is_some());
        let is_wanted = self.wanted.unwrap_or_else(|| set("DOCKER_TLS").is_some());
        if !is_wanted && !is_verified && self.verified.is_none() {
            return Ok(None);
        }
        let folder = set("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| Docker::default().config(&variable));
        // A file that is named must be there; of the others the key and its certificate may be left out.
        let file = |at: usize, is_needed: bool| match (&self.files[at], &folder) {
            (Some(path), _) if path.as_os_str().is_empty() => Ok(None),
            (Some(path), _) => read(path).map(Some),
            (None, Some(folder)) if is_needed => read(&folder.join(NAMES[at])).map(Some),
            (None, Some(folder)) => read_if_there(&folder.join(NAMES[at])),
            (None, None) => Ok(None),
        };
        let files = || {
            // Who believes anybody needs no authority to vouch for him.
            let authority = if is_verified || self.files[0].is_some() { file(0, true)? } else { None };
            tls(is_verified, authority, file(1, false)?, file(2, false)?)
        };
        let help = "DOCKER_CERT_PATH is the folder of ca.pem, cert.pem and key.pem; --tlscacert, --tlscert and --tlskey \
                    name them one by one";
        files().map(Some).map_err(|why| Exit::error(why).with_help(help))
    }
}

/// The certificates of a context, in its folder; a context that has none and verifies is not spoken to by TLS.
pub(super) fn of_context(folder: &Path, is_anybody: bool) -> Result<Option<Tls>, String> {
    let file = |at: usize| read_if_there(&folder.join(NAMES[at]));
    match (file(0)?, file(1)?, file(2)?) {
        (None, None, None) if !is_anybody => Ok(None),
        (authority, certificate, key) => tls(!is_anybody, authority, certificate, key).map(Some),
    }
}

fn tls(is_verified: bool, authority: Option<Pem>, certificate: Option<Pem>, key: Option<Pem>) -> Result<Tls, String> {
    let authority = authority.filter(|_| is_verified);
    if is_verified && authority.is_none() {
        return Err("there is no ca.pem, and so nobody to vouch for the engine".to_owned());
    }
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(lone), None) => return Err(format!("{} is there and no key for it", lone.path.display())),
        (None, Some(lone)) => return Err(format!("{} is there and no certificate for it", lone.path.display())),
    };
    Ok(Tls { authority, identity })
}

fn read(path: &Path) -> Result<Pem, String> {
    read_if_there(path)?.ok_or_else(|| format!("{}: no such file", path.display()))
}

fn read_if_there(path: &Path) -> Result<Option<Pem>, String> {
    match std::fs::read(path) {
        Ok(text) => Ok(Some(Pem { path: path.to_owned(), text })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}
