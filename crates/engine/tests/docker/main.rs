//! The truth: a real engine, at `DOCKER_HOST` or the default socket. Without one these tests fail. Each has a
//! project of its own and leaves nothing behind, whatever becomes of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod actions;
mod build;
mod mapping;
mod streams;
mod world;
