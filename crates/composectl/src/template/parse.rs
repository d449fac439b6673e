//! Pieces become a tree: text, pipelines, and what has an `end`.

use serde_json::Value;

use super::TemplateError;
use super::functions;
use super::lex::{Piece, Token, error};

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Printed as it is.
    Text(String),
    /// Its value is printed.
    Print(Pipeline),
    /// Assigns and prints nothing.
    Assign(Pipeline),
    If {
        pipeline: Pipeline,
        then: Vec<Node>,
        or: Vec<Node>,
    },
    /// As `if`, with the dot being the value.
    With {
        pipeline: Pipeline,
        then: Vec<Node>,
        or: Vec<Node>,
    },
    Range {
        pipeline: Pipeline,
        body: Vec<Node>,
        or: Vec<Node>,
    },
    Break,
    Continue,
}

/// Commands, each handing its value to the next as the last argument.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pipeline {
    /// Variables that take the value; of `range` there may be two.
    pub(super) variables: Vec<String>,
    /// Whether they are there already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// A function or a field with its arguments, or a value alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Command(pub(super) Vec<Operand>);

/// A value of a command.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Function(String),
    /// `.A.B`; none is the dot.
    Fields(Vec<String>),
    /// `$x.A.B`
    Variable(String, Vec<String>),
    Constant(Value),
    /// `(…).A.B`
    Group(Box<Pipeline>, Vec<String>),
}

pub(super) fn nodes(pieces: &[Piece]) -> Result<Vec<Node>, TemplateError> {
    let mut parser = Parser { pieces, at: 0 };
    let (nodes, end) = parser.block(0)?;
    match end {
        End::File => Ok(nodes),
        End::Closed => Err(error("unexpected {{end}}")),
        End::Else(_) => Err(error("unexpected {{else}}")),
    }
}

/// How deep blocks and parentheses may lie in each other.
const DEEPEST: usize = 100;

struct Parser<'a> {
    pieces: &'a [Piece],
    at: usize,
}

enum End {
    File,
    Closed,
    /// What follows the word: nothing, or `if …`.
    Else(Vec<Token>),
}

impl Parser<'_> {
    fn block(&mut self, depth: usize) -> Result<(Vec<Node>, End), TemplateError> {
        if depth > DEEPEST {
            return Err(error("blocks are too deep in each other"));
        }
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.get(self.at) {
            self.at += 1;
            let tokens = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text.clone()));
                    continue;
                }
                Piece::Action(tokens) => tokens,
            };
            match tokens.first() {
                Some(Token::Word(word)) => match word.as_str() {
                    "end" => return Ok((nodes, End::Closed)),
                    "else" => return Ok((nodes, End::Else(tokens[1..].to_vec()))),
                    "break" => nodes.push(Node::Break),
                    "continue" => nodes.push(Node::Continue),
                    "if" | "with" | "range" => nodes.push(self.control(word, &tokens[1..], depth + 1)?),
                    "define" | "template" | "block" => {
                        return Err(error(&format!("unexpected {{{{{word}}}}}: a format defines no templates")));
                    }
                    _ => nodes.push(action(tokens)?),
                },
                _ => nodes.push(action(tokens)?),
            }
        }
        Ok((nodes, End::File))
    }

    fn control(&mut self, word: &str, tokens: &[Token], depth: usize) -> Result<Node, TemplateError> {
        let pipeline = pipeline(tokens, word)?;
        let (then, end) = self.block(depth)?;
        let or = match end {
            End::File => return Err(error("unexpected EOF")),
            End::Closed => Vec::new(),
            End::Else(rest) => match rest.first() {
                None => match self.block(depth)? {
                    (or, End::Closed) => or,
                    (_, End::Else(_)) => return Err(error("expected end; found {{else}}")),
                    (_, End::File) => return Err(error("unexpected EOF")),
                },
                Some(Token::Word(next)) if matches!(next.as_str(), "if" | "with") && next == word => {
                    vec![self.control(next, &rest[1..], depth + 1)?]
                }
                Some(_) => return Err(error("unexpected token in {{else}}")),
            },
        };
        Ok(match word {
            "if" => Node::If { pipeline, then, or },
            "with" => Node::With { pipeline, then, or },
            _ => Node::Range { pipeline, body: then, or },
        })
    }
}

fn action(tokens: &[Token]) -> Result<Node, TemplateError> {
    let pipeline = pipeline(tokens, "command")?;
    Ok(if pipeline.variables.is_empty() { Node::Print(pipeline) } else { Node::Assign(pipeline) })
}

fn pipeline(tokens: &[Token], context: &str) -> Result<Pipeline, TemplateError> {
    let mut variables = Vec::new();
    let mut assigns = false;
    let mut rest = tokens;
    if let [Token::Variable(name), Token::Sign(sign @ (':' | '=')), more @ ..] = tokens {
        (variables, assigns, rest) = (vec![name.clone()], *sign == '=', more);
    } else if let [
        Token::Variable(a),
        Token::Sign(','),
        Token::Variable(b),
        Token::Sign(sign @ (':' | '=')),
        more @ ..,
    ] = tokens
    {
        (variables, assigns, rest) = (vec![a.clone(), b.clone()], *sign == '=', more);
    }
    let mut reader = Reader { tokens: rest, at: 0, depth: 0 };
    let commands = reader.commands(context)?;
    if reader.at < rest.len() {
        return Err(error("unexpected \")\" in operand"));
    }
    Ok(Pipeline { variables, assigns, commands })
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn commands(&mut self, context: &str) -> Result<Vec<Command>, TemplateError> {
        if self.depth > DEEPEST {
            return Err(error("parentheses are too deep in each other"));
        }
        let mut commands = Vec::new();
        loop {
            let mut operands = Vec::new();
            while let Some(operand) = self.operand()? {
                operands.push(operand);
            }
            if operands.is_empty() {
                let missing = if commands.is_empty() { "missing value for" } else { "missing value after | in" };
                return Err(error(&format!("{missing} {context}")));
            }
            commands.push(Command(operands));
            if self.tokens.get(self.at) != Some(&Token::Sign('|')) {
                return Ok(commands);
            }
            self.at += 1;
        }
    }

    fn operand(&mut self) -> Result<Option<Operand>, TemplateError> {
        let Some(token) = self.tokens.get(self.at) else { return Ok(None) };
        let operand = match token {
            Token::Sign('|' | ')') => return Ok(None),
            Token::Sign('(') => {
                self.at += 1;
                self.depth += 1;
                let commands = self.commands("parenthesized pipeline")?;
                self.depth -= 1;
                if self.tokens.get(self.at) != Some(&Token::Sign(')')) {
                    return Err(error("unclosed left paren"));
                }
                self.at += 1;
                let pipeline = Pipeline { commands, ..Pipeline::default() };
                return Ok(Some(Operand::Group(Box::new(pipeline), self.fields())));
            }
            Token::Sign(other) => return Err(error(&format!("unexpected {other:?} in operand"))),
            Token::Field { name, .. } => {
                let mut fields: Vec<String> = [name.clone()].into_iter().filter(|name| !name.is_empty()).collect();
                self.at += 1;
                fields.extend(self.fields());
                return Ok(Some(Operand::Fields(fields)));
            }
            Token::Variable(name) => {
                let name = name.clone();
                self.at += 1;
                return Ok(Some(Operand::Variable(name, self.fields())));
            }
            Token::Text(text) => Operand::Constant(text.clone().into()),
            Token::Int(number) => Operand::Constant((*number).into()),
            Token::Float(number) => Operand::Constant((*number).into()),
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Constant(true.into()),
                "false" => Operand::Constant(false.into()),
                "nil" => Operand::Constant(Value::Null),
                name if functions::is_known(name) => Operand::Function(word.clone()),
                _ => return Err(error(&format!("function {word:?} not defined"))),
            },
        };
        self.at += 1;
        Ok(Some(operand))
    }

    /// Fields that follow without a blank.
    fn fields(&mut self) -> Vec<String> {
        let mut fields = Vec::new();
        while let Some(Token::Field { name, is_apart: false }) = self.tokens.get(self.at) {
            fields.push(name.clone());
            self.at += 1;
        }
        fields
    }
}
