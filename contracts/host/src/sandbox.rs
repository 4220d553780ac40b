//! Where contracts are compiled.

use wasmparser::WasmFeatures;
use wasmtime::{Config, Engine, Linker, Module, OptLevel};

use crate::code::ContractCode;
use crate::contract::Contract;
use crate::fault::CallFault;
use crate::inspection::{FEATURES, inspect};
use crate::limits::{CALL_FUEL, NATIVE_STACK_BYTES};
use crate::rejection::CodeRejection;
use crate::store::fueled;

/// A compiler of contracts. One serves a whole process; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    engine: Engine,
}

impl Sandbox {
    /// Sets a compiler up. Traps are explicit checks in the compiled code, not signals, so that the process's signal handlers
    /// stay its own and memories need no guard pages. Code is not optimised: calls take the same time (starting an instance is
    /// most of it), compiling takes less, and no value is kept on the stack longer than its function says.
    ///
    /// # Errors
    /// [`CodeRejection::Host`] when this machine cannot run compiled contracts.
    pub fn new() -> Result<Self, CodeRejection> {
        let mut config = Config::new();
        config
            .wasm_features(WasmFeatures::all().difference(FEATURES), false)
            .consume_fuel(true)
            .max_wasm_stack(NATIVE_STACK_BYTES)
            .cranelift_opt_level(OptLevel::None)
            .signals_based_traps(false)
            .memory_reservation(0)
            .memory_reservation_for_growth(0)
            .memory_guard_size(0);
        Ok(Self { engine: Engine::new(&config).map_err(host)? })
    }

    /// Inspects and compiles a contract. What the ledger accepted passes the inspection; whether the compiler takes it is a
    /// matter of this machine, and of no consequence to the ledger.
    ///
    /// # Errors
    /// When the code breaks a rule for contracts, or this node cannot compile it.
    pub fn compile(&self, code: ContractCode) -> Result<Contract, CodeRejection> {
        inspect(code.wasm())?;
        let module = Module::new(&self.engine, code.wasm()).map_err(host)?;
        let prepared = Linker::new(&self.engine).instantiate_pre(&module).map_err(host)?;
        let mut store =
            fueled(&self.engine, CALL_FUEL).map_err(|fault| CodeRejection::Host { source: fault.into() })?;
        // What was inspected starts: one that does not start here would not start in a call.
        let started = prepared.instantiate(&mut store).map_err(CallFault::from);
        started.map_err(|fault| CodeRejection::Host { source: fault.into() })?;
        Ok(Contract::new(code, prepared))
    }
}

fn host(error: wasmtime::Error) -> CodeRejection {
    CodeRejection::Host { source: error.into() }
}
