//! What templates come to, and what is said of those that are none.

use serde_json::{Value, json};

use super::*;

struct Container(Value);

impl Subject for Container {
    fn value(&self) -> &Value {
        &self.0
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        (method == "Label").then(|| Ok(format!("label {}", arguments[0].as_str().unwrap_or_default()).into()))
    }
}

fn said(template: &str) -> Result<String, String> {
    let dot = json!({
        "Name": "shop-web-1", "State": "running", "ExitCode": 3, "Networks": "a,b", "Empty": "", "Up": true,
        "Publishers": [{ "URL": "0.0.0.0", "TargetPort": 80 }, { "URL": "::", "TargetPort": 80 }], "Ports": "80->80/tcp",
    });
    let rendered = Template::parse(template).and_then(|template| template.render(&Container(dot)));
    rendered.map_err(|TemplateError(message)| message)
}

fn check(template: &str, expected: &str) {
    assert_eq!(said(template).as_deref(), Ok(expected), "{template}");
}

fn refused(template: &str, expected: &str) {
    let message = said(template).unwrap_err();
    assert!(message.contains(expected), "{template}: {message}");
}

#[test]
fn fields_stand_among_text() {
    check("{{.Name}}\t{{ .State }}!", "shop-web-1\trunning!");
    check("plain", "plain");
    check("{{.ExitCode}} {{.Up}} {{.Publishers}}", "3 true [{0.0.0.0 80} {:: 80}]");
    check("{{$.Name}}{{/* nobody sees it */}}", "shop-web-1");
}

#[test]
fn functions_take_arguments_and_pipes() {
    check("{{upper .Name}} {{.Name | upper | lower}}", "SHOP-WEB-1 shop-web-1");
    check("{{join (split .Networks \",\") \"+\"}}", "a+b");
    check("{{title \"hello my-world\"}}", "Hello My-World");
    check("[{{pad .State 1 2}}][{{pad .Empty 1 2}}]", "[ running  ][]");
    check("{{truncate .Name 4}}", "shop");
    check("{{println .Name .ExitCode}}", "shop-web-1 3\n");
    check("{{print 1 2 \"x\" 3}}", "1 2x3");
    check("{{json .Ports}}{{json .ExitCode}}", "\"80-\\u003e80/tcp\"3");
}

#[test]
fn printf_knows_go_verbs() {
    check(
        "{{printf \"%s-%d|%-4s|%4d|%04d|%q|%v|%%\" .State 7 \"ab\" 7 7 \"x\" true}}",
        "running-7|ab  |   7|0007|\"x\"|true|%",
    );
    check("{{printf \"%d\" .State}}", "%!d(string=running)");
    check("{{printf \"%s\"}}", "%!s(MISSING)");
    check("{{printf \"%.2f\" 1.5}}", "1.50");
}

#[test]
fn conditions_choose() {
    check("{{if eq .State \"running\"}}up{{else}}down{{end}}", "up");
    check("{{if .Empty}}a{{else if gt .ExitCode 2}}b{{else}}c{{end}}", "b");
    check("{{if and .Up (not .Empty)}}yes{{end}}", "yes");
    check("{{or .Empty \"none\"}}", "none");
    check("{{with .Empty}}a{{else}}{{.Name}}{{end}}", "shop-web-1");
    check("{{if ne .ExitCode 3}}a{{else}}b{{end}}", "b");
}

#[test]
fn ranges_go_over_lists() {
    check("{{range .Publishers}}{{.URL}}:{{.TargetPort}} {{end}}", "0.0.0.0:80 :::80 ");
    check(
        "{{range $i, $p := .Publishers}}{{$i}}={{$p.URL}},{{$.Name}};{{end}}",
        "0=0.0.0.0,shop-web-1;1=::,shop-web-1;",
    );
    check("{{range split .Networks \",\"}}<{{.}}>{{end}}", "<a><b>");
    check("{{range split .Empty \",\"}}{{if .}}x{{end}}{{else}}none{{end}}", "");
    check("{{len .Publishers}} {{index .Publishers 1 \"URL\"}} {{(index .Publishers 0).TargetPort}}", "2 :: 80");
    check("{{range .Publishers}}{{.URL}}{{break}}{{end}}", "0.0.0.0");
}

#[test]
fn variables_live_as_long_as_their_block() {
    check("{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{$y}}{{end}}{{$x}}", "32");
    refused("{{if true}}{{$y := 3}}{{end}}{{$y}}", "undefined variable: $y");
}

#[test]
fn dashes_take_the_blanks_away() {
    check("a  {{- .ExitCode -}}  b", "a3b");
    check("a {{ -1 }}", "a -1");
}

#[test]
fn the_dot_has_methods() {
    check("{{.Label \"k\"}}", "label k");
    refused("{{.Nope \"k\"}}", "Nope is not a method but has arguments");
}

#[test]
fn mistakes_are_told_in_go_words() {
    refused("{{.Nope}}", "can't evaluate field Nope");
    refused("{{nope .Name}}", "template: :1: function \"nope\" not defined");
    refused("{{.Name", "unclosed action");
    refused("{{if .Name}}", "unexpected EOF");
    refused("{{end}}", "unexpected {{end}}");
    refused("{{}}", "missing value for command");
    refused("{{upper .ExitCode}}", "expected string");
    refused("{{(.Name}}", "unclosed left paren");
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}{}", "{{if true}}".repeat(500), "{{end}}".repeat(500));
    refused(&deep, "too deep");
    refused(&format!("{{{{{}1{}}}}}", "(".repeat(500), ")".repeat(500)), "too deep");
    let long = format!("{}{}", "{{range .Publishers}}".repeat(40), "{{end}}".repeat(40));
    refused(&long, "can't evaluate field Publishers");
    let long = format!("{}{}{}", "{{range $.Publishers}}".repeat(40), "x".repeat(4096), "{{end}}".repeat(40));
    refused(&long, "too long");
}
