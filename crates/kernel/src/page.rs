//! Pages of collections (developers' documentation, "GET e Navigazione").

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The paging parameters of a collection, as they come in the query string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PageQuery {
    /// First element, from 0.
    #[serde(default)]
    pub offset: Option<u64>,
    /// How many elements, 1 to [`PageQuery::MAX_LIMIT`]; 10 unless told.
    #[serde(default)]
    pub limit: Option<u64>,
    /// Field to order by; a leading `-` means descending.
    #[serde(default)]
    pub sort: Option<String>,
    /// Position after which to go on, as given by an earlier page.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What was wrong with the paging parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError(pub FieldError);

/// An order: a field and a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// One of the fields that the collection allows.
    pub field: &'static str,
    /// Largest first.
    pub descending: bool,
}

impl PageQuery {
    /// Elements on a page unless told.
    pub const DEFAULT_LIMIT: u64 = 10;
    /// Most elements on a page.
    pub const MAX_LIMIT: u64 = 100;
    /// Largest offset; beyond it use `cursor`.
    pub const MAX_OFFSET: u64 = 1_000_000_000;

    /// Offset and limit within their bounds.
    ///
    /// # Errors
    /// Names the parameter that is out of bounds.
    pub fn bounds(&self) -> Result<(u64, u64), PageError> {
        let offset = self.offset.unwrap_or(0);
        let limit = self.limit.unwrap_or(Self::DEFAULT_LIMIT);
        if offset > Self::MAX_OFFSET {
            return Err(PageError(FieldError::new("offset", "max", format!("Usare un valore fino a {}.", Self::MAX_OFFSET))));
        }
        if !(1..=Self::MAX_LIMIT).contains(&limit) {
            return Err(PageError(FieldError::new("limit", "range", format!("Usare un valore da 1 a {}.", Self::MAX_LIMIT))));
        }
        Ok((offset, limit))
    }

    /// The order asked for, if the collection allows it; `default` otherwise.
    ///
    /// # Errors
    /// Names the fields that are allowed.
    pub fn order(&self, allowed: &[&'static str], default: Sort) -> Result<Sort, PageError> {
        let Some(sort) = &self.sort else { return Ok(default) };
        let (name, descending) = sort.strip_prefix('-').map_or((sort.as_str(), false), |name| (name, true));
        match allowed.iter().find(|field| **field == name) {
            Some(field) => Ok(Sort { field, descending }),
            None => Err(PageError(FieldError::new("sort", "enum", format!("Ordinare per uno di: {}.", allowed.join(", "))))),
        }
    }
}

/// One page of a collection: `meta`, `links`, `data`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Where this page lies and how many elements there are.
    pub meta: PageMeta,
    /// Absolute URLs of this page and its neighbours.
    pub links: PageLinks,
    /// The elements.
    pub data: Vec<T>,
}

/// Where a page lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageMeta {
    /// Offset, limit and order of this page.
    pub page: PagePosition,
    /// How many elements the whole collection has.
    pub total: u64,
}

/// Offset, limit and order of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagePosition {
    /// First element, from 0.
    pub offset: u64,
    /// How many elements were asked for.
    pub limit: u64,
    /// The order, as in the query.
    pub sort: Option<String>,
}

/// Absolute URLs of a page and its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLinks {
    /// This page.
    #[serde(rename = "self")]
    pub this: String,
    /// The page before, if any.
    pub prev: Option<String>,
    /// The page after, if any.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Builds a page. `collection` is the absolute URL of the collection with its filters but without `offset` and `limit`.
    pub fn new(collection: &str, query: &PageQuery, offset: u64, limit: u64, total: u64, data: Vec<T>) -> Self {
        let join = if collection.contains('?') { '&' } else { '?' };
        let sort = query.sort.as_ref().map(|sort| format!("&sort={sort}")).unwrap_or_default();
        let url = |offset: u64| format!("{collection}{join}offset={offset}&limit={limit}{sort}");
        Self {
            meta: PageMeta { page: PagePosition { offset, limit, sort: query.sort.clone() }, total },
            links: PageLinks {
                this: url(offset),
                prev: (offset > 0).then(|| url(offset.saturating_sub(limit))),
                next: (offset.saturating_add(limit) < total).then(|| url(offset + limit)),
            },
            data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_linked_by_absolute_urls() {
        let query = PageQuery { sort: Some("-created_at".into()), ..PageQuery::default() };
        let page = Page::new("https://api.example.it/items?q=a", &query, 20, 10, 31, vec![1, 2]);
        assert_eq!(page.links.prev.unwrap(), "https://api.example.it/items?q=a&offset=10&limit=10&sort=-created_at");
        assert_eq!(page.links.next.unwrap(), "https://api.example.it/items?q=a&offset=30&limit=10&sort=-created_at");
        assert!(Page::new("https://api.example.it/items", &query, 30, 10, 31, vec![1]).links.next.is_none());
    }

    #[test]
    fn a_limit_out_of_bounds_says_the_bounds() {
        let query = PageQuery { limit: Some(0), ..PageQuery::default() };
        assert_eq!(query.bounds().unwrap_err().0.message, "Usare un valore da 1 a 100.");
    }

    #[test]
    fn only_allowed_fields_order() {
        let query = PageQuery { sort: Some("-secret".into()), ..PageQuery::default() };
        let default = Sort { field: "created_at", descending: true };
        assert!(query.order(&["created_at", "status"], default).is_err());
    }
}
