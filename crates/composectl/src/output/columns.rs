//! Rows as docker writes them: a table, a JSON object a line, or whatever a Go template makes of each.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::table::aligned;
use crate::exit::Exit;
use crate::template::{Subject, Template, TemplateError};

/// What `--format` says in one word for a table.
const TABLE: &str = "table";
/// docker's tables: columns at least so wide, blanks included.
const NARROWEST: usize = 10;

/// The fields a row may have, with the heads of their columns, and the table that is made of them by default.
pub(crate) struct Columns<'a> {
    pub(crate) heads: &'a [(&'a str, &'a str)],
    pub(crate) table: &'a str,
}

/// One thing: its fields, and its labels for `{{.Label "k"}}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Row {
    fields: Value,
    labels: BTreeMap<String, String>,
}

impl Row {
    /// A row of fields; as JSON they come in the order of their names.
    pub(crate) fn new(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let sorted: BTreeMap<&str, Value> = fields.into_iter().collect();
        let fields = sorted.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>();
        Self { fields: fields.into(), labels: BTreeMap::new() }
    }

    pub(crate) fn with_labels(mut self, labels: BTreeMap<String, String>) -> Self {
        self.labels = labels;
        self
    }
}

impl Subject for Row {
    fn value(&self) -> &Value {
        &self.fields
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        (method == "Label").then(|| match arguments {
            [Value::String(key)] => Ok(self.labels.get(key).cloned().unwrap_or_default().into()),
            _ => Err("want one name of a label".to_owned()),
        })
    }
}

/// The head of a table: every field is the head of its column.
struct Heads(Value);

impl Subject for Heads {
    fn value(&self) -> &Value {
        &self.0
    }

    /// A label's head is the last part of its name.
    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        (method == "Label").then(|| match arguments {
            [Value::String(key)] => Ok(key.rsplit('.').next().unwrap_or(key).replace(['-', '_'], " ").into()),
            _ => Err("want one name of a label".to_owned()),
        })
    }

    fn is_closed(&self) -> bool {
        false
    }
}

impl Columns<'_> {
    /// All rows as `format` wants them, each with its newline.
    pub(crate) fn written(&self, format: &str, rows: &[Row]) -> Result<String, Exit> {
        self.try_written(format, rows)
            .map_err(|TemplateError(message)| Exit::error(format!("template parsing error: {message}")))
    }

    fn try_written(&self, format: &str, rows: &[Row]) -> Result<String, TemplateError> {
        let format = match format {
            "" | TABLE => self.table,
            "json" => "{{json .}}",
            other => other,
        };
        let inside = format.strip_prefix(TABLE);
        let text = inside.unwrap_or(format).trim_matches(' ').replace("\\t", "\t").replace("\\n", "\n");
        let template = Template::parse(&text)?;
        let mut out = String::new();
        if inside.is_some() {
            let heads = self.heads.iter().map(|(name, head)| ((*name).to_owned(), Value::from(*head)));
            let heads = Heads(heads.collect::<Map<_, _>>().into());
            out = template.render(&heads).unwrap_or_default() + "\n";
        }
        for row in rows {
            out += &(template.render(row)? + "\n");
        }
        Ok(if inside.is_some() { aligned(&out, NARROWEST, 3) } else { out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns<'_> =
        Columns { heads: &[("Name", "NAME"), ("State", "STATE")], table: "table {{.Name}}\t{{.State}}" };

    fn check(format: &str, expected: &str) {
        let row = |name: &str, state: &str| {
            Row::new([("State", state.into()), ("Name", name.into())])
                .with_labels(BTreeMap::from([("com.example.my-key".to_owned(), "v".to_owned())]))
        };
        let written = COLUMNS.written(format, &[row("a", "running"), row("a-longer-name", "<")]).unwrap();
        assert_eq!(written, expected, "{format}");
    }

    #[test]
    fn a_table_has_heads() {
        check("table", "NAME            STATE\na               running\na-longer-name   <\n");
        check("table {{.State}}", "STATE\nrunning\n<\n");
        check(
            r#"table {{.Label "com.example.my-key"}}\t{{upper .Name}}"#,
            "my key    NAME\nv         A\nv         A-LONGER-NAME\n",
        );
    }

    #[test]
    fn a_head_nobody_knows_has_no_value() {
        let row = Row::new([("Extra", "x".into())]);
        assert_eq!(COLUMNS.written("table {{.Extra}}", &[row]).unwrap(), "<no value>\nx\n");
    }

    #[test]
    fn json_is_a_line_each_in_the_order_of_the_names() {
        check("json", "{\"Name\":\"a\",\"State\":\"running\"}\n{\"Name\":\"a-longer-name\",\"State\":\"\\u003c\"}\n");
    }

    #[test]
    fn a_template_stands_alone() {
        check(r"{{.Name}}\t{{.State}}", "a\trunning\na-longer-name\t<\n");
    }

    #[test]
    fn mistakes_are_told_as_docker_tells_them() {
        let message = COLUMNS.written("{{.Name", &[]).unwrap_err().message.unwrap();
        assert_eq!(message, "template parsing error: template: :1: unclosed action");
    }
}
