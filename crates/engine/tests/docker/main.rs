//! The truth: a real engine, at `DOCKER_HOST` or the default socket. Without one these tests fail. Each has a
//! project of its own and leaves nothing behind, whatever becomes of it.

mod actions;
mod build;
mod mapping;
mod streams;
mod world;
