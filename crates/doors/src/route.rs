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

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type in JSON Schema.
    pub kind: &'static str,
    /// What it says.
    pub about: &'static str,
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

    /// Names the query parameters.
    pub fn query(mut self, query: &'static [Param]) -> Self {
        self.about.query = query;
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
        let effect = if method == Method::GET { Effect::Reads } else { Effect::Acts };
        let about = About {
            method,
            path,
            scope,
            summary,
            query: &[],
            takes: H::takes(),
            gives: Some(H::gives()).filter(|form| !matches!(form, Form::Untold)).into_iter().collect(),
            socket_only: false,
            body_bytes_max: Some(limits::API_SMALL_BODY_BYTES_MAX),
            effect,
        };
        Self { about, handler: on(filter, handler) }
    }
}

impl About {
    /// Whether the audit log gets an entry: for whatever reads content or acts. Reading the state of the node, cards
    /// and agreements tells nothing of a person.
    pub fn is_audited(&self) -> bool {
        self.scope.is_some_and(|scope| scope != Scope::NodeRead)
    }
}

impl Param {
    /// A parameter that names a thing or a number.
    pub const fn new(name: &'static str, kind: &'static str, about: &'static str) -> Self {
        Self { name, kind, about, content: false }
    }

    /// A parameter that may hold words about people.
    pub const fn content(name: &'static str, about: &'static str) -> Self {
        Self { name, kind: "string", about, content: true }
    }
}
