//! One question to the service, and its answer as JSON.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, Uri, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::de::DeserializeOwned;

use crate::Error;

/// Longest wait for an answer whole.
const WAIT: Duration = Duration::from_secs(10);
/// Longest answer in bytes: lists of keys are a few thousand.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What asks.
pub(crate) struct Asker(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Asker {
    /// One that trusts these certificates, as a PEM file names them.
    pub(crate) fn new(roots_pem: &[u8]) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Settings(format!("ca_file: {problem}"));
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(roots_pem) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            // One that this TLS library does not take is one that nobody is believed by.
            drop(roots.add(certificate));
        }
        if roots.is_empty() {
            return Err(wrong("it holds no certificate".into()));
        }
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Which of both an address may be is decided where it is taken up.
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Fetches a document.
    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Error> {
        self.ask(url, Request::get(url), Bytes::new()).await
    }

    /// Posts a form, with an `Authorization` where one is given.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        authorization: Option<String>,
        form: String,
    ) -> Result<T, Error> {
        let mut request = Request::post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.ask(url, request, Bytes::from(form)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        url: &str,
        request: hyper::http::request::Builder,
        body: Bytes,
    ) -> Result<T, Error> {
        let failed = |problem: String| Error::Unreachable { url: url.to_owned(), problem };
        let request = request.header(header::ACCEPT, "application/json").body(Full::new(body));
        let request = request.map_err(|error| failed(error.to_string()))?;
        let answered = async {
            let response = self.0.request(request).await.map_err(|error| failed(whole(&error)))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| failed(error.to_string()))?.to_bytes();
            Ok((status, body))
        };
        let (status, body) = tokio::time::timeout(WAIT, answered)
            .await
            .map_err(|_| failed(format!("no answer within {} s", WAIT.as_secs())))??;
        if !status.is_success() {
            return Err(failed(format!("it answered {status}: {}", said(&body))));
        }
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))
    }
}

/// An error with what is behind it: the outermost says that connecting failed, and not why.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        text = format!("{text}: {error}");
        inner = error.source();
    }
    text
}

/// The service's word for what is wrong (RFC 6749, section 5.2), harmless in a log.
fn said(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        error: String,
    }
    let said = serde_json::from_slice::<Said>(body).map(|said| said.error).unwrap_or_default();
    said.chars().filter(char::is_ascii_graphic).take(60).collect()
}

/// Whether an address may be asked: by TLS, or on this machine where the service is here too.
pub(crate) fn is_allowed(url: &str, issuer: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    has_host
        && match uri.scheme_str() {
            Some("https") => true,
            Some("http") => uri.host().is_some_and(is_here) && issuer.starts_with("http://"),
            _ => false,
        }
}

fn is_here(host: &str) -> bool {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_service_on_this_machine_is_asked_without_tls() {
        for (url, issuer, allowed) in [
            ("https://login.example/token", "https://login.example", true),
            ("http://login.example/token", "https://login.example", false),
            ("http://login.example/token", "http://login.example", false),
            ("http://localhost:9000/token", "http://localhost:9000", true),
            ("http://[::1]:9000/token", "http://[::1]:9000", true),
            ("http://localhost:9000/token", "https://login.example", false),
            ("http://localhost.evil.example/", "http://localhost", false),
            ("file:///etc/passwd", "https://login.example", false),
            ("", "https://login.example", false),
        ] {
            assert_eq!(is_allowed(url, issuer), allowed, "{url} of {issuer}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "nonsense"] {
            assert!(matches!(Asker::new(pem.as_bytes()), Err(Error::Settings(_))), "{pem}");
        }
    }
}
