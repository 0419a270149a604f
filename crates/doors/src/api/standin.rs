//! `POST /v1/standin`: an officer's order stands in for a partner that stays silent after a start.

use axum::{Extension, Json, extract::State};
use node::{
    answers::status::{StandIn, StoodIn},
    audit::By,
    callers::Caller,
    db::SUITE,
    fault::{Code, Fault},
    node::Node,
};
use protocol::{channel::Channel, origin::Lane};
use texts::say;

use crate::{form::Sent, problem::Failed};

/// Stops waiting for the partner. Nobody showed what was signed before, so a new epoch opens.
pub async fn stand_in(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(order): Sent<StandIn>,
) -> Result<Json<StoodIn>, Failed> {
    let handle = node
        .channel(&order.channel)
        .ok_or_else(|| Fault::not_found(say!("no-channel-open", channel = %order.channel)))?;
    if !handle.value().waiting().contains(&order.agency) {
        let message = say!("no-stand-in-needed");
        return Err(Fault::new(Code::Conflict, message).in_field("agency").into());
    }
    let step =
        move |value: &Channel| value.waiting().contains(&order.agency).then(|| value.stand_in(SUITE, order.agency));
    handle.acting(By::caller(&caller)).step(step).await?;
    Ok(Json(StoodIn { epoch: handle.value().own_log(Lane::Main).epoch }))
}
