//! The part of FHIRPath that conditions and replacements of rules are written in.
//!
//! Literals (`'text'`, numbers, `@2010-01-01`, `true`), `$this`, element paths, `and`, `or`, comparison, `in ('a' | 'b')`, arithmetic
//! with `+ - * / div mod`, and the functions `startsWith`, `endsWith`, `contains`, `substring`, `length`, `exists`, `not`.

use serde_json::Value;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Literal(Item),
    This,
    Path(Vec<String>),
    Union(Vec<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Function, Vec<Expression>),
}

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Text(String),
    Number(f64),
    Bool(bool),
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
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
pub(crate) enum Function {
    StartsWith,
    EndsWith,
    Contains,
    Substring,
    Length,
    Exists,
    Not,
}

impl Expression {
    /// Whether the expression is true of a value.
    pub(crate) fn is_true(&self, this: &Value) -> bool {
        self.evaluate(this) == Item::Bool(true)
    }

    /// The value of the expression.
    pub(crate) fn evaluate(&self, this: &Value) -> Item {
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
    pub(crate) fn to_json(&self) -> Option<Value> {
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
