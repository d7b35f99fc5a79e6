//! What several pages show in the same way: an application, its payment, its messages, the answers of its form, pages of lists,
//! what a failed operation is about.

pub mod answers;
pub mod application;
pub mod invalid;
pub mod letter;
pub mod pager;
pub mod service;
pub mod sheet;
