import type { Report } from "../load/diagnostic.ts";
import type { Machine, Message, Protocol, SpecModel } from "../model/model.ts";
import { machinesOf, placeOf, protocolOf } from "./parts.ts";

/** A machine sends and awaits only messages that every role that runs it sends and receives. */
export function checkMachineMessages(model: SpecModel, report: Report): void {
  for (const { machine } of machinesOf(model)) {
    for (const transition of machine.transitions) {
      for (const [index, message] of transition.sends.entries()) {
        for (const role of missingRoles(machine, message.from, protocolOf(model, message))) {
          const text = `${machine.name} is run by ${role}, and ${message.name} is sent by ${message.from.join(", ")} only.`;
          const place = placeOf(model, transition, `sends/${index.toString()}`);
          report(place, "send-wrong-role", text, remedyFor(role, message, "from"));
        }
      }
      if (transition.on.kind !== "message") continue;
      const { message } = transition.on;
      for (const role of missingRoles(machine, message.to, protocolOf(model, message))) {
        const text = `${machine.name} is run by ${role}, and ${message.name} goes to ${message.to.join(", ")} only.`;
        report(
          placeOf(model, transition, "on"),
          "receive-wrong-role",
          text,
          remedyFor(role, message, "to"),
        );
      }
    }
  }
}

/**
 * Roles of the machine that are not among a message's. A message of a used protocol knows nothing of the roles of
 * those that use it: they play its roles.
 */
function missingRoles(
  machine: Machine,
  roles: readonly string[],
  protocol: Protocol | undefined,
): readonly string[] {
  const isOwn = machine.protocol === protocol?.name;
  return machine.roles.filter(
    (role) => !roles.includes(role) && (isOwn || protocol?.roles.some(({ name }) => name === role)),
  );
}

function remedyFor(role: string, message: Message, member: "from" | "to"): string {
  return `Add ${role} to ${member} of ${message.name}, or use another message.`;
}
