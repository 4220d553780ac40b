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

/// The tests of one world, and its end.
pub struct Suite {
    trials: Vec<Trial>,
    end: Box<dyn FnOnce()>,
}

impl Suite {
    /// The scenarios of a module, in order, in the world that is `found` when the first of them runs.
    pub fn new<W: Send + 'static>(module: &str, found: fn() -> W, scenarios: Vec<Scenario<W>>) -> Self {
        let world: Arc<Mutex<Option<W>>> = Arc::default();
        let file = module.rsplit("::").next().unwrap_or(module);
        let trials = scenarios.into_iter().map(|scenario| {
            let world = Arc::clone(&world);
            let trial = Trial::test(format!("{file}::{}", scenario.name), move || {
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
        let trials = trials.collect();
        Self { trials, end: Box::new(move || drop(world.lock().unwrap_or_else(PoisonError::into_inner).take())) }
    }
}

/// Runs the suites one after the other, each with a world of its own.
pub fn run(suites: &[fn() -> Suite]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let mut failed = false;
    for suite in suites {
        let Suite { trials, end } = suite();
        failed |= libtest_mimic::run(&arguments, trials).has_failed();
        end();
    }
    // as the standard harness ends
    if failed { ExitCode::from(101) } else { ExitCode::SUCCESS }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
}

/// The suite of a file of scenarios: the world, then the tests by their names, each with what may make it impossible here.
#[macro_export]
macro_rules! scenarios {
    ($found:path: $($name:ident $(unless $impossible:expr)?),+ $(,)?) => {
        pub fn suite() -> $crate::runner::Suite {
            let scenarios = vec![$($crate::runner::Scenario {
                name: stringify!($name),
                test: $name,
                impossible: None$(.or($impossible))?,
            }),+];
            $crate::runner::Suite::new(module_path!(), $found, scenarios)
        }
    };
}
