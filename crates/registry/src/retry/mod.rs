//! The retry orchestrator (developers' documentation, "Sistema di Retry"): what a consumer could not deal with comes back to it, after
//! waits that a policy decides, until it is dealt with or the policy ends.
//!
//! ```text
//! any producer --> retry_queue --(failed)--> retryQueue_1m --(waiting)--> task, due in time --(reinsert)--> original topic
//!                       \--(policy ended)--> dead_letter_queue, and a dead letter
//! ```
//! Topics of waits that the policy no longer has are looked for at the start, and emptied too.
//!
//! Each arrow is one transaction: a restart neither loses a wait nor begins it anew. It knows nothing of what it carries but
//! `retry_meta`; every other member of the event, and its key, stay as they were written.

mod consume;
mod envelope;
mod policy;
mod reinsert;
pub mod waiting;

use jiff::SignedDuration;

use contracts::topic;
use runtime::{App, Consumer, Discovery, Retry, Role, Settings, Worker};

use crate::config::kept;
pub(crate) use envelope::{note_error, uncount};
pub use policy::{Policy, Wait};

/// Name of the role, of its consumers unless another is set, and of its tasks.
pub const ORCHESTRATOR: &str = "retry-orchestrator";

const FAILED: &str = "KAFKA_RETRY_TOPIC";
const PREFIX: &str = "KAFKA_RETRY_QUEUE_PREFIX";
const DEAD: &str = "SPORTELLO_RETRY_DEAD_LETTER_TOPIC";
/// What is said of a setting that is no name of a topic.
pub(crate) const NO_TOPIC: &str = "usare un nome di topic di lettere, cifre, punto, - e _, al massimo 249 caratteri";

/// Events that are put back at a time.
const REINSERTIONS: usize = 8;
/// When the cluster cannot be asked, or a commit fails, the reinsertion is tried again without end: an event is never given up for that.
const UNTIRING: Retry = Retry { first: SignedDuration::from_secs(1), longest: SignedDuration::from_secs(60), attempts: i64::MAX };

/// Settings of the orchestrator.
#[derive(Clone, Debug)]
pub struct Config {
    /// Waits between the attempts.
    pub policy: Policy,
    /// Consumer group, and name of the consumers.
    pub group: &'static str,
    /// Topic of the failed events.
    pub failed_topic: &'static str,
    /// What the names of the topics of waiting events begin with.
    pub wait_prefix: String,
    /// Topic of the events that are given up.
    pub dead_topic: String,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`. `group` is the consumer group when the orchestrator runs alone.
    pub(crate) fn read(settings: &mut Settings, group: Option<&'static str>, failed_topic: &'static str) -> Self {
        let config = Self {
            policy: settings.parse("KAFKA_DISPATCHER_POLICY", Policy::default(), "attese fra i tentativi (2x1m,1x2m,3x3m)"),
            group: group.unwrap_or(ORCHESTRATOR),
            failed_topic,
            wait_prefix: settings.text(PREFIX, topic::RETRY_WAIT_PREFIX, "prefisso dei topic di attesa"),
            dead_topic: settings.text(DEAD, topic::DEAD_LETTERS, "topic degli eventi che hanno esaurito i tentativi"),
        };
        // What is wrong with the name of the topic of failed events is told by whoever read it.
        let failed = config.failed_topic;
        if !config.policy.waits().all(|wait| is_topic(&config.wait_topic(wait))) {
            settings.reject(PREFIX, NO_TOPIC);
        } else if config.wait_of(failed).is_some() {
            settings.reject(PREFIX, format!("il topic {failed} è già in uso per {FAILED}: indicare un prefisso diverso"));
        }
        let dead = &config.dead_topic;
        if !is_topic(dead) {
            settings.reject(DEAD, NO_TOPIC);
        } else if let Some(taken) = config.retried_by(dead) {
            settings.reject(DEAD, format!("il topic {dead} è già in uso per {taken}: indicarne uno diverso"));
        }
        config
    }

    /// The setting by which the orchestrator has this topic for itself, if it has: nobody else may use it for anything else.
    pub(crate) fn setting_of(&self, topic: &str) -> Option<&'static str> {
        self.retried_by(topic).or_else(|| (topic == self.dead_topic).then_some(DEAD))
    }

    /// The same for the topics whose events are tried again.
    fn retried_by(&self, topic: &str) -> Option<&'static str> {
        if topic == self.failed_topic { Some(FAILED) } else { self.wait_of(topic).map(|_| PREFIX) }
    }

    /// The topic in which events wait for `wait`.
    fn wait_topic(&self, wait: &Wait) -> String {
        format!("{}{}", self.wait_prefix, wait.name)
    }

    /// The wait of the events in this topic, if it is one of waiting events: of this policy, or of one that was in force before and that
    /// somebody left events to.
    fn wait_of(&self, topic: &str) -> Option<Wait> {
        Wait::read(topic.strip_prefix(&self.wait_prefix)?)
    }
}

/// Whether Kafka takes this as the name of a topic.
pub(crate) fn is_topic(name: &str) -> bool {
    (1..=249).contains(&name.len())
        && ![".", ".."].contains(&name)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// The orchestrator as a role.
pub fn role(app: &App, config: Config) -> Role {
    let mut role = Role::new(ORCHESTRATOR);
    let (handle, read) = (app.clone(), config.clone());
    let failed = move |tx: &mut storage::Tx<'_>, event: &runtime::Event| consume::failed(&handle, &read, tx, event);
    role.consumers.push(Consumer::new(config.group, config.failed_topic, failed).by_place());
    role.consumers.extend(config.policy.waits().map(|wait| reader(app, &config, wait.clone())));
    let (handle, read) = (app.clone(), config.clone());
    role.discovery = Some(Discovery::new(move |topic| Some(reader(&handle, &read, read.wait_of(topic)?))));
    // Kafka does not take an event for a topic that it does not have, and those behind it would wait.
    role.topics.push(config.dead_topic.clone());
    let handle = app.clone();
    role.workers
        .push(Worker::new(ORCHESTRATOR, REINSERTIONS, UNTIRING, move |task| reinsert::run(handle.clone(), config.clone(), task)));
    role
}

/// The reader of the events that wait for `wait`.
fn reader(app: &App, config: &Config, wait: Wait) -> Consumer {
    let (group, topic) = (config.group, kept(config.wait_topic(&wait)));
    let (app, config) = (app.clone(), config.clone());
    let waiting = move |tx: &mut storage::Tx<'_>, event: &runtime::Event| consume::waiting(&app, &config, &wait, tx, event);
    Consumer::new(group, topic, waiting).by_place()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(pairs: &[(&str, &str)]) -> Vec<String> {
        let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::read(&mut settings, None, "retry_queue");
        settings.errors().into_iter().map(|error| error.name).collect()
    }

    #[test]
    fn the_topics_are_those_of_the_documentation() {
        let pairs = [("KAFKA_DISPATCHER_POLICY", "2x1m,1x2m,3x3m"), ("KAFKA_RETRY_QUEUE_PREFIX", "retryQueue_")];
        let mut settings = Settings::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = Config::read(&mut settings, None, "retry_queue");
        assert_eq!(settings.errors(), []);
        let topics: Vec<_> = config.policy.waits().map(|wait| config.wait_topic(wait)).collect();
        assert_eq!(topics, ["retryQueue_1m", "retryQueue_2m", "retryQueue_3m"]);
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        assert_eq!(mistakes(&[]), [""; 0]);
        assert_eq!(mistakes(&[("KAFKA_DISPATCHER_POLICY", "2x1")]), ["KAFKA_DISPATCHER_POLICY"]);
        assert_eq!(mistakes(&[("KAFKA_RETRY_QUEUE_PREFIX", "retry queue ")]), ["KAFKA_RETRY_QUEUE_PREFIX"]);
        for topic in ["retry_queue", "retryQueue_1m", "", "dead letters", "dead/letters"] {
            assert_eq!(mistakes(&[(DEAD, topic)]), [DEAD], "{topic}");
        }
        // The default policy has a wait of an hour.
        assert_eq!(mistakes(&[(PREFIX, "again"), (DEAD, "again1h")]), [DEAD]);
        assert_eq!(mistakes(&[(PREFIX, &"a".repeat(248))]), [PREFIX]);
    }
}
