//! What is found out about an installation: the engine, who gets at its socket and ours, and what the daemon keeps. It
//! only looks; what to think of it is said here and nowhere else.

mod engine;
mod machine;

use api::Check;

use crate::Supervisor;
use crate::files::open_to_all;
use crate::supervisor::Definition;

pub use machine::Premises;

/// Looks at everything there is.
pub(crate) async fn all(supervisor: &Supervisor) -> Vec<Check> {
    let premises = supervisor.premises();
    let mut checks = engine::checks(supervisor, &premises).await;
    checks.extend(machine::checks(&premises));
    checks.extend(stacks(supervisor).await);
    checks
}

/// Whether what stacks are made from could be changed by anybody.
async fn stacks(supervisor: &Supervisor) -> Vec<Check> {
    let definitions = match supervisor.definitions().await {
        Ok(definitions) => definitions,
        Err(error) => return vec![Check::problem("ledger", error.to_string(), "the daemon's log says more")],
    };
    let mut checks = Vec::new();
    for Definition { name, source, reader } in definitions {
        let inputs = match crate::source::load(&source, reader.as_ref()).await {
            Ok(loaded) => loaded.inputs,
            Err(unloadable) => unloadable.inputs,
        };
        let subject = format!("stack {name}");
        checks.push(match open_to_all(inputs.keys()) {
            Some(path) => Check::problem(
                &subject,
                format!("everybody may write {}, so its files are not applied by themselves", path.display()),
                format!("`chmod o-w {}`", path.display()),
            ),
            None => Check::ok(&subject, format!("nobody else may write its {} files", inputs.len())),
        });
    }
    checks
}
