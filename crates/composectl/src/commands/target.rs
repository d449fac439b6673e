//! The one container that a verb is about, told by its service and its number.

use api::{ContainerListing, Progress, ProgressState};

use super::interruptible;
use crate::args::Global;
use crate::connect::Connection;
use crate::exit::Exit;
use crate::output::progress::Display;
use crate::source::Place;

/// What is told of work on single containers.
pub(super) struct Told(Display);

impl Told {
    pub(super) fn new(global: &Global) -> Self {
        Self(Display::new(global))
    }

    pub(super) fn working(&mut self, id: &str, text: &str, details: &str) {
        self.show(id, ProgressState::Working, text, details);
    }

    pub(super) fn done(&mut self, id: &str, text: &str, details: &str) {
        self.show(id, ProgressState::Done, text, details);
    }

    fn show(&mut self, id: &str, state: ProgressState, text: &str, details: &str) {
        let (id, text, details) = (id.to_owned(), text.to_owned(), details.to_owned());
        self.0.show(&Progress { generation: 0, id, state, text, details });
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// The running container of a service, asked for.
pub(super) async fn ask(
    connection: &Connection,
    place: &Place,
    service: &str,
    index: u32,
) -> Result<ContainerListing, Exit> {
    let path = format!("/stacks/{}/containers", place.stack);
    let containers: Vec<ContainerListing> = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    running(&containers, service, index).cloned()
}

/// The running container of a service: the one with a number, else the lowest; those of `run` come last.
pub(super) fn running<'a>(
    containers: &'a [ContainerListing],
    service: &str,
    index: u32,
) -> Result<&'a ContainerListing, Exit> {
    let of_service = containers.iter().filter(|c| c.service == service && api::is_alive(&c.state));
    let found = of_service
        .filter(|container| index == 0 || container.number == Some(index))
        .min_by_key(|container| (container.number.is_none(), container.number));
    let service = diagnostic::quoted(service);
    found.ok_or_else(|| match index {
        0 => Exit::error(format!("service {service} is not running")),
        index => Exit::error(format!("service {service} is not running container #{index}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(number: Option<u32>) -> ContainerListing {
        ContainerListing { service: "web".into(), state: "running".into(), number, ..ContainerListing::default() }
    }

    #[test]
    fn the_lowest_number_is_asked() {
        let containers = [container(None), container(Some(3)), container(Some(2))];
        assert_eq!(running(&containers, "web", 0).unwrap().number, Some(2));
        assert_eq!(running(&containers, "web", 3).unwrap().number, Some(3));
        let message = |service, index| running(&containers, service, index).unwrap_err().message.unwrap();
        assert_eq!(message("web", 4), "service \"web\" is not running container #4");
        assert_eq!(message("db", 0), "service \"db\" is not running");
    }
}
