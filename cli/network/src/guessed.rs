//! What the columns of a source are taken for, told to whoever founds a network on it.

use medshare_cli_terminal::shown::line;
use medshare_node_sources::inspect::GuessedRoles;

/// Beside them.
pub const WARNING: &str = "warning: what each column is was guessed from names and values, and guesses are no decisions; `medshare deid plan` \
     proposes a configuration to decide in, and --deid names it";

/// A line for each role: what becomes of its columns, and which they are.
#[must_use]
pub fn lines(guessed: &GuessedRoles) -> Vec<String> {
    let person: Vec<String> = guessed.person.iter().cloned().collect();
    let roles = [
        ("people by", &person),
        ("removed", &guessed.direct_identifiers),
        ("generalised", &guessed.quasi_identifiers),
        ("sensitive", &guessed.sensitive),
        ("kept", &guessed.keep),
        ("withheld", &guessed.withheld),
    ];
    let told = |(word, columns): (&str, &Vec<String>)| {
        let columns = if columns.is_empty() { "none".to_owned() } else { line(&columns.join(", ")) };
        format!("{word:<12} {columns}")
    };
    roles.into_iter().skip(usize::from(person.is_empty())).map(told).collect()
}
