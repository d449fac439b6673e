//! What each refusal means: already so, or no.

use model::{Ipam, IpamPool, Network};
use serde_json::json;

use super::*;

fn labelled(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_same_order_is_known_by_its_labels() {
    let wanted = labelled(&[(labels::PROJECT, "shop"), (labels::SERVICE, "web"), (labels::CONFIG_HASH, "h")]);
    let mut found = wanted.clone();
    found.insert("image.author".into(), "somebody".into());
    assert!(is_same(&wanted, &found));
    for label in [labels::PROJECT, labels::SERVICE, labels::CONFIG_HASH, labels::NUMBER] {
        let other = BTreeMap::from([(label.to_owned(), "other".to_owned())]);
        assert!(!is_same(&wanted, &found.clone().into_iter().chain(other).collect()), "{label}");
    }
    assert!(!is_same(&wanted, &BTreeMap::new()));
}

#[test]
fn whoever_has_a_name_is_named() {
    let check =
        |labels: &[(&str, &str)], expected| assert_eq!(in_use("name", &"ab".repeat(32), &labelled(labels)), expected);
    check(&[], "the name is in use by abababababab, which no Compose project owns");
    check(&[(labels::PROJECT, "p")], "the name is in use by abababababab (project p)");
    check(
        &[(labels::PROJECT, "p"), (labels::SERVICE, "s")],
        "the name is in use by abababababab (service s of project p)",
    );
}

#[test]
fn a_network_is_what_the_file_says() {
    let pool =
        IpamPool { subnet: "10.0.0.0/24".into(), aux_addresses: labelled(&[("h", "10.0.0.9")]), ..IpamPool::default() };
    let ipam = Ipam { config: vec![pool], options: labelled(&[("never", "sent")]), ..Ipam::default() };
    let network =
        Network { name: "shop_a".into(), internal: true, enable_ipv6: Some(false), ipam, ..Network::default() };
    let mut spec = NetworkSpec { network, labels: labelled(&[("a", "b")]) };
    let sent =
        |spec: &NetworkSpec, version| network_body(spec, version).map(|body| serde_json::to_value(body).unwrap());
    let mut expected = json!({
        "Name": "shop_a", "Internal": true, "EnableIPv6": false, "Labels": {"a": "b"},
        "IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "AuxiliaryAddresses": {"h": "10.0.0.9"}}]},
    });
    assert_eq!(sent(&spec, ApiVersion(1, 51)).unwrap(), expected);
    expected["CheckDuplicate"] = true.into();
    assert_eq!(sent(&spec, ApiVersion(1, 43)).unwrap(), expected);
    spec.network.enable_ipv4 = Some(false);
    assert_eq!(sent(&spec, ApiVersion(1, 48)).unwrap()["EnableIPv4"], false);
    assert!(sent(&spec, ApiVersion(1, 47)).unwrap_err().to_string().contains("1.48"));
}
