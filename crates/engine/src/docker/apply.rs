//! One action, carried out. Every refusal that means "already so" is told from a real one by the call, the
//! status code and, where those do not suffice, what the engine holds afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use bollard::models::{
    Ipam, IpamConfig, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest, VolumeCreateRequest,
};
use hyper::{Method, StatusCode};
use plan::action::{ContainerSpec, NetworkSpec, VolumeSpec};
use plan::{Action, ContainerId, labels};
use serde::Serialize;

use super::path::Path;
use super::transport::{Answer, ApiVersion, Call, Class, Transport};
use super::{around, build, container, observe, pull, wire};
use crate::error::{Error, Kind};
use crate::{Building, Done, Progress, RemoteImage, Touch};

/// What the engine gives a container that has no grace of its own.
const DEFAULT_GRACE: i64 = 10;
/// How long a name may be taken by a container that cannot be seen yet: a call whose answer was lost makes it.
const MAKING: Duration = Duration::from_secs(5);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// The labels that say whose a container, network or volume is, and made from what.
const IDENTITY: [&str; 8] = [
    labels::PROJECT,
    labels::SERVICE,
    labels::NUMBER,
    labels::NETWORK,
    labels::VOLUME,
    labels::CONFIG_HASH,
    labels::IMAGE,
    labels::SLUG,
];

pub(crate) async fn action(
    http: &Transport,
    action: &Action,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Done, Error> {
    let what = words(action);
    let doing = Doing { http, what: &what };
    match action {
        Action::CreateNetwork(spec) => doing.create_network(spec).await,
        Action::RemoveNetwork { id, .. } => doing.remove_network(id).await,
        Action::DisconnectNetwork { id, container, .. } => doing.disconnect(id, &container.0).await,
        Action::CreateVolume(spec) => doing.create_volume(spec).await,
        Action::RemoveVolume { name } => doing.delete(Path::of("volumes", name, "")).await,
        Action::PullImage { reference, platform } => {
            let (reference, platform) = (reference.clone(), platform.clone());
            pull::pull(http, &RemoteImage { reference, platform, credentials: None }, progress).await
        }
        Action::BuildImage(spec) => build::build(http, spec, &Building::default(), progress).await,
        Action::RemoveImage { reference } => doing.delete(Path::of("images", reference, "")).await,
        Action::CreateContainer(spec) => doing.create_container(spec).await,
        Action::StartContainer { replica, container, name, around } => {
            around::write(http, container, &around.files).await?;
            around::containers(http, name, &around.pre_start).await?;
            let path = Path::of("containers", container, "start");
            let done = doing.post(Class::Act, path, None).await.map(changed)?;
            around::commands(http, Some(&replica.service), container, &around.post_start).await?;
            Ok(done)
        }
        Action::StopContainer { replica, id, grace, around, .. } => {
            let service = replica.as_ref().map(|replica| &replica.service);
            around::commands(http, service, &id.0, &around.pre_stop).await?;
            doing.end(&id.0, "stop", *grace).await
        }
        Action::RestartContainer { replica, id, grace, around, .. } => {
            around::commands(http, Some(&replica.service), &id.0, &around.pre_stop).await?;
            let done = doing.end(&id.0, "restart", *grace).await?;
            around::commands(http, Some(&replica.service), &id.0, &around.post_start).await?;
            Ok(done)
        }
        Action::RemoveContainer { id, volumes, .. } => doing.remove_container(&id.0, *volumes).await,
        Action::RenameContainer { container, to, .. } => doing.rename(container, to).await,
    }
}

/// A signal, or a pause: refused by the engine where it does not fit the container's state.
pub(crate) async fn touch(http: &Transport, id: &ContainerId, touch: &Touch) -> Result<(), Error> {
    let path = |verb| Path::of("containers", &id.0, verb);
    let (verb, path) = match touch {
        Touch::Kill(signal) => ("kill", path("kill").with("signal", signal)),
        Touch::Pause => ("pause", path("pause")),
        Touch::Unpause => ("unpause", path("unpause")),
    };
    let what = format!("{verb} container {}", id.short());
    Doing { http, what: &what }.post(Class::Act, path, None).await.map(|_| ())
}

/// The call, for people.
fn words(action: &Action) -> String {
    let name = action.object();
    match action {
        Action::CreateNetwork(_) => format!("create network {name}"),
        Action::RemoveNetwork { .. } => format!("remove network {name}"),
        Action::DisconnectNetwork { network, .. } => format!("disconnect container {name} from network {network}"),
        Action::CreateVolume(_) => format!("create volume {name}"),
        Action::RemoveVolume { .. } => format!("remove volume {name}"),
        Action::PullImage { .. } => format!("pull image {name}"),
        Action::BuildImage(_) => format!("build image {name}"),
        Action::RemoveImage { .. } => format!("remove image {name}"),
        Action::CreateContainer(_) => format!("create container {name}"),
        Action::StartContainer { .. } => format!("start container {name}"),
        Action::StopContainer { .. } => format!("stop container {name}"),
        Action::RestartContainer { .. } => format!("restart container {name}"),
        Action::RemoveContainer { .. } => format!("remove container {name}"),
        Action::RenameContainer { .. } => format!("rename container to {name}"),
    }
}

/// An answer without a body: 304 is "already so".
fn changed(answer: Answer) -> Done {
    Done { changed: answer.status != StatusCode::NOT_MODIFIED, ..Done::default() }
}

/// One action under way.
struct Doing<'a> {
    http: &'a Transport,
    what: &'a str,
}

impl Doing<'_> {
    async fn post(&self, class: Class, path: Path, json: Option<Vec<u8>>) -> Result<Answer, Error> {
        self.http.send(Call { what: self.what, class, method: Method::POST, path, json }).await
    }

    async fn post_json(&self, path: Path, body: &impl Serialize) -> Result<Answer, Error> {
        let json = serde_json::to_vec(body).map_err(|error| {
            Error::new(self.what, Kind::Local, false, "the request cannot be written").caused_by(error)
        })?;
        self.post(Class::Act, path, Some(json)).await
    }

    fn refused(&self, kind: Kind, message: impl Into<String>) -> Error {
        Error::new(self.what, kind, true, message)
    }

    /// Deletes; gone is as good as deleted.
    async fn delete(&self, path: Path) -> Result<Done, Error> {
        let call = Call { what: self.what, class: Class::Act, method: Method::DELETE, path, json: None };
        match self.http.send(call).await {
            Ok(_) => Ok(Done { changed: true, ..Done::default() }),
            Err(error) if error.is_missing() => Ok(Done::default()),
            Err(error) => Err(error),
        }
    }

    async fn create_network(&self, spec: &NetworkSpec) -> Result<Done, Error> {
        let version = self.http.version(self.what).await?;
        let refusal = match self.post_json(Path::new("/networks/create"), &network_body(spec, version)?).await {
            Ok(answer) => {
                let made: wire::Created = wire::decode(self.what, true, &answer.body)?;
                let id = if version < ONE_OF_A_NAME { self.only_one(spec, made.id).await? } else { made.id };
                return Ok(Done { id: Some(id), changed: true, warnings: made.warnings });
            }
            Err(error) if error.is_conflict() => error,
            Err(error) => return Err(error),
        };
        let Some(holder) = self.networks_called(&spec.network.name).await?.into_iter().next() else {
            return Err(refusal);
        };
        if is_same(&spec.labels, &holder.labels) {
            return Ok(Done { id: Some(holder.id), ..Done::default() });
        }
        Err(self.refused(Kind::Conflict, in_use("name", &holder.id, &holder.labels)))
    }

    /// All networks of a name, oldest first.
    async fn networks_called(&self, name: &str) -> Result<Vec<wire::Network>, Error> {
        let filters = BTreeMap::from([("name", [name])]);
        let path = Path::new("/networks").with_json("filters", &filters);
        let mut all: Vec<wire::Network> = self.http.get(self.what, path).await?;
        all.retain(|network| network.name == name);
        all.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
        Ok(all)
    }

    /// Of several networks that were made for the same at once, as by somebody who was killed on it, the oldest stays:
    /// no container could be started on one of two that are called the same. The id of that one.
    async fn only_one(&self, spec: &NetworkSpec, made: String) -> Result<String, Error> {
        let mut all = self.networks_called(&spec.network.name).await?;
        all.retain(|network| network.id == made || is_same(&spec.labels, &network.labels));
        let mut ids = all.into_iter().map(|network| network.id);
        let oldest = ids.next().unwrap_or(made);
        for id in ids {
            // Whoever else made one takes it away as well; one with a container on it stays.
            match self.remove_network(&id).await {
                Err(error) if !error.is_conflict() => return Err(error),
                _ => {}
            }
        }
        Ok(oldest)
    }

    async fn remove_network(&self, id: &str) -> Result<Done, Error> {
        self.delete(Path::of("networks", id, "")).await.map_err(|error| {
            // 403 is the engine's code for a network with containers on it.
            if error.kind() == Kind::Refused { error.turned(Kind::Conflict) } else { error }
        })
    }

    async fn disconnect(&self, network: &str, container: &str) -> Result<Done, Error> {
        let body = NetworkDisconnectRequest { container: container.to_owned(), force: Some(true) };
        let error = match self.post_json(Path::of("networks", network, "disconnect"), &body).await {
            Ok(_) => return Ok(Done { changed: true, ..Done::default() }),
            Err(error) if error.is_missing() => return Ok(Done::default()),
            Err(error) => error,
        };
        if !matches!(error.kind(), Kind::Refused | Kind::Conflict | Kind::Failed) {
            return Err(error);
        }
        // The code for "it is not on it" differs between engines: look.
        let found = observe::inspect(self.http, self.what, container).await?;
        let is_on = |found: wire::Inspected| {
            found.network_settings.networks.values().flatten().any(|endpoint| endpoint.network_id == network)
        };
        if found.is_some_and(is_on) { Err(error) } else { Ok(Done::default()) }
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<Done, Error> {
        let some = |map: &BTreeMap<String, String>| (!map.is_empty()).then(|| map.clone().into_iter().collect());
        let body = VolumeCreateRequest {
            name: Some(spec.volume.name.clone()),
            driver: Some(spec.volume.driver.clone()).filter(|driver| !driver.is_empty()),
            driver_opts: some(&spec.volume.driver_opts),
            labels: some(&spec.labels),
            cluster_volume_spec: None,
        };
        let answer = self.post_json(Path::new("/volumes/create"), &body).await?;
        // The engine answers 201 with somebody else's volume as well as with a new one.
        let made: wire::Volume = wire::decode(self.what, true, &answer.body)?;
        if !is_same(&spec.labels, &made.labels) {
            return Err(self.refused(Kind::Conflict, in_use("name", "", &made.labels)));
        }
        Ok(Done { id: Some(made.name), changed: true, warnings: Vec::new() })
    }

    async fn create_container(&self, spec: &ContainerSpec) -> Result<Done, Error> {
        let version = self.http.version(self.what).await?;
        let body = container::body(self.what, spec, version).await?;
        let mut path = Path::new("/containers/create").with("name", &spec.name);
        if !spec.service.platform.is_empty() {
            path = path.with("platform", &spec.service.platform);
        }
        let done = match self.post_json(path, &body).await {
            Ok(answer) => {
                let made: wire::Created = wire::decode(self.what, true, &answer.body)?;
                Done { id: Some(made.id), changed: true, warnings: made.warnings }
            }
            Err(error) if error.is_conflict() => self.adopt(spec, error).await?,
            Err(error) => return Err(error),
        };
        if version < container::ALL_ENDPOINTS
            && let Some(id) = &done.id
            && spec.endpoints.len() > 1
        {
            self.connect_rest(spec, version, id, done.changed).await?;
        }
        Ok(done)
    }

    /// The name is taken: by the very container that was to be made, or by another.
    async fn adopt(&self, spec: &ContainerSpec, refusal: Error) -> Result<Done, Error> {
        let looking = async {
            loop {
                // The engine gives a name away before there is a container to be seen, and has it until none is left.
                if let Some(holder) = observe::inspect(self.http, self.what, &spec.name).await? {
                    return Ok(holder);
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let holder = match tokio::time::timeout(MAKING, looking).await {
            Ok(found) => found?,
            Err(_) => return Err(refusal),
        };
        if !is_same(&spec.labels, &holder.config.labels) {
            return Err(self.refused(Kind::Conflict, in_use("name", &holder.id, &holder.config.labels)));
        }
        if matches!(holder.state.status.as_str(), "removing" | "dead") {
            return Err(refusal); // the one before it, on its way out
        }
        Ok(Done { id: Some(holder.id), ..Done::default() })
    }

    /// Engines before API 1.44 take one network with the container. One that lacks the others must not stay:
    /// nobody could tell it from a complete one before it runs.
    async fn connect_rest(
        &self,
        spec: &ContainerSpec,
        version: ApiVersion,
        id: &str,
        is_new: bool,
    ) -> Result<(), Error> {
        let found = observe::inspect(self.http, self.what, id).await?;
        let on = found.map(|found| found.network_settings.networks).unwrap_or_default();
        for endpoint in spec.endpoints.iter().skip(1).filter(|endpoint| !on.contains_key(&endpoint.network)) {
            let body = NetworkConnectRequest {
                container: id.to_owned(),
                endpoint_config: Some(container::endpoint(self.what, endpoint, version)?),
            };
            let connected = self.post_json(Path::of("networks", &endpoint.network, "connect"), &body).await;
            if let Err(error) = connected {
                if is_new && !error.is_unknown_outcome() {
                    self.delete(Path::of("containers", id, "").with("v", "1")).await?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Stops or restarts: it takes as long as the container's grace allows.
    async fn end(&self, id: &str, verb: &str, grace: Option<i64>) -> Result<Done, Error> {
        let seconds = match grace {
            Some(seconds) => seconds,
            None => match observe::inspect(self.http, self.what, id).await? {
                Some(found) => found.config.stop_timeout.unwrap_or(DEFAULT_GRACE),
                None => return self.ended(verb, self.refused(Kind::Missing, "it is gone")),
            },
        };
        let mut path = Path::of("containers", id, verb);
        if let Some(seconds) = grace {
            path = path.with("t", &seconds.to_string());
        }
        // A negative grace never kills.
        let class = Class::Wait(u64::try_from(seconds).ok().map(Duration::from_secs));
        match self.post(class, path, None).await {
            Ok(answer) => Ok(changed(answer)),
            Err(error) if error.is_missing() => self.ended(verb, error),
            Err(error) => Err(error),
        }
    }

    /// What is gone is stopped, but not restarted.
    fn ended(&self, verb: &str, missing: Error) -> Result<Done, Error> {
        if verb == "stop" { Ok(Done::default()) } else { Err(missing) }
    }

    async fn remove_container(&self, id: &str, volumes: bool) -> Result<Done, Error> {
        let mut path = Path::of("containers", id, "");
        if volumes {
            path = path.with("v", "1");
        }
        let error = match self.delete(path).await {
            Err(error) if error.is_conflict() => error,
            other => return other,
        };
        // It runs, or somebody else is removing it: then being gone is only a matter of waiting.
        match observe::inspect(self.http, self.what, id).await? {
            None => Ok(Done::default()),
            Some(found) if found.state.status == "removing" => {
                let path = Path::of("containers", id, "wait").with("condition", "removed");
                match self.post(Class::Wait(Some(self.http.limits.act)), path, None).await {
                    Ok(_) => Ok(Done::default()),
                    Err(error) if error.is_missing() => Ok(Done::default()),
                    Err(error) => Err(error),
                }
            }
            Some(_) => Err(error),
        }
    }

    async fn rename(&self, container: &str, to: &str) -> Result<Done, Error> {
        let path = Path::of("containers", container, "rename").with("name", to);
        let error = match self.post(Class::Act, path, None).await {
            Ok(_) => return Ok(Done { changed: true, ..Done::default() }),
            Err(error) => error,
        };
        if !matches!(error.kind(), Kind::Refused | Kind::Conflict) {
            return Err(error);
        }
        let Some(holder) = observe::inspect(self.http, self.what, to).await? else { return Err(error) };
        if holder.id == container || holder.name.trim_start_matches('/') == container {
            return Ok(Done::default());
        }
        Err(self.refused(Kind::Conflict, in_use("name", &holder.id, &holder.config.labels)))
    }
}

/// Whether what is there was made from the same order.
fn is_same(wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> bool {
    IDENTITY.iter().all(|label| wanted.get(*label) == found.get(*label))
}

fn in_use(what: &str, id: &str, labels: &BTreeMap<String, String>) -> String {
    let id = id.get(..12).unwrap_or(id);
    let id = if id.is_empty() { String::new() } else { format!(" {id}") };
    match (labels.get(labels::PROJECT), labels.get(labels::SERVICE)) {
        (Some(project), Some(service)) => {
            format!("the {what} is in use by{id} (service {service} of project {project})")
        }
        (Some(project), None) => format!("the {what} is in use by{id} (project {project})"),
        _ => format!("the {what} is in use by{id}, which no Compose project owns"),
    }
}

/// The request, and what engines before API 1.44 need to refuse a second network of one name.
#[derive(Serialize)]
struct NetworkBody {
    #[serde(flatten)]
    network: NetworkCreateRequest,
    #[serde(rename = "CheckDuplicate", skip_serializing_if = "std::ops::Not::not")]
    check_duplicate: bool,
}

/// From this API on there is one network of a name at most; before, the engine looks and then makes it, so that two who
/// ask at once get two.
const ONE_OF_A_NAME: ApiVersion = ApiVersion(1, 44);

fn network_body(spec: &NetworkSpec, version: ApiVersion) -> Result<NetworkBody, Error> {
    let network = &spec.network;
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    let some = |map: &BTreeMap<String, String>| (!map.is_empty()).then(|| map.clone().into_iter().collect());
    let pools: Vec<IpamConfig> = network
        .ipam
        .config
        .iter()
        .map(|pool| IpamConfig {
            subnet: text(&pool.subnet),
            ip_range: text(&pool.ip_range),
            gateway: text(&pool.gateway),
            auxiliary_addresses: some(&pool.aux_addresses),
        })
        .collect();
    let has_ipam = !network.ipam.driver.is_empty() || !pools.is_empty();
    let takes_ipv4 = version >= ApiVersion(1, 48);
    if network.enable_ipv4 == Some(false) && !takes_ipv4 {
        let why = format!("`enable_ipv4: false` needs engine API 1.48, this one speaks {version}");
        return Err(Error::unsupported(format!("create network {}", network.name), why));
    }
    Ok(NetworkBody {
        network: NetworkCreateRequest {
            name: network.name.clone(),
            driver: text(&network.driver),
            internal: network.internal.then_some(true),
            attachable: network.attachable.then_some(true),
            ipam: has_ipam.then(|| Ipam {
                driver: text(&network.ipam.driver),
                config: (!pools.is_empty()).then_some(pools),
                options: None,
            }),
            enable_ipv4: network.enable_ipv4.filter(|_| takes_ipv4),
            enable_ipv6: network.enable_ipv6,
            options: some(&network.driver_opts),
            labels: some(&spec.labels),
            ..NetworkCreateRequest::default()
        },
        check_duplicate: version < ApiVersion(1, 44),
    })
}

#[cfg(test)]
mod tests;
