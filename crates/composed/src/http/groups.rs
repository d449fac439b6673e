//! The supplementary groups of a peer, as they were when it connected: told by the kernel with the socket, so that it
//! does not matter what became of the process meanwhile, or who has its number now.

use std::io;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::GetStruct;
use tokio::net::UnixStream;

/// Asks for so many groups, for each number in turn. The kernel says `ERANGE` while it has more of them, so that the
/// first answer is one of exactly as many as there are: the option is of a length of its own, and what is safe to call
/// takes options of one length alone.
macro_rules! first_that_fits {
    ($stream:expr, $($count:literal)*) => {
        $({
            #[derive(Clone, Copy)]
            struct Groups;
            nix::getsockopt_impl!(
                Groups,
                libc::SOL_SOCKET,
                libc::SO_PEERGROUPS,
                [libc::gid_t; $count],
                GetStruct<[libc::gid_t; $count]>
            );
            match getsockopt($stream, Groups) {
                Err(Errno::ERANGE) => {}
                other => return Ok(other?.to_vec()),
            }
        })*
    };
}

/// The groups of a peer beside its first.
///
/// # Errors
/// When the kernel does not tell, or there are more than 128.
pub(super) fn of(stream: &UnixStream) -> io::Result<Vec<u32>> {
    first_that_fits! {
        stream,
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38
        39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74
        75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107
        108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it is in more than 128 groups"))
}
