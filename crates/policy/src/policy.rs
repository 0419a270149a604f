//! A policy: an agreement's clauses and the floor, compiled to Cedar.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use cedar_policy::{Authorizer, Entities, PolicyId, PolicySet, Request};
use protocol::agreement::Agreement;

use crate::clauses::{self, Weakens};
use crate::facts::Facts;
use crate::floor::{self, Aspect, State};
use crate::inputs::{ACTION, Inputs, KIND, PARTY, Reads, uid};
use crate::limits::DECISIONS_KEPT_MAX;
use crate::refusal::{Reason, Refusal, Source};
use crate::words::Words;

/// One version of an agreement with the floor beneath it, ready to decide.
///
/// A record is decided by slices: that of its clause, and the floor's, one for each aspect. Each slice keeps what it decided
/// once, by everything that it reads and nothing else; so what one rule cares for is no new question to the others.
pub struct Policy {
    /// A slice for each clause, in the agreement's order.
    clauses: Vec<Slice>,
    /// The slice of records that name no clause of the agreement.
    without_clause: Slice,
}

/// What becomes of a record.
///
/// The public part is the same whatever the protection register holds; only it may be exported. The local part is for the
/// protection officer and the auditor of this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may cross; if not, which rule or clause says so, and why.
    pub public: Result<(), Refusal>,
    /// The hidden rule that holds it back, if one does. It shows nowhere outside this node.
    pub held: Option<&'static str>,
}

impl Decision {
    /// It may cross.
    pub const ALLOWED: Self = Self { public: Ok(()), held: None };
}

impl Policy {
    /// Compiles an agreement when it comes into force.
    ///
    /// # Errors
    /// The clauses that weaken the floor, each with the rule (AGR-02).
    pub fn compile(agreement: &Agreement) -> Result<Self, Weakens> {
        clauses::check(agreement)?;
        Ok(Self {
            clauses: agreement.clauses.iter().map(|clause| clause_slice(&clauses::cedar(agreement, clause))).collect(),
            without_clause: clause_slice(""),
        })
    }

    /// Decides a record. The first rule in the floor's order that refuses gives the reason; the clause's own demands come
    /// last.
    ///
    /// Protocol records (`mithaq.*`) are always allowed: without them nothing could be erased after an agreement's end.
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        if facts.header.is_protocol() {
            return Decision::ALLOWED;
        }
        let verdict = self.verdict(&Inputs::of(facts), facts);
        Decision {
            public: verdict.public.map_or(Ok(()), |said| Err(said.refusal(facts))),
            held: verdict.held.and_then(|said| said.hidden),
        }
    }

    /// The first rule that forbids: of the public ones, and of the hidden ones.
    fn verdict(&self, inputs: &Inputs, facts: &Facts<'_>) -> Verdict {
        let clause = inputs.clause.and_then(|place| self.clauses.get(usize::from(place)));
        let clause = clause.unwrap_or(&self.without_clause).verdict(inputs, facts);
        FLOOR.iter().fold(clause, |before, (_, slice)| before.or_earlier(slice.verdict(inputs, facts)))
    }
}

/// What was decided on inputs.
#[derive(Debug, Clone, Default)]
struct Verdict {
    public: Option<Arc<Said>>,
    held: Option<Arc<Said>>,
}

impl Verdict {
    /// Of two slices' verdicts on one record, what comes first in the floor's order.
    fn or_earlier(self, other: Self) -> Self {
        let first = |one: Option<Arc<Said>>, other| one.into_iter().chain(other).min_by_key(|said| said.rank);
        Self { public: first(self.public, other.public), held: first(self.held, other.held) }
    }

    /// The validator has seen every policy, so this does not happen; if it does, nothing crosses.
    fn undecided(problem: String) -> Self {
        let said = Said {
            rank: 0,
            rule: Source::Floor("AGR-01"),
            hidden: None,
            reason: Reason::Undecided,
            field: None,
            // What Cedar says may have braces, which would be names here.
            say: format!("The rules could not be evaluated: {}.", problem.replace(['{', '}'], "'")),
        };
        Self { public: Some(Arc::new(said)), held: None }
    }
}

/// Policies that are evaluated and remembered together.
struct Slice {
    set: PolicySet,
    said: HashMap<PolicyId, Arc<Said>>,
    /// What its policies read. They are shown nothing else, so what is kept cannot depend on more than its key.
    reads: Reads,
    /// Verdicts by what the slice reads.
    kept: RwLock<HashMap<Inputs, Verdict>>,
    evaluated: AtomicU64,
}

/// What a policy says if it forbids.
#[derive(Debug)]
struct Said {
    rank: usize,
    rule: Source,
    hidden: Option<&'static str>,
    reason: Reason,
    field: Option<String>,
    say: String,
}

impl Said {
    fn refusal(&self, facts: &Facts<'_>) -> Refusal {
        Refusal {
            rule: self.rule.clone(),
            reason: self.reason,
            field: self.field.clone(),
            message: Words::filled(&self.say, facts),
        }
    }
}

/// The floor's slices, by aspect. All agreements share them.
static FLOOR: LazyLock<Vec<(Aspect, Slice)>> = LazyLock::new(|| {
    Aspect::ALL
        .into_iter()
        .map(|aspect| {
            let mut slice = Slice::open();
            for rule in floor::RULES {
                if let State::Cedar { aspect: of, hidden, text, .. } = rule.state
                    && of == aspect
                {
                    slice.add(text, rule.id, hidden);
                }
            }
            (aspect, slice)
        })
        .collect()
});

/// The slice of a clause: AGR-01 and what the clause is compiled to.
fn clause_slice(compiled: &str) -> Slice {
    let mut slice = Slice::open();
    slice.add(floor::AGR_01, "AGR-01", false);
    slice.add(compiled, "", false);
    slice
}

impl Slice {
    fn verdict(&self, inputs: &Inputs, facts: &Facts<'_>) -> Verdict {
        let inputs = self.reads.of(inputs);
        if let Some(kept) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&inputs) {
            return kept.clone();
        }
        let verdict = self.judge(&inputs, facts).unwrap_or_else(Verdict::undecided);
        self.evaluated.fetch_add(1, Ordering::Relaxed);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= DECISIONS_KEPT_MAX {
            kept.clear();
        }
        kept.insert(inputs, verdict.clone());
        verdict
    }

    /// Asks Cedar. `facts` give only names to what the inputs hold as places.
    fn judge(&self, inputs: &Inputs, facts: &Facts<'_>) -> Result<Verdict, String> {
        let known = |place: Option<u16>, name| if place.is_some() { name } else { "" };
        let request = Request::new(
            uid(&PARTY, known(inputs.author, facts.author)),
            uid(&ACTION, if inputs.receiver { "receive" } else { "send" }),
            uid(&KIND, known(inputs.kind, facts.header.kind.as_str())),
            inputs.context(&self.reads)?,
            None,
        )
        .map_err(|error| error.to_string())?;
        let response = Authorizer::new().is_authorized(&request, &self.set, &Entities::empty());
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        if response.decision() == cedar_policy::Decision::Allow {
            return Ok(Verdict::default());
        }
        let said: Vec<&Arc<Said>> = response.diagnostics().reason().filter_map(|id| self.said.get(id)).collect();
        let first = |hidden| {
            said.iter()
                .filter(|said| said.hidden.is_some() == hidden)
                .min_by_key(|said| said.rank)
                .map(|said| Arc::clone(said))
        };
        Ok(Verdict { public: first(false), held: first(true) })
    }

    /// Allows everything that no policy of the slice forbids.
    fn open() -> Self {
        let mut slice = Self {
            set: PolicySet::new(),
            said: HashMap::new(),
            reads: Reads::NOTHING,
            kept: RwLock::default(),
            evaluated: AtomicU64::new(0),
        };
        slice.add("permit (principal, action, resource);", "open", false);
        slice
    }

    /// Adds the policies of a rule's file, or of a clause, whose policies name rule or clause themselves.
    #[expect(
        clippy::expect_used,
        reason = "the texts are constants of this crate or compiled from checked codes; tests \
                                            parse and validate them"
    )]
    fn add(&mut self, text: &str, rule: &'static str, hidden: bool) {
        let parsed = PolicySet::from_str(text).expect("the floor and compiled clauses parse");
        self.reads.add(text);
        let mut policies: Vec<_> = parsed.policies().collect();
        // Cedar names what it parses policy0, policy1 … and keeps it in no order.
        policies.sort_by_key(|policy| {
            let number = policy.id().to_string();
            number.trim_start_matches("policy").parse::<usize>().unwrap_or(0)
        });
        for policy in policies {
            let named = policy.annotation("rule").unwrap_or(rule);
            let place = floor::RULES.iter().position(|known| known.id == named);
            let known = place.and_then(|place| floor::RULES.get(place));
            let id = PolicyId::new(format!("{named}/{}", self.said.len()));
            if let Some(say) = policy.annotation("say") {
                let said = Said {
                    rank: known
                        .map_or(floor::RANK_OF_CLAUSES, floor::Rule::rank)
                        .saturating_mul(100)
                        .saturating_add(self.said.len()),
                    rule: match (policy.annotation("clause"), known) {
                        (Some(clause), _) => Source::Clause(clause.to_owned()),
                        (None, known) => Source::Floor(known.map_or("AGR-01", |rule| rule.id)),
                    },
                    hidden: known.filter(|_| hidden).map(|rule| rule.id),
                    reason: policy.annotation("reason").and_then(Reason::from_name).unwrap_or(Reason::Undecided),
                    field: policy.annotation("field").map(str::to_owned),
                    say: say.to_owned(),
                };
                self.said.insert(id.clone(), Arc::new(said));
            }
            self.set.add(policy.new_id(id)).expect("every policy has its own number");
        }
    }
}

#[cfg(test)]
mod tests;
