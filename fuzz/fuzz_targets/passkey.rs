#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mithaq_simulator::fuzz::run("passkey", bytes));
