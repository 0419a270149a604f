//! Whether the type of a body and its table of fields say the same.
//!
//! A type tells serde its fields and words when it is read. [`Probe`] is a reader that has no text: it hands out what the
//! table of fields says, and compares.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::{Field, Shape};

/// How a type and its table of fields differ.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Disagreement(String);

impl de::Error for Disagreement {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Whether bodies of type `T` are what the table says: the same fields in the same order, the same words in the same
/// order, and optional in both or in neither.
///
/// # Errors
/// The first difference.
pub fn agree<T: DeserializeOwned>(fields: &'static [Field]) -> Result<(), Disagreement> {
    let body = At::Table(fields);
    T::deserialize(Probe { at: body, optional: false, all: true })?;
    T::deserialize(Probe { at: body, optional: false, all: false })?;
    Ok(())
}

/// A value that is read from the table.
#[derive(Clone, Copy)]
struct Probe {
    at: At,
    /// Whether it may be left out.
    optional: bool,
    /// Whether fields that may be left out are there.
    all: bool,
}

#[derive(Clone, Copy)]
enum At {
    Table(&'static [Field]),
    Value(&'static Shape),
}

impl Probe {
    fn inner(self, at: At) -> Self {
        Self { at, optional: false, ..self }
    }

    fn differ<T: fmt::Debug>(self, kind: &str, of_type: &[T], of_table: &[T]) -> Disagreement {
        Disagreement(format!("{kind} of the type are {of_type:?}, those of the table {of_table:?}"))
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Disagreement;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Disagreement> {
        let items = |at, min: usize| {
            let count = if self.all { min.max(1) } else { min };
            std::iter::repeat_n(self.inner(at), count)
        };
        match self.at {
            At::Table(fields) => {
                let there = fields.iter().filter(|field| self.all || field.required);
                let members = there.map(|field| {
                    let at = At::Value(&field.shape);
                    (field.name, Probe { at, optional: !field.required, all: self.all })
                });
                visitor.visit_map(de::value::MapDeserializer::new(members))
            }
            At::Value(Shape::Tables(fields, min, _)) => {
                visitor.visit_seq(de::value::SeqDeserializer::new(items(At::Table(fields), *min)))
            }
            At::Value(Shape::List(item, min, _)) => {
                visitor.visit_seq(de::value::SeqDeserializer::new(items(At::Value(item), *min)))
            }
            At::Value(shape) => visitor.visit_str(shape.sample()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Disagreement> {
        if !self.optional {
            return Err(de::Error::custom("the type lets a field be left out that the table demands"));
        }
        visitor.visit_some(Self { optional: false, ..self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        of_type: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Disagreement> {
        let fields = match self.at {
            At::Table(fields) => fields,
            At::Value(Shape::Table(fields)) => *fields,
            At::Value(_) => return Err(de::Error::custom("the type has a table where the fields have none")),
        };
        let of_table: Vec<&str> = fields.iter().map(|field| field.name).collect();
        if of_type != of_table {
            return Err(self.differ("the fields", of_type, &of_table));
        }
        Self { at: At::Table(fields), ..self }.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        of_type: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Disagreement> {
        let At::Value(shape @ Shape::OneOf(of_table)) = self.at else {
            return Err(de::Error::custom("the type has words where the fields have none"));
        };
        if of_type != *of_table {
            return Err(self.differ("the words", of_type, of_table));
        }
        visitor.visit_enum(IntoDeserializer::<Disagreement>::into_deserializer(shape.sample()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Disagreement> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Disagreement> for Probe {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const FIELDS: &[Field] = &[
        Field::required("subject", Shape::Line(9), ""),
        Field::optional("sort", Shape::OneOf(&["in", "out"]), ""),
        Field::optional("part", Shape::Tables(&[Field::required("day", Shape::Day, "")], 0, 9), ""),
    ];

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Sort {
        In,
        Out,
    }

    macro_rules! differs {
        ($part:tt, $body:tt) => {{
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            #[expect(dead_code, reason = "only what serde is told of the fields matters")]
            struct Part $part
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            #[expect(dead_code, reason = "only what serde is told of the fields matters")]
            struct Body $body
            agree::<Body>(FIELDS).err().map(|difference| difference.to_string()).unwrap_or_default()
        }};
    }

    #[test]
    fn every_difference_is_found_at_every_depth() {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Other {
            In,
            Through,
        }
        assert_eq!(
            differs!({ day: String }, { subject: String, sort: Option<Sort>, #[serde(default)] part: Vec<Part> }),
            ""
        );
        for (found, says) in [
            (differs!({ day: String }, { sort: Option<Sort>, subject: String, part: Vec<Part> }), "the fields of"),
            (differs!({ day: String }, { subject: String, sort: Option<Sort> }), "the fields of"),
            (differs!({ date: String }, { subject: String, sort: Option<Sort>, part: Vec<Part> }), "the fields of"),
            (differs!({ day: String }, { subject: String, sort: Option<Other>, part: Vec<Part> }), "the words of"),
            (differs!({ day: String }, { subject: Sort, sort: Option<Sort>, part: Vec<Part> }), "the type has words"),
            (differs!({ day: String }, { subject: Part, sort: Option<Sort>, part: Vec<Part> }), "the type has a table"),
            (differs!({ day: u64 }, { subject: String, sort: Option<Sort>, part: Vec<Part> }), "invalid type"),
            (differs!({ day: Option<String> }, { subject: String, sort: Option<Sort>, part: Vec<Part> }), "demands"),
            (differs!({ day: String }, { subject: Option<String>, sort: Option<Sort>, part: Vec<Part> }), "demands"),
            (differs!({ day: String }, { subject: String, sort: Sort, #[serde(default)] part: Vec<Part> }), "missing"),
            (differs!({ day: String }, { subject: String, sort: Option<Sort>, part: Vec<Part> }), "missing field"),
        ] {
            assert!(found.contains(says), "{found:?} is not about {says:?}");
        }
    }
}
