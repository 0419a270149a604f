//! A route of the agency's port: where it is, what it needs, what it takes and gives, and its handler. What the handler's
//! own types say of its bodies is not said again.
//!
//! The description of the API, the check of rights and the audit log all read this one value.

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};
use node::{callers::Scope, limits, node::Node};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::form::{Form, Told};

/// A route with its handler.
pub struct Route {
    /// What everybody but the router reads.
    pub about: About,
    pub(crate) handler: MethodRouter<Node>,
}

/// What a route is.
#[derive(Debug, Clone)]
pub struct About {
    /// Its method.
    pub method: Method,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// The scope that it needs; `None` answers anybody on the machine.
    pub scope: Option<Scope>,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Its query parameters.
    pub query: &'static [Param],
    /// Its headers, beside those that many routes have.
    pub headers: &'static [Param],
    /// The form of the request's body.
    pub takes: Form,
    /// The forms that a successful answer can have.
    pub gives: Vec<Form>,
    /// Whether it answers at the socket only, whatever the token.
    pub socket_only: bool,
    /// The largest body of a request.
    pub body_bytes_max: Option<usize>,
    /// What the audit log must hold before it is done.
    pub effect: Effect,
}

/// What a route does, as far as the audit log must know before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing: its entry is there before anything is shown.
    Reads,
    /// It changes something: an entry says that it begins, another how it ended.
    Acts,
    /// What it changes is written in one transaction with its entry.
    WritesItsEntry,
}

/// A parameter of the query, or a header.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type in JSON Schema.
    pub kind: &'static str,
    /// What it says.
    pub about: &'static str,
    /// Whether nothing can be asked without it.
    pub required: bool,
    /// The words that it can be, if it is one of some.
    pub words: Option<fn() -> Vec<String>>,
    /// Whether it may hold words about people, as a search does: then the audit log keeps a keyed digest of it.
    pub content: bool,
}

impl Route {
    /// A route that reads.
    pub fn get<H, T>(path: &'static str, scope: impl Into<Option<Scope>>, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Node> + Told<T>,
        T: 'static,
    {
        Self::new((Method::GET, MethodFilter::GET), path, scope.into(), summary, handler)
    }

    /// A route that acts.
    pub fn post<H, T>(path: &'static str, scope: Scope, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Node> + Told<T>,
        T: 'static,
    {
        Self::new((Method::POST, MethodFilter::POST), path, Some(scope), summary, handler)
    }

    /// A route that takes a stream up.
    pub fn put<H, T>(path: &'static str, scope: Scope, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Node> + Told<T>,
        T: 'static,
    {
        Self::new((Method::PUT, MethodFilter::PUT), path, Some(scope), summary, handler)
    }

    /// A page for people, or an act on one. Its form is HTML's, and the API's description has nothing of it.
    pub fn page<H, T>(
        method: Method,
        path: &'static str,
        scope: impl Into<Option<Scope>>,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Node>,
        T: 'static,
    {
        let is_read = method == Method::GET;
        let filter = if is_read { MethodFilter::GET } else { MethodFilter::POST };
        let about = About {
            effect: if is_read { Effect::Reads } else { Effect::Acts },
            ..About::new(method, path, scope.into(), summary)
        };
        Self { about, handler: on(filter, handler) }
    }

    /// Names the query parameters.
    pub fn query(mut self, query: &'static [Param]) -> Self {
        self.about.query = query;
        self
    }

    /// Names the headers that it reads.
    pub fn headers(mut self, headers: &'static [Param]) -> Self {
        self.about.headers = headers;
        self
    }

    /// Says what the request's body is, where the handler's types do not.
    pub fn takes(mut self, form: Form) -> Self {
        self.about.takes = form;
        self
    }

    /// Says what a successful answer is or can be, where the handler's types do not.
    pub fn gives(mut self, form: Form) -> Self {
        self.about.gives.push(form);
        self
    }

    /// Changes nothing, though its request has a body.
    pub fn reads(mut self) -> Self {
        self.about.effect = Effect::Reads;
        self
    }

    /// Writes its entry in the audit log with what it changes.
    pub fn writes_its_entry(mut self) -> Self {
        self.about.effect = Effect::WritesItsEntry;
        self
    }

    /// Answers at the socket only.
    pub fn socket_only(mut self) -> Self {
        self.about.socket_only = true;
        self
    }

    /// Takes bodies up to this length; `None` streams without an end.
    pub fn body_max(mut self, bytes: Option<usize>) -> Self {
        self.about.body_bytes_max = bytes;
        self
    }

    fn new<H, T>(
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        scope: Option<Scope>,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Node> + Told<T>,
        T: 'static,
    {
        let about = About {
            takes: H::takes(),
            gives: Some(H::gives()).filter(|form| !matches!(form, Form::Untold)).into_iter().collect(),
            ..About::new(method, path, scope, summary)
        };
        Self { about, handler: on(filter, handler) }
    }
}

impl About {
    fn new(method: Method, path: &'static str, scope: Option<Scope>, summary: &'static str) -> Self {
        let effect = if method == Method::GET { Effect::Reads } else { Effect::Acts };
        Self {
            method,
            path,
            scope,
            summary,
            query: &[],
            headers: &[],
            takes: Form::Untold,
            gives: Vec::new(),
            socket_only: false,
            body_bytes_max: Some(limits::API_SMALL_BODY_BYTES_MAX),
            effect,
        }
    }

    /// Whether the audit log gets an entry: for whatever reads content or acts. Reading the state of the node, cards
    /// and agreements tells nothing of a person.
    pub fn is_audited(&self) -> bool {
        self.scope.is_some_and(|scope| scope != Scope::NodeRead)
    }
}

impl Param {
    /// A parameter that names a thing or a number.
    pub const fn new(name: &'static str, kind: &'static str, about: &'static str) -> Self {
        Self { name, kind, about, required: false, words: None, content: false }
    }

    /// A parameter that may hold words about people.
    pub const fn content(name: &'static str, about: &'static str) -> Self {
        Self { content: true, ..Self::new(name, "string", about) }
    }

    /// A parameter that is one of the words of a type.
    pub const fn word<T: JsonSchema>(name: &'static str, about: &'static str) -> Self {
        Self { words: Some(words_of::<T>), ..Self::new(name, "string", about) }
    }

    /// One without which nothing can be asked.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// The words that the schema of a type lists.
fn words_of<T: JsonSchema>() -> Vec<String> {
    let schema = T::json_schema(&mut SchemaGenerator::default());
    let listed = |name: &str| schema.get(name).and_then(Value::as_array).into_iter().flatten();
    let alone = listed("enum").chain(listed("oneOf").filter_map(|choice| choice.get("const")));
    // Variants that no text describes stand together.
    let together = listed("oneOf").filter_map(|choice| choice.get("enum")?.as_array()).flatten();
    alone.chain(together).filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
