const USER_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;

/** Whether a text may be the name of a user: the pattern of all methods, for what comes outside of them. */
export function isUserName(text: string): boolean {
  return USER_NAME.test(text);
}
