//! What several test binaries need: an engine in memory, the built programs, a project folder of one's own.

pub mod daemon;
pub mod deadline;
pub mod folder;
pub mod http;
pub mod login;
pub mod programs;
pub mod proxy;
pub mod terminal;
pub mod tls;
pub mod world;
