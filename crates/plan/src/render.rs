//! A plan as text: one step a line, then the holds. What people read is what tests compare.

use std::fmt;

use crate::action::Action;
use crate::steps::{Plan, Step};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Step) -> String| self.steps.iter().map(text).map(|t| t.chars().count()).max();
        let (verbs, objects) = (width(verb).unwrap_or(0), width(object).unwrap_or(0));
        for (id, step) in self.steps.iter().enumerate() {
            let mut line = format!("{:>3} {:<verbs$}  {:<objects$}  {}", id + 1, verb(step), object(step), step.cause);
            if !step.after.is_empty() {
                let after: Vec<String> = step.after.iter().map(|id| (id + 1).to_string()).collect();
                line += &format!("  after {}", after.join(" "));
            }
            writeln!(f, "{}", line.trim_end())?;
            for hold in &step.waits {
                writeln!(f, "    {hold}")?;
            }
        }
        for (subject, hold) in &self.holds {
            writeln!(f, "hold {subject}: {hold}")?;
        }
        Ok(())
    }
}

fn verb(step: &Step) -> String {
    step.action.verb().to_owned()
}

fn object(step: &Step) -> String {
    match &step.action {
        Action::RenameContainer { replica, to, .. } => format!("{replica} to {to}"),
        action => action.object().to_owned(),
    }
}
