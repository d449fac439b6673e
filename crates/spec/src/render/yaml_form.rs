//! Where the YAML of a service differs from its canonical JSON: what is written there although it is empty is left
//! out, keys of block devices are in small letters, and a limit has both its bounds.

use serde_json::{Map, Value};

/// Turns the canonical form of a service into the one that is printed.
pub(super) fn service(service: &mut Map<String, Value>) {
    without_null(service, "command");
    without_null(service, "entrypoint");
    for key in ["pre_start", "post_start", "pre_stop"] {
        objects(service.get_mut(key)).for_each(|hook| without_null(hook, "command"));
    }
    let watch = service.get_mut("develop").and_then(|develop| develop.get_mut("watch"));
    for trigger in objects(watch) {
        if let Some(Value::Object(exec)) = trigger.get_mut("exec") {
            without_null(exec, "command");
        }
        trigger.retain(|key, value| !(key == "exec" && super::is_empty(value)));
    }
    if let Some(Value::Object(deploy)) = service.get_mut("deploy") {
        deploy.retain(|key, value| !(super::is_empty(value) && matches!(key.as_str(), "resources" | "placement")));
    }
    if let Some(Value::Object(blkio)) = service.get_mut("blkio_config") {
        for devices in blkio.values_mut() {
            for device in objects(Some(devices)) {
                *device = std::mem::take(device).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
            }
        }
    }
    bounds(service);
    if let Some(Value::Object(build)) = service.get_mut("build") {
        bounds(build);
    }
}

/// Limits that are no single number get both bounds.
fn bounds(parent: &mut Map<String, Value>) {
    let Some(Value::Object(limits)) = parent.get_mut("ulimits") else { return };
    for limit in limits.values_mut().filter_map(Value::as_object_mut) {
        let bound = |key: &str| limit.get(key).cloned().unwrap_or_else(|| 0.into());
        *limit = ["soft", "hard"].map(|key| (key.to_owned(), bound(key))).into_iter().collect();
    }
}

fn without_null(object: &mut Map<String, Value>, key: &str) {
    object.retain(|name, value| !(name == key && value.is_null()));
}

/// The objects of a list; none where there is none.
fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    list.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}
