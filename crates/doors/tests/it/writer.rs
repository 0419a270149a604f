//! The writer, asked directly.

use std::{sync::Arc, time::Duration};

use node::{
    audit::By,
    channel::ChannelHandle,
    fault::{Code, Fault},
    writer::{Answer, Handed, Order, Submission, Submitted, WriteError},
};
use protocol::{channel::append::Prepared, commit::AsideId, origin::Lane};
use store::CommitError;
use tokio::sync::oneshot;

use crate::world::Pair;

/// A submission without records, which takes something that lies aside.
fn submission(handle: &ChannelHandle, taken: Option<AsideId>, reply: Answer<Submitted>) -> Order {
    let channel = handle.value();
    Order::Submit(Box::new(Submission {
        lane: Lane::Main,
        prepared: Prepared::default(),
        decided: channel.standing(&channel.own_log(Lane::Main)),
        key: None,
        volumes: Vec::new(),
        aside: taken.map(|id| (id, None)),
        caller: Handed {
            by: Arc::new(By { token: "made up".into(), person: None, role: "officer" }),
            why: ["border_control".to_owned()].into(),
            alone: Vec::new(),
            answer: Box::new(|_| Vec::new()),
            claims: Vec::new(),
            approvals: Vec::new(),
            laid: None,
            reply,
        },
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_waited_for_one_commit_are_told_why_it_failed() {
    let mut pair = Pair::start().await;
    let handle = pair.a.channel(&pair.channel);
    while handle.by_itself().append(Lane::Main, Vec::new()).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Nobody else gives the writer orders meanwhile.
    pair.b.stop().await;

    // While the writer is at work three submissions queue, so it appends them together. The second takes what is not there.
    let (began, begun) = oneshot::channel();
    let (release, held) = std::sync::mpsc::channel();
    let busy = Arc::clone(&handle);
    let busy = tokio::spawn(async move {
        let step = move |_: &_| {
            began.send(()).unwrap();
            held.recv().unwrap();
            None
        };
        busy.by_itself().step(step).await
    });
    begun.await.unwrap();
    let ask = |taken| {
        let handle = &handle;
        handle.ask(move |reply| submission(handle, taken, reply))
    };
    let (first, second, third, ()) =
        tokio::join!(ask(None), ask(Some([9; 16])), ask(None), async { release.send(()).unwrap() });
    busy.await.unwrap().unwrap();

    let own = handle.value().own_log(Lane::Main);
    for answer in [first, second, third] {
        let error = answer.unwrap_err();
        assert!(matches!(&error, WriteError::Commit(CommitError::Contradiction(_))), "{error}");
        let fault = Fault::from(error);
        assert_eq!(fault.code, Code::Storage);
        assert!(fault.message.to_string().contains("nothing lies aside under 0909"), "{}", fault.message);
    }
    // The writer goes on.
    let placed = handle.ask(|reply| submission(&handle, None, reply)).await.unwrap();
    assert!(matches!(placed, Submitted::Placed(first) if first.origin == own));
}
