//! The program `sportello`.

use std::process::ExitCode;

/// glibc keeps what many threads took for a moment (a password's 19 MiB, a document's typesetting) in each thread's arena for good.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    server::main()
}
