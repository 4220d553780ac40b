//! What one call's instance may take.

use wasmtime::{Engine, ResourceLimiter, Store};

use crate::fault::{BeyondMaximum, CallFault};

/// Watches over one instance. Compiled code declares its maximum, which was checked; growing beyond it ends the call, as does
/// a host that has no memory left, each for what it is.
pub(crate) struct Limiter;

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired <= maximum) { Ok(true) } else { Err(BeyondMaximum.into()) }
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(false)
    }
}

/// A store for one call with so much fuel.
pub(crate) fn fueled(engine: &Engine, fuel: u64) -> Result<Store<Limiter>, CallFault> {
    let mut store = Store::new(engine, Limiter);
    store.limiter(|limiter| limiter);
    store.set_fuel(fuel)?;
    Ok(store)
}
