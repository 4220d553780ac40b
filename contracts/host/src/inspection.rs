//! The rules by which the ledger takes code as a contract: over its bytes alone, without compiling.
//!
//! Validators must agree on the answer, whatever compiler they carry. So what a module may consist of is a closed list: types,
//! functions, one memory, global variables, exports, code and data. Everything else is refused, also where it would do nothing:
//! compilers read sections that this inspection would skip, and refuse code for what they find there.
//!
//! What stands in a function is validated by a library, pinned to one release: its verdict is a parameter of the protocol like the
//! limits beside it, and `tests/verdicts` holds it to what it was.

use medshare_contract_abi::guest::{self, MAX_CODE_BYTES};
use wasmparser::{
    Data, DataKind, ExternalKind, FuncToValidate, FuncType, FunctionBody, MemoryType, Operator, Parser, Payload,
    ValType, ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

use crate::call_graph::{Function, check_stack};
use crate::limits::{
    MAX_DATA_SEGMENTS, MAX_EXPORTS, MAX_FUNCTION_BYTES, MAX_FUNCTIONS, MAX_GLOBALS, MAX_MEMORY_PAGES, MAX_PARAMETERS,
    MAX_RESULTS,
};
use crate::rejection::CodeRejection;

/// The first version of WebAssembly without floating point. Everything that came later is off.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MVP.difference(WasmFeatures::FLOATS);

const PAGE_BYTES: u64 = 64 * 1024;

/// Rejects bytes that are not a contract: structure and limits, nothing that depends on a machine or a compiler.
///
/// # Errors
/// The first rule that they break, never [`CodeRejection::Host`].
pub fn inspect(wasm: &[u8]) -> Result<(), CodeRejection> {
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
    /// Bytes of the memory that an instance starts with.
    initial_bytes: u64,
}

impl Outline {
    /// Takes down one part, and rejects it when it may not be there or is too large.
    fn note(&mut self, payload: &Payload<'_>) -> Result<(), CodeRejection> {
        match payload {
            Payload::TypeSection(types) => {
                at_most("types", MAX_FUNCTIONS, types.count())?;
                for function_type in types.clone().into_iter_err_on_gc_types() {
                    let function_type = function_type?;
                    check_arity(&function_type)?;
                    self.types.push(function_type);
                }
            }
            Payload::FunctionSection(signatures) => {
                at_most("functions", MAX_FUNCTIONS, signatures.count())?;
                self.signatures = signatures.clone().into_iter().collect::<Result<_, _>>()?;
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    self.note_memory(&memory?)?;
                }
            }
            Payload::GlobalSection(globals) => at_most("global variables", MAX_GLOBALS, globals.count())?,
            Payload::ExportSection(exports) => {
                at_most("exports", MAX_EXPORTS, exports.count())?;
                for export in exports.clone() {
                    let export = export?;
                    self.exports.push((export.name.to_owned(), export.kind, export.index));
                }
            }
            Payload::DataSection(segments) => {
                at_most("data segments", MAX_DATA_SEGMENTS, segments.count())?;
                for segment in segments.clone() {
                    self.note_data(&segment?)?;
                }
            }
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CodeSectionEntry(_)
            | Payload::End(_) => {}
            Payload::ImportSection(_) => return Err(CodeRejection::Imports),
            Payload::StartSection { .. } => return Err(CodeRejection::StartFunction),
            Payload::TableSection(_) => return Err(CodeRejection::Table),
            _ => return Err(CodeRejection::ForeignSection),
        }
        Ok(())
    }

    fn note_memory(&mut self, memory: &MemoryType) -> Result<(), CodeRejection> {
        match memory.maximum {
            None => return Err(CodeRejection::UnboundedMemory),
            Some(pages) if pages > MAX_MEMORY_PAGES => return Err(CodeRejection::MemoryTooLarge { pages }),
            Some(_) => {}
        }
        self.initial_bytes = memory.initial.saturating_mul(PAGE_BYTES);
        Ok(())
    }

    /// A segment lies within the memory that an instance starts with; the memory section stands before it.
    fn note_data(&self, segment: &Data<'_>) -> Result<(), CodeRejection> {
        let DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else {
            return Err(CodeRejection::ForeignSection);
        };
        let mut operators = offset_expr.get_operators_reader();
        // Whether it is one constant and an end is the validator's to say; what is not cannot be placed.
        let Operator::I32Const { value } = operators.read()? else { return Err(CodeRejection::DataOutOfBounds) };
        let end = u64::from(value.cast_unsigned()).saturating_add(segment.data.len() as u64);
        if end > self.initial_bytes { Err(CodeRejection::DataOutOfBounds) } else { Ok(()) }
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

/// Validating a call looks at each parameter of its type, and two bytes of code are a call: before any body is read, types are
/// small, so that the work is bounded by a small multiple of the bytes.
fn check_arity(function_type: &FuncType) -> Result<(), CodeRejection> {
    let count = |values: &[ValType]| u32::try_from(values.len()).unwrap_or(u32::MAX);
    at_most("parameters of a function", MAX_PARAMETERS, count(function_type.params()))?;
    at_most("results of a function", MAX_RESULTS, count(function_type.results()))
}

fn at_most(what: &'static str, max: u32, actual: u32) -> Result<(), CodeRejection> {
    if actual > max { Err(CodeRejection::TooMany { what, max: max.into(), actual: actual.into() }) } else { Ok(()) }
}
