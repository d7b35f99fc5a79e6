//! Every statement of the connector.

pub mod clients;
pub mod configs;
pub mod eservices;
pub mod keys;
pub mod records;
pub mod tenants;

/// One page of rows and how many there are.
pub type Listed<T> = storage::Result<(u64, Vec<T>)>;

/// The end of a statement that reads one page in an order that the caller has allowed.
fn paging(sort: &kernel::Sort, offset: u64, limit: u64) -> String {
    let direction = if sort.descending { "DESC" } else { "ASC" };
    format!("ORDER BY {} {direction}, id {direction} LIMIT {limit} OFFSET {offset}", sort.field)
}
