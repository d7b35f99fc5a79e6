//! Parameters of a statement, the same for both engines.

use std::error::Error as StdError;

use ::postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use bytes::{BufMut, BytesMut};
use kernel::{Money, RomeTime, Uuid};
use rusqlite::types::{ToSqlOutput, ValueRef};

/// Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
pub(crate) const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// One parameter. In SQLite an identifier is text, an instant an integer of microseconds, JSON text; in PostgreSQL they are `uuid`,
/// `timestamptz` and `jsonb` (or `text`, if the column is).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Param<'a> {
    /// No value, of whatever type.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An identifier.
    Uuid(Uuid),
    /// An instant to the microsecond.
    Time(RomeTime),
}

/// What can be a parameter.
pub trait ToParam {
    /// The value as a parameter.
    fn to_param(&self) -> Param<'_>;
}

/// Parameters of a statement, in the order of `$1`, `$2` ...
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::ToParam::to_param(&$value)),*] };
}

macro_rules! to_param {
    ($($type:ty => |$value:ident| $param:expr),* $(,)?) => {$(
        impl ToParam for $type {
            fn to_param(&self) -> Param<'_> {
                let $value = self;
                $param
            }
        }
    )*};
}

to_param! {
    bool => |v| Param::Bool(*v),
    i64 => |v| Param::Int(*v),
    i32 => |v| Param::Int((*v).into()),
    u32 => |v| Param::Int((*v).into()),
    u16 => |v| Param::Int((*v).into()),
    f64 => |v| Param::Real(*v),
    str => |v| Param::Text(v),
    String => |v| Param::Text(v),
    [u8] => |v| Param::Bytes(v),
    Vec<u8> => |v| Param::Bytes(v),
    Uuid => |v| Param::Uuid(*v),
    RomeTime => |v| Param::Time(*v),
    Money => |v| Param::Int(v.cents()),
}

macro_rules! ids_to_param {
    ($($id:ident),* $(,)?) => {$(
        impl ToParam for kernel::$id {
            fn to_param(&self) -> Param<'_> {
                Param::Uuid(self.0)
            }
        }
    )*};
}

ids_to_param!(ApplicationId, AttachmentId, DocumentId, EventId, MessageId, OfficeId, PaymentId, ServiceId, TenantId, UserId);

impl<T: ToParam + ?Sized> ToParam for &T {
    fn to_param(&self) -> Param<'_> {
        (**self).to_param()
    }
}

impl<T: ToParam> ToParam for Option<T> {
    fn to_param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, ToParam::to_param)
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match *self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Bool(value) => ToSqlOutput::Owned(i64::from(value).into()),
            Self::Int(value) => ToSqlOutput::Owned(value.into()),
            Self::Real(value) => ToSqlOutput::Owned(value.into()),
            Self::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Self::Uuid(value) => ToSqlOutput::Owned(value.to_string().into()),
            Self::Time(value) => ToSqlOutput::Owned(value.as_microsecond().into()),
        })
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match *self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Bool(value) => return value.to_sql(ty, out),
            Self::Real(value) => return value.to_sql(ty, out),
            Self::Bytes(value) => return value.to_sql(ty, out),
            Self::Uuid(value) if *ty == Type::UUID => return value.to_sql(ty, out),
            Self::Uuid(value) => return value.to_string().to_sql(ty, out),
            Self::Int(value) if *ty == Type::INT4 => out.put_i32(i32::try_from(value)?),
            Self::Int(value) if *ty == Type::INT2 => out.put_i16(i16::try_from(value)?),
            Self::Int(value) => return value.to_sql(ty, out),
            Self::Time(value) => out.put_i64(value.as_microsecond() - POSTGRES_EPOCH_MICROS),
            Self::Text(value) => {
                if *ty == Type::JSONB {
                    out.put_u8(1);
                }
                out.put_slice(value.as_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        // The server knows the column's type; a parameter that does not fit is refused by it.
        true
    }

    to_sql_checked!();
}
