//! Whole-system scenarios: see `tests/it`. This library is empty.
