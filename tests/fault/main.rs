//! Killed anywhere, raced anyhow, its engine lost: it converges all the same. Each bench stands on an engine of its
//! own that nobody else uses, behind a proxy that does the harm and writes down every call. docs/reliability.md says
//! what is proved here and how a failure is repeated.

mod api;
mod crash;
mod disk;
mod engine;
mod long;
mod number;
mod oracle;
mod outage;
mod process;
mod race;
mod scenario;
mod site;
