//! Client data: what the browser says of who asked (§5.8.1).

use alloc::string::String;
use core::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::{Asked, PasskeyError, limits, spelled};
use crate::json;

/// What the authenticator was used for: the member `type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Create,
    Get,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// The members that are judged. Browsers add others, some of them only so that nobody relies on there being none.
#[derive(Default)]
pub(super) struct ClientData {
    kind: Option<String>,
    challenge: Option<String>,
    origin: Option<String>,
    cross_origin: bool,
    has_top_origin: bool,
}

impl ClientData {
    /// Reads strict JSON; two readers see the same in it, also in what is not judged.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PasskeyError> {
        Ok(json::parse_strict(bytes, limits::CLIENT_DATA_BYTES_MAX, "client data")?)
    }

    /// Demands that this is what was asked for, and by whom.
    pub(super) fn demand(&self, purpose: Purpose, asked: &Asked<'_>) -> Result<(), PasskeyError> {
        let found = self.kind.as_ref().ok_or(PasskeyError::NoMember("type"))?;
        if found != purpose.name() {
            return Err(PasskeyError::OtherType { found: found.clone(), expected: purpose.name() });
        }
        let challenge = self.challenge.as_ref().ok_or(PasskeyError::NoMember("challenge"))?;
        if *challenge != spelled(asked.challenge) {
            return Err(PasskeyError::OtherChallenge);
        }
        let found = self.origin.as_ref().ok_or(PasskeyError::NoMember("origin"))?;
        if found != asked.origin {
            return Err(PasskeyError::OtherOrigin { found: found.clone(), expected: asked.origin.into() });
        }
        // A browser names a top origin only if the page is framed by another site.
        if self.cross_origin || self.has_top_origin {
            return Err(PasskeyError::CrossOrigin);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ClientData {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ClientData;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ClientData, A::Error> {
        let mut data = ClientData::default();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "type" => data.kind = Some(members.next_value()?),
                "challenge" => data.challenge = Some(members.next_value()?),
                "origin" => data.origin = Some(members.next_value()?),
                "crossOrigin" => data.cross_origin = members.next_value()?,
                "topOrigin" => {
                    members.next_value::<Other>()?;
                    data.has_top_origin = true;
                }
                _ => {
                    members.next_value::<Other>()?;
                }
            }
        }
        Ok(data)
    }
}

/// A value that is read to its end and not kept: a string in it must be one, which serde's own way to ignore a value does
/// not look at.
struct Other;

impl<'de> Deserialize<'de> for Other {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Other {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(Self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<String, Self>()?.is_some() {}
        Ok(Self)
    }
}
