"""A method for each operation of the node. Generated from docs/openapi.json by generate.py: do not edit.

A method is called as its operation: the HTTP method, then the words of the path.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import AbstractContextManager

import httpx

from . import _types as types
from ._transport import Body, Transport, segment


class Operations:
    """Every operation of the node's API, as the description has it. Errors: `MithaqError`.

    `purpose` narrows one call to one of the token's purposes.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_health(self) -> types.Health:
        """Whether the node answers.

        GET /v1/health, for anybody.
        """
        answer: types.Health = self._transport.json("GET", "/v1/health")
        return answer

    def get_openapi_json(self) -> types.Description:
        """This description.

        GET /v1/openapi.json, for anybody.
        """
        answer: types.Description = self._transport.json("GET", "/v1/openapi.json")
        return answer

    def get_status(self) -> types.Status:
        """Who this node is and what it waits for.

        GET /v1/status, with the scope node:read.
        """
        answer: types.Status = self._transport.json("GET", "/v1/status")
        return answer

    def get_doctor(self) -> types.Diagnosis:
        """What stands in the way, and what to do.

        GET /v1/doctor, with the scope node:read.
        """
        answer: types.Diagnosis = self._transport.json("GET", "/v1/doctor")
        return answer

    def get_metrics(self) -> str:
        """Figures for Prometheus.

        GET /metrics, with the scope node:read.
        """
        return self._transport.text("GET", "/metrics", accept="text/plain; version=0.0.4")

    def get_card(self) -> bytes:
        """The agency's card file.

        GET /v1/card, with the scope node:read.
        """
        return self._transport.bytes("GET", "/v1/card")

    def post_card_rotate(self, body: types.NewCard) -> types.CardRotated:
        """Issue the next card.

        POST /v1/card/rotate, with the scope node:admin.
        """
        answer: types.CardRotated = self._transport.json("POST", "/v1/card/rotate", body=body)
        return answer

    def get_peers(self) -> types.PeerList:
        """Agencies whose cards are held.

        GET /v1/peers, with the scope node:read.
        """
        answer: types.PeerList = self._transport.json("GET", "/v1/peers")
        return answer

    def post_peers(self, content: Body, *, fingerprint: str | None = None) -> types.PeerRow:
        """Take up a card file.

        POST /v1/peers, with the scope node:admin.

        fingerprint: The partner's sixty digits; without them it is not trusted yet
        """
        answer: types.PeerRow = self._transport.json(
            "POST",
            "/v1/peers",
            content=content,
            content_type="application/json",
            query={"fingerprint": fingerprint},
        )
        return answer

    def post_peers_fetch(self, body: types.CardAddress) -> types.PeerRow:
        """Fetch a card from an address.

        POST /v1/peers/fetch, with the scope node:admin.
        """
        answer: types.PeerRow = self._transport.json("POST", "/v1/peers/fetch", body=body)
        return answer

    def post_peers_agency_confirm(self, agency: str, body: types.Confirmation) -> types.PeerRow:
        """Trust a compared fingerprint.

        POST /v1/peers/{agency}/confirm, with the scope node:admin.
        """
        answer: types.PeerRow = self._transport.json("POST", f"/v1/peers/{segment(agency)}/confirm", body=body)
        return answer

    def get_agreements(self) -> types.AgreementList:
        """Agreements held, drafts included.

        GET /v1/agreements, with the scope node:read.
        """
        answer: types.AgreementList = self._transport.json("GET", "/v1/agreements")
        return answer

    def post_agreements(self, content: Body) -> types.ProgressAnswer:
        """Render and keep a draft.

        POST /v1/agreements, with the scope agreements:draft.
        """
        answer: types.ProgressAnswer = self._transport.json(
            "POST",
            "/v1/agreements",
            content=content,
            content_type="application/toml",
        )
        return answer

    def post_agreements_import(self, content: Body) -> types.ProgressAnswer:
        """Take up a bundle.

        POST /v1/agreements/import, with the scope agreements:draft.
        """
        answer: types.ProgressAnswer = self._transport.json(
            "POST",
            "/v1/agreements/import",
            content=content,
            content_type="application/json",
        )
        return answer

    def get_agreements_hash(self, hash: str) -> types.Life:
        """Where an agreement stands.

        GET /v1/agreements/{hash}, with the scope node:read.
        """
        answer: types.Life = self._transport.json("GET", f"/v1/agreements/{segment(hash)}")
        return answer

    def post_agreements_hash_sign(self, hash: str) -> types.ProgressAnswer:
        """Sign for the agency.

        POST /v1/agreements/{hash}/sign, with the scope agreements:sign.
        """
        answer: types.ProgressAnswer = self._transport.json("POST", f"/v1/agreements/{segment(hash)}/sign")
        return answer

    def post_agreements_hash_offer(self, hash: str) -> types.OfferAnswer:
        """Hand it to the others.

        POST /v1/agreements/{hash}/offer, with the scope agreements:draft.
        """
        answer: types.OfferAnswer = self._transport.json("POST", f"/v1/agreements/{segment(hash)}/offer")
        return answer

    def post_agreements_hash_discard(self, hash: str) -> types.ProgressAnswer:
        """Forget what this agency has not signed.

        POST /v1/agreements/{hash}/discard, with the scope agreements:draft.
        """
        answer: types.ProgressAnswer = self._transport.json("POST", f"/v1/agreements/{segment(hash)}/discard")
        return answer

    def get_agreements_hash_bundle(self, hash: str) -> bytes:
        """The agreement as a file.

        GET /v1/agreements/{hash}/bundle, with the scope node:read.
        """
        return self._transport.bytes("GET", f"/v1/agreements/{segment(hash)}/bundle")

    def get_channels(self) -> list[types.ChannelRow]:
        """Channels and their logs.

        GET /v1/channels, with the scope node:read.
        """
        answer: list[types.ChannelRow] = self._transport.json("GET", "/v1/channels")
        return answer

    def get_channels_channel(self, channel: str) -> types.ChannelRow:
        """One channel.

        GET /v1/channels/{channel}, with the scope node:read.
        """
        answer: types.ChannelRow = self._transport.json("GET", f"/v1/channels/{segment(channel)}")
        return answer

    def post_channels_channel_suspend(self, channel: str) -> types.Life:
        """Stop sending and taking records.

        POST /v1/channels/{channel}/suspend, with the scope agreements:sign.
        """
        answer: types.Life = self._transport.json("POST", f"/v1/channels/{segment(channel)}/suspend")
        return answer

    def post_channels_channel_resume(self, channel: str) -> types.Life:
        """End the own suspension.

        POST /v1/channels/{channel}/resume, with the scope agreements:sign.
        """
        answer: types.Life = self._transport.json("POST", f"/v1/channels/{segment(channel)}/resume")
        return answer

    def post_channels_channel_terminate(self, channel: str, body: types.Termination) -> types.Life:
        """End the agreement alone, where allowed.

        POST /v1/channels/{channel}/terminate, with the scope agreements:sign.
        """
        answer: types.Life = self._transport.json("POST", f"/v1/channels/{segment(channel)}/terminate", body=body)
        return answer

    def post_channels_channel_amend(self, channel: str, content: Body) -> types.ProgressAnswer:
        """Draft a successor of what is in force.

        POST /v1/channels/{channel}/amend, with the scope agreements:draft.
        """
        answer: types.ProgressAnswer = self._transport.json(
            "POST",
            f"/v1/channels/{segment(channel)}/amend",
            content=content,
            content_type="application/toml",
        )
        return answer

    def post_channels_channel_renew(self, channel: str, body: types.Renewal) -> types.ProgressAnswer:
        """Draft the same text with other dates.

        POST /v1/channels/{channel}/renew, with the scope agreements:draft.
        """
        answer: types.ProgressAnswer = self._transport.json("POST", f"/v1/channels/{segment(channel)}/renew", body=body)
        return answer

    def get_channels_channel_officers(self, channel: str) -> list[types.OfficerRow]:
        """Enrolled officers.

        GET /v1/channels/{channel}/officers, with the scope node:read.
        """
        answer: list[types.OfficerRow] = self._transport.json("GET", f"/v1/channels/{segment(channel)}/officers")
        return answer

    def post_channels_channel_officers(self, channel: str, body: types.NewOfficer) -> types.LogEntry:
        """Enrol an officer.

        POST /v1/channels/{channel}/officers, with the scope node:admin.
        """
        answer: types.LogEntry = self._transport.json("POST", f"/v1/channels/{segment(channel)}/officers", body=body)
        return answer

    def post_channels_channel_officers_revoke(self, channel: str, body: types.OfficerKey) -> types.OfficersRevoked:
        """End an officer's enrolments by key.

        POST /v1/channels/{channel}/officers/revoke, with the scope node:admin.
        """
        answer: types.OfficersRevoked = self._transport.json(
            "POST",
            f"/v1/channels/{segment(channel)}/officers/revoke",
            body=body,
        )
        return answer

    def get_channels_channel_statements(
        self,
        channel: str,
        *,
        limit: int | None = None,
        purpose: str | None = None,
    ) -> types.Statements:
        """Statements of all parties.

        GET /v1/channels/{channel}/statements, with the scope records:read.

        limit: Rows, 1 to 200; 50 without it
        """
        answer: types.Statements = self._transport.json(
            "GET",
            f"/v1/channels/{segment(channel)}/statements",
            query={"limit": limit},
            purpose=purpose,
        )
        return answer

    def post_channels_channel_statements(self, channel: str, *, wait_s: int | None = None) -> types.StatementShown:
        """State how all threads stand.

        POST /v1/channels/{channel}/statements, with the scope records:write.

        wait_s: Wait so many seconds, 0 to 60, until every other party has answered
        """
        answer: types.StatementShown = self._transport.json(
            "POST",
            f"/v1/channels/{segment(channel)}/statements",
            query={"wait_s": wait_s},
            longer_s=wait_s,
        )
        return answer

    def get_channels_channel_statements_party_epoch_lane_index(
        self,
        channel: str,
        party: str,
        epoch: int,
        lane: str,
        index: int,
        *,
        purpose: str | None = None,
    ) -> types.StatementShown:
        """One statement with its answers.

        GET /v1/channels/{channel}/statements/{party}/{epoch}/{lane}/{index}, with the scope records:read.
        """
        answer: types.StatementShown = self._transport.json(
            "GET",
            f"/v1/channels/{segment(channel)}/statements/{segment(party)}/{segment(epoch)}/{segment(lane)}/{segment(index)}",
            purpose=purpose,
        )
        return answer

    def get_threads(
        self,
        *,
        channel: str | None = None,
        party: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        awaits: str | None = None,
        due_before_ms: int | None = None,
        overdue: bool | None = None,
        clause: str | None = None,
        closed: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        purpose: str | None = None,
    ) -> types.ThreadPage:
        """Threads by deadline.

        GET /v1/threads, with the scope records:read.

        channel: Only of this channel
        party: Only of channels with this agency
        kind: Only of this kind of thread: `requests.request`, or the kind of record that opens it
        state: Only in this state. One of `returned_incomplete`, `released`, `delivered`, `accepted`, `in_progress`,
            `awaiting_judicial_authorisation`, `partly_answered`, `answered`, `nothing_to_provide`, `refused`,
            `feedback`, `withdrawn`, `closed`, `acknowledged`, `not_used`, `used`, `sent`, `raised`, `facts_exchanged`,
            `joint_verification`, `note_proposed`, `escalated`, `note_signed`, `closed_no_event`, `open`
        awaits: Only those that wait for this agency
        due_before_ms: Only those due before, milliseconds since 1970
        overdue: Only those that are overdue now
        clause: Only under this clause
        closed: Also those that are over
        cursor: The `next` of the page before
        limit: Rows of the page, 1 to 200; 50 without it
        """
        answer: types.ThreadPage = self._transport.json(
            "GET",
            "/v1/threads",
            query={"channel": channel, "party": party, "kind": kind, "state": state, "awaits": awaits, "due_before_ms": due_before_ms, "overdue": overdue, "clause": clause, "closed": closed, "cursor": cursor, "limit": limit},
            purpose=purpose,
        )
        return answer

    def post_threads_rebuild(self) -> types.Rebuilt:
        """Make the lists anew.

        POST /v1/threads/rebuild, with the scope node:admin.
        """
        answer: types.Rebuilt = self._transport.json("POST", "/v1/threads/rebuild", longer_s=math.inf)
        return answer

    def get_threads_thread(
        self,
        thread: str,
        *,
        channel: str | None = None,
        lane: str | None = None,
        purpose: str | None = None,
    ) -> types.ThreadShown:
        """One thread whole.

        GET /v1/threads/{thread}, with the scope records:read.

        channel: Only of this channel
        lane: Only in this lane. One of `main`, `urgent`
        """
        answer: types.ThreadShown = self._transport.json(
            "GET",
            f"/v1/threads/{segment(thread)}",
            query={"channel": channel, "lane": lane},
            purpose=purpose,
        )
        return answer

    def get_work(self, *, purpose: str | None = None) -> types.WorkList:
        """Threads that are with you.

        GET /v1/work, with the scope records:read.
        """
        answer: types.WorkList = self._transport.json("GET", "/v1/work", purpose=purpose)
        return answer

    def get_threads_thread_work(
        self,
        thread: str,
        *,
        channel: str | None = None,
        lane: str | None = None,
        purpose: str | None = None,
    ) -> types.WorkShown:
        """What colleagues say of a thread.

        GET /v1/threads/{thread}/work, with the scope records:read.

        channel: Only of this channel
        lane: Only in this lane. One of `main`, `urgent`
        """
        answer: types.WorkShown = self._transport.json(
            "GET",
            f"/v1/threads/{segment(thread)}/work",
            query={"channel": channel, "lane": lane},
            purpose=purpose,
        )
        return answer

    def post_threads_thread_work_assign(
        self,
        thread: str,
        body: types.Assign,
        *,
        channel: str | None = None,
        lane: str | None = None,
        purpose: str | None = None,
    ) -> types.WorkShown:
        """Say who deals with a thread.

        POST /v1/threads/{thread}/work/assign, with the scope records:read.

        channel: Only of this channel
        lane: Only in this lane. One of `main`, `urgent`
        """
        answer: types.WorkShown = self._transport.json(
            "POST",
            f"/v1/threads/{segment(thread)}/work/assign",
            body=body,
            query={"channel": channel, "lane": lane},
            purpose=purpose,
        )
        return answer

    def post_threads_thread_work_remark(
        self,
        thread: str,
        body: types.Said,
        *,
        channel: str | None = None,
        lane: str | None = None,
        purpose: str | None = None,
    ) -> types.WorkShown:
        """Say something of a thread.

        POST /v1/threads/{thread}/work/remark, with the scope records:read.

        channel: Only of this channel
        lane: Only in this lane. One of `main`, `urgent`
        """
        answer: types.WorkShown = self._transport.json(
            "POST",
            f"/v1/threads/{segment(thread)}/work/remark",
            body=body,
            query={"channel": channel, "lane": lane},
            purpose=purpose,
        )
        return answer

    def post_threads_thread_work_bring_back(
        self,
        thread: str,
        body: types.BringBack,
        *,
        channel: str | None = None,
        lane: str | None = None,
        purpose: str | None = None,
    ) -> types.WorkShown:
        """Say when a thread is brought back.

        POST /v1/threads/{thread}/work/bring-back, with the scope records:read.

        channel: Only of this channel
        lane: Only in this lane. One of `main`, `urgent`
        """
        answer: types.WorkShown = self._transport.json(
            "POST",
            f"/v1/threads/{segment(thread)}/work/bring-back",
            body=body,
            query={"channel": channel, "lane": lane},
            purpose=purpose,
        )
        return answer

    def get_search(
        self,
        *,
        q: str,
        channel: str | None = None,
        party: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        awaits: str | None = None,
        due_before_ms: int | None = None,
        overdue: bool | None = None,
        clause: str | None = None,
        closed: bool | None = None,
        limit: int | None = None,
        purpose: str | None = None,
    ) -> types.Hits:
        """Records by their words.

        GET /v1/search, with the scope records:read.

        q: Words that must all be there
        channel: Only of this channel
        party: Only of channels with this agency
        kind: Only of this kind of thread: `requests.request`, or the kind of record that opens it
        state: Only in this state. One of `returned_incomplete`, `released`, `delivered`, `accepted`, `in_progress`,
            `awaiting_judicial_authorisation`, `partly_answered`, `answered`, `nothing_to_provide`, `refused`,
            `feedback`, `withdrawn`, `closed`, `acknowledged`, `not_used`, `used`, `sent`, `raised`, `facts_exchanged`,
            `joint_verification`, `note_proposed`, `escalated`, `note_signed`, `closed_no_event`, `open`
        awaits: Only those that wait for this agency
        due_before_ms: Only those due before, milliseconds since 1970
        overdue: Only those that are overdue now
        clause: Only under this clause
        closed: Also those that are over
        limit: Rows of the page, 1 to 200; 50 without it
        """
        answer: types.Hits = self._transport.json(
            "GET",
            "/v1/search",
            query={"q": q, "channel": channel, "party": party, "kind": kind, "state": state, "awaits": awaits, "due_before_ms": due_before_ms, "overdue": overdue, "clause": clause, "closed": closed, "limit": limit},
            purpose=purpose,
        )
        return answer

    def get_follow(
        self,
        *,
        channel: str | None = None,
        after: str | None = None,
        purpose: str | None = None,
    ) -> AbstractContextManager[httpx.Response]:
        """Records and threads as they arrive.

        GET /v1/follow, with the scope records:read.

        channel: Only this channel
        after: The last id that was read; 0 for the beginning
        """
        return self._transport.stream(
            "GET",
            "/v1/follow",
            accept="text/event-stream",
            query={"channel": channel, "after": after},
            purpose=purpose,
        )

    def get_records(
        self,
        *,
        channel: str | None = None,
        after: int | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        kind: str | None = None,
        state: str | None = None,
        purpose: str | None = None,
    ) -> list[types.RecordRow]:
        """Records held, in order of arrival.

        GET /v1/records, with the scope records:read.

        channel: Only of this channel
        after: Number of the last batch seen
        cursor: The cursor of the last line that was read
        limit: At most so many, from 1
        kind: Only of this kind: `requests.request/1`
        state: Only in this state. One of `recorded`, `delivered`, `attachments_pending`, `received`, `ineffective`,
            `withheld`, `quarantined`, `refused`, `erased`
        """
        answer: list[types.RecordRow] = self._transport.lines(
            "GET",
            "/v1/records",
            query={"channel": channel, "after": after, "cursor": cursor, "limit": limit, "kind": kind, "state": state},
            purpose=purpose,
        )
        return answer

    def post_records(
        self,
        lines: Iterable[types.NewRecord | bytes],
        *,
        wait: str | None = None,
        timeout_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> list[types.LineAnswer]:
        """Submit records.

        POST /v1/records, with the scope records:write.

        wait: Until when; `recorded` without it. One of `recorded`, `delivered`
        timeout_s: Seconds to wait
        idempotency_key: Names the request for 24 hours: repeated under it, it has no second effect
        """
        answer: list[types.LineAnswer] = self._transport.lines(
            "POST",
            "/v1/records",
            lines=lines,
            query={"wait": wait, "timeout_s": timeout_s},
            idempotency_key=idempotency_key,
            longer_s=timeout_s,
        )
        return answer

    def post_records_try(self, lines: Iterable[types.NewRecord | bytes]) -> list[types.TriedLine]:
        """Say what would become of records.

        POST /v1/records/try, with the scope records:write.
        """
        answer: list[types.TriedLine] = self._transport.lines(
            "POST",
            "/v1/records/try",
            lines=lines,
            is_repeatable=True,
        )
        return answer

    def post_records_prepare(self, body: types.ToPrepare) -> types.Prepared:
        """Fill in a record and say what is signed.

        POST /v1/records/prepare, with the scope records:write.
        """
        answer: types.Prepared = self._transport.json("POST", "/v1/records/prepare", body=body, is_repeatable=True)
        return answer

    def get_drafts(
        self,
        *,
        state: str | None = None,
        waiting: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> types.DraftList:
        """Drafts that concern you.

        GET /v1/drafts, with the scope drafts:read.

        state: Only those in this state. One of `open`, `handed_over`, `leaving`, `sent`, `refused`
        waiting: Only those that wait for you: to be written on, approved or released
        cursor: The `next` of the page before
        limit: Rows of the page, 1 to 200; 50 without it
        """
        answer: types.DraftList = self._transport.json(
            "GET",
            "/v1/drafts",
            query={"state": state, "waiting": waiting, "cursor": cursor, "limit": limit},
        )
        return answer

    def post_drafts(self, body: types.ToPrepare) -> types.DraftRow:
        """Begin a draft.

        POST /v1/drafts, with the scope drafts:write.
        """
        answer: types.DraftRow = self._transport.json("POST", "/v1/drafts", body=body)
        return answer

    def get_drafts_id(self, id: str) -> types.DraftShown:
        """One draft whole.

        GET /v1/drafts/{id}, with the scope drafts:read.
        """
        answer: types.DraftShown = self._transport.json("GET", f"/v1/drafts/{segment(id)}")
        return answer

    def put_drafts_id(self, id: str, body: types.SaveDraft) -> types.DraftRow:
        """Keep what was written.

        PUT /v1/drafts/{id}, with the scope drafts:write.
        """
        answer: types.DraftRow = self._transport.json("PUT", f"/v1/drafts/{segment(id)}", body=body)
        return answer

    def post_drafts_id_hand_over(self, id: str, body: types.HandOver) -> types.DraftRow:
        """Hand a draft over, as it is.

        POST /v1/drafts/{id}/hand-over, with the scope drafts:write.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/hand-over", body=body)
        return answer

    def post_drafts_id_approve(self, id: str, body: types.Approve) -> types.DraftRow:
        """Approve a draft.

        POST /v1/drafts/{id}/approve, with the scope drafts:approve.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/approve", body=body)
        return answer

    def post_drafts_id_release(self, id: str, body: types.Release) -> types.DraftRow:
        """Release a draft, which sends it.

        POST /v1/drafts/{id}/release, with the scope drafts:approve.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/release", body=body)
        return answer

    def post_drafts_id_send(self, id: str, body: types.Release) -> types.DraftRow:
        """Send a draft that nobody must release.

        POST /v1/drafts/{id}/send, with the scope drafts:write.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/send", body=body)
        return answer

    def post_drafts_id_return(self, id: str, body: types.Said) -> types.DraftRow:
        """Give a draft back.

        POST /v1/drafts/{id}/return, with the scope drafts:read.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/return", body=body)
        return answer

    def post_drafts_id_refuse(self, id: str, body: types.Said) -> types.DraftRow:
        """Refuse a draft.

        POST /v1/drafts/{id}/refuse, with the scope drafts:approve.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/refuse", body=body)
        return answer

    def post_drafts_id_assign(self, id: str, body: types.Assign) -> types.DraftRow:
        """Say who deals with a draft.

        POST /v1/drafts/{id}/assign, with the scope drafts:read.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/assign", body=body)
        return answer

    def post_drafts_id_remark(self, id: str, body: types.Said) -> types.DraftRow:
        """Say something of a draft.

        POST /v1/drafts/{id}/remark, with the scope drafts:read.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/remark", body=body)
        return answer

    def post_drafts_id_bring_back(self, id: str, body: types.BringBack) -> types.DraftRow:
        """Say when a draft is brought back.

        POST /v1/drafts/{id}/bring-back, with the scope drafts:write.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/bring-back", body=body)
        return answer

    def post_drafts_id_discard(self, id: str) -> types.DraftRow:
        """Destroy a draft.

        POST /v1/drafts/{id}/discard, with the scope drafts:write.
        """
        answer: types.DraftRow = self._transport.json("POST", f"/v1/drafts/{segment(id)}/discard")
        return answer

    def get_records_channel_party_epoch_lane_index(
        self,
        channel: str,
        party: str,
        epoch: int,
        lane: str,
        index: int,
        *,
        purpose: str | None = None,
    ) -> types.RecordShown:
        """One record whole.

        GET /v1/records/{channel}/{party}/{epoch}/{lane}/{index}, with the scope records:read.
        """
        answer: types.RecordShown = self._transport.json(
            "GET",
            f"/v1/records/{segment(channel)}/{segment(party)}/{segment(epoch)}/{segment(lane)}/{segment(index)}",
            purpose=purpose,
        )
        return answer

    def get_records_channel_party_epoch_lane_index_attachments_sha256(
        self,
        channel: str,
        party: str,
        epoch: int,
        lane: str,
        index: int,
        sha256: str,
        *,
        purpose: str | None = None,
    ) -> bytes:
        """A file of a record.

        GET /v1/records/{channel}/{party}/{epoch}/{lane}/{index}/attachments/{sha256}, with the scope records:read.
        """
        return self._transport.bytes(
            "GET",
            f"/v1/records/{segment(channel)}/{segment(party)}/{segment(epoch)}/{segment(lane)}/{segment(index)}/attachments/{segment(sha256)}",
            accept="application/octet-stream",
            purpose=purpose,
        )

    def post_records_channel_party_epoch_lane_index_uses(
        self,
        channel: str,
        party: str,
        epoch: int,
        lane: str,
        index: int,
        body: types.WantedUse,
        *,
        purpose: str | None = None,
    ) -> types.AllowedUse:
        """State a use beyond reading.

        POST /v1/records/{channel}/{party}/{epoch}/{lane}/{index}/uses, with the scope records:use.
        """
        answer: types.AllowedUse = self._transport.json(
            "POST",
            f"/v1/records/{segment(channel)}/{segment(party)}/{segment(epoch)}/{segment(lane)}/{segment(index)}/uses",
            body=body,
            purpose=purpose,
        )
        return answer

    def get_reviews(self, *, purpose: str | None = None) -> types.Reviews:
        """What one officer released alone.

        GET /v1/reviews, with the scope records:read.
        """
        answer: types.Reviews = self._transport.json("GET", "/v1/reviews", purpose=purpose)
        return answer

    def post_reviews_channel_party_epoch_lane_index(
        self,
        channel: str,
        party: str,
        epoch: int,
        lane: str,
        index: int,
        body: types.Found,
    ) -> types.Concluded:
        """Confirm such a release, or object to it.

        POST /v1/reviews/{channel}/{party}/{epoch}/{lane}/{index}, with the scope records:review.
        """
        answer: types.Concluded = self._transport.json(
            "POST",
            f"/v1/reviews/{segment(channel)}/{segment(party)}/{segment(epoch)}/{segment(lane)}/{segment(index)}",
            body=body,
        )
        return answer

    def put_attachments(self, content: Body, *, name: str, media_type: str | None = None) -> types.Uploaded:
        """Upload a file for a record.

        PUT /v1/attachments, with the scope records:write.

        name: The file's name
        media_type: The file's media type
        """
        answer: types.Uploaded = self._transport.json(
            "PUT",
            "/v1/attachments",
            content=content,
            content_type="application/octet-stream",
            query={"name": name, "media_type": media_type},
            longer_s=math.inf,
        )
        return answer

    def post_check(self) -> types.Report:
        """Verify everything held.

        POST /v1/check, with the scope node:admin.
        """
        answer: types.Report = self._transport.json("POST", "/v1/check", longer_s=math.inf)
        return answer

    def post_check_lines(self) -> list[types.CheckLine]:
        """Verify everything held.

        POST /v1/check, with the scope node:admin.
        """
        answer: list[types.CheckLine] = self._transport.lines(
            "POST",
            "/v1/check",
            query={"progress": True},
            longer_s=math.inf,
        )
        return answer

    def post_erase(self, body: types.Erase) -> types.Erased:
        """Destroy a record's content.

        POST /v1/erase, with the scope records:erase.
        """
        answer: types.Erased = self._transport.json("POST", "/v1/erase", body=body)
        return answer

    def get_evidence_channel_party_epoch_lane_index(
        self,
        channel: str,
        party: str,
        epoch: int,
        lane: str,
        index: int,
        *,
        use: str | None = None,
        to: str | None = None,
        purpose: str | None = None,
    ) -> bytes:
        """The evidence file of a record, or what remains when its content is gone.

        GET /v1/evidence/{channel}/{party}/{epoch}/{lane}/{index}, with the scope evidence:export.

        use: What for; `verify` without it. One of `verify`, `oversight`, `court`, `office`
        to: Required with the uses `court` and `office`, and only with them: which proceedings, which office; never a
            person
        """
        return self._transport.bytes(
            "GET",
            f"/v1/evidence/{segment(channel)}/{segment(party)}/{segment(epoch)}/{segment(lane)}/{segment(index)}",
            accept="application/octet-stream, application/vnd.mithaq.entry",
            query={"use": use, "to": to},
            purpose=purpose,
        )

    def get_missed_channel_thread(
        self,
        channel: str,
        thread: str,
        *,
        lane: str | None = None,
        purpose: str | None = None,
    ) -> bytes:
        """The file of a missed deadline.

        GET /v1/missed/{channel}/{thread}, with the scope evidence:export.

        lane: The lane in which the thread lives; main without it. One of `main`, `urgent`
        """
        return self._transport.bytes(
            "GET",
            f"/v1/missed/{segment(channel)}/{segment(thread)}",
            accept="application/octet-stream",
            query={"lane": lane},
            purpose=purpose,
        )

    def get_breaches(self) -> types.BreachList:
        """What partners signed against the protocol.

        GET /v1/breaches, with the scope node:read.
        """
        answer: types.BreachList = self._transport.json("GET", "/v1/breaches")
        return answer

    def get_breaches_channel_id(self, channel: str, id: str, *, purpose: str | None = None) -> bytes:
        """The file that proves a breach.

        GET /v1/breaches/{channel}/{id}, with the scope evidence:export.
        """
        return self._transport.bytes(
            "GET",
            f"/v1/breaches/{segment(channel)}/{segment(id)}",
            accept="application/octet-stream",
            purpose=purpose,
        )

    def post_standin(self, body: types.StandIn) -> types.StoodIn:
        """Stop waiting for a silent partner.

        POST /v1/standin, with the scope node:admin.
        """
        answer: types.StoodIn = self._transport.json("POST", "/v1/standin", body=body)
        return answer

    def get_audit(self, *, use: str, from_: int | None = None, limit: int | None = None) -> list[types.AuditLine]:
        """Entries of the audit log.

        GET /v1/audit, with the scope audit:read.

        use: What for (LOG-03). One of `lawfulness`, `self_monitoring`, `integrity`, `proceedings`
        from_: Number of the first entry
        limit: At most so many entries, from 1
        """
        answer: list[types.AuditLine] = self._transport.lines(
            "GET",
            "/v1/audit",
            query={"use": use, "from": from_, "limit": limit},
        )
        return answer

    def get_audit_holds(self) -> types.HoldList:
        """What procedures need of the audit log.

        GET /v1/audit/holds, with the scope audit:hold.
        """
        answer: types.HoldList = self._transport.json("GET", "/v1/audit/holds")
        return answer

    def post_audit_holds(self, body: types.Hold) -> types.HoldList:
        """Keep entries for a procedure.

        POST /v1/audit/holds, with the scope audit:hold.
        """
        answer: types.HoldList = self._transport.json("POST", "/v1/audit/holds", body=body)
        return answer

    def post_audit_holds_end(self, body: types.EndHold) -> types.HoldList:
        """End a procedure's hold.

        POST /v1/audit/holds/end, with the scope audit:hold.
        """
        answer: types.HoldList = self._transport.json("POST", "/v1/audit/holds/end", body=body)
        return answer

    def get_audit_head(self, *, since: int | None = None) -> types.AuditHead:
        """Head of the audit log, signed.

        GET /v1/audit/head, with the scope audit:countersign.

        since: Size that the proof of consistency begins at
        """
        answer: types.AuditHead = self._transport.json("GET", "/v1/audit/head", query={"since": since})
        return answer

    def get_audit_countersignatures(self) -> types.Countersignatures:
        """Countersignatures.

        GET /v1/audit/countersignatures, with the scope audit:countersign.
        """
        answer: types.Countersignatures = self._transport.json("GET", "/v1/audit/countersignatures")
        return answer

    def post_audit_countersignatures(self, content: Body) -> types.Countersigned:
        """Keep a countersignature.

        POST /v1/audit/countersignatures, with the scope audit:countersign.
        """
        answer: types.Countersigned = self._transport.json(
            "POST",
            "/v1/audit/countersignatures",
            content=content,
            content_type="text/plain",
        )
        return answer

    def get_protection(self) -> types.ProtectedList:
        """The protection register.

        GET /v1/protection, with the scope protection:read.
        """
        answer: types.ProtectedList = self._transport.json("GET", "/v1/protection")
        return answer

    def post_protection(self, body: types.NewEntry) -> types.ProtectedRow:
        """Add an entry to the register.

        POST /v1/protection, with the scope protection:write.
        """
        answer: types.ProtectedRow = self._transport.json("POST", "/v1/protection", body=body)
        return answer

    def post_protection_id_remove(self, id: str) -> types.ProtectedRow:
        """Remove an entry.

        POST /v1/protection/{id}/remove, with the scope protection:write.
        """
        answer: types.ProtectedRow = self._transport.json("POST", f"/v1/protection/{segment(id)}/remove")
        return answer

    def get_protection_held(self) -> types.HeldList:
        """What waits for the officer.

        GET /v1/protection/held, with the scope protection:read.
        """
        answer: types.HeldList = self._transport.json("GET", "/v1/protection/held")
        return answer

    def get_protection_held_id(self, id: str) -> types.HeldShown:
        """One thing that waits, whole.

        GET /v1/protection/held/{id}, with the scope protection:read.
        """
        answer: types.HeldShown = self._transport.json("GET", f"/v1/protection/held/{segment(id)}")
        return answer

    def post_protection_held_id_pass(self, id: str) -> types.Passed:
        """Pass on what waits.

        POST /v1/protection/held/{id}/pass, with the scope protection:write.
        """
        answer: types.Passed = self._transport.json("POST", f"/v1/protection/held/{segment(id)}/pass")
        return answer

    def post_protection_held_id_block(self, id: str) -> types.Blocked:
        """End what waits without passing it on.

        POST /v1/protection/held/{id}/block, with the scope protection:write.
        """
        answer: types.Blocked = self._transport.json("POST", f"/v1/protection/held/{segment(id)}/block")
        return answer

    def get_auditors(self) -> types.AuditorList:
        """Auditors whose keys are registered.

        GET /v1/auditors, with the scope node:read.
        """
        answer: types.AuditorList = self._transport.json("GET", "/v1/auditors")
        return answer

    def post_auditors(self, body: types.PublicFile) -> types.Auditor:
        """Register an auditor's public key.

        POST /v1/auditors, with the scope node:admin.
        """
        answer: types.Auditor = self._transport.json("POST", "/v1/auditors", body=body)
        return answer

    def get_tokens(self) -> types.TokenList:
        """Tokens, without their secrets.

        GET /v1/tokens, with the scope node:admin.
        """
        answer: types.TokenList = self._transport.json("GET", "/v1/tokens")
        return answer

    def post_tokens(self, body: types.NewToken) -> types.TokenMade:
        """Make a token.

        POST /v1/tokens, with the scope node:admin.
        """
        answer: types.TokenMade = self._transport.json("POST", "/v1/tokens", body=body)
        return answer

    def post_tokens_id_revoke(self, id: str) -> types.TokenRow:
        """Revoke a token.

        POST /v1/tokens/{id}/revoke, with the scope node:admin.
        """
        answer: types.TokenRow = self._transport.json("POST", f"/v1/tokens/{segment(id)}/revoke")
        return answer

    def post_tokens_renew(self) -> types.TokenMade:
        """Get a token in place of the own one, which ends soon.

        POST /v1/tokens/renew, with the scope own.
        """
        answer: types.TokenMade = self._transport.json("POST", "/v1/tokens/renew")
        return answer

    def get_me(self) -> types.Me:
        """Who asks, and what they may do.

        GET /v1/me, with the scope own.
        """
        answer: types.Me = self._transport.json("GET", "/v1/me")
        return answer

    def get_people(self) -> types.PersonList:
        """The agency's people.

        GET /v1/people, with the scope node:read.
        """
        answer: types.PersonList = self._transport.json("GET", "/v1/people")
        return answer

    def post_people(self, body: types.AboutPerson) -> types.PersonChanged:
        """Add a person.

        POST /v1/people, with the scope node:admin.
        """
        answer: types.PersonChanged = self._transport.json("POST", "/v1/people", body=body)
        return answer

    def post_people_id(self, id: str, body: types.AboutPerson) -> types.PersonChanged:
        """Say anew what a person may be given.

        POST /v1/people/{id}, with the scope node:admin.
        """
        answer: types.PersonChanged = self._transport.json("POST", f"/v1/people/{segment(id)}", body=body)
        return answer

    def post_people_id_leave(self, id: str) -> types.PersonChanged:
        """End that a person belongs here.

        POST /v1/people/{id}/leave, with the scope node:admin.
        """
        answer: types.PersonChanged = self._transport.json("POST", f"/v1/people/{segment(id)}/leave")
        return answer

    def post_people_id_link(self, id: str) -> types.SignInLink:
        """Make a link to register a passkey.

        POST /v1/people/{id}/link, with the scope node:admin.
        """
        answer: types.SignInLink = self._transport.json("POST", f"/v1/people/{segment(id)}/link")
        return answer

    def post_people_id_take_passkeys(self, id: str) -> types.Person:
        """Take away every passkey with which a person signs in.

        POST /v1/people/{id}/take-passkeys, with the scope node:admin.
        """
        answer: types.Person = self._transport.json("POST", f"/v1/people/{segment(id)}/take-passkeys")
        return answer

    def post_people_id_visit(self, id: str) -> types.SignInLink:
        """Make a link for a visitor.

        POST /v1/people/{id}/visit, with the scope node:admin.
        """
        answer: types.SignInLink = self._transport.json("POST", f"/v1/people/{segment(id)}/visit")
        return answer

    def post_people_id_away(self, id: str, body: types.GoAway) -> types.Person:
        """Say who stands in while a person is away.

        POST /v1/people/{id}/away, with the scope own.
        """
        answer: types.Person = self._transport.json("POST", f"/v1/people/{segment(id)}/away", body=body)
        return answer

    def post_people_id_back(self, id: str) -> types.Person:
        """End an absence.

        POST /v1/people/{id}/back, with the scope own.
        """
        answer: types.Person = self._transport.json("POST", f"/v1/people/{segment(id)}/back")
        return answer

    def get_seconds(self) -> types.WaitingList:
        """What waits for a second administrator.

        GET /v1/seconds, with the scope node:admin.
        """
        answer: types.WaitingList = self._transport.json("GET", "/v1/seconds")
        return answer

    def post_seconds(self, body: types.ByTwo) -> types.AskedForSecond:
        """Ask for what two administrators decide.

        POST /v1/seconds, with the scope node:admin.
        """
        answer: types.AskedForSecond = self._transport.json("POST", "/v1/seconds", body=body)
        return answer

    def post_seconds_id_confirm(self, id: str) -> types.Confirmed:
        """Confirm what another asked for.

        POST /v1/seconds/{id}/confirm, with the scope node:admin.
        """
        answer: types.Confirmed = self._transport.json("POST", f"/v1/seconds/{segment(id)}/confirm")
        return answer

    def post_seconds_id_refuse(self, id: str) -> types.WaitingRow:
        """End what waits.

        POST /v1/seconds/{id}/refuse, with the scope node:admin.
        """
        answer: types.WaitingRow = self._transport.json("POST", f"/v1/seconds/{segment(id)}/refuse")
        return answer
