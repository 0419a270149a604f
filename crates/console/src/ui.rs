//! For whom a page is: language, calendar, hours and looks; who is signed in, and where they may go.

use std::{borrow::Borrow, fmt};

use askama::FastWritable;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use doors::{cookie, host::is_by_script};
use jiff::{Timestamp, tz::TimeZone};
use node::{
    callers::{
        Caller, Scope,
        sessions::{Seat, Session, is_made_up},
    },
    clock,
    node::Node,
    office::Listed,
};
use protocol::{
    date::Date,
    suite::{Entropy as _, SystemEntropy},
};
use texts::{
    Direction, Language, Message,
    dates::{self, Calendar},
    say,
};

use crate::{assets, party::in_language, words};

/// Names of the cookies in which a browser keeps what its user likes.
pub const LANGUAGE: &str = "mithaq_language";
pub const CALENDAR: &str = "mithaq_calendar";
pub const THEME: &str = "mithaq_theme";

/// As many drafts that wait are counted.
const WAITING_MAX: usize = 99;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// For whom a page is.
#[derive(Clone)]
pub struct Ui {
    /// The language.
    pub language: Language,
    /// The calendar.
    pub calendar: Calendar,
    /// How it looks: `light`, `dark`, or as the device does.
    pub theme: &'static str,
    /// Lets this page's own scripts run.
    pub nonce: String,
    /// The time of the node, milliseconds since 1970.
    pub now_ms: u64,
    /// The page, to come back to it.
    pub here: String,
    /// The agency's name.
    pub agency: String,
    /// Whether the agency is a made-up one.
    pub is_made_up: bool,
    /// Whether a script asked for the page, and nobody looks at it yet.
    pub is_by_script: bool,
    /// Who is signed in.
    pub me: Option<Me>,
    locale: String,
    zone: TimeZone,
}

/// Who is signed in.
#[derive(Clone)]
pub struct Me {
    /// The person's name.
    pub name: String,
    /// Two letters of it.
    pub initials: String,
    /// The role.
    pub role: String,
    /// The office.
    pub office: Option<String>,
    /// All places that the person has.
    pub seats: Vec<SeatShown>,
    /// Where the person may go.
    pub nav: Vec<Group>,
    /// Partners that are reached, of how many.
    pub reached: (usize, usize),
}

/// A place that a person has.
#[derive(Clone)]
pub struct SeatShown {
    /// How the form names it.
    pub value: String,
    /// What it is called.
    pub name: String,
    /// Whether the person sits there.
    pub is_taken: bool,
}

/// A part of the navigation.
#[derive(Clone)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// Its places.
    pub links: Vec<Link>,
}

/// A place in the navigation.
#[derive(Clone)]
pub struct Link {
    /// Where it leads.
    pub href: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// What it is called.
    pub name: String,
    /// How much waits there.
    pub count: Option<String>,
    /// Whether this is the page.
    pub is_here: bool,
}

/// Every page that navigation leads to: group, path, icon, message, and what one must be allowed to see it.
const PLACES: &[(&str, &str, &str, &str, Scope)] = &[
    ("nav-work", "/inbox", "inbox", "nav-inbox", Scope::RecordsRead),
    ("nav-work", "/requests", "send", "nav-requests", Scope::RecordsRead),
    ("nav-work", "/drafts", "pencil", "nav-drafts", Scope::DraftsRead),
    ("nav-work", "/correspondence", "message-square", "nav-correspondence", Scope::RecordsRead),
    ("nav-work", "/register", "list-checks", "nav-register", Scope::RecordsRead),
    ("nav-work", "/reviews", "eye", "nav-reviews", Scope::RecordsReview),
    ("nav-work", "/protection", "shield-alert", "nav-protection", Scope::ProtectionRead),
    ("nav-trust", "/agreements", "landmark", "nav-agreements", Scope::NodeRead),
    ("nav-trust", "/evidence", "fingerprint", "nav-evidence", Scope::NodeRead),
    ("nav-trust", "/audit", "history", "nav-audit", Scope::AuditRead),
    ("nav-trust", "/partners", "link", "nav-partners", Scope::NodeRead),
    ("nav-trust", "/administration", "settings", "nav-administration", Scope::NodeAdmin),
];

impl FromRequestParts<Node> for Ui {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, node: &Node) -> Result<Self, Self::Rejection> {
        let mut ui = Self::of_stranger(node, parts);
        if let (Some(caller), Some(session)) = (parts.extensions.get::<Caller>(), parts.extensions.get::<Session>()) {
            ui.sit(node, caller, session, &parts.headers);
        }
        Ok(ui)
    }
}

impl Ui {
    /// A page for whoever asks, signed in or not.
    pub fn of_stranger(node: &Node, parts: &mut Parts) -> Self {
        let headers = &parts.headers;
        let language = cookie::value(headers, LANGUAGE).and_then(|tag| Language::of_tag(&tag));
        let language = language.unwrap_or_else(|| accepted(headers));
        let mut nonce = [0; 16];
        SystemEntropy.fill(&mut nonce);
        let theme = match cookie::value(headers, THEME).as_deref() {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "",
        };
        let mut ui = Self {
            language,
            calendar: Calendar::Gregorian,
            theme,
            nonce: hex::encode(nonce),
            now_ms: clock::now_ms(),
            here: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            agency: in_language(&node.config.names, language),
            is_made_up: is_made_up(&node.config.country),
            is_by_script: is_by_script(headers),
            me: None,
            locale: String::new(),
            zone: TimeZone::get(&node.config.time_zone).unwrap_or(TimeZone::UTC),
        };
        ui.speak(language, &node.config.country, cookie::value(headers, CALENDAR).as_deref());
        ui
    }

    fn speak(&mut self, language: Language, country: &str, calendar: Option<&str>) {
        self.language = language;
        self.locale = locale(language, country);
        self.calendar = match calendar {
            Some("gregorian") => Calendar::Gregorian,
            Some("umm-al-qura") => Calendar::UmmAlQura,
            Some("solar-hijri") => Calendar::SolarHijri,
            _ if language == Language::Fa => Calendar::SolarHijri,
            _ if self.locale == "ar-SA" => Calendar::UmmAlQura,
            _ => Calendar::Gregorian,
        };
    }

    /// Makes it the page of whoever is signed in.
    fn sit(&mut self, node: &Node, caller: &Caller, session: &Session, headers: &HeaderMap) {
        let Some(person) = node.people.known(&session.person) else { return };
        let wanted = cookie::value(headers, LANGUAGE);
        if wanted.is_none()
            && let Some(first) = person.about.languages.first().and_then(|tag| Language::of_tag(tag))
        {
            self.speak(first, &node.config.country, cookie::value(headers, CALENDAR).as_deref());
            self.agency = in_language(&node.config.names, first);
        }
        let seat = &session.seat;
        let seats = Seat::of(&person).into_iter().map(|Seat { role, office }| SeatShown {
            value: format!("{}|{}", role.name(), office.as_deref().unwrap_or_default()),
            name: match &office {
                Some(office) => format!("{} · {office}", self.m(&words::role(role.name()))),
                None => self.m(&words::role(role.name())),
            },
            is_taken: seat.role == role && seat.office == office,
        });
        self.me = Some(Me {
            seats: seats.collect(),
            initials: initials(&person.about.name),
            name: person.about.name,
            role: self.m(&words::role(seat.role.name())),
            office: seat.office.clone(),
            nav: self.nav(node, caller),
            reached: reached(node, self.now_ms),
        });
    }

    fn nav(&self, node: &Node, caller: &Caller) -> Vec<Group> {
        let path = self.here.split('?').next().unwrap_or_default();
        let mut groups: Vec<(&str, Group)> = Vec::new();
        for (group, href, icon, name, scope) in PLACES {
            if caller.check(*scope).is_err() {
                continue;
            }
            let waits = || {
                let listed = Listed { waits_for_me: true, limit: Some(WAITING_MAX), ..Listed::default() };
                node.office.list(caller, &listed, |_, _| ()).map_or(0, |(rows, _)| rows.len())
            };
            let count = if *href == "/drafts" { waits() } else { 0 };
            let link = Link {
                href,
                icon,
                name: self.t(name),
                count: (count > 0).then(|| self.number(count)),
                is_here: path == *href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')),
            };
            match groups.iter_mut().find(|(known, _)| known == group) {
                Some((_, group)) => group.links.push(link),
                None => groups.push((group, Group { name: self.t(group), links: vec![link] })),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The direction of the language, as HTML writes it.
    pub const fn dir(&self) -> &'static str {
        match self.language.direction() {
            Direction::LeftToRight => "ltr",
            Direction::RightToLeft => "rtl",
        }
    }

    /// A text by the id of its message.
    pub fn t(&self, id: &'static str) -> String {
        Message::new(id).in_language(self.language)
    }

    /// A text with a number `count` in it.
    pub fn n(&self, id: &'static str, count: impl Borrow<usize>) -> String {
        Message::new(id).with("count", *count.borrow()).in_language(self.language)
    }

    /// A text with somebody else's text `what` in it.
    pub fn w(&self, id: &'static str, what: &str) -> String {
        Message::new(id).with("what", what).in_language(self.language)
    }

    /// A message in the reader's language.
    pub fn m(&self, message: &Message) -> String {
        message.in_language(self.language)
    }

    /// A number in the digits of the language.
    pub fn number(&self, number: impl Borrow<usize>) -> String {
        texts::number(self.language, i64::try_from(*number.borrow()).unwrap_or(i64::MAX))
    }

    /// The same of what is counted in 64 bits.
    pub fn number_u64(&self, number: u64) -> String {
        texts::number(self.language, i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// Where style, scripts and icons are.
    pub fn assets(&self) -> &'static str {
        assets::path()
    }

    /// An icon beside a text that says the same.
    pub fn icon(&self, name: &'static str) -> Icon {
        Icon { name, is_mirrored: false }
    }

    /// An icon that points somewhere: it is turned with the direction of the language.
    pub fn arrow(&self, name: &'static str) -> Icon {
        Icon { name, is_mirrored: true }
    }

    /// A day, as lists have it.
    pub fn day(&self, day: Date) -> String {
        self.written(day, dates::in_short)
    }

    /// A day in full, with the day of the week.
    pub fn day_in_full(&self, day: Date) -> String {
        self.written(day, dates::in_full)
    }

    fn written(&self, day: Date, write: fn(i32, u8, u8, &str, Calendar) -> Option<String>) -> String {
        let text = day.to_string();
        let mut parts = text.split('-');
        let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or_default();
        let (year, month, date) = (i32::from(next()), u8::try_from(next()), u8::try_from(next()));
        let (Ok(month), Ok(date)) = (month, date) else { return text };
        write(year, month, date, &self.locale, self.calendar).unwrap_or(text)
    }

    /// The day on which something was or will be, where the agency is.
    pub fn day_of(&self, ms: u64) -> String {
        local_date(self.zoned(ms)).map_or_else(String::new, |day| self.day(day))
    }

    /// Day and hour.
    pub fn moment(&self, ms: u64) -> String {
        format!("{} {}", self.day_of(ms), self.hour(ms))
    }

    /// Today in full, with the hour.
    pub fn today(&self) -> String {
        let now = self.zoned(self.now_ms);
        let zone = self.zone.iana_name().unwrap_or("UTC").to_owned();
        let day = local_date(now).map_or_else(String::new, |day| self.day_in_full(day));
        say!("today-is", day = day, hour = self.hour(self.now_ms), zone = zone).in_language(self.language)
    }

    /// The hour, `14:02`.
    pub fn hour(&self, ms: u64) -> String {
        let zoned = self.zoned(ms);
        let two = |number: i8| {
            let digits = texts::number(self.language, number.into());
            if number < 10 { format!("{}{digits}", texts::number(self.language, 0)) } else { digits }
        };
        format!("{}:{}", two(zoned.hour()), two(zoned.minute()))
    }

    /// As machines read a time.
    pub fn iso(&self, ms: u64) -> String {
        self.zoned(ms).strftime("%Y-%m-%dT%H:%M%:z").to_string()
    }

    fn zoned(&self, ms: u64) -> jiff::Zoned {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone())
    }

    /// How long until something is due, or since when it is late.
    pub fn remaining(&self, due_ms: u64) -> String {
        let is_late = due_ms < self.now_ms;
        let span = due_ms.abs_diff(self.now_ms);
        let (days, hours, minutes) = (span / DAY_MS, span % DAY_MS / HOUR_MS, span % HOUR_MS / MINUTE_MS);
        let number = |number: u64| self.number_u64(number);
        let (days_n, hours_n, minutes_n) = (number(days), number(hours), number(minutes));
        let message = match (is_late, days, hours) {
            (false, 0, 0) => say!("left-m", m = minutes_n),
            (true, 0, 0) => say!("late-m", m = minutes_n),
            (false, 0, _) => say!("left-hm", h = hours_n, m = minutes_n),
            (true, 0, _) => say!("late-hm", h = hours_n, m = minutes_n),
            (false, ..) => say!("left-dh", d = days_n, h = hours_n),
            (true, ..) => say!("late-dh", d = days_n, h = hours_n),
        };
        message.in_language(self.language)
    }

    /// The forms of [`Ui::remaining`] for the script that goes on counting: `{d}`, `{h}` and `{m}` are to be replaced.
    pub fn remaining_forms(&self) -> String {
        let forms = [
            say!("left-m", m = "{m}"),
            say!("left-hm", h = "{h}", m = "{m}"),
            say!("left-dh", d = "{d}", h = "{h}"),
            say!("late-m", m = "{m}"),
            say!("late-hm", h = "{h}", m = "{m}"),
            say!("late-dh", d = "{d}", h = "{h}"),
        ];
        forms.map(|form| form.in_language(self.language)).join("|")
    }

    /// The locale, for scripts.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// How long ago something was.
    pub fn ago(&self, ms: u64) -> String {
        let seconds =
            i64::try_from(ms).unwrap_or(i64::MAX).saturating_sub(i64::try_from(self.now_ms).unwrap_or(i64::MAX));
        self.m(&texts::times::from_now(seconds / 1000))
    }

    /// The languages that there are.
    pub fn languages(&self) -> &'static [Language] {
        Language::ALL
    }

    /// The calendars: how the form names one, what it is called, whether this is it.
    pub fn calendars(&self) -> [(&'static str, String, bool); 3] {
        let one = |value, id, calendar| (value, self.t(id), self.calendar == calendar);
        [
            one("gregorian", "calendar-gregorian", Calendar::Gregorian),
            one("umm-al-qura", "calendar-umm-al-qura", Calendar::UmmAlQura),
            one("solar-hijri", "calendar-solar-hijri", Calendar::SolarHijri),
        ]
    }

    /// The themes: how the form names one, what it is called, whether this is it.
    pub fn themes(&self) -> [(&'static str, String, bool); 3] {
        let one = |value, id| (value, self.t(id), self.theme == value);
        [one("", "theme-device"), one("light", "theme-light"), one("dark", "theme-dark")]
    }
}

/// An icon.
pub struct Icon {
    name: &'static str,
    is_mirrored: bool,
}

// The program's own names, so nothing in it needs to be escaped.
impl askama::filters::HtmlSafe for Icon {}

impl FastWritable for Icon {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        write!(out, "{self}").map_err(askama::Error::from)
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mirror = if self.is_mirrored { " mirror" } else { "" };
        write!(
            f,
            "<svg class=\"ic{mirror}\" aria-hidden=\"true\"><use href=\"{}icons.svg#{}\"/></svg>",
            assets::path(),
            self.name
        )
    }
}

/// The language that the browser likes best.
fn accepted(headers: &HeaderMap) -> Language {
    let fields = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    Language::accepted(&fields.collect::<Vec<_>>().join(","))
}

/// The locale of a language where the agency is: digits and names of months follow the region.
fn locale(language: Language, country: &str) -> String {
    let region = match (language, country) {
        (Language::Ar, "SYR") => "SY",
        (Language::Ar, "IRQ") => "IQ",
        (Language::Ar, "JOR") => "JO",
        (Language::Ar, "LBN") => "LB",
        (Language::Ar, "EGY") => "EG",
        (Language::Ar, _) => "SA",
        (Language::En, _) => "GB",
        (Language::Fa, "AFG") => "AF",
        (Language::Fa, _) => "IR",
        (Language::Tr, _) => "TR",
        (Language::Ur, _) => "PK",
    };
    format!("{}-{region}", language.tag())
}

fn local_date(zoned: jiff::Zoned) -> Option<Date> {
    Date::new(zoned.year(), zoned.month(), zoned.day()).ok()
}

/// The first letters of the first two words of a name, apart so that Arabic letters do not join.
pub fn initials(name: &str) -> String {
    let first = |word: &str| word.chars().find(|c| c.is_alphabetic()).map(String::from);
    let letters: Vec<String> = name.split_whitespace().filter_map(first).take(2).collect();
    let joins = letters.iter().any(|letter| letter.chars().any(|c| ('\u{600}'..='\u{6FF}').contains(&c)));
    letters.join(if joins { " " } else { "" })
}

/// Partners to whom the link works, of how many.
fn reached(node: &Node, now: u64) -> (usize, usize) {
    let links: Vec<bool> = node
        .channels()
        .iter()
        .flat_map(|handle| {
            let value = handle.value();
            value.partners().map(|partner| (handle.id(), partner)).collect::<Vec<_>>()
        })
        .map(|(channel, partner)| {
            let link = node.links.of(channel, partner);
            link.worked_ms.is_some() && link.problem.is_none() || link.problem.is_some() && !link.has_been_broken(now)
        })
        .collect();
    (links.iter().filter(|works| **works).count(), links.len())
}

#[cfg(test)]
impl Ui {
    /// A page of somebody at a made-up agency, for tests that render without a node.
    pub fn sample(language: Language) -> Self {
        let me = Me {
            name: "Nobody Real".to_owned(),
            initials: "NR".to_owned(),
            role: "-".to_owned(),
            office: None,
            seats: Vec::new(),
            nav: Vec::new(),
            reached: (0, 0),
        };
        let mut ui = Self {
            language,
            calendar: Calendar::Gregorian,
            theme: "",
            nonce: String::new(),
            now_ms: 1_767_225_600_000,
            here: "/".to_owned(),
            agency: String::new(),
            is_made_up: true,
            is_by_script: false,
            me: Some(me),
            locale: String::new(),
            zone: TimeZone::UTC,
        };
        ui.speak(language, "XAA", None);
        ui
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_is_said_in_two_units_and_as_the_script_goes_on_saying_it() {
        let ui = Ui::sample(Language::Ar);
        let clean = |text: String| text.replace(['\u{2068}', '\u{2069}'], "");
        assert_eq!(clean(ui.remaining(ui.now_ms + 4 * HOUR_MS + 20 * MINUTE_MS)), "بقي ٤ س ٢٠ د");
        assert_eq!(clean(Ui::sample(Language::En).remaining(ui.now_ms - 40 * MINUTE_MS)), "40 min late");
        for language in Language::ALL {
            let forms = Ui::sample(*language).remaining_forms();
            assert_eq!(forms.split('|').count(), 6, "{forms}");
            assert!(forms.contains("{d}") && forms.contains("{h}") && forms.contains("{m}"), "{forms}");
        }
    }

    #[test]
    fn letters_of_a_name_in_arabic_do_not_join() {
        assert_eq!(initials("Nobody Real (made up)"), "NR");
        assert_eq!(initials("نور علي"), "ن ع");
        assert_eq!(initials("  "), "");
    }
}
