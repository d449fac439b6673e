//! Frames of a log, cut anywhere.

use super::*;

fn frame(source: u8, text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    [&[source, 0, 0, 0], &length[..], text].concat()
}

/// The lines of a stream that comes in pieces of `piece` bytes.
fn split(framed: bool, timestamps: bool, bytes: &[u8], piece: usize) -> Vec<(LogSource, Option<i64>, Vec<u8>)> {
    let mut splitter = Splitter::new(framed, timestamps);
    for chunk in bytes.chunks(piece) {
        splitter.push(Bytes::copy_from_slice(chunk));
    }
    splitter.finish();
    splitter.lines.into_iter().map(|line| (line.source, line.at.map(|at| at.0), line.bytes.to_vec())).collect()
}

fn check(framed: bool, timestamps: bool, bytes: &[u8], expected: &[(LogSource, Option<i64>, &[u8])]) {
    let expected: Vec<_> = expected.iter().map(|(source, at, text)| (*source, *at, text.to_vec())).collect();
    for piece in [1, 2, 3, 7, 8, 9, 64, usize::MAX] {
        assert_eq!(split(framed, timestamps, bytes, piece), expected, "in pieces of {piece}");
    }
}

const OUT: LogSource = LogSource::Stdout;
const ERR: LogSource = LogSource::Stderr;

#[test]
fn frames_become_lines_wherever_they_are_cut() {
    let bytes =
        [frame(1, b"one\n"), frame(2, b"err"), frame(1, b"tw"), frame(2, b"or\n"), frame(1, b"o\n\nend")].concat();
    check(
        true,
        false,
        &bytes,
        &[(OUT, None, b"one"), (ERR, None, b"error"), (OUT, None, b"two"), (OUT, None, b""), (OUT, None, b"end")],
    );
}

#[test]
fn timestamps_are_taken_off_each_part_of_a_line() {
    let bytes = [
        frame(1, b"1970-01-01T00:00:01.000000002Z a b\n"),
        frame(1, b"1970-01-01T00:00:02Z long "),
        frame(1, b"1970-01-01T00:00:03Z line\n"),
        frame(2, b"1970-01-01T02:00:04+02:00 \n"),
        frame(2, b"no timestamp\n"),
    ]
    .concat();
    let expected: [(LogSource, Option<i64>, &[u8]); 4] = [
        (OUT, Some(1_000_000_002), b"a b"),
        (OUT, Some(2_000_000_000), b"long line"),
        (ERR, Some(4_000_000_000), b""),
        (ERR, Some(4_000_000_000), b"no timestamp"),
    ];
    check(true, true, &bytes, &expected);
}

#[test]
fn a_terminals_bytes_are_never_frames() {
    let bytes = b"\x01\0\0\0\xff\xff\xff\xff\n\x02x";
    check(false, false, bytes, &[(OUT, None, b"\x01\0\0\0\xff\xff\xff\xff"), (OUT, None, b"\x02x")]);
    check(
        false,
        true,
        b"1970-01-01T00:00:01Z a\n1970-01-01T00:00:02Z b",
        &[(OUT, Some(1_000_000_000), b"a"), (OUT, Some(2_000_000_000), b"b")],
    );
}

#[test]
fn an_endless_line_comes_in_bounded_parts() {
    let bytes = vec![b'x'; 2 * LONGEST + 5];
    let lengths =
        |lines: Vec<(LogSource, Option<i64>, Vec<u8>)>| lines.iter().map(|line| line.2.len()).collect::<Vec<_>>();
    assert_eq!(lengths(split(false, false, &bytes, 8192)), [LONGEST, LONGEST, 5]);
    let frames: Vec<u8> = bytes.chunks(16 << 10).flat_map(|part| frame(1, part)).collect();
    assert_eq!(lengths(split(true, false, &frames, 8192)), [LONGEST, LONGEST, 5]);
}

#[test]
fn a_frame_that_claims_four_gigabytes_reserves_nothing() {
    let mut splitter = Splitter::new(true, false);
    splitter.push(Bytes::from_static(b"\x01\0\0\0\xff\xff\xff\xffa\n"));
    assert_eq!(splitter.lines.pop_front().unwrap().bytes, &b"a"[..]);
    assert!(splitter.out.bytes.capacity() <= 1024);
}
