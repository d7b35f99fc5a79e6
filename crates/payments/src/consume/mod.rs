//! What payments do with the events that they read: one file per reader.

pub mod dispatcher;
pub mod people;
pub mod proxy;
pub mod read_model;
pub mod updater;
