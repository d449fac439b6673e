//! `port`: where the host has a port of a service.

use api::{ContainerListing, PortListing};

use super::{interruptible, target};
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
    let container = target::running(&containers, &port.service, port.index)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_none_is_told_as_go_tells_it() {
        let message = |text| number(text).unwrap_err().message.unwrap();
        assert_eq!(message("x"), "strconv.ParseUint: parsing \"x\": invalid syntax");
        assert_eq!(message("70000"), "strconv.ParseUint: parsing \"70000\": value out of range");
    }
}
