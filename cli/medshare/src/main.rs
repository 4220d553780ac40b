//! `medshare`: the one binary. Nouns, then verbs; each noun is a module of some crate beside this one, with its arguments and a `run`.

#![forbid(unsafe_code)]

mod command_line;
mod completions;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot read the texts should stop there")]
mod hints;
mod man;

use clap::{ArgMatches, FromArgMatches as _, Parser, Subcommand};
use medshare_cli_deid as deid;
use medshare_cli_network as network;
use medshare_cli_node as node;
use medshare_cli_schemes::{abe, aggregate, domain, party, signature};
use medshare_cli_sharing::{Context, GlobalArgs, audit, authority, config, key, owner, package, request};
use medshare_cli_terminal::{Answer, EXIT_CODES, Failure};
use medshare_cli_trials::{bench, demo};
use std::process::ExitCode;

/// Share medical data under a policy, a contract and a ledger that remembers.
///
/// A researcher makes a key, an organisation registers her, authorities issue her attributes. She asks an owner for a data set,
/// receives an encrypted package, opens it through a node, and works with it under the contract inside. Whatever she does is
/// reported to the owner; a violation ends her access everywhere. Auditors verify all of it offline.
#[derive(Debug, Parser)]
#[command(name = "medshare", version, after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    noun: Noun,
}

const EXAMPLES: &str = "\
Examples:
  medshare config set genesis genesis.toml
  medshare config set node http://127.0.0.1:27002
  medshare key create --kind requestor --out alice.key
  medshare config set key alice.key
  medshare request submit --owner HOSPITAL-A --dataset records \\
      --purpose HRESCH --out alice.package
  medshare package open alice.package
  medshare package read alice.package Patient.ndjson
  medshare audit export --requestor RID --out rid.bundle
  medshare audit verify rid.bundle

`medshare NOUN --help` explains a noun, `medshare NOUN VERB --help` a verb.
`medshare --help` also lists exit codes.";

#[derive(Debug, Subcommand)]
enum Noun {
    #[command(flatten)]
    Running(Running),
    #[command(flatten)]
    Asking(Asking),
    #[command(flatten)]
    Local(Local),
}

// Nouns that start what runs on this machine.
#[derive(Debug, Subcommand)]
enum Running {
    Demo(demo::DemoArgs),
    #[command(hide = true)]
    Bench(bench::BenchArgs),
    Network(network::NetworkArgs),
    Node(node::NodeArgs),
}

// Nouns that ask nodes of the genesis and addresses that the options of every command name. No other is given them.
#[derive(Debug, Subcommand)]
enum Asking {
    Key(key::KeyArgs),
    Owner(owner::OwnerArgs),
    Authority(authority::AuthorityArgs),
    Request(request::RequestArgs),
    Package(package::PackageArgs),
    Audit(audit::AuditArgs),
}

// Nouns that work on files of this machine.
#[derive(Debug, Subcommand)]
enum Local {
    Abe(abe::AbeCommand),
    Domain(domain::DomainCommand),
    Aggregate(aggregate::AggregateCommand),
    Signature(signature::SignatureCommand),
    Party(party::PartyCommand),
    Deid(deid::DeidArgs),
    Config(config::ConfigArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

fn main() -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    let parse = |matches: ArgMatches| Cli::from_arg_matches(&matches);
    let parsed = command_line::command().try_get_matches().and_then(parse);
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if wants_json && error.use_stderr() => {
            return Failure::usage(&error).print(true);
        }
        // The same once more, in lines for people.
        Err(error) => command_line::in_narrow_lines().try_get_matches().and_then(parse).err().unwrap_or(error).exit(),
    };
    let context = Context::new(cli.global);
    let outcome = run(cli.noun, &context);
    context.remember_hung_nodes();
    outcome.unwrap_or_else(|failure| context.told(failure).print(context.json()))
}

fn run(noun: Noun, context: &Context) -> Result<ExitCode, Failure> {
    let json = context.json();
    match noun {
        Noun::Running(noun) => run_here(noun, json),
        Noun::Asking(noun) => ask(noun, context)?.print(json).map(|()| ExitCode::SUCCESS),
        Noun::Local(noun) => work(noun, json),
    }
}

fn run_here(noun: Running, json: bool) -> Result<ExitCode, Failure> {
    match noun {
        Running::Demo(args) => Ok(demo::run(args, json)?),
        Running::Bench(args) => Ok(bench::run(&args, json)?),
        Running::Network(args) => Ok(network::run(args, json)?),
        Running::Node(args) => node::run(args),
    }
}

fn ask(noun: Asking, context: &Context) -> Result<Answer, Failure> {
    match noun {
        Asking::Key(args) => key::run(args, context),
        Asking::Owner(args) => owner::run(args, context),
        Asking::Authority(args) => authority::run(args, context),
        Asking::Request(args) => request::run(args, context),
        Asking::Package(args) => package::run(args, context),
        Asking::Audit(args) => audit::run(args, context),
    }
}

fn work(noun: Local, json: bool) -> Result<ExitCode, Failure> {
    let answer = match noun {
        Local::Abe(args) => return abe::run(args).map(|()| ExitCode::SUCCESS),
        Local::Domain(args) => return domain::run(args).map(|()| ExitCode::SUCCESS),
        Local::Aggregate(args) => return aggregate::run(args).map(|()| ExitCode::SUCCESS),
        Local::Signature(args) => return signature::run(args).map(|()| ExitCode::SUCCESS),
        Local::Party(args) => return party::run(args).map(|()| ExitCode::SUCCESS),
        Local::Deid(args) => return Ok(deid::run(args, json)?),
        Local::Config(args) => config::run(&args),
        Local::Completions(args) => completions::run(&args, command_line::command()),
        Local::Man(args) => man::run(&args, command_line::command()),
    };
    answer?.print(json).map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::command_line::{COLUMNS, command};
    use clap::Command;

    /// Does this with a command and with those below it.
    fn each(command: &Command, look_at: &impl Fn(&Command)) {
        look_at(command);
        command.get_subcommands().for_each(|verb| each(verb, look_at));
    }

    /// What stands in the usage line of a command.
    fn look_at_places(command: &Command) {
        let names = |places: Vec<&clap::Arg>| -> Vec<String> {
            let names = places.into_iter().flat_map(|place| place.get_value_names().unwrap_or_default());
            names.map(ToString::to_string).collect()
        };
        let places = names(command.get_positionals().collect());
        let options = names(command.get_opts().filter(|option| option.is_required_set()).collect());
        for (position, place) in places.iter().enumerate() {
            let is_twice = options.contains(place) || places.iter().take(position).any(|earlier| earlier == place);
            assert!(!is_twice, "two <{place}> in the usage line of {}", command.get_name());
        }
    }

    /// Examples are typed as they are shown, and of a broken one each part would be a command of its own.
    fn look_at_examples(command: &Command) {
        let name = command.get_name();
        let help = command.clone().term_width(COLUMNS).render_long_help().to_string();
        let shown: Vec<&str> = help.lines().collect();
        let ends = [command.get_after_help(), command.get_after_long_help()];
        for end in ends.into_iter().flatten().map(ToString::to_string) {
            assert!(end.lines().all(|line| line.chars().count() < COLUMNS), "{name}: the help breaks a line of\n{end}");
            let examples = end.lines().skip_while(|line| *line != "Examples:").skip(1);
            let mut goes_on = false;
            for line in examples.take_while(|line| line.starts_with(' ')) {
                assert!(goes_on || line.starts_with("  medshare "), "{name}: no command begins in “{line}”");
                assert!(shown.contains(&line), "{name}: “{line}” is shown otherwise");
                goes_on = line.ends_with('\\');
            }
        }
    }

    #[test]
    fn what_stands_in_a_place_has_a_name_of_its_own_in_the_usage_line() {
        each(&command(), &look_at_places);
    }

    #[test]
    fn every_example_can_be_typed_as_a_terminal_of_eighty_columns_shows_it() {
        each(&command(), &look_at_examples);
    }
}
