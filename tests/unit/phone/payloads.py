"""What telephone systems send, by the field names of their documentation; every value is made up here.

`docs/portal-and-phone.md` names the pages. The caller is always +33 1 99 00 10 01; a payload has what the mapping does
not read as well, because a real one does.
"""

from __future__ import annotations

from typing import Any

CALLER = "+33199001001"
TWILIO_CALL = "CA" + "5" * 32
_TWILIO = {
    "AccountSid": "AC" + "1" * 32,
    "ApiVersion": "2010-04-01",
    "CallSid": TWILIO_CALL,
    "Called": "+33199009900",
    "Caller": CALLER,
    "Direction": "inbound",
    "From": CALLER,
    "FromCountry": "FR",
    "To": "+33199009900",
}
TWILIO: dict[str, dict[str, Any]] = {
    "ringing": _TWILIO | {"CallStatus": "ringing"},
    "answered": _TWILIO | {"CallStatus": "in-progress"},
    "ended": _TWILIO | {"CallStatus": "completed", "CallDuration": "41", "SequenceNumber": "2"},
    # The status of a recording says neither who called nor in which direction.
    "recorded": {
        "AccountSid": "AC" + "1" * 32,
        "CallSid": TWILIO_CALL,
        "RecordingSid": "RE" + "2" * 32,
        "RecordingUrl": "https://cdn.operateur.example/RE2",
        "RecordingStatus": "completed",
        "RecordingDuration": "22",
        "RecordingChannels": "1",
        "RecordingSource": "RecordVerb",
    },
    "transcribed": _TWILIO
    | {
        "CallStatus": "completed",
        "RecordingSid": "RE" + "2" * 32,
        "RecordingUrl": "https://cdn.operateur.example/RE2",
        "TranscriptionSid": "TR" + "3" * 32,
        "TranscriptionStatus": "completed",
        "TranscriptionText": "L'alarme de la boutique ne répond plus.",
        "TranscriptionUrl": "https://api.operateur.example/TR3",
    },
}


def _aircall(event: str, **more: Any) -> dict[str, Any]:
    data = {
        "id": 812,
        "direct_link": "https://api.operateur.example/v1/calls/812",
        "direction": "inbound",
        "status": "initial",
        "missed_call_reason": None,
        "started_at": 1795424400,
        "answered_at": None,
        "ended_at": None,
        "duration": 0,
        "voicemail": None,
        "recording": None,
        "asset": None,
        "raw_digits": "+33 1 99 00 10 01",
        "user": None,
        "contact": None,
        "archived": False,
        "number": {"id": 7, "name": "SAV", "digits": "+33 1 99 00 99 00", "country": "FR"},
        "comments": [],
        "tags": [],
    }
    return {"resource": "call", "event": event, "timestamp": 1795424401, "token": "t" * 32, "data": data | more}


AIRCALL: dict[str, dict[str, Any]] = {
    "ringing": _aircall("call.created"),
    "on an agent": _aircall("call.ringing_on_agent", user={"id": 3, "name": "Poste 1"}),
    "answered": _aircall("call.answered", status="answered", answered_at=1795424410, user={"id": 3}),
    "hung up": _aircall("call.hungup", status="answered", answered_at=1795424410),
    "ended": _aircall("call.ended", status="done", ended_at=1795424480, missed_call_reason="out_of_opening_hours"),
    "voicemail": _aircall(
        "call.voicemail_left",
        status="done",
        voicemail="https://cdn.operateur.example/812.mp3",
        asset="https://assets.operateur.example/812",
    ),
}


def _ringover(event: str, resource: str = "call", **more: Any) -> dict[str, Any]:
    return {"event": event, "resource": resource, "timestamp": 1795424400.76, "data": more, "attempt": 1}


_RINGOVER: dict[str, Any] = {
    "id": "57622f20-0000-4000-8000-000000000001",
    "call_id": 1234567890987654400,
    "start_time": 1795424400.7,
    "direction": "inbound",
    "from_number": "33199001001",
    "to_number": "33199009900",
    "user_id": 12854321,
    "is_internal": False,
    "is_anonymous": False,
    "is_ivr": True,
    "ivr_data": {"number": "33199009900", "scenario_name": "Ouvert", "ivr_name": "SAV"},
}
RINGOVER: dict[str, dict[str, Any]] = {
    "ringing": _ringover("ringing", **_RINGOVER, status="ringing", channel_id=5),
    "answered": _ringover("answered", **_RINGOVER, status="answered", channel_id=5),
    "ended": _ringover("hangup", **_RINGOVER, duration_in_seconds=32, record="https://cdn.operateur.example/talk.mp3"),
    "missed": _ringover("missed", **_RINGOVER, status="missed", reason="OUT_PLANNING"),
    "voicemail": _ringover("voicemail", **_RINGOVER, answered_time=1795424412.7, duration_in_seconds=32),
    # What comes after the call names the call and nobody.
    "voicemail there": _ringover(
        "voicemail_available",
        "aftercall",
        call_id=1234567890987654400,
        voicemail_link="https://cdn.operateur.example/vm.mp3",
        voicemail_duration="32",
    ),
    "talk recorded": _ringover(
        "record_available", "aftercall", call_id=1234567890987654400, record_link="https://cdn.operateur.example/t.mp3"
    ),
    "tagged": _ringover("tags_updated", "aftercall", call_id=1234567890987654400, tags=["sav"]),
    "anonymous": _ringover("ringing", **(_RINGOVER | {"is_anonymous": True})),
    "colleague": _ringover("ringing", **(_RINGOVER | {"is_internal": True})),
    "outbound": _ringover("ringing", **(_RINGOVER | {"direction": "outbound"})),
}

_3CX = {
    "callerid": "33199001001",
    "user": "105",
    "did": "SAV 0199009900",
    "id": "261123091728_41-0",
    "chid": "00000000-01dc-27dd-0000-799100000029",
    "inbound_did": "0199009900",
    "sip_displayname": "",
    "phonebook": "",
}
THREE_CX: dict[str, dict[str, Any]] = {
    "ringing": _3CX | {"event": "ringing", "usertype": "queue"},
    # The plugin's own id changes from leg to leg; the chain's stays.
    "answered": _3CX | {"event": "pickupincoming", "trtype": "NotDef", "id": "261123091728_41-1"},
    "ended": _3CX | {"event": "incoming", "finishtype": "Ok", "transfer": "False", "id": "261123091728_41-1"},
    "missed": _3CX | {"event": "incoming", "finishtype": "Missed", "transfer": "False"},
    "outgoing": _3CX | {"event": "outgoing", "finishtype": "Ok"},
    "outgoing answered": _3CX | {"event": "pickupoutgoing"},
}

_ARI = {
    "id": "1795424400.12",
    "name": "PJSIP/operateur-0000000c",
    "state": "Ring",
    "caller": {"name": "", "number": "0199001001"},
    "connected": {"name": "", "number": ""},
    "accountcode": "",
    "dialplan": {"context": "sav", "exten": "s", "priority": 2},
    "creationtime": "2026-11-23T10:00:00.000+0100",
    "language": "fr",
}
ASTERISK: dict[str, dict[str, Any]] = {
    "ringing": {"type": "StasisStart", "application": "sav", "args": [], "channel": _ARI},
    "answered": {"type": "ChannelEnteredBridge", "application": "sav", "bridge": {"id": "b"}, "channel": _ARI},
    "ended": {"type": "StasisEnd", "application": "sav", "channel": _ARI},
    "digit": {"type": "ChannelDtmfReceived", "digit": "1", "duration_ms": 90, "channel": _ARI},
    "playback": {"type": "PlaybackFinished", "playback": {"id": "p", "target_uri": "channel:1795424400.12"}},
}
