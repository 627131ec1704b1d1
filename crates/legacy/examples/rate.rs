//! How fast a source is read: `cargo run --release -p dragoman-legacy --example rate -- FROM [TABLE...]`.

use dragoman_legacy::{ReadOptions, Source};
use std::ops::ControlFlow;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (from, tables) = arguments.split_first().ok_or("FROM is missing")?;
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let mut source = Source::open(from, &ReadOptions::default())?;
    let progress = source.progress();
    let started = Instant::now();
    let found = source.tables()?.len();
    println!("{}: {found} tables in {:?}", source.writer(), started.elapsed());
    let started = Instant::now();
    let (mut rows, mut characters) = (0_u64, 0);
    source.read(&tables, &mut |row| {
        rows += 1;
        characters +=
            row.values().filter_map(|value| value.text().ok().flatten()).map(|text| text.len()).sum::<usize>();
        ControlFlow::Continue(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = progress.read() as f64 / 1e6;
    println!("{rows} rows, {characters} bytes of text, {bytes:.0} MB in {seconds:.2} s: {:.0} MB/s", bytes / seconds);
    for warning in source.warnings() {
        println!("{warning}");
    }
    Ok(())
}
