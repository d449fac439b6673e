//! `port`: where the host has a port of a service.

use api::{ContainerListing, PortListing};

use super::interruptible;
use crate::args::{Global, Port};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;
use crate::source::Place;

pub(super) async fn run(global: &Global, port: Port) -> Result<(), Exit> {
    let wanted = number(&port.port)?;
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{}/containers", place.stack);
    let containers: Vec<ContainerListing> = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    let container = chosen(&containers, &port.service, port.index)?;
    match container.ports.iter().find(|p| p.private == wanted && p.protocol == port.protocol) {
        Some(PortListing { ip, public, .. }) => {
            let ip = if ip.contains(':') { format!("[{ip}]") } else { ip.clone() };
            stdout().line(&format!("{ip}:{public}"));
            Ok(())
        }
        None => {
            let known: Vec<String> =
                container.ports.iter().map(|port| format!("{}/{}", port.public, port.protocol)).collect();
            let message =
                format!("no port {wanted}/{} for container {}: {}", port.protocol, container.name, known.join(", "));
            Err(Exit::error(message))
        }
    }
}

/// A port as Go reads it.
fn number(text: &str) -> Result<u16, Exit> {
    text.parse().map_err(|_| {
        let is_number = !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
        let why = if is_number { "value out of range" } else { "invalid syntax" };
        Exit::error(format!("strconv.ParseUint: parsing {}: {why}", diagnostic::quoted(text)))
    })
}

/// The running container of a service: the one with a number, else the lowest; those of `run` come last.
fn chosen<'a>(containers: &'a [ContainerListing], service: &str, index: u32) -> Result<&'a ContainerListing, Exit> {
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
        assert_eq!(chosen(&containers, "web", 0).unwrap().number, Some(2));
        assert_eq!(chosen(&containers, "web", 3).unwrap().number, Some(3));
        let message = |service, index| chosen(&containers, service, index).unwrap_err().message.unwrap();
        assert_eq!(message("web", 4), "service \"web\" is not running container #4");
        assert_eq!(message("db", 0), "service \"db\" is not running");
    }

    #[test]
    fn a_port_that_is_none_is_told_as_go_tells_it() {
        let message = |text| number(text).unwrap_err().message.unwrap();
        assert_eq!(message("x"), "strconv.ParseUint: parsing \"x\": invalid syntax");
        assert_eq!(message("70000"), "strconv.ParseUint: parsing \"70000\": value out of range");
    }
}
