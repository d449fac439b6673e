//! A template's tree over a value becomes text.

use serde_json::Value;

use super::functions::{self, is_true, printed};
use super::parse::{Command, Node, Operand, Pipeline};
use super::{Subject, TemplateError};

/// The longest text that is made: `range` within `range` over little can make very much.
const LONGEST: usize = 16 << 20;

pub(super) fn render(nodes: &[Node], subject: &dyn Subject) -> Result<String, TemplateError> {
    let root = subject.value();
    let mut scope = Scope { subject, variables: vec![(String::new(), root.clone())], out: String::new() };
    scope.block(nodes, root)?;
    Ok(scope.out)
}

struct Scope<'a> {
    subject: &'a dyn Subject,
    /// The innermost last; `$` is the one without a name.
    variables: Vec<(String, Value)>,
    out: String,
}

/// How a block ended.
enum Flow {
    On,
    Break,
    Continue,
}

impl Scope<'_> {
    fn block(&mut self, nodes: &[Node], dot: &Value) -> Result<Flow, TemplateError> {
        let known = self.variables.len();
        let mut flow = Flow::On;
        for node in nodes {
            flow = self.node(node, dot)?;
            if self.out.len() > LONGEST {
                return Err(failed("the output is too long"));
            }
            if !matches!(flow, Flow::On) {
                break;
            }
        }
        self.variables.truncate(known);
        Ok(flow)
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Result<Flow, TemplateError> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Print(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                self.out.push_str(&printed(&value));
            }
            Node::Assign(pipeline) => {
                self.pipeline(pipeline, dot)?;
            }
            Node::If { pipeline, then, or } => {
                let known = self.variables.len();
                let value = self.pipeline(pipeline, dot)?;
                let flow = self.block(if is_true(&value) { then } else { or }, dot);
                self.variables.truncate(known);
                return flow;
            }
            Node::With { pipeline, then, or } => {
                let known = self.variables.len();
                let value = self.pipeline(pipeline, dot)?;
                let flow = if is_true(&value) { self.block(then, &value) } else { self.block(or, dot) };
                self.variables.truncate(known);
                return flow;
            }
            Node::Range { pipeline, body, or } => return self.range(pipeline, body, or, dot),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn range(&mut self, pipeline: &Pipeline, body: &[Node], or: &[Node], dot: &Value) -> Result<Flow, TemplateError> {
        let value = self.commands(&pipeline.commands, dot)?;
        let items: Vec<(Value, Value)> = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items.into_iter().enumerate().map(|(at, item)| (at.into(), item)).collect(),
            Value::Object(fields) => {
                let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                fields.into_iter().map(|(key, value)| (key.into(), value)).collect()
            }
            other => return Err(failed(&format!("range can't iterate over {}", printed(&other)))),
        };
        if items.is_empty() {
            return self.block(or, dot);
        }
        for (key, item) in items {
            let known = self.variables.len();
            match pipeline.variables.as_slice() {
                [one] => self.variables.push((one.clone(), item.clone())),
                [first, second] => {
                    self.variables.extend([(first.clone(), key), (second.clone(), item.clone())]);
                }
                _ => {}
            }
            let flow = self.block(body, &item)?;
            self.variables.truncate(known);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, TemplateError> {
        let value = self.commands(&pipeline.commands, dot)?;
        for name in &pipeline.variables {
            if pipeline.assigns {
                let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
                known.ok_or_else(|| failed(&format!("undefined variable: ${name}")))?.1 = value.clone();
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn commands(&mut self, commands: &[Command], dot: &Value) -> Result<Value, TemplateError> {
        let mut value = None;
        for command in commands {
            value = Some(self.command(command, dot, value)?);
        }
        Ok(value.unwrap_or(Value::Null))
    }

    fn command(
        &mut self,
        Command(operands): &Command,
        dot: &Value,
        piped: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let (first, rest) = operands.split_first().ok_or_else(|| failed("an empty command"))?;
        if let Operand::Function(name) = first
            && matches!(name.as_str(), "and" | "or")
        {
            return self.first_that(name == "or", rest, dot, piped);
        }
        let mut arguments = Vec::new();
        for operand in rest {
            arguments.push(self.operand(operand, dot)?);
        }
        arguments.extend(piped);
        match first {
            // The head of a column stays as it is, whatever is done to what stands below.
            Operand::Function(name) if !self.subject.is_closed() && functions::keeps_heads(name) => {
                Ok(arguments.into_iter().find(Value::is_string).unwrap_or_default())
            }
            Operand::Function(name) => {
                functions::call(name, &arguments).map_err(|why| failed(&format!("error calling {name}: {why}")))
            }
            Operand::Fields(fields) if !arguments.is_empty() => self.method(fields, &arguments),
            Operand::Variable(name, fields) if name.is_empty() && !arguments.is_empty() => {
                self.method(fields, &arguments)
            }
            _ if arguments.is_empty() => self.operand(first, dot),
            _ => Err(failed("can't give argument to non-function")),
        }
    }

    /// `and` and `or` look no further than they have to.
    fn first_that(
        &mut self,
        wanted: bool,
        operands: &[Operand],
        dot: &Value,
        piped: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let mut last = None;
        for operand in operands {
            let value = self.operand(operand, dot)?;
            if is_true(&value) == wanted {
                return Ok(value);
            }
            last = Some(value);
        }
        piped.or(last).ok_or_else(|| failed("wrong number of args for and: want at least 1 got 0"))
    }

    fn method(&self, fields: &[String], arguments: &[Value]) -> Result<Value, TemplateError> {
        let [name] = fields else { return Err(failed("only the dot has methods")) };
        match self.subject.call(name, arguments) {
            Some(result) => result.map_err(|why| failed(&format!("error calling {name}: {why}"))),
            None => Err(failed(&format!("{name} is not a method but has arguments"))),
        }
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, TemplateError> {
        match operand {
            Operand::Constant(value) => Ok(value.clone()),
            Operand::Function(name) => self.command(&Command(vec![Operand::Function(name.clone())]), dot, None),
            Operand::Fields(fields) => self.fields(dot, fields),
            Operand::Variable(name, fields) => {
                let value = self.variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value);
                let value = value.cloned().ok_or_else(|| failed(&format!("undefined variable: ${name}")))?;
                self.fields(&value, fields)
            }
            Operand::Group(pipeline, fields) => {
                let value = self.commands(&pipeline.commands, dot)?;
                self.fields(&value, fields)
            }
        }
    }

    fn fields(&self, from: &Value, fields: &[String]) -> Result<Value, TemplateError> {
        let mut value = from.clone();
        for name in fields {
            value = match value.get(name) {
                Some(field) => field.clone(),
                None if self.subject.is_closed() => {
                    return Err(failed(&format!("at <.{name}>: can't evaluate field {name}")));
                }
                None => Value::String("<no value>".to_owned()),
            };
        }
        Ok(value)
    }
}

fn failed(message: &str) -> TemplateError {
    TemplateError(format!("template: :1: executing \"\": {message}"))
}
