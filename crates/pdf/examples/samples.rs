//! Writes one sample of each document into a directory and prints what they cost:
//! `cargo run -p pdf --example samples -- <directory> [repetitions]`.

// Measuring is what this program is for.
#![allow(clippy::disallowed_methods)]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use pdf::PdfError;

#[path = "../tests/it/samples.rs"]
#[allow(dead_code)]
mod samples;

type Make<'a> = &'a dyn Fn() -> Result<Vec<u8>, PdfError>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("usage: samples <directory> [repetitions]")?);
    let repetitions = arguments.next().map_or(Ok(50), |text| text.parse())?;
    fs::create_dir_all(&directory)?;

    let (application, outcome, notice, receipt) =
        (samples::application(), samples::outcome(), samples::notice(), samples::receipt());
    let (message, instalments, slips) = (samples::message(), samples::notice_in_instalments(), samples::notice_with_slips());
    let record = samples::record();
    let documents: [(&str, Make<'_>); 8] = [
        ("application", &|| pdf::application(&application)),
        ("outcome", &|| pdf::outcome(&outcome)),
        ("message", &|| pdf::message(&message)),
        ("notice", &|| pdf::notice(&notice)),
        ("notice-instalments", &|| pdf::notice(&instalments)),
        ("notice-slips", &|| pdf::notice(&slips)),
        ("receipt", &|| pdf::receipt(&receipt)),
        ("record", &|| pdf::record(&record)),
    ];
    println!("{:20} {:>8} {:>10} {:>10} {:>10}", "document", "bytes", "first", "median", "CPU");
    for (name, make) in documents {
        let start = Instant::now();
        let file = make()?;
        let first = start.elapsed();
        fs::write(directory.join(name).with_extension("pdf"), &file)?;

        let mut times = Vec::with_capacity(repetitions);
        let cpu_before = cpu();
        for _ in 0..repetitions {
            let start = Instant::now();
            make()?;
            times.push(start.elapsed());
        }
        let cpu = (cpu() - cpu_before).checked_div(u32::try_from(repetitions)?).unwrap_or_default();
        times.sort();
        let median = times.get(repetitions / 2).copied().unwrap_or_default();
        println!("{name:20} {:>8} {:>10} {:>10} {:>10}", file.len(), ms(first), ms(median), ms(cpu));
    }
    // No two alike, as in life: only what they share (template, letterhead, labels) may cost less the second time.
    let one_more = |number: usize, thread: usize| {
        let mut application = application.clone();
        application.subject = Some(format!("Istanza {number} del {thread}"));
        for item in application.sections.iter_mut().flat_map(|section| &mut section.items) {
            if let pdf::Item::Field { value, .. } = item {
                value.push_str(&format!(" {number} {thread}"));
            }
        }
        let start = Instant::now();
        pdf::application(&application).map(|_| start.elapsed())
    };
    let mut times = (0..repetitions).map(|number| one_more(number, 0)).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    println!("applications, no two alike: median {}", ms(times.get(repetitions / 2).copied().unwrap_or_default()));
    let start = Instant::now();
    let made: usize = thread::scope(|scope| {
        let make = |thread: usize| (0..repetitions).filter(|number| one_more(*number, thread).is_ok()).count();
        let workers = [1, 2].map(|thread| scope.spawn(move || make(thread)));
        workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum()
    });
    println!("two threads: {:.0} of them a second", made as f64 / start.elapsed().as_secs_f64());
    println!("peak memory: {}", peak_memory().unwrap_or_else(|| "unknown".into()));
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// CPU time of all threads so far; zero where the kernel is not Linux.
fn cpu() -> Duration {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanoseconds)
}

/// The line of the kernel's report, such as `54321 kB`.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|peak| peak.trim().to_owned())
}
