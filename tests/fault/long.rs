//! What takes its time: many stacks under one daemon, for as long as `T` says in seconds. `make test` does not run
//! these; `make soak`, `make hang` and `make idle` do, and docs/reliability.md keeps what they said.

mod fleet;
mod gauge;
mod hang;
mod idle;
mod soak;
