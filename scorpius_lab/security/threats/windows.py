"""Windows events: one flat set of field names from three layouts, and the Sigma log source of each event.

Layouts: the EVTX tree (`Event.System`, `Event.EventData`), flat exports (`EventID`, `Channel`, data fields beside
them), and winlogbeat (`winlog.event_id`, `winlog.event_data`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.syslog import parse_time
from scorpius_lab.security.threats.events import LIST_SEPARATOR, Event, Scalar, flatten, scalar, text_of

# Sysmon's event ids as Sigma's categories (Sigma appendix "taxonomy", Sysmon manual)
SYSMON_CATEGORIES = {
    1: "process_creation", 2: "file_change", 3: "network_connection", 4: "sysmon_status", 5: "process_termination",
    6: "driver_load", 7: "image_load", 8: "create_remote_thread", 9: "raw_access_thread", 10: "process_access",
    11: "file_event", 12: "registry_add", 13: "registry_set", 14: "registry_rename", 15: "create_stream_hash",
    16: "sysmon_status", 17: "pipe_created", 18: "pipe_created", 19: "wmi_event", 20: "wmi_event", 21: "wmi_event",
    22: "dns_query", 23: "file_delete", 24: "clipboard_change", 25: "process_tampering", 26: "file_delete",
    27: "file_block_executable", 28: "file_block_shredding", 29: "file_executable_detected", 255: "sysmon_error",
}  # fmt: skip

# channel (lower case) to Sigma's service
SERVICES = {
    "security": "security",
    "system": "system",
    "application": "application",
    "windows powershell": "powershell-classic",
    "dns server": "dns-server",
    "directory service": "ldap",
    "msexchange management": "msexchange-management",
    "openssh/operational": "openssh",
    "microsoft-windows-sysmon/operational": "sysmon",
    "microsoft-windows-powershell/operational": "powershell",
    "powershellcore/operational": "powershell",
    "microsoft-windows-windows defender/operational": "windefend",
    "microsoft-windows-windows firewall with advanced security/firewall": "firewall-as",
    "microsoft-windows-taskscheduler/operational": "taskscheduler",
    "microsoft-windows-wmi-activity/operational": "wmi",
    "microsoft-windows-ntlm/operational": "ntlm",
    "microsoft-windows-bits-client/operational": "bits-client",
    "microsoft-windows-codeintegrity/operational": "codeintegrity-operational",
    "microsoft-windows-applocker/exe and dll": "applocker",
    "microsoft-windows-applocker/msi and script": "applocker",
    "microsoft-windows-applocker/packaged app-deployment": "applocker",
    "microsoft-windows-applocker/packaged app-execution": "applocker",
    "microsoft-windows-appxdeploymentserver/operational": "appxdeployment-server",
    "microsoft-windows-appxpackaging/operational": "appxpackaging-om",
    "microsoft-windows-appmodel-runtime/admin": "appmodel-runtime",
    "microsoft-windows-capi2/operational": "capi2",
    "microsoft-windows-certificateservicesclient-lifecycle-system/operational":
        "certificateservicesclient-lifecycle-system",
    "microsoft-windows-diagnosis-scripted/operational": "diagnosis-scripted",
    "microsoft-windows-dns client events/operational": "dns-client",
    "microsoft-windows-dnsserver/analytical": "dns-server-analytic",
    "microsoft-windows-driverframeworks-usermode/operational": "driver-framework",
    "microsoft-iis-configuration/operational": "iis-configuration",
    "microsoft-windows-ldap-client/debug": "ldap",
    "microsoft-windows-lsa/operational": "lsa-server",
    "microsoft-windows-printservice/admin": "printservice-admin",
    "microsoft-windows-printservice/operational": "printservice-operational",
    "microsoft-windows-security-mitigations/kernel mode": "security-mitigations",
    "microsoft-windows-security-mitigations/user mode": "security-mitigations",
    "microsoft-servicebus-client": "microsoft-servicebus-client",
    "microsoft-windows-shell-core/operational": "shell-core",
    "microsoft-windows-smbclient/security": "smbclient-security",
    "microsoft-windows-smbclient/connectivity": "smbclient-connectivity",
    "microsoft-windows-smbserver/connectivity": "smbserver-connectivity",
    "microsoft-windows-smbserver/operational": "smbserver-operational",
    "microsoft-windows-terminalservices-localsessionmanager/operational": "terminalservices-localsessionmanager",
}  # fmt: skip

# native audit events that tell what Sysmon tells, with Sysmon's names for their fields
PROCESS_ALIASES = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "User": "SubjectUserName",
    "LogonId": "SubjectLogonId",
    "IntegrityLevel": "MandatoryLabel",
}
CONNECTION_ALIASES = {
    "Image": "Application",
    "SourceIp": "SourceAddress",
    "SourcePort": "SourcePort",
    "DestinationIp": "DestAddress",
    "DestinationPort": "DestPort",
}
NATIVE: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = {
    ("security", "4688"): ("process_creation", PROCESS_ALIASES),
    ("security", "5156"): ("network_connection", CONNECTION_ALIASES),
    ("powershell", "4103"): ("ps_module", {}),
    ("powershell", "4104"): ("ps_script", {}),
    ("powershell-classic", "400"): ("ps_classic_start", {}),
    ("powershell-classic", "600"): ("ps_classic_provider_start", {}),
}

USER_FIELDS = ("User", "TargetUserName", "SubjectUserName", "AccountName")
ADDRESS_FIELDS = ("IpAddress", "SourceIp", "SourceAddress", "ClientAddress")
IMAGE_FIELDS = ("Image", "NewProcessName", "ProcessName", "SourceImage")
COMMAND_FIELDS = ("CommandLine", "ParentCommandLine", "ScriptBlockText", "ImagePath", "ServiceFileName")
TIME_FIELDS = ("@timestamp", "SystemTime", "TimeCreated", "EventTime", "UtcTime")


def is_windows(document: Mapping[str, object]) -> bool:
    """True if a JSON document is a Windows event in one of the layouts."""
    if isinstance(document.get("Event"), Mapping):
        return True
    winlog = document.get("winlog")
    if isinstance(winlog, Mapping):
        return "event_id" in winlog
    return "EventID" in document and ("Channel" in document or "SourceName" in document)


def windows_event(document: Mapping[str, object], record: int) -> Event:
    """A Windows event from any of the layouts. Raises FormatError if it names no event id."""
    tree = document.get("Event")
    if isinstance(tree, Mapping):
        fields = fields_of_tree(tree)
    elif isinstance(document.get("winlog"), Mapping):
        fields = _fields_of_winlogbeat(document)
    else:
        fields = flatten(document)
    event_id = text_of(fields.get("EventID", ""))
    if not event_id:
        raise FormatError("the event names no EventID")
    channel = text_of(fields.get("Channel", fields.get("LogName", "")))
    service, category = log_source(channel, event_id, fields)
    aliases = NATIVE.get((service, event_id), ("", {}))[1]
    fields.update({name: fields[native] for name, native in aliases.items() if native in fields and name not in fields})
    return Event(
        time=_time(fields),
        record=record,
        message=_first(fields, ("Message", "message")) or "",
        host=_first(fields, ("Computer", "Hostname", "host.name")) or "",
        product="windows",
        service=service,
        category=category,
        channel=channel,
        event_id=event_id,
        user=_first(fields, USER_FIELDS),
        source_ip=_first(fields, ADDRESS_FIELDS),
        image=_first(fields, IMAGE_FIELDS),
        command_line=_first(fields, COMMAND_FIELDS),
        fields=fields,
    )


def log_source(channel: str, event_id: str, fields: Mapping[str, Scalar]) -> tuple[str, str]:
    """Sigma's service and category of an event, by its channel (whatever its case) and id."""
    service = SERVICES.get(channel.lower(), channel.lower())
    if service == "sysmon":
        category = SYSMON_CATEGORIES.get(int(event_id), "") if event_id.isdigit() else ""
        if category == "registry_add" and text_of(fields.get("EventType", "")).lower().startswith("delete"):
            category = "registry_delete"
        return service, category
    return service, NATIVE.get((service, event_id), ("", {}))[0]


def fields_of_tree(tree: Mapping[str, object]) -> dict[str, Scalar]:
    """The flat fields of an EVTX tree; names of data fields win over those of the system part."""
    system = tree.get("System")
    fields = _system_fields(system) if isinstance(system, Mapping) else {}
    for part in ("EventData", "UserData"):
        data = tree.get(part)
        if isinstance(data, Mapping):
            _data_fields(data, fields)
    rendering = tree.get("RenderingInfo")
    if isinstance(rendering, Mapping) and isinstance(rendering.get("Message"), str):
        fields["Message"] = scalar(rendering["Message"])
    return fields


def _system_fields(system: Mapping[str, object]) -> dict[str, Scalar]:
    fields: dict[str, Scalar] = {}
    for name in ("EventID", "Channel", "Computer", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Version"):
        value = system.get(name)
        if isinstance(value, Mapping):
            value = value.get("#text")
        if value is not None:
            fields[name] = scalar(value)
    for element, attribute, name in (
        ("Provider", "Name", "Provider_Name"),
        ("Provider", "Guid", "Provider_Guid"),
        ("TimeCreated", "SystemTime", "SystemTime"),
        ("Execution", "ProcessID", "Execution_ProcessID"),
        ("Security", "UserID", "Security_UserID"),
    ):
        value = _attribute(system.get(element), attribute)
        if value is not None:
            fields[name] = scalar(value)
    return fields


def _attribute(element: object, name: str) -> object:
    if not isinstance(element, Mapping):
        return None
    attributes = element.get("#attributes")
    return attributes.get(name) if isinstance(attributes, Mapping) else element.get(name)


def _data_fields(data: Mapping[str, object], fields: dict[str, Scalar]) -> None:
    for name, value in data.items():
        if name == "#attributes" or value is None:
            continue
        if isinstance(value, Mapping) and "#text" not in value:
            _data_fields(value, fields)
            continue
        text = value.get("#text") if isinstance(value, Mapping) else value
        if isinstance(text, list):
            text = LIST_SEPARATOR.join("" if item is None else str(item) for item in text)
        if text is not None:
            fields[name] = scalar(text)


def _fields_of_winlogbeat(document: Mapping[str, object]) -> dict[str, Scalar]:
    winlog = document["winlog"]
    if not isinstance(winlog, Mapping):
        return {}
    fields = {name: value for name, value in flatten(document).items() if not name.startswith("winlog.event_data.")}
    for part in ("user_data", "event_data"):
        fields.update(flatten(winlog.get(part)))
    for name, beat in (
        ("EventID", "event_id"),
        ("Channel", "channel"),
        ("Computer", "computer_name"),
        ("Provider_Name", "provider_name"),
        ("EventRecordID", "record_id"),
    ):
        if winlog.get(beat) is not None:
            fields[name] = scalar(winlog[beat])
    if isinstance(document.get("message"), str):
        fields["Message"] = scalar(document["message"])
    return fields


def _first(fields: Mapping[str, Scalar], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = fields.get(name)
        if value is not None and value not in {"", "-"}:
            return text_of(value)
    return None


def _time(fields: Mapping[str, Scalar]) -> datetime | None:
    for name in TIME_FIELDS:
        value = fields.get(name)
        if not isinstance(value, str):
            continue
        try:
            return parse_time(value)
        except FormatError:
            continue
    return None
