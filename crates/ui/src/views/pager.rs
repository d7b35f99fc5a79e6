//! Moving through a long list.

/// Where a list's page lies and its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pager {
    /// This page, from 1.
    pub page: u64,
    /// How many there are.
    pub pages: u64,
    /// The page before.
    pub prev: Option<String>,
    /// The page after.
    pub next: Option<String>,
}

impl Pager {
    /// Elements on a page.
    pub const SIZE: u64 = 20;

    /// The offset of a page that a visitor asked for; nonsense is the first.
    pub fn offset(page: Option<u64>) -> u64 {
        (page.unwrap_or(1).clamp(1, 1_000_000) - 1) * Self::SIZE
    }

    /// The pager of a list of `total` elements shown from `offset`. `address` is the list's, with its filters, without `page`.
    pub fn new(address: &str, offset: u64, total: u64) -> Self {
        let join = if address.contains('?') { '&' } else { '?' };
        let link = |page: u64| format!("{address}{join}page={page}");
        let (page, pages) = (offset / Self::SIZE + 1, total.div_ceil(Self::SIZE).max(1));
        Self { page, pages, prev: (page > 1).then(|| link(page - 1)), next: (page < pages).then(|| link(page + 1)) }
    }

    /// Whether there is anything to move to.
    pub fn many(&self) -> bool {
        self.pages > 1 || self.page > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_keep_the_filters() {
        let pager = Pager::new("/b/it/operatori?status=4000", 20, 45);
        assert_eq!((pager.page, pager.pages), (2, 3));
        assert_eq!(pager.prev.as_deref(), Some("/b/it/operatori?status=4000&page=1"));
        assert_eq!(pager.next.as_deref(), Some("/b/it/operatori?status=4000&page=3"));
        assert!(!Pager::new("/b", 0, 20).many());
        assert_eq!(Pager::offset(Some(u64::MAX)), 999_999 * 20);
        assert_eq!(Pager::offset(Some(0)), 0);
    }
}
