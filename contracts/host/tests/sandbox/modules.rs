//! Contracts as WebAssembly text.

use medshare_contract_host::{CodeRejection, Contract, ContractCode, Sandbox};

pub const MEMORY: &str = r#"(memory (export "memory") 1 2)"#;
pub const ALLOC: &str = r#"(func (export "alloc") (param i32) (result i32) i32.const 1024)"#;
pub const CALL: &str = r#"(func (export "call") (param i32 i32) (result i64) i64.const 0)"#;

/// A module of these parts.
pub fn module(parts: &[&str]) -> Vec<u8> {
    wat::parse_str(format!("(module {})", parts.join("\n"))).expect("webassembly text")
}

/// A contract that answers a call with this body.
pub fn answering(body: &str) -> Contract {
    let call = format!(r#"(func (export "call") (param i32 i32) (result i64) {body})"#);
    compile(&module(&[MEMORY, ALLOC, &call])).expect("an acceptable contract")
}

/// What becomes of a contract that has everything it needs, and this.
pub fn with(part: &str) -> Result<Contract, CodeRejection> {
    compile(&module(&[MEMORY, ALLOC, CALL, part]))
}

pub fn compile(wasm: &[u8]) -> Result<Contract, CodeRejection> {
    Sandbox::new().expect("a sandbox").compile(ContractCode::new(wasm))
}
