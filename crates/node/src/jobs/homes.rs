//! From where partners may be expected to call: what the addresses in their cards lead to, looked up at the start and now
//! and then. The peer port keeps seats for them that no stranger can take.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc, time::Duration};

use tokio::{
    net::lookup_host,
    sync::watch,
    time::{sleep, timeout},
};

use crate::{limits, peers::Peers, transport::tls::Pins};

/// Takes the addresses that stand in the cards as numbers. It asks nobody, so that it is done before the port opens.
pub fn known(peers: &Peers, pins: &Pins) {
    pins.set_homes(hosts(peers).iter().filter_map(|(host, _)| host.parse().ok()).map(canonical).collect());
}

/// Looks up the names as well, until the node stops.
pub async fn run(peers: Arc<Peers>, pins: Pins, mut stop: watch::Receiver<bool>) {
    let look_up = async {
        loop {
            let mut homes = BTreeSet::new();
            for (host, port) in hosts(&peers) {
                let patience = Duration::from_secs(limits::CONNECT_SECONDS_MAX);
                // A name that can't be looked up now is tried again; its holder is a stranger until it has called.
                if let Ok(Ok(found)) = timeout(patience, lookup_host((host.as_str(), port))).await {
                    homes.extend(found.take(limits::ADDRESSES_OF_NAME_MAX).map(|address| canonical(address.ip())));
                }
            }
            pins.set_homes(homes);
            sleep(Duration::from_secs(limits::JOBS_SECONDS)).await;
        }
    };
    tokio::select! {
        () = look_up => {}
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
}

fn hosts(peers: &Peers) -> BTreeSet<(String, u16)> {
    let trusted = peers.list().into_iter().filter(|peer| peer.trusted);
    trusted.flat_map(|peer| peer.client.hosts().collect::<Vec<_>>()).collect()
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}
