//! What is checked of a contract's bytes before a compiler sees them.

use medshare_contract_abi::guest;
use wasmparser::{
    ExternalKind, FuncToValidate, FuncType, FunctionBody, MemoryType, Operator, Parser, Payload, ValType, ValidPayload,
    Validator, ValidatorResources, WasmFeatures,
};

use crate::call_graph::{Function, check_stack};
use crate::limits::{
    MAX_CODE_BYTES, MAX_DATA_SEGMENTS, MAX_EXPORTS, MAX_FUNCTION_BYTES, MAX_FUNCTIONS, MAX_GLOBALS, MAX_MEMORY_PAGES,
};
use crate::rejection::CodeRejection;

/// The first version of WebAssembly without floating point. Everything that came later is off.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MVP.difference(WasmFeatures::FLOATS);

/// Rejects bytes that are not a contract.
pub(crate) fn inspect(wasm: &[u8]) -> Result<(), CodeRejection> {
    if wasm.len() > MAX_CODE_BYTES {
        return Err(CodeRejection::TooLarge { actual: wasm.len() });
    }
    let mut validator = Validator::new_with_features(FEATURES);
    let mut outline = Outline::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        outline.note(&payload)?;
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            outline.functions.push(walk(function, &body)?);
        }
    }
    outline.check_exports()?;
    check_stack(&outline.functions)
}

/// What must be known of a module to judge it.
#[derive(Default)]
struct Outline {
    types: Vec<FuncType>,
    /// The type of each function.
    signatures: Vec<u32>,
    functions: Vec<Function>,
    exports: Vec<(String, ExternalKind, u32)>,
}

impl Outline {
    /// Takes down one section, and rejects it when it may not be there or is too large.
    fn note(&mut self, payload: &Payload<'_>) -> Result<(), CodeRejection> {
        match payload {
            Payload::ImportSection(imports) if imports.count() > 0 => {
                return Err(CodeRejection::Imports);
            }
            Payload::TableSection(tables) if tables.count() > 0 => {
                return Err(CodeRejection::Table);
            }
            Payload::StartSection { .. } => return Err(CodeRejection::StartFunction),
            Payload::TypeSection(types) => {
                at_most("types", MAX_FUNCTIONS, types.count())?;
                for function_type in types.clone().into_iter_err_on_gc_types() {
                    self.types.push(function_type?);
                }
            }
            Payload::FunctionSection(signatures) => {
                at_most("functions", MAX_FUNCTIONS, signatures.count())?;
                self.signatures = signatures.clone().into_iter().collect::<Result<_, _>>()?;
            }
            Payload::DataSection(segments) => {
                at_most("data segments", MAX_DATA_SEGMENTS, segments.count())?;
            }
            Payload::GlobalSection(globals) => at_most("global variables", MAX_GLOBALS, globals.count())?,
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    check_memory(&memory?)?;
                }
            }
            Payload::ExportSection(exports) => {
                at_most("exports", MAX_EXPORTS, exports.count())?;
                for export in exports.clone() {
                    let export = export?;
                    self.exports.push((export.name.to_owned(), export.kind, export.index));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_exports(&self) -> Result<(), CodeRejection> {
        let exported = |name| self.exports.iter().find(|(exported, ..)| exported == name);
        match exported(guest::MEMORY) {
            Some((_, ExternalKind::Memory, _)) => {}
            _ => {
                return Err(CodeRejection::MissingExport { name: guest::MEMORY });
            }
        }
        for (name, params, results) in [
            (guest::ALLOC, [ValType::I32].as_slice(), [ValType::I32]),
            (guest::CALL, [ValType::I32, ValType::I32].as_slice(), [ValType::I64]),
        ] {
            let signature = match exported(name) {
                Some((_, ExternalKind::Func, index)) => self.signature(*index),
                _ => None,
            };
            if !signature.is_some_and(|found| found.params() == params && found.results() == results) {
                return Err(CodeRejection::MissingExport { name });
            }
        }
        Ok(())
    }

    /// The type of the function of an index; no function is imported, so that indices count from the first.
    fn signature(&self, function: u32) -> Option<&FuncType> {
        let index = *self.signatures.get(usize::try_from(function).ok()?)?;
        self.types.get(usize::try_from(index).ok()?)
    }
}

/// Validates a function's body and takes down what it needs of the stack.
fn walk(function: FuncToValidate<ValidatorResources>, body: &FunctionBody<'_>) -> Result<Function, CodeRejection> {
    let bytes = body.range().len();
    if bytes > MAX_FUNCTION_BYTES {
        let max = MAX_FUNCTION_BYTES as u64;
        return Err(CodeRejection::TooMany { what: "bytes in a function", max, actual: bytes as u64 });
    }
    let mut validator = function.into_validator(Default::default());
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    let mut callees = Vec::new();
    let mut operands = 0;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        validator.op(offset, &operator)?;
        operands = operands.max(validator.operand_stack_height());
        if let Operator::Call { function_index } = operator {
            callees.extend(usize::try_from(function_index).ok());
        }
    }
    operators.finish()?;
    Ok(Function { slots: u64::from(validator.len_locals()) + u64::from(operands), callees })
}

fn check_memory(memory: &MemoryType) -> Result<(), CodeRejection> {
    match memory.maximum {
        None => Err(CodeRejection::UnboundedMemory),
        Some(pages) if pages > MAX_MEMORY_PAGES => Err(CodeRejection::MemoryTooLarge { pages }),
        Some(_) => Ok(()),
    }
}

fn at_most(what: &'static str, max: u32, actual: u32) -> Result<(), CodeRejection> {
    if actual > max { Err(CodeRejection::TooMany { what, max: max.into(), actual: actual.into() }) } else { Ok(()) }
}
