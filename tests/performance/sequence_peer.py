"""Program for an interpreter that has SeQUeNCe: BB84 over a fibre, prints JSON with pulses, seconds and sifted bits."""

import json
import sys
import time

from sequence.components.optical_channel import ClassicalChannel, QuantumChannel
from sequence.kernel.timeline import Timeline
from sequence.qkd.BB84 import pair_bb84_protocols
from sequence.topology.node import QKDNode

PULSES = int(sys.argv[1])
INTENSITY, KILOMETRES, ATTENUATION, EFFICIENCY, FREQUENCY = (float(text) for text in sys.argv[2:7])

timeline = Timeline(1e13)
alice, bob = (QKDNode(name, timeline, stack_size=1) for name in ("alice", "bob"))
for seed, node in enumerate((alice, bob)):
    node.set_seed(seed)
pair_bb84_protocols(alice.protocol_stack[0], bob.protocol_stack[0])
for ends in ((alice, bob), (bob, alice)):
    quantum = QuantumChannel(
        "q " + ends[0].name,
        timeline,
        attenuation=ATTENUATION / 1000,
        distance=KILOMETRES * 1000,
        polarization_fidelity=0.99,
    )
    quantum.set_ends(ends[0], ends[1].name)
    classical = ClassicalChannel("c " + ends[0].name, timeline, distance=KILOMETRES * 1000)
    classical.set_ends(ends[0], ends[1].name)

source = alice.components[alice.name + ".lightsource"]
source.frequency, source.mean_photon_num = FREQUENCY, INTENSITY
receiver = bob.components[bob.name + ".qsdetector"]
for number in range(len(receiver.detectors)):
    receiver.update_detector_params(number, "efficiency", EFFICIENCY)
    receiver.update_detector_params(number, "dark_count", 100)
    receiver.update_detector_params(number, "count_rate", 1e9)
    receiver.update_detector_params(number, "time_resolution", 10)

sent = []
emit = source.emit


def counted(states):
    sent.append(len(states))
    emit(states)


source.emit = counted
protocol = alice.protocol_stack[0]
length = round(PULSES * INTENSITY)
timeline.init()
started = time.perf_counter()
# Emissions of PULSES pulses follow each other until the time is up; a millisecond more lets the bases be compared.
# The key asked for is longer than all of them can give, so that the run ends by time.
protocol.push(length, 1, PULSES / FREQUENCY * 1e12 + 1e9)
timeline.run()
seconds = time.perf_counter() - started
print(json.dumps({"pulses": sum(sent), "seconds": seconds, "sifted": len(protocol.key_bits or [])}))
