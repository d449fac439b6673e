//! Who files are read for. Whoever may ask for a stack need not be able to read every file that the daemon can, and what a
//! file is said to hold comes back in messages: so what somebody could not read themselves is not read for them.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;

use serde::{Deserialize, Serialize};

/// The bits of a mode that stand for what is asked of a file, for everybody else.
const READ: u32 = 0o4;
const SEARCH: u32 = 0o1;

/// Somebody who may not read everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// The user.
    pub uid: u32,
    /// All of the groups they are in.
    pub groups: Vec<u32>,
}

impl Reader {
    /// Checks that they could have opened this file, by its mode and by those of the folders that it really lies in.
    ///
    /// # Errors
    /// When they could not, or where it lies cannot be told.
    pub(crate) fn check(&self, file: &File) -> io::Result<()> {
        // Where it is, whatever was said and whoever moves things meanwhile.
        let place = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
        let is_reached = place.ancestors().skip(1).all(|folder| {
            let found = std::fs::symlink_metadata(folder);
            found.is_ok_and(|found| found.is_dir() && self.may(&found, SEARCH))
        });
        if is_reached && self.may(&file.metadata()?, READ) {
            return Ok(());
        }
        let message = format!("user {} may not read it", self.uid);
        Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
    }

    fn may(&self, found: &Metadata, bit: u32) -> bool {
        let shift = match found {
            found if found.uid() == self.uid => 6,
            found if self.groups.contains(&found.gid()) => 3,
            _ => 0,
        };
        found.mode() >> shift & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_somebody_may_read_follows_from_modes_of_the_file_and_of_the_folders_it_lies_in() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, link) = (folder.path().join("inner"), folder.path().join("link"));
        std::fs::create_dir(&inner).unwrap();
        let path = inner.join("compose.yaml");
        std::fs::write(&path, "services: {}").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let found = std::fs::metadata(&path).unwrap();
        let owner = Reader { uid: found.uid(), groups: vec![] };
        let member = Reader { uid: 65_534, groups: vec![found.gid()] };
        let other = Reader { uid: 65_534, groups: vec![65_534] };
        let may = |reader: &Reader, path: &Path| reader.check(&File::open(path).unwrap()).is_ok();
        // Whoever the tests run as can open it anyway, or owns it.
        for (file, above, by_owner, by_member, by_other) in [
            (0o644, 0o755, true, true, true),
            (0o640, 0o755, true, true, false),
            (0o600, 0o755, true, false, false),
            (0o644, 0o750, true, true, false),
            (0o644, 0o700, true, false, false),
            // The owner's bits are the owner's, whatever the others may.
            (0o404, 0o755, true, false, true),
        ] {
            mode(folder.path(), 0o755);
            mode(&inner, above);
            mode(&path, file);
            for path in [&path, &link] {
                let seen = (may(&owner, path), may(&member, path), may(&other, path));
                assert_eq!(seen, (by_owner, by_member, by_other), "{file:o} in {above:o} by {}", path.display());
            }
        }
    }
}
