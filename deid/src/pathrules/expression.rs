//! The part of FHIRPath that conditions and replacements of rules are written in.
//!
//! Literals (`'text'`, numbers, `@2010-01-01`, `true`), `$this`, element paths, `and`, `or`, comparison, `in ('a' | 'b')`, arithmetic
//! with `+ - * / div mod`, and the functions `startsWith`, `endsWith`, `contains`, `substring`, `length`, `exists`, `not`.

use serde_json::Value;

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 32;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Literal(Item),
    This,
    Path(Vec<String>),
    Union(Vec<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Function, Vec<Expression>),
}

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Text(String),
    Number(f64),
    Bool(bool),
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Plus,
    Minus,
    Times,
    Divide,
    WholeDivide,
    Modulo,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    StartsWith,
    EndsWith,
    Contains,
    Substring,
    Length,
    Exists,
    Not,
}

impl Expression {
    /// Parses a whole text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim_start(), depth: 0 };
        let expression = parser.binary(0)?;
        if parser.rest.is_empty() { Ok(expression) } else { Err(format!("unexpected `{}`", parser.rest)) }
    }

    /// Whether the expression is true of a value.
    pub(super) fn is_true(&self, this: &Value) -> bool {
        self.evaluate(this) == Item::Bool(true)
    }

    /// The value of the expression.
    pub(super) fn evaluate(&self, this: &Value) -> Item {
        match self {
            Expression::Literal(item) => item.clone(),
            Expression::This => Item::of(this),
            Expression::Path(names) => found(this, names).map_or(Item::Nothing, Item::of),
            Expression::Union(members) => members.first().map_or(Item::Nothing, |member| member.evaluate(this)),
            Expression::Binary(Operator::In, left, right) => {
                let left = left.evaluate(this);
                let among = match right.as_ref() {
                    Expression::Union(members) => members.iter().any(|member| member.evaluate(this) == left),
                    single => single.evaluate(this) == left,
                };
                Item::Bool(among)
            }
            Expression::Binary(operator, left, right) => apply(*operator, left.evaluate(this), right.evaluate(this)),
            Expression::Call(subject, function, arguments) => {
                let arguments: Vec<Item> = arguments.iter().map(|argument| argument.evaluate(this)).collect();
                call(*function, subject.evaluate(this), &arguments)
            }
        }
    }
}

impl Item {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Item::Text(text.clone()),
            Value::Number(number) => number.as_f64().map_or(Item::Nothing, Item::Number),
            Value::Bool(truth) => Item::Bool(*truth),
            Value::Object(_) => Item::Bool(true),
            Value::Array(items) => items.first().map_or(Item::Nothing, Item::of),
            Value::Null => Item::Nothing,
        }
    }

    /// The value as JSON; nothing for no value.
    pub(super) fn to_json(&self) -> Option<Value> {
        match self {
            Item::Text(text) => Some(Value::from(text.clone())),
            Item::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(Value::from(*number as i64)),
            Item::Number(number) => Some(Value::from(*number)),
            Item::Bool(truth) => Some(Value::from(*truth)),
            Item::Nothing => None,
        }
    }
}

/// The first value at a path of element names, entering arrays.
fn found<'a>(value: &'a Value, names: &[String]) -> Option<&'a Value> {
    match (value, names.split_first()) {
        (Value::Array(items), _) => items.iter().find_map(|item| found(item, names)),
        (_, None) => Some(value),
        (_, Some((name, rest))) => found(value.get(name)?, rest),
    }
}

fn apply(operator: Operator, left: Item, right: Item) -> Item {
    use Operator::{
        And, Divide, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, Minus, Modulo, NotEqual, Or, Plus,
    };
    let order = match (&left, &right) {
        (Item::Number(a), Item::Number(b)) => a.partial_cmp(b),
        (Item::Text(a), Item::Text(b)) => Some(a.cmp(b)),
        _ => None,
    };
    let compared = |test: fn(std::cmp::Ordering) -> bool| order.map_or(Item::Nothing, |order| Item::Bool(test(order)));
    match operator {
        Or => Item::Bool(left == Item::Bool(true) || right == Item::Bool(true)),
        And => Item::Bool(left == Item::Bool(true) && right == Item::Bool(true)),
        Equal | In => Item::Bool(left == right),
        NotEqual => Item::Bool(left != right),
        Less => compared(std::cmp::Ordering::is_lt),
        LessOrEqual => compared(std::cmp::Ordering::is_le),
        Greater => compared(std::cmp::Ordering::is_gt),
        GreaterOrEqual => compared(std::cmp::Ordering::is_ge),
        _ => match (operator, left, right) {
            (Plus, Item::Text(a), Item::Text(b)) => Item::Text(a + &b),
            (_, Item::Number(a), Item::Number(b)) => {
                let result = match operator {
                    Plus => a + b,
                    Minus => a - b,
                    Operator::Times => a * b,
                    Divide => a / b,
                    Modulo => a % b,
                    _ => (a / b).trunc(),
                };
                if result.is_finite() { Item::Number(result) } else { Item::Nothing }
            }
            _ => Item::Nothing,
        },
    }
}

fn call(function: Function, subject: Item, arguments: &[Item]) -> Item {
    let number = |index: usize| match arguments.get(index) {
        Some(Item::Number(number)) if *number >= 0.0 => Some(*number as usize),
        _ => None,
    };
    match (function, subject, arguments.first()) {
        (Function::Exists, subject, _) => Item::Bool(subject != Item::Nothing),
        (Function::Not, Item::Bool(truth), _) => Item::Bool(!truth),
        (Function::Length, Item::Text(text), _) => Item::Number(text.chars().count() as f64),
        (Function::StartsWith, Item::Text(text), Some(Item::Text(other))) => Item::Bool(text.starts_with(other)),
        (Function::EndsWith, Item::Text(text), Some(Item::Text(other))) => Item::Bool(text.ends_with(other)),
        (Function::Contains, Item::Text(text), Some(Item::Text(other))) => Item::Bool(text.contains(other)),
        (Function::Substring, Item::Text(text), Some(_)) => match number(0) {
            Some(start) => Item::Text(text.chars().skip(start).take(number(1).unwrap_or(usize::MAX)).collect()),
            None => Item::Nothing,
        },
        _ => Item::Nothing,
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_the_documentation_are_understood() {
        let cases = [
            ("$this>=0 and $this<20", Value::from(18), Item::Bool(true)),
            ("($this div 10)*10", Value::from(18), Item::Number(10.0)),
            ("$this in ('es-AR' | 'es-ES' | 'es-UY')", Value::from("es-UY"), Item::Bool(true)),
            ("$this.startsWith('123') or $this.startsWith('234')", Value::from("2345"), Item::Bool(true)),
            ("$this.substring(0,2)+'****'", Value::from("12345"), Item::Text("12****".into())),
            ("$this >= @1990-01-01 and $this <= @2000-01-01", Value::from("1995-03-04"), Item::Bool(true)),
            ("use='home'", serde_json::json!({"use": "home"}), Item::Bool(true)),
        ];
        for (text, this, expected) in cases {
            assert_eq!(Expression::parse(text).unwrap().evaluate(&this), expected, "{text}");
        }
    }

    #[test]
    fn broken_expressions_say_what_is_wrong() {
        for text in ["", "$this >", "'open", "$this.foo()", "(1", "1 2", "a.b.", &"(".repeat(1000)] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
