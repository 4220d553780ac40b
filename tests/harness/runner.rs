//! Tests that share one world: it is made for the first that runs, they run one after the other, and it ends with them.
//!
//! The standard harness never drops what tests share, which would leave a network's processes behind.

use libtest_mimic::{Arguments, Failed, Trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// One test: its sentence, what it does, and why it cannot run here, if it cannot.
pub struct Scenario<W> {
    pub name: &'static str,
    pub test: fn(&mut W),
    pub impossible: Option<String>,
}

impl<W> Scenario<W> {
    pub fn new(name: &'static str, test: fn(&mut W)) -> Self {
        Self { name, test, impossible: None }
    }
}

/// Runs the scenarios in order.
pub fn run<W: Send + 'static>(found: fn() -> W, scenarios: Vec<Scenario<W>>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let world: Arc<Mutex<Option<W>>> = Arc::default();
    let trials = scenarios.into_iter().map(|scenario| {
        let world = Arc::clone(&world);
        let trial = Trial::test(scenario.name, move || {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            let world = world.get_or_insert_with(found);
            // the message of a panic was printed when it happened
            catch_unwind(AssertUnwindSafe(|| (scenario.test)(world)))
                .map_err(|panic| Failed::from(words(panic.as_ref())))
        });
        match scenario.impossible {
            Some(reason) => trial.with_ignored_flag(true).with_kind(reason),
            None => trial,
        }
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    drop(world.lock().unwrap_or_else(PoisonError::into_inner).take());
    conclusion.exit_code()
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
}

/// The `main` of a file of scenarios: the world, then the tests by their names.
#[macro_export]
macro_rules! scenarios {
    ($found:path: $($name:ident),+ $(,)?) => {
        fn main() -> std::process::ExitCode {
            let scenarios = vec![$($crate::runner::Scenario::new(stringify!($name), $name)),+];
            $crate::runner::run($found, scenarios)
        }
    };
}
