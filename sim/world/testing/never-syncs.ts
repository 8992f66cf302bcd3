import type { Program, ProgramDisk, ProgramProcess } from "../world.ts";

/** A disk that never has anything safe. */
function withoutSync(disk: ProgramDisk): ProgramDisk {
  return {
    read: (file) => disk.read(file),
    write: (file, bytes) => {
      disk.write(file, bytes);
    },
    remove: (file) => {
      disk.remove(file);
    },
    sync: () => undefined,
  };
}

/** The same program on a disk that never has anything safe: a planted mistake that a power cut shows. */
export function neverSyncs(sound: Program<unknown, unknown>): Program<unknown, unknown> {
  const around = (process: ProgramProcess<unknown>): ProgramProcess<unknown> => ({
    disk: withoutSync(process.disk),
    command: (command) => {
      process.command(command);
    },
    after: (delayMs, work) => {
      process.after(delayMs, work);
    },
  });
  return {
    createRole: (start) => sound.createRole({ ...start, disk: withoutSync(start.disk) }),
    onStart: (process) => sound.onStart?.(around(process)),
    onEvent: (event, process) => sound.onEvent?.(event, around(process)),
  };
}
