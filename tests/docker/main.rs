//! The two programs on a real engine, at `DOCKER_HOST` or the default socket. Without one these tests fail. Each
//! has a project, a folder and a daemon of its own and leaves nothing behind, whatever becomes of it.

mod alone;
mod around;
mod crash;
mod daemon;
mod doctor;
mod down;
mod engine;
mod files;
mod floods;
mod hands;
mod heal;
mod images;
mod interop;
mod life;
mod logs;
mod looks;
mod namesakes;
mod options;
mod outage;
mod race;
mod reconciling;
mod refused;
mod registry;
mod run;
mod saves;
mod secrets;
mod shared;
mod stand;
mod streams;
mod up;
mod verbs;
mod ways;
