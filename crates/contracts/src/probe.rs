//! Reading an event of which only the topic is known, to see whether somebody can.

use kernel::Unreadable;
use serde::de::DeserializeOwned;

use crate::applications::ApplicationV2;
use crate::documents::DocumentV1;
use crate::io_messages::IoMessageV1;
use crate::messages::MessageV1;
use crate::payments::{PaymentV1, PaymentV2, decode_accepted};
use crate::{Decoded, Event, decode};

/// What the event is to the program that reads the most versions of it; `None` for topics without a contract.
pub fn probe(topic: &str, payload: &str) -> Option<Result<Decoded<()>, Unreadable>> {
    Some(match topic {
        ApplicationV2::TOPIC => read::<ApplicationV2>(payload),
        DocumentV1::TOPIC => read::<DocumentV1>(payload),
        IoMessageV1::TOPIC => read::<IoMessageV1>(payload),
        MessageV1::TOPIC => read::<MessageV1>(payload),
        PaymentV2::TOPIC => decode_accepted(payload, &[PaymentV1::VERSION, PaymentV2::VERSION]).map(blank),
        _ => return None,
    })
}

fn read<E: Event + DeserializeOwned>(payload: &str) -> Result<Decoded<()>, Unreadable> {
    decode::<E>(payload).map(blank)
}

fn blank<E>(decoded: Decoded<E>) -> Decoded<()> {
    match decoded {
        Decoded::Event(_) => Decoded::Event(Box::new(())),
        Decoded::OtherVersion(version) => Decoded::OtherVersion(version),
    }
}
