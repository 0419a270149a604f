//! The service, what is begun there, and what comes back.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::{constant_time, digest};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use form_urlencoded::byte_serialize;
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};
use zeroize::Zeroizing;

use crate::{
    Account, Error,
    http::{Asker, is_allowed},
    token,
};

/// How long what the service says of itself is believed without asking again.
const METADATA_FRESH: Duration = Duration::from_secs(300);

/// How long it is believed that the service does not say it: whoever comes meanwhile is told the same, and the service is left alone.
const FAILURE_FRESH: Duration = Duration::from_secs(5);

/// What an operator says of the service.
pub struct Settings {
    /// Its name, an address: `https://login.agency.example`.
    pub issuer: String,
    /// By which it knows this node.
    pub client_id: String,
    /// What this node shows it; nothing for a client that is public to it.
    pub secret: Option<Zeroizing<String>>,
    /// One of these must be how the person was proven there (`acr`); nothing where the service alone decides.
    pub acr: Vec<String>,
    /// Whose certificates it has: a PEM file.
    pub roots_pem: Vec<u8>,
}

/// An OpenID provider of the agency's own.
pub struct Service {
    settings: Settings,
    asker: Asker,
    /// What it said when it was asked last. Held while it is asked: many who come at once ask it once.
    metadata: Mutex<Option<Said>>,
}

/// What the service said of itself, or why it said nothing of use, and when.
type Said = (Instant, Result<Arc<Metadata>, Error>);

/// Random bytes for one sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// By which the way back is known.
    pub state: [u8; 32],
    /// By which the token is known to be of this sign-in.
    pub nonce: [u8; 32],
    /// By which the code is of use to nobody else.
    pub verifier: [u8; 32],
}

/// What was begun: kept by whoever asked until the browser comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    redirect: String,
}

/// What the browser brings back (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Returned {
    /// By which the token is fetched.
    pub code: Option<String>,
    /// What was sent with the browser.
    pub state: String,
    /// Which service it comes from.
    pub iss: Option<String>,
    /// The service's word for why not.
    pub error: Option<String>,
}

/// What the service says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Service {
    /// One as the operator says. Nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn new(settings: Settings) -> Result<Self, Error> {
        if !is_allowed(&settings.issuer, &settings.issuer) || settings.issuer.contains(['?', '#']) {
            let problem = "issuer: write https:// and what the service calls itself; http:// on this machine alone";
            return Err(Error::Settings(problem.into()));
        }
        let asker = Asker::new(&settings.roots_pem)?;
        Ok(Self { settings, asker, metadata: Mutex::default() })
    }

    /// Begins: where to send the browser, which comes back to `redirect`.
    ///
    /// # Errors
    /// The service does not say what it must.
    pub async fn begin(&self, redirect: &str, drawn: &Drawn) -> Result<(String, Begun), Error> {
        let metadata = self.metadata().await?;
        let text = |bytes: &[u8; 32]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let begun = Begun {
            state: text(&drawn.state),
            nonce: text(&drawn.nonce),
            verifier: text(&drawn.verifier),
            redirect: redirect.to_owned(),
        };
        let challenge = digest::digest(&digest::SHA256, begun.verifier.as_bytes());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("scope", "openid")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge_method", "S256")
            .append_pair("code_challenge", &BASE64_URL_SAFE_NO_PAD.encode(challenge));
        if !self.settings.acr.is_empty() {
            query.append_pair("acr_values", &self.settings.acr.join(" "));
        }
        let query = query.finish();
        let joint = if metadata.authorization_endpoint.contains('?') { '&' } else { '?' };
        Ok((format!("{}{joint}{query}", metadata.authorization_endpoint), begun))
    }

    /// Ends what was begun: who it is.
    ///
    /// # Errors
    /// It is not what was begun, or the service does not say who it is.
    pub async fn finish(&self, begun: &Begun, returned: &Returned) -> Result<Account, Error> {
        let unfit = |what: &str| Error::Unfit(what.to_owned());
        constant_time::verify_slices_are_equal(begun.state.as_bytes(), returned.state.as_bytes())
            .map_err(|_| unfit("another sign-in was begun"))?;
        let metadata = self.metadata().await?;
        // A service that names itself on the way back always does: else an answer of another passes for its own (RFC 9207).
        match &returned.iss {
            Some(issuer) if *issuer != self.settings.issuer => return Err(unfit("it comes from another service")),
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(unfit("it does not say from which service it comes"));
            }
            _ => {}
        }
        if let Some(error) = &returned.error {
            return Err(Error::Refused(error.chars().filter(char::is_ascii_graphic).take(60).collect()));
        }
        let code = returned.code.as_deref().ok_or_else(|| unfit("it brings no code"))?;
        let tokens = self.redeem(&metadata, begun, code).await?;
        let keys: JwkSet = self.asker.get(&metadata.jwks_uri).await?;
        let asked = token::Asked {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &begun.nonce,
            acr: &self.settings.acr,
        };
        let subject = token::subject(&tokens.id_token, &keys, &asked)?;
        Ok(account(&self.settings.issuer, &subject))
    }

    async fn redeem(&self, metadata: &Metadata, begun: &Begun, code: &str) -> Result<Tokens, Error> {
        let (authorization, form) = self.request_for_tokens(metadata, begun, code);
        self.asker.post(&metadata.token_endpoint, authorization, form).await
    }

    /// The `Authorization` and the form by which the code is redeemed. This node shows itself as the service wants it (RFC 6749,
    /// section 2.3.1).
    fn request_for_tokens(&self, metadata: &Metadata, begun: &Begun, code: &str) -> (Option<String>, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &begun.redirect)
            .append_pair("code_verifier", &begun.verifier);
        let id = &self.settings.client_id;
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|known| known == method);
        let authorization = match &self.settings.secret {
            // The default where the service names none (OpenID Connect Discovery 1.0, section 3).
            Some(secret) if methods.is_empty() || takes("client_secret_basic") => {
                // Each half as in a form, before they are joined.
                let half = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = Zeroizing::new(format!("{}:{}", half(id), half(secret)));
                Some(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())))
            }
            Some(secret) => {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
                None
            }
            None => {
                form.append_pair("client_id", id);
                None
            }
        };
        (authorization, form.finish())
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, Error> {
        let mut known = self.metadata.lock().await;
        if let Some((asked, said)) = &*known {
            let fresh = if said.is_ok() { METADATA_FRESH } else { FAILURE_FRESH };
            if asked.elapsed() < fresh {
                return said.clone();
            }
        }
        let said = self.ask().await.map(Arc::new);
        *known = Some((Instant::now(), said.clone()));
        said
    }

    async fn ask(&self) -> Result<Metadata, Error> {
        let issuer = &self.settings.issuer;
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Metadata = self.asker.get(&url).await?;
        if metadata.issuer != *issuer {
            return Err(Error::Unfit(format!("it calls itself {}, not {issuer}", metadata.issuer.escape_debug())));
        }
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if let Some(endpoint) = endpoints.into_iter().find(|endpoint| !is_allowed(endpoint, issuer)) {
            return Err(Error::Unfit(format!("{} is no address by TLS", endpoint.escape_debug())));
        }
        Ok(metadata)
    }
}

/// A service's name and a person's there, each with its length: no two pairs are one text.
fn account(issuer: &str, subject: &str) -> Account {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(b"mithaq/account/v1\0");
    for part in [issuer, subject] {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut account = [0; 32];
    account.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Account(account)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;

    /// A service on this machine that answers every connection with these bytes, after a moment; and how many there were.
    async fn service(answer: &'static str) -> (Service, Arc<AtomicUsize>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, named) = (Arc::clone(&asked), issuer.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(100)).await;
                let body = answer.replace("ISSUER", &named);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                drop(stream.write_all(format!("{head}{body}").as_bytes()).await);
            }
        });
        let root = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let roots_pem = root.cert.pem().into_bytes();
        let settings = Settings { issuer, client_id: "mithaq".into(), secret: None, acr: Vec::new(), roots_pem };
        (Service::new(settings).unwrap(), asked)
    }

    async fn many_at_once(service: &Service) -> usize {
        let drawn = Drawn { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };
        let begun = || service.begin("http://127.0.0.1/back", &drawn);
        let (one, two, three, four) = tokio::join!(begun(), begun(), begun(), begun());
        [one, two, three, four].iter().filter(|begun| begun.is_ok()).count()
    }

    #[tokio::test]
    async fn many_who_begin_at_once_ask_the_service_once_also_where_it_says_nothing_of_use() {
        let says = r#"{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}"#;
        for (answer, let_on) in [(says, 4), ("{}", 0)] {
            let (service, asked) = service(answer).await;
            assert_eq!(many_at_once(&service).await, let_on, "{answer}");
            assert_eq!(many_at_once(&service).await, let_on, "{answer}");
            assert_eq!(asked.load(Ordering::SeqCst), 1, "{answer}");
        }
    }
}
