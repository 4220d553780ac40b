//! Who calls whom, and how deep that can go.
//!
//! How much stack a call takes depends on the processor that the code is compiled for. If a contract could run out of it, two
//! validators could disagree about the outcome. So its depth is bounded before: without tables all calls are direct, without
//! recursion they nest only so deep, and every function's frame is estimated from its variables.

use crate::limits::MAX_STACK_BYTES;
use crate::rejection::CodeRejection;

/// What a variable or an operand takes on the stack, generously.
const SLOT_BYTES: u64 = 16;
/// What a frame takes besides: return address, saved registers, outgoing arguments.
const FRAME_BYTES: u64 = 256;

/// A function as far as the stack is concerned.
#[derive(Debug, Default)]
pub(crate) struct Function {
    /// Parameters, local variables and the most operands at a time.
    pub(crate) slots: u64,
    /// The functions that it calls, by their indices.
    pub(crate) callees: Vec<usize>,
}

impl Function {
    const fn frame_bytes(&self) -> u64 {
        self.slots * SLOT_BYTES + FRAME_BYTES
    }
}

/// Rejects recursion and calls that nest too deeply, among functions given in the order of their indices.
pub(crate) fn check_stack(functions: &[Function]) -> Result<(), CodeRejection> {
    let bytes = deepest_path(functions).ok_or(CodeRejection::Recursion)?;
    if bytes > MAX_STACK_BYTES { Err(CodeRejection::StackTooDeep { bytes }) } else { Ok(()) }
}

/// The bytes of the deepest path, visiting callers before callees (Kahn's algorithm); `None` when some functions always have
/// a caller left, which is recursion.
fn deepest_path(functions: &[Function]) -> Option<u64> {
    let mut callers = vec![0_usize; functions.len()];
    for callee in functions.iter().flat_map(|function| &function.callees) {
        *callers.get_mut(*callee)? += 1;
    }
    let mut above = vec![0_u64; functions.len()];
    let mut ready: Vec<usize> = (0..functions.len()).filter(|index| callers.get(*index) == Some(&0)).collect();
    let mut visited = 0;
    let mut deepest = 0;
    while let Some(index) = ready.pop() {
        let function = functions.get(index)?;
        let depth = above.get(index)? + function.frame_bytes();
        visited += 1;
        deepest = deepest.max(depth);
        for callee in &function.callees {
            let entry = above.get_mut(*callee)?;
            *entry = depth.max(*entry);
            let waiting = callers.get_mut(*callee)?;
            *waiting -= 1;
            if *waiting == 0 {
                ready.push(*callee);
            }
        }
    }
    (visited == functions.len()).then_some(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(slots: u64, callees: &[usize]) -> Function {
        Function { slots, callees: callees.to_vec() }
    }

    #[test]
    fn the_deepest_path_counts_not_the_longest_list() {
        let functions = [function(0, &[1, 2, 2]), function(100, &[3]), function(0, &[3]), function(0, &[])];
        assert_eq!(deepest_path(&functions), Some(3 * FRAME_BYTES + 100 * SLOT_BYTES));
    }

    #[test]
    fn a_function_that_calls_itself_through_another_is_recursion() {
        let functions = [function(0, &[1]), function(0, &[2]), function(0, &[1])];
        assert!(matches!(check_stack(&functions), Err(CodeRejection::Recursion)));
    }

    #[test]
    fn many_small_frames_in_a_row_are_too_deep() {
        let mut functions: Vec<_> = (1..=600).map(|next| function(0, &[next])).collect();
        functions.push(function(0, &[]));
        assert!(matches!(check_stack(&functions), Err(CodeRejection::StackTooDeep { .. })));
    }
}
