/** A program that arms the switch once and then never comes to an end of its turn: run by the test beside it. */

import { DeadMansSwitch } from "../../../lib/app/service/dead_mans_switch.ts";

const [seconds, again] = Deno.args.map(Number);
const deadMansSwitch = DeadMansSwitch.open();
deadMansSwitch.arm(seconds);
if (again > 0) deadMansSwitch.arm(again);
if (again === 0) deadMansSwitch.disarm();
for (const end = performance.now() + 2500; performance.now() < end;);
