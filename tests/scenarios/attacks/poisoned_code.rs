//! Code of an owner that compilers refuse, or read differently than the ledger's own rules do.

use medshare_agent::clock;
use medshare_contract_host::USAGE_WASM;
use medshare_exchange::api::EntryState;
use medshare_ledger::codec;
use medshare_ledger::entry::{ContractCode, Entry};
use medshare_scenarios::http::post;
use medshare_scenarios::network::eventually;

use crate::world::{World, became};

const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const START: u8 = 8;
const CODE: u8 = 10;

fn section(id: u8, bytes: &[u8]) -> Vec<u8> {
    [&[id, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn custom(name: &str) -> Vec<u8> {
    section(CUSTOM, &[&[u8::try_from(name.len()).unwrap()], name.as_bytes(), &[1]].concat())
}

/// Each by what is wrong with it.
fn poisoned() -> Vec<(&'static str, Vec<u8>)> {
    let behind = |section: Vec<u8>| [USAGE_WASM, &section].concat();
    let module = |sections: &[Vec<u8>]| [&HEADER[..], &sections.concat()].concat();
    let nothing_to_nothing = section(TYPE, &[1, 0x60, 0, 0]);
    let does_nothing = section(CODE, &[1, 2, 0, 0x0b]);
    let import = section(IMPORT, &[1, 3, b'e', b'n', b'v', 1, b'f', 0, 0]);
    vec![
        ("a section that one compiler refuses", behind(custom("webidl-bindings"))),
        ("another that compilers read", behind(custom("wasm-interface-types"))),
        ("a section with names", behind(custom("name"))),
        ("a custom section in front", module(&[custom("webidl-bindings"), USAGE_WASM[HEADER.len()..].to_vec()])),
        ("a section of exceptions", behind(section(13, &[0]))),
        ("a section that nobody knows", behind(section(77, &[0]))),
        (
            "a start function",
            module(&[nothing_to_nothing.clone(), section(FUNCTION, &[1, 0]), section(START, &[0]), does_nothing]),
        ),
        ("an import", module(&[nothing_to_nothing, import])),
        ("a component", b"\0asm\x0d\0\x01\0".to_vec()),
        ("a contract that is cut off", USAGE_WASM[..USAGE_WASM.len() / 2].to_vec()),
        ("nothing", Vec::new()),
    ]
}

pub(super) fn code_that_is_no_contract_stops_no_validator_also_when_all_is_executed_again(world: &mut World) {
    let entry = |code: Vec<u8>| {
        let owner = world.network.owner_keys(0);
        let code = ContractCode { network: world.network.facts().network(), owner: owner.id(), code, at: clock::now() };
        let signature = owner.signing.sign(&code);
        Entry::ContractCode(code, signature)
    };
    for (what, code) in poisoned() {
        let entry = entry(code);
        let answer = post(&world.network.url(1, "/v1/entries"), &codec::encode(&entry));
        if answer.status == 202 {
            let became = became(&world.network, 1, &entry);
            assert_eq!(became.state, EntryState::Rejected, "{what}: {became:?}");
        } else {
            assert_eq!(answer.error().code, "rejected", "{what}");
        }
    }
    // what is a contract, is one still
    let good = entry(USAGE_WASM.to_vec());
    assert_eq!(world.decided(&good).state, EntryState::Applied);
    world.network.agree();
    // one executes all of it again, from the log
    const NODE: usize = 1;
    world.network.kill(NODE);
    std::fs::remove_dir_all(world.network.home(NODE).join("views")).unwrap();
    world.network.restart(NODE);
    assert_eq!(became(&world.network, NODE, &good).state, EntryState::Applied);
    let before = world.network.status(0).unwrap().height;
    let goes_on = |node: usize| world.network.status(node).is_some_and(|status| status.height > before + 2);
    eventually("all four go on", || (0..4).all(goes_on));
    world.network.agree();
}
