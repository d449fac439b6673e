//! A file system so small that it can be filled, gone with the test.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// One that is mounted.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one of a size, as `mount` takes it, for its owner alone.
    pub(crate) fn mounted(at: PathBuf, size: &str) -> Self {
        std::fs::create_dir_all(&at).expect("a folder can be made");
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        let mounted = mounted.expect("mount can be run");
        assert!(mounted.status.success(), "{}", String::from_utf8_lossy(&mounted.stderr));
        Self(at)
    }

    /// Nothing more can be written to it.
    pub(crate) fn fill(&self) {
        let mut filler = File::create(self.0.join("filler")).expect("there is a last file");
        // The last page too: a write that fails part of the way leaves none.
        for piece in [1 << 20, 4096] {
            while filler.write_all(&vec![1; piece]).is_ok() {}
        }
    }

    /// It has room again.
    pub(crate) fn empty(&self) {
        let _ = std::fs::remove_file(self.0.join("filler"));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
