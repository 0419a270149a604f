//! Every route, a line each.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post, put},
};

use crate::{http::api, http::peer, limits, node::Node};

/// The agency's own port and socket.
pub fn agency(node: Node) -> Router {
    Router::new()
        .route("/v1/status", get(api::status::show))
        .route("/v1/card", get(api::card::show))
        .route("/v1/card/rotate", post(api::card::rotate))
        .route("/v1/peers", get(api::peers::list).post(api::peers::add))
        .route("/v1/peers/fetch", post(api::peers::fetch))
        .route("/v1/peers/{agency}/confirm", post(api::peers::confirm))
        .route("/v1/agreements", get(api::agreements::list).post(api::agreements::draft))
        .route("/v1/agreements/import", post(api::agreements::import))
        .route("/v1/agreements/{hash}/sign", post(api::agreements::sign))
        .route("/v1/agreements/{hash}/offer", post(api::agreements::offer))
        .route("/v1/agreements/{hash}/bundle", get(api::agreements::bundle))
        .route("/v1/channels", get(api::channels::list))
        .route("/v1/channels/{channel}", get(api::channels::show))
        .route("/v1/channels/{channel}/officers", get(api::officers::list).post(api::officers::enrol))
        .route("/v1/records", get(api::records::list).post(api::submit::submit))
        .route("/v1/records/{channel}/{party}/{epoch}/{lane}/{index}", get(api::records::show))
        .route(
            "/v1/records/{channel}/{party}/{epoch}/{lane}/{index}/attachments/{sha256}",
            get(api::attachments::download),
        )
        .route("/v1/attachments", put(api::attachments::upload).layer(DefaultBodyLimit::disable()))
        .route("/v1/check", post(api::check::run))
        .route("/v1/erase", post(api::erase::erase))
        .route("/v1/evidence/{channel}/{party}/{epoch}/{lane}/{index}", get(api::evidence::export))
        .route("/v1/standin", post(api::standin::stand_in))
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .with_state(node)
}

/// The port for partners. `GET /peer/v1/card` answers anybody; every other route demands a pinned key.
pub fn partners(node: Node) -> Router {
    Router::new()
        .route("/peer/v1/agreements", post(peer::agreements::exchange))
        .route("/peer/v1/heads", post(peer::heads::show))
        .route("/peer/v1/batches", get(peer::batches::pull).post(peer::batches::push))
        .route("/peer/v1/receipts", post(peer::receipts::take))
        .route("/peer/v1/blobs/{id}", get(peer::blobs::chunk))
        .route_layer(middleware::from_fn(peer::only_partners))
        .route("/peer/v1/card", get(peer::card::show))
        .layer(DefaultBodyLimit::max(limits::PEER_BODY_BYTES_MAX))
        .with_state(node)
}
