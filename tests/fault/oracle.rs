//! What must be so whatever happened: the world is what the file says, nothing else is left, and what is none of our
//! business is untouched. It looks at the engine alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::engine::Engine;
use crate::scenario::{Scenario, Stack};

/// Which life of which container this is: equal means untouched.
pub(crate) type Life = (String, String);

/// The engine as it was before the change.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    project: String,
    lives: BTreeMap<String, Life>,
    scratch: BTreeMap<String, String>,
    decoys: BTreeMap<String, Life>,
    /// What is written in each named volume.
    sentinels: BTreeMap<String, String>,
    /// Whether every container has ended since, so that the same one in another life is untouched too.
    is_new_life: bool,
}

/// Containers that are none of ours, one of them with a name that begins like ours.
pub(crate) fn decoys(api: &Api, project: &str) -> Vec<String> {
    let plain = format!("{project}-webby");
    api.create(&plain, &json!({}));
    let other = format!("other{project}-web-1");
    let labels = json!({ "com.docker.compose.project": format!("other{project}"), "com.docker.compose.service": "web",
        "com.docker.compose.container-number": "1", "com.docker.compose.oneoff": "False" });
    api.create(&other, &labels);
    api.start(&other);
    vec![plain, other]
}

fn life(container: &Value) -> Life {
    (text(&container["Id"]), text(&container["State"]["StartedAt"]))
}

fn name(container: &Value) -> String {
    text(&container["Name"]).trim_start_matches('/').to_owned()
}

fn scratch(container: &Value) -> Option<String> {
    let mounts = container["Mounts"].as_array()?;
    mounts.iter().find(|mount| mount["Destination"] == "/scratch").map(|mount| text(&mount["Name"]))
}

/// Every container that has to do with a project, by label or by name, decoys aside.
fn belonging(api: &Api, project: &str, decoys: &[String]) -> Vec<Value> {
    let is_ours = |found: &Value| {
        let name = name(found);
        let is_decoy = decoys.contains(&name);
        !is_decoy && (found["Config"]["Labels"]["com.docker.compose.project"] == project || name.contains(project))
    };
    // Only those in whose name the project occurs are worth a look: no two projects share one.
    let ids = api.names().into_iter().filter(|(name, _)| name.contains(project));
    ids.map(|(_, id)| api.container(&id)).filter(|found| !found.is_null() && is_ours(found)).collect()
}

impl Before {
    /// Looks, and writes something into each named volume.
    pub(crate) fn look(engine: &Engine, project: &str, stack: Option<&Stack>, decoys: &[String]) -> Self {
        let api = Api::new(&engine.address());
        let all = belonging(&api, project, decoys);
        let volumes = stack.map(Stack::volumes).unwrap_or_default();
        let mut sentinels = BTreeMap::new();
        for volume in volumes.iter().map(|volume| format!("{project}_{volume}")) {
            let said = format!("kept for {volume}");
            std::fs::write(engine.volume(&volume).join("sentinel"), &said).expect("a volume can be written");
            sentinels.insert(volume, said);
        }
        Self {
            project: project.to_owned(),
            lives: all.iter().map(|found| (name(found), life(found))).collect(),
            scratch: all.iter().filter_map(|found| Some((name(found), scratch(found)?))).collect(),
            decoys: decoys.iter().map(|decoy| (decoy.clone(), life(&api.container(decoy)))).collect(),
            sentinels,
            is_new_life: false,
        }
    }

    /// The same where containers may have been taken down in between: their volumes without a name stayed behind.
    pub(crate) fn after_a_down(self) -> Self {
        Self { scratch: BTreeMap::new(), lives: BTreeMap::new(), ..self }
    }

    /// The same without a container that somebody took away.
    pub(crate) fn but(&self, name: &str) -> Self {
        let mut this = self.clone();
        this.lives.remove(name);
        this.scratch.remove(name);
        this
    }

    /// The same where every container ended with its engine: who runs again has another life, and a stranger is
    /// started by nobody.
    pub(crate) fn ended(&self) -> Self {
        Self { is_new_life: true, ..self.clone() }
    }

    /// What is wrong with the world after the change; nothing when all is well.
    pub(crate) fn wrong(&self, engine: &Engine, scenario: &Scenario, hashes: &BTreeMap<String, String>) -> Vec<String> {
        let api = Api::new(&engine.address());
        let project = &self.project;
        let decoys: Vec<String> = self.decoys.keys().cloned().collect();
        let mut wrong = Vec::new();
        let mut found: BTreeMap<String, Value> =
            belonging(&api, project, &decoys).into_iter().map(|found| (name(&found), found)).collect();
        for service in scenario.after.iter().flat_map(|stack| stack.services) {
            for number in 1..=service.replicas {
                let wanted = format!("{project}-{}-{number}", service.name);
                let Some((name, number, container)) = self.take(&mut found, &wanted, service.name, number) else {
                    wrong.push(format!("{wanted} is not there"));
                    continue;
                };
                let label = |key: &str| text(&container["Config"]["Labels"][format!("com.docker.compose.{key}")]);
                let mut expect = |what: &str, is: String, wanted: String| {
                    if is != wanted {
                        wrong.push(format!("{name}: {what} is {is}, not {wanted}"));
                    }
                };
                expect("status", text(&container["State"]["Status"]), "running".to_owned());
                expect("project", label("project"), project.clone());
                expect("service", label("service"), service.name.to_owned());
                expect("number", label("container-number"), number.to_string());
                expect("hash", label("config-hash"), hashes.get(service.name).cloned().unwrap_or_default());
                let version = format!("VERSION={}", service.version);
                let has = container["Config"]["Env"].as_array().is_some_and(|all| all.iter().any(|it| *it == *version));
                expect("its variable", has.to_string(), "true".to_owned());
                if let (Some(is), Some(was)) = (scratch(&container), self.scratch.get(&name)) {
                    expect("volume without a name", is, was.clone());
                }
                if let Some(was) = self.lives.get(&name).filter(|_| scenario.spares(service)) {
                    let is = life(&container);
                    let is = if self.is_new_life { (is.0, was.1.clone()) } else { is };
                    expect("life", format!("{is:?}"), format!("{was:?}"));
                }
                let networks = container["NetworkSettings"]["Networks"].as_object();
                let networks: Vec<&String> = networks.into_iter().flat_map(|all| all.keys()).collect();
                expect("networks", format!("{networks:?}"), format!("[\"{project}_default\"]"));
            }
        }
        wrong.extend(found.keys().map(|name| format!("{name} is left over")));
        self.wrong_networks(&api, scenario, &mut wrong);
        self.wrong_volumes(engine, &api, scenario, &mut wrong);
        for (decoy, was) in &self.decoys {
            if life(&api.container(decoy)) != *was {
                wrong.push(format!("{decoy}, which is none of ours, was touched"));
            }
        }
        wrong
    }

    /// The container of a place. One that is new may have a higher number than would do: the next one is behind the
    /// highest that there ever was, and gaps stay, as with docker compose.
    fn take(
        &self,
        found: &mut BTreeMap<String, Value>,
        wanted: &str,
        service: &str,
        number: usize,
    ) -> Option<(String, usize, Value)> {
        if let Some(container) = found.remove(wanted) {
            return Some((wanted.to_owned(), number, container));
        }
        let start = format!("{}-{service}-", self.project);
        let another = found.keys().filter(|name| !self.lives.contains_key(*name) && !self.lives.contains_key(wanted));
        let mut numbered = another.filter_map(|name| Some((name.clone(), name.strip_prefix(&start)?.parse().ok()?)));
        let (name, number) = numbered.find(|(_, other): &(String, usize)| *other > number)?;
        let container = found.remove(&name)?;
        Some((name, number, container))
    }

    fn wrong_networks(&self, api: &Api, scenario: &Scenario, wrong: &mut Vec<String>) {
        let networks = api.networks();
        let ours = networks.iter().filter(|found| text(&found["Name"]).contains(&self.project));
        let is: Vec<(String, String)> =
            ours.map(|found| (text(&found["Name"]), text(&found["Labels"]["tier"]))).collect();
        let wanted = scenario.after.map(|stack| (format!("{}_default", self.project), stack.tier.to_owned()));
        let wanted: Vec<_> = wanted.into_iter().collect();
        if is != wanted {
            wrong.push(format!("networks are {is:?}, not {wanted:?}"));
        }
    }

    fn wrong_volumes(&self, engine: &Engine, api: &Api, scenario: &Scenario, wrong: &mut Vec<String>) {
        let volumes = api.volumes();
        let names = volumes.iter().map(|found| text(&found["Name"])).filter(|name| name.contains(&self.project));
        let mut is: Vec<String> = names.collect();
        let wanted = scenario.after.or(scenario.before).map(|stack| stack.volumes()).unwrap_or_default();
        let mut wanted: Vec<String> = wanted.iter().map(|volume| format!("{}_{volume}", self.project)).collect();
        is.sort();
        wanted.sort();
        if is != wanted {
            wrong.push(format!("volumes are {is:?}, not {wanted:?}"));
        }
        for (volume, said) in &self.sentinels {
            let says = std::fs::read_to_string(engine.volume(volume).join("sentinel")).unwrap_or_default();
            if says != *said {
                wrong.push(format!("{volume} says {says:?}, not {said:?}"));
            }
        }
    }
}
