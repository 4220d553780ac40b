//! Reads expressions: operators by precedence, by recursive descent.

use crate::expression::{Expression, Function, Item, Operator};

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 32;

impl Expression {
    /// Parses a whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim_start(), depth: 0 };
        let expression = parser.binary(0)?;
        if parser.rest.is_empty() { Ok(expression) } else { Err(format!("unexpected `{}`", parser.rest)) }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

/// Operators by precedence, weakest first.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("in", Operator::In),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Divide), ("div", Operator::WholeDivide), ("mod", Operator::Modulo)],
];

impl Parser<'_> {
    fn binary(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else { return self.postfix() };
        let mut left = self.binary(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.takes(symbol)) {
            let right = self.binary(level + 1)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Result<Expression, String> {
        let mut subject = self.primary()?;
        while self.takes(".") {
            let name = self.name()?;
            if !self.takes("(") {
                match &mut subject {
                    Expression::Path(names) => names.push(name),
                    Expression::This => subject = Expression::Path(vec![name]),
                    _ => return Err(format!("`.{name}` after a value; expected a function")),
                }
                continue;
            }
            let function = match name.as_str() {
                "startsWith" => Function::StartsWith,
                "endsWith" => Function::EndsWith,
                "contains" => Function::Contains,
                "substring" | "subString" => Function::Substring,
                "length" => Function::Length,
                "exists" => Function::Exists,
                "not" => Function::Not,
                _ => return Err(format!("unknown function `{name}`")),
            };
            let mut arguments = Vec::new();
            while !self.takes(")") {
                if !arguments.is_empty() && !self.takes(",") {
                    return Err("expected `,` or `)`".to_owned());
                }
                arguments.push(self.nested()?);
            }
            subject = Expression::Call(Box::new(subject), function, arguments);
        }
        Ok(subject)
    }

    fn nested(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        let inner = self.binary(0);
        self.depth -= 1;
        inner
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.takes("(") {
            let mut members = vec![self.nested()?];
            while self.takes("|") {
                members.push(self.nested()?);
            }
            if !self.takes(")") {
                return Err("expected `)`".to_owned());
            }
            return Ok(match members.pop() {
                Some(only) if members.is_empty() => only,
                Some(last) => Expression::Union(members.into_iter().chain([last]).collect()),
                None => Expression::Literal(Item::Nothing),
            });
        }
        if let Some(rest) = self.rest.strip_prefix('\'') {
            let (text, rest) = quoted(rest).ok_or("a text without its closing quote")?;
            self.rest = rest.trim_start();
            return Ok(Expression::Literal(Item::Text(text)));
        }
        if let Some(rest) = self.rest.strip_prefix('@') {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+')))
                .unwrap_or(rest.len());
            let (text, rest) = rest.split_at(end);
            self.rest = rest.trim_start();
            return Ok(Expression::Literal(Item::Text(text.to_owned())));
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = self.rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest.trim_start();
            return text
                .parse()
                .map(|number| Expression::Literal(Item::Number(number)))
                .map_err(|_| format!("`{text}` is no number"));
        }
        if self.takes("$this") {
            return Ok(Expression::This);
        }
        let name = self.name()?;
        Ok(match name.as_str() {
            "true" => Expression::Literal(Item::Bool(true)),
            "false" => Expression::Literal(Item::Bool(false)),
            _ => Expression::Path(vec![name]),
        })
    }

    fn name(&mut self) -> Result<String, String> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(if rest.is_empty() {
                "the expression ends too early".to_owned()
            } else {
                format!("unexpected `{rest}`")
            });
        }
        self.rest = rest.trim_start();
        Ok(name.to_owned())
    }

    /// Takes a symbol if it comes next; words only if they end there.
    fn takes(&mut self, symbol: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(symbol) else { return false };
        let is_word = symbol.ends_with(|c: char| c.is_ascii_alphabetic());
        if is_word && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }
}

/// The text up to the closing quote, with `\'` and `\\` undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut characters = text.char_indices();
    while let Some((index, c)) = characters.next() {
        match c {
            '\'' => return Some((found, text.get(index + 1..)?)),
            '\\' => found.push(characters.next()?.1),
            _ => found.push(c),
        }
    }
    None
}
