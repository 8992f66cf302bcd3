/** Mutants that the campaign does not catch, or only in some of its runs, and why. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  "channel-looks-for-no-life":
    "TCP keep-alive of the relay server finds an end that is gone after 25 s, before the channel's own look for signs of life is over. The channel alone finds it only where the server is cut off too, which about one run in forty of ends-vanish has.",
};
