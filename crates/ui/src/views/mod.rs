//! What several pages show in the same way: an application, its payment, its messages, the answers of its form, pages of lists.

pub mod answers;
pub mod application;
pub mod invalid;
pub mod pager;
pub mod service;
pub mod sheet;
