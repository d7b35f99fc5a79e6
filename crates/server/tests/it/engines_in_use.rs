//! Processes over the engines of production.

use crate::program::Place;

#[test]
fn several_processes_share_postgresql_and_kafka() {
    let database = engines::postgres();
    let shared =
        || Place::new().with("SPORTELLO_DATABASE", database.url()).with("SPORTELLO_BUS", format!("kafka://{}", engines::kafka()));
    let places = [shared(), shared()];
    let running: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = places.iter().map(|place| scope.spawn(|| place.run(&["--roles", "identity"]))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    for process in &running {
        assert_eq!(process.get("/status").0, 200);
    }
    let topics = places[0].ask(&["topics", "list"]);
    for topic in ["applications", "payments", "documents", "messages", "retry_queue"] {
        assert!(topics.contains(&format!("\"{topic}\"")), "{topic} in {topics}");
    }
    let report = places[0].ask(&["doctor"]);
    assert!(report.contains("postgres://") && report.contains("kafka://"), "{report}");
    running.into_iter().for_each(|process| drop(process.stop()));
}
