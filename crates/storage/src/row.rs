//! Rows of an answer, the same for both engines.

use ::postgres::types::{FromSql, Type};
use kernel::{Money, RomeTime, Uuid};

use crate::value::POSTGRES_EPOCH_MICROS;
use crate::{Error, Result};

/// One row; columns are read by position, from 0.
pub enum Row<'a> {
    /// A row of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// A row of PostgreSQL.
    Postgres(&'a ::postgres::Row),
}

impl Row<'_> {
    /// The value of the column at `index`.
    ///
    /// # Errors
    /// [`Error::Defect`] when the column is of another type, or null and `T` is not an option.
    pub fn get<T: FromColumn>(&self, index: usize) -> Result<T> {
        T::from_column(self, index)
    }

    /// The text of the column at `index`, where it lies.
    ///
    /// # Errors
    /// [`Error::Defect`] when the column is no text, or null.
    pub fn text(&self, index: usize) -> Result<&str> {
        match self {
            Row::Sqlite(row) => row.get_ref(index)?.as_str().map_err(|error| Error::Defect(error.to_string())),
            Row::Postgres(row) => Ok(row.try_get::<_, PgText<'_>>(index)?.0),
        }
    }
}

/// What can be read from a column.
pub trait FromColumn: Sized {
    /// Reads the column at `index`.
    ///
    /// # Errors
    /// [`Error::Defect`] when the column is of another type.
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self>;
}

macro_rules! native {
    ($($type:ty),*) => {$(
        impl FromColumn for $type {
            fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => Ok(row.get(index)?),
                    Row::Postgres(row) => Ok(row.try_get(index)?),
                }
            }
        }
    )*};
}

native!(bool, i64, f64, Vec<u8>);

impl FromColumn for i32 {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
        i64::from_column(row, index)?.try_into().map_err(|_| Error::Defect(format!("column {index} does not fit 32 bits")))
    }
}

/// Text, whatever textual type the column has in PostgreSQL.
struct PgText<'a>(&'a str);

impl<'a> FromSql<'a> for PgText<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let raw = if *ty == Type::JSONB { raw.get(1..).unwrap_or_default() } else { raw };
        Ok(Self(std::str::from_utf8(raw)?))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::JSONB)
    }
}

impl FromColumn for String {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(index)?),
            Row::Postgres(row) => Ok(row.try_get::<_, PgText<'_>>(index)?.0.to_owned()),
        }
    }
}

impl FromColumn for Uuid {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => {
                let text = row.get_ref(index)?.as_str().map_err(|error| Error::Defect(error.to_string()))?;
                Uuid::parse_str(text).map_err(|error| Error::Defect(error.to_string()))
            }
            Row::Postgres(row) => Ok(row.try_get(index)?),
        }
    }
}

struct PgTime(i64);

impl<'a> FromSql<'a> for PgTime {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

impl FromColumn for RomeTime {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
        let micros = match row {
            Row::Sqlite(row) => row.get::<_, i64>(index)?,
            Row::Postgres(row) => row.try_get::<_, PgTime>(index)?.0 + POSTGRES_EPOCH_MICROS,
        };
        RomeTime::from_microsecond(micros).ok_or_else(|| Error::Defect(format!("column {index} is no instant: {micros}")))
    }
}

impl FromColumn for Money {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
        Money::from_cents(i64::from_column(row, index)?).map_err(|error| Error::Defect(error.to_string()))
    }
}

macro_rules! ids {
    ($($id:ident),* $(,)?) => {$(
        impl FromColumn for kernel::$id {
            fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
                Uuid::from_column(row, index).map(Self)
            }
        }
    )*};
}

ids!(ApplicationId, AttachmentId, DocumentId, EventId, MessageId, OfficeId, PaymentId, ServiceId, TenantId, UserId);

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
        let null = match row {
            Row::Sqlite(row) => row.get_ref(index)? == rusqlite::types::ValueRef::Null,
            Row::Postgres(row) => row.try_get::<_, IsNull>(index)?.0,
        };
        if null { Ok(None) } else { T::from_column(row, index).map(Some) }
    }
}

struct IsNull(bool);

impl<'a> FromSql<'a> for IsNull {
    fn from_sql(_: &Type, _: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(false))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(true))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
